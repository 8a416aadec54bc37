#include "taper/nn/module/sequential.h"

#include "tests/nn/small_net.h"

namespace taper {
namespace {

using nn::Functional;
using nn::Sequential;
using Names = std::vector<std::string>;

/// Returns something that is not a tensor.
struct CountImpl : nn::Cloneable<CountImpl> {
  void reset() override {}
  int64_t forward(Tensor x) { return x.numel(); }
};
TAPER_MODULE(Count);
struct FillImpl : nn::Cloneable<FillImpl> {
  void reset() override {}
  Tensor forward(int64_t n) { return ones({n}); }
};
TAPER_MODULE(Fill);

TEST(Sequential, CallsOneAfterTheOther) {
  Sequential net(Scale(2.0), Functional([](const Tensor& x) { return x + 1; }),
                 Scale(3.0, false));
  EXPECT_TRUE(net->forward(ones({2})).equal(full({2}, 9.0)));
  EXPECT_TRUE(net(ones({2})).equal(full({2}, 9.0)));
  EXPECT_EQ(net->named_parameters().keys(),
            (Names{"0.weight", "0.bias", "2.weight"}));
}

TEST(Sequential, TakesNames) {
  Sequential net({{"in", Scale(2.0)}, {"out", Scale(3.0).ptr()}});
  EXPECT_EQ(net->named_children().keys(), (Names{"in", "out"}));
  EXPECT_THROW(net->push_back("in", Scale()), Error);
  EXPECT_EQ(net->size(), 2u);
  EXPECT_EQ(net->children().size(), 2u);
}

TEST(Sequential, IsIndexed) {
  Scale first(2.0);
  Sequential net(first, Count());
  EXPECT_EQ(net[0], first.ptr());
  EXPECT_EQ(net->ptr(0), first.ptr());
  EXPECT_EQ(&net->at<ScaleImpl>(0), first.get());
  EXPECT_EQ(net->ptr<ScaleImpl>(0), first.ptr());
  EXPECT_THROW(net->at<ScaleImpl>(1), TypeError);
  EXPECT_THROW(net[2], IndexError);
}

TEST(Sequential, GrowsInEveryWay) {
  Sequential net;
  EXPECT_TRUE(net->is_empty());
  EXPECT_THROW(net->forward(ones({2})), Error);
  net->push_back(Scale(2.0));
  net->push_back(std::make_shared<ScaleImpl>(2.0));
  net->push_back(ScaleImpl(2.0));
  net->push_back(nn::AnyModule(Scale(2.0)));
  net->push_back("last", Scale(2.0));
  Sequential more(Scale(0.5), Scale(0.5));
  net->extend(*more);
  EXPECT_EQ(net->named_children().keys(),
            (Names{"0", "1", "2", "3", "last", "5", "6"}));
  EXPECT_TRUE(net->forward(ones({2})).equal(full({2}, 8.0)));
}

TEST(Sequential, PassesOtherTypesOn) {
  Sequential net(Scale(2.0), Count(), Fill(), Scale(3.0));
  EXPECT_TRUE(net->forward(ones({2})).equal(full({2}, 3.0)));
  Sequential count(Scale(2.0), Count());
  EXPECT_EQ(count->forward<int64_t>(ones({2})), 2);
  EXPECT_THROW(count->forward(ones({2})), TypeError);
  Fill module;
  Sequential fill(module);
  EXPECT_TRUE(fill->forward(int64_t{4}).equal(ones({4})));
}

TEST(Sequential, Nests) {
  Sequential net(Sequential(Scale(2.0), Scale(3.0)), Scale(4.0));
  EXPECT_TRUE(net->forward(ones({2})).equal(full({2}, 24.0)));
  EXPECT_EQ(net->named_parameters().keys()[2], "0.1.weight");
}

TEST(Sequential, ClonesDeeplyWithNames) {
  Sequential net({{"a", Scale(2.0)}, {"b", Scale(3.0)}});
  net->eval();
  auto copy = std::dynamic_pointer_cast<nn::SequentialImpl>(net->clone());
  EXPECT_EQ(copy->named_children().keys(), (Names{"a", "b"}));
  EXPECT_FALSE(copy->is_training());
  {
    NoGradGuard no_grad;
    copy->at<ScaleImpl>(0).weight.fill_(5);
  }
  EXPECT_TRUE(copy->forward(ones({2})).equal(full({2}, 15.0)));
  EXPECT_TRUE(net->forward(ones({2})).equal(full({2}, 6.0)));
}

TEST(Sequential, PrintsAsLibTorchDoes) {
  Sequential net(Scale(2.0), Sequential(Functional([](Tensor x) { return x; })),
                 Sequential());
  EXPECT_EQ(text_of(net),
            "taper::nn::Sequential(\n"
            "  (0): taper::nn::Scale(2)\n"
            "  (1): taper::nn::Sequential(\n"
            "    (0): taper::nn::Functional()\n"
            "  )\n"
            "  (2): taper::nn::Sequential\n"
            ")");
}

TEST(Functional, BindsArguments) {
  Functional power(
      [](const Tensor& x, double exponent) { return x.pow(exponent); }, 3.0);
  EXPECT_TRUE(power(full({2}, 2.0)).equal(full({2}, 8.0)));
}

}  // namespace
}  // namespace taper
