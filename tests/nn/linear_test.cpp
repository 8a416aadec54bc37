#include "taper/nn/layers/linear.h"

#include "golden_nn.h"
#include "taper/nn/functional.h"

namespace taper {
namespace {

namespace F = nn::functional;

TEST(Linear, MatchesPyTorch) {
  const auto f = [](const Tensor& x, const Tensor& w, const Tensor& b) {
    return F::linear(x, w, b);
  };
  expect_golden_gradients("linear", f, ramp({3, 4}), ramp({2, 4}), ramp(2));
}

TEST(Linear, AppliesWeightAndBias) {
  nn::Linear layer(4, 2);
  const Tensor x = ramp({3, 4});
  const Tensor expected = x.matmul(layer->weight.t()) + layer->bias;
  EXPECT_TRUE(layer(x).allclose(expected));
  EXPECT_TRUE(layer(x[0]).allclose(expected[0]));
  EXPECT_EQ(layer(ramp({2, 3, 4})).sizes(), IntArrayRef({2, 3, 2}));
}

TEST(Linear, BiasCanBeLeftOut) {
  nn::Linear layer(nn::LinearOptions(4, 2).bias(false));
  EXPECT_FALSE(layer->bias.defined());
  EXPECT_EQ(layer->parameters().size(), 1u);
  EXPECT_TRUE(
      layer(ramp({3, 4})).allclose(ramp({3, 4}).matmul(layer->weight.t())));
}

TEST(Linear, StartsWithinItsBound) {
  nn::Linear layer(16, 300);
  EXPECT_LE(layer->weight.abs().max().item<double>(), 0.25);
  EXPECT_GT(layer->weight.abs().max().item<double>(), 0.24);
  EXPECT_LE(layer->bias.abs().max().item<double>(), 0.25);
  EXPECT_TRUE(layer->weight.requires_grad() && layer->bias.requires_grad());
}

TEST(Linear, OfNothingIsItsBias) {
  manual_seed(1);
  nn::Linear layer(0, 3);
  EXPECT_TRUE(layer->bias.equal(zeros(3)));
  const Tensor x = ones({2, 0}).requires_grad_();
  layer(x).sum().backward();
  EXPECT_TRUE(layer->bias.grad().equal(full(3, 2.)));
  EXPECT_EQ(x.grad().sizes(), IntArrayRef({2, 0}));
  nn::Linear none(3, 0);
  none(ramp({2, 3})).sum().backward();
  EXPECT_EQ(none(ramp({2, 3})).sizes(), IntArrayRef({2, 0}));
  EXPECT_EQ(none->weight.grad().sizes(), IntArrayRef({0, 3}));
  EXPECT_EQ(nn::Linear(0, 0)(ones({2, 0})).sizes(), IntArrayRef({2, 0}));
  EXPECT_EQ(nn::Bilinear(2, 0, 3)->weight.sizes(), IntArrayRef({3, 2, 0}));
  nn::Bilinear to_nothing(2, 2, 0);
  EXPECT_EQ(to_nothing(ones({1, 2}), ones({1, 2})).sizes(),
            IntArrayRef({1, 0}));
}

TEST(Linear, RejectsNegativeFeaturesWithoutDrawing) {
  manual_seed(5);
  const std::string before = generator_state();
  EXPECT_THROWS_TEXT(ValueError, nn::Linear(-1, 2), "in_features");
  EXPECT_THROWS_TEXT(ValueError, nn::Linear(2, -3), "out_features");
  EXPECT_THROWS_TEXT(ValueError, nn::Bilinear(0, 2, 3), "in1_features");
  EXPECT_THROWS_TEXT(ValueError, nn::Bilinear(2, -1, 3), "in2_features");
  EXPECT_EQ(generator_state(), before);
}

TEST(Linear, RejectsWrongWidth) {
  nn::Linear layer(4, 2);
  EXPECT_THROWS_TEXT(Error, layer(ramp({3, 5})), "(3, 5)");
}

TEST(Linear, CloneIsIndependent) {
  nn::Linear layer(4, 2);
  auto copy = std::dynamic_pointer_cast<nn::LinearImpl>(layer->clone());
  EXPECT_TRUE(copy->weight.equal(layer->weight));
  EXPECT_FALSE(copy->weight.is_alias_of(layer->weight));
}

TEST(Linear, Prints) {
  EXPECT_EQ(printed(nn::Linear(2, 3)),
            "taper::nn::Linear(in_features=2, out_features=3, bias=true)");
  EXPECT_EQ(printed(nn::Bilinear(2, 3, 4)),
            "taper::nn::Bilinear(in1_features=2, in2_features=3, "
            "out_features=4, bias=true)");
  EXPECT_EQ(printed(nn::Identity()), "taper::nn::Identity()");
  EXPECT_EQ(printed(nn::Flatten()),
            "taper::nn::Flatten(start_dim=1, end_dim=-1)");
  EXPECT_EQ(printed(nn::Unflatten(1, std::vector<int64_t>{2, 3})),
            "taper::nn::Unflatten(dim=1, unflattened_size={2, 3})");
}

TEST(Bilinear, MatchesPyTorch) {
  const auto f = [](const Tensor& a, const Tensor& b, const Tensor& w,
                    const Tensor& c) { return F::bilinear(a, b, w, c); };
  expect_golden_gradients("bilinear", f, ramp({3, 4}), ramp({3, 2}),
                          ramp({5, 4, 2}), ramp(5));
}

TEST(Bilinear, KeepsLeadingDims) {
  nn::Bilinear layer(4, 2, 5);
  EXPECT_EQ(layer(ramp({3, 2, 4}), ramp({3, 2, 2})).sizes(),
            IntArrayRef({3, 2, 5}));
  EXPECT_EQ(layer(ramp(4), ramp(2)).sizes(), IntArrayRef({5}));
  EXPECT_THROWS_TEXT(Error, layer(ramp({3, 4}), ramp({2, 2})), "bilinear");
  EXPECT_THROWS_TEXT(Error, layer(ramp({3, 3}), ramp({3, 2})), "(3, 3)");
}

TEST(Flatten, MergesAndUnflattenSplits) {
  const Tensor x = ramp({2, 3, 4});
  EXPECT_EQ(nn::Flatten()(x).sizes(), IntArrayRef({2, 12}));
  nn::Flatten all(nn::FlattenOptions().start_dim(0).end_dim(1));
  EXPECT_EQ(all(x).sizes(), IntArrayRef({6, 4}));
  nn::Unflatten split(1, std::vector<int64_t>{3, 4});
  EXPECT_TRUE(split(nn::Flatten()(x)).equal(x));
  EXPECT_THROW(split(x), Error);
}

TEST(Identity, ReturnsItsInput) {
  const Tensor x = ramp(3);
  EXPECT_TRUE(nn::Identity()(x).is_same(x));
}

}  // namespace
}  // namespace taper
