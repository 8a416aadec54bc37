#include "taper/nn/module/any_module.h"

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
};
TAPER_MODULE(Join);

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
  EXPECT_THROW(any.forward<std::string>(3), Error);
  EXPECT_THROW(any.forward<std::string>(3, std::string("n"), 1.0, 1), Error);
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
