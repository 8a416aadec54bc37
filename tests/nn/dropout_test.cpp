#include "taper/nn/layers/activation.h"

#include "golden_nn.h"
#include "taper/nn/functional.h"

namespace taper {
namespace {

namespace F = nn::functional;

template <class Layer>
void expect_golden_drops(const std::string& name, double p, IntArrayRef sizes) {
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{42}}) {
    manual_seed(seed);
    Layer layer(p);
    const std::string hash = hash_of(layer(ramp(sizes)));
    const std::string key = "float." + name + " " + std::to_string(seed);
    EXPECT_EQ(hash, golden_nn().at(key)[0]) << key;
  }
}

TEST(Dropout, HasPyTorchsBits) {
  expect_golden_drops<nn::Dropout>("dropout", 0.3, {5, 7});
  expect_golden_drops<nn::Dropout2d>("dropout2d", 0.4, {3, 5, 2, 2});
  expect_golden_drops<nn::Dropout3d>("dropout3d", 0.4, {3, 5, 1, 2, 2});
}

TEST(Dropout, ScalesWhatItKeeps) {
  manual_seed(7);
  const Tensor y = nn::Dropout(0.25)(ones(1000));
  const Tensor kept = y.masked_select(y != 0);
  EXPECT_TRUE(kept.allclose(full_like(kept, 1 / 0.75)));
  EXPECT_NEAR(static_cast<double>(kept.numel()), 750, 60);
}

TEST(Dropout, IsTheIdentityInEvaluation) {
  const std::string before = generator_state();
  const Tensor x = ramp({2, 3, 2, 2});
  const auto check_identity = [&](auto layer) {
    layer->eval();
    EXPECT_TRUE(layer(x).equal(x));
  };
  check_identity(nn::Dropout());
  check_identity(nn::Dropout2d());
  check_identity(nn::AlphaDropout());
  check_identity(nn::FeatureAlphaDropout());
  EXPECT_EQ(generator_state(), before);
}

TEST(Dropout, InPlaceOverwritesTheInput) {
  const nn::DropoutOptions options = nn::DropoutOptions(0.5).inplace(true);
  manual_seed(9);
  const Tensor expected = nn::Dropout(0.5)(ramp({4, 5}));
  manual_seed(9);
  const Tensor x = ramp({4, 5});
  EXPECT_TRUE(nn::Dropout(options)(x).is_same(x));
  EXPECT_TRUE(x.equal(expected));
}

TEST(Dropout, DropsWholeChannels) {
  manual_seed(2);
  const Tensor y = nn::Dropout2d(0.5)(ones({3, 8, 2, 3})).flatten(2);
  EXPECT_TRUE((y == y.select(2, 0).unsqueeze(2)).all().item<bool>());
  EXPECT_GT((y == 0).sum().item<int64_t>(), 0);
  // Without the dim of the batch, and in place.
  const Tensor x = ones({8, 2, 3});
  nn::Dropout2d layer(nn::DropoutOptions(0.5).inplace(true));
  EXPECT_TRUE(layer(x).is_same(x));
  const Tensor z = x.flatten(1);
  EXPECT_TRUE((z == z.select(1, 0).unsqueeze(1)).all().item<bool>());
}

TEST(Dropout, GradientIsTheMask) {
  const Tensor x = ones({50}).requires_grad_();
  const Tensor y = F::dropout(x, F::DropoutFuncOptions().p(0.4));
  y.sum().backward();
  EXPECT_TRUE(x.grad().equal(y.detach()));
}

TEST(Dropout, AlphaKeepsMeanAndVariance) {
  manual_seed(4);
  const Tensor x = randn(20000);
  const Tensor y =
      F::alpha_dropout(x, F::AlphaDropoutFuncOptions().p(0.3).training(true));
  EXPECT_NEAR(y.mean().item<double>(), 0, 0.05);
  EXPECT_NEAR(y.std().item<double>(), 1, 0.05);
  EXPECT_TRUE(F::alpha_dropout(x).is_same(x));
}

TEST(Dropout, RejectsBadProbabilitiesWithoutDrawing) {
  manual_seed(5);
  const std::string before = generator_state();
  for (double p : {-0.1, 1.5, std::nan("")}) {
    EXPECT_THROW(nn::Dropout{p}, ValueError);
    EXPECT_THROW(F::dropout(ones(3), F::DropoutFuncOptions().p(p)), ValueError);
    EXPECT_THROW(F::dropout2d(ones({3, 1, 1}), F::Dropout2dFuncOptions().p(p)),
                 ValueError);
  }
  EXPECT_THROWS_TEXT(ValueError, nn::Dropout(1.5), "1.5");
  EXPECT_THROW(nn::Dropout()(zeros(3, kLong)), TypeError);
  EXPECT_EQ(generator_state(), before);
}

TEST(Dropout, InPlaceOnALeafThrowsWithoutDrawing) {
  manual_seed(5);
  const std::string before = generator_state();
  const Tensor x = ones({2, 3, 1, 1}).requires_grad_();
  const nn::DropoutOptions options = nn::DropoutOptions(0.5).inplace(true);
  EXPECT_THROW(nn::Dropout{options}(x), Error);
  EXPECT_THROW(nn::Dropout2d{options}(x), Error);
  EXPECT_THROW(nn::AlphaDropout{options}(x), Error);
  EXPECT_TRUE(x.detach().equal(ones({2, 3, 1, 1})));
  EXPECT_EQ(generator_state(), before);
}

TEST(Dropout, Prints) {
  EXPECT_EQ(printed(nn::Dropout(nn::DropoutOptions(0.42).inplace(true))),
            "taper::nn::Dropout(p=0.42, inplace=true)");
  EXPECT_EQ(printed(nn::Dropout2d(0.3)),
            "taper::nn::Dropout2d(p=0.3, inplace=false)");
  EXPECT_EQ(printed(nn::FeatureAlphaDropout()),
            "taper::nn::FeatureAlphaDropout(p=0.5, inplace=false)");
}

}  // namespace
}  // namespace taper
