#include "taper/nn/module/any_module.h"

#include "taper/nn/module/sequential.h"
#include "tests/error_of.h"
#include "tests/nn/small_net.h"

namespace taper {
namespace {

using nn::AnyModule;
using nn::AnyValue;

struct JoinImpl : nn::Cloneable<JoinImpl> {
  void reset() override {}
  std::string forward(int number, std::string text, double factor = 2) {
    return text + std::to_string(number * static_cast<int>(factor));
  }

 protected:
  FORWARD_HAS_DEFAULT_ARGS({2, AnyValue(2.0)})
};
TAPER_MODULE(Join);

/// Defaults that no macro tells of.
struct SumImpl : nn::Module {
  Tensor forward(Tensor x, double more = 1, int64_t much = 2) {
    return x + more * static_cast<double>(much);
  }
};
/// The same, with a macro that says other values.
struct ToldSumImpl : SumImpl {
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(10.0)}, {2, AnyValue(int64_t{3})})
};

/// A forward that is overloaded.
struct TwiceImpl : nn::Module {
  Tensor forward(const Tensor& x) const { return x * 2; }
  Tensor forward(const Tensor& x, const Tensor& y) const { return x + y; }
};

TEST(AnyValue, GivesBackWhatItHolds) {
  AnyValue value(std::string("text"));
  EXPECT_EQ(value.get<std::string>(), "text");
  EXPECT_EQ(value.try_get<int>(), nullptr);
  EXPECT_THROW(value.get<double>(), TypeError);
  AnyValue copy = value;
  *copy.try_get<std::string>() = "other";
  EXPECT_EQ(value.get<std::string>(), "text");
  EXPECT_EQ(value.type_info(), typeid(std::string));
}

TEST(AnyModule, CallsForwardOfAnySignature) {
  AnyModule any(Join{});
  EXPECT_EQ(any.forward<std::string>(3, std::string("n"), 3.0), "n9");
  EXPECT_FALSE(any.takes_tensor());
}

TEST(AnyModule, LeavesOutDefaultArguments) {
  AnyModule any(Join{});
  EXPECT_EQ(any.forward<std::string>(3, std::string("n")), "n6");
  AnyModule sum(std::make_shared<ToldSumImpl>());
  EXPECT_FALSE(sum.takes_tensor());
  EXPECT_EQ(sum.forward(ones({})).item<double>(), 31);
  EXPECT_EQ(sum.forward(ones({}), 2.0).item<double>(), 7);
  EXPECT_EQ(sum.forward(ones({}), 2.0, int64_t{1}).item<double>(), 3);
  nn::Sequential net(std::make_shared<ToldSumImpl>());
  EXPECT_EQ(net->forward(ones({})).item<double>(), 31);
}

TEST(AnyModule, CountsTheArguments) {
  AnyModule any(Join{});
  EXPECT_EQ(error_of([&] { any.forward<std::string>(3); }),
            "[AnyModule] forward of taper::(anonymous namespace)::JoinImpl "
            "takes 2 to 3 arguments, got 1");
  EXPECT_NE(error_of([&] {
              any.forward<std::string>(3, std::string("n"), 1.0, 1);
            }).find("got 4"),
            std::string::npos);
  AnyModule sum(std::make_shared<SumImpl>());
  const std::string text = error_of([&] { sum.forward(ones({})); });
  EXPECT_NE(text.find("SumImpl takes 3 arguments, got 1"), std::string::npos)
      << text;
  EXPECT_NE(text.find("FORWARD_HAS_DEFAULT_ARGS"), std::string::npos) << text;
  EXPECT_EQ(sum.forward(ones({}), 1.0, int64_t{2}).item<double>(), 3);
  nn::Sequential net(std::make_shared<SumImpl>());
  EXPECT_EQ(error_of([&] { net->forward(ones({})); }), text);
  EXPECT_EQ(error_of([&] { sum.forward(ones({}), 1, int64_t{2}); }),
            "[AnyModule] forward of taper::(anonymous namespace)::SumImpl "
            "expects argument 1 to be double, got int");
}

TEST(AnyModule, RejectsOtherTypes) {
  AnyModule any(Join{});
  EXPECT_THROW(any.forward<std::string>(3.0, std::string("n")), TypeError);
  EXPECT_THROW(any.forward<std::string>(3, "n"), TypeError);
  EXPECT_THROW(any.forward<int>(3, std::string("n")), TypeError);
}

TEST(AnyModule, PassesTensors) {
  AnyModule any(Scale(4.0));
  EXPECT_TRUE(any.takes_tensor());
  EXPECT_TRUE(any.forward(ones({2})).equal(full({2}, 4.0)));
  AnyModule twice(std::make_shared<TwiceImpl>());
  EXPECT_TRUE(twice.forward(ones({2})).equal(full({2}, 2.0)));
}

TEST(AnyModule, GivesTheModuleBack) {
  Scale scale;
  AnyModule any(scale);
  EXPECT_EQ(any.ptr(), scale.ptr());
  EXPECT_EQ(&any.get<ScaleImpl>(), scale.get());
  EXPECT_EQ(any.get<Scale>().get(), scale.get());
  EXPECT_EQ(any.ptr<ScaleImpl>(), scale.ptr());
  EXPECT_THROW(any.get<PairNetImpl>(), TypeError);
  AnyModule copy = any;
  EXPECT_EQ(copy.ptr(), scale.ptr());
  EXPECT_NE(any.clone().ptr(), scale.ptr());
}

TEST(AnyModule, EmptyOneThrowsOnUse) {
  AnyModule any;
  EXPECT_TRUE(any.is_empty());
  EXPECT_THROW(any.forward(ones({2})), Error);
  EXPECT_THROW(any.ptr(), Error);
  EXPECT_THROW(any.get<ScaleImpl>(), Error);
  any = Scale().ptr();
  EXPECT_FALSE(any.is_empty());
}

}  // namespace
}  // namespace taper
