#include "taper/nn/functional.h"

#include "golden_nn.h"
#include "taper/autograd/gradcheck.h"
#include "taper/nn/nn.h"

namespace taper {
namespace {

namespace F = nn::functional;

TEST(Distance, MatchesPyTorch) {
  const Tensor a = ramp({3, 4});
  const Tensor b = a.flip(0);
  const auto cosine = [](const Tensor& u, const Tensor& v) {
    return nn::CosineSimilarity()(u, v);
  };
  const auto distance = [](const Tensor& u, const Tensor& v) {
    return nn::PairwiseDistance()(u, v);
  };
  expect_golden_gradients("cosine_similarity", cosine, a, b);
  expect_golden_gradients("pairwise_distance", distance, a, b);
  expect_golden_gradients(
      "normalize", [](const Tensor& u) { return F::normalize(u); }, a);
}

TEST(Distance, NormalizeWritesToOut) {
  const Tensor out = zeros({1, 2});
  F::normalize(tensor({{3.0, 4.0}}).to(kFloat),
               F::NormalizeFuncOptions().out(out));
  EXPECT_TRUE(out.allclose(tensor({{0.6, 0.8}}).to(kFloat)));
}

// Numbers of PyTorch 2.13.
TEST(Distance, WithoutOptions) {
  const Tensor a = tensor({{1., 2.}, {0., 1.}});
  const Tensor b = tensor({{1.5, 2.}, {3., 1.}});
  EXPECT_TRUE(
      cosine_similarity(a, b, 1).allclose(tensor({0.98386991, 0.31622776})));
  EXPECT_TRUE(pairwise_distance(a, b, 1).allclose(tensor({0.5, 3.})));
}

TEST(Pad, FollowsTheMode) {
  const Tensor x = arange(6).view({1, 2, 3}).to(kDouble);
  const auto padded = [&](F::PadFuncOptions::mode_t mode) {
    return F::pad(x, F::PadFuncOptions({2, 1}).mode(mode)).flatten();
  };
  EXPECT_TRUE(padded(kReflect).equal(
      tensor({2., 1., 0., 1., 2., 1., 5., 4., 3., 4., 5., 4.}, kDouble)));
  EXPECT_TRUE(
      padded(kReplicate)
          .equal(tensor({0., 0., 0., 1., 2., 2., 3., 3., 3., 4., 5., 5.},
                        kDouble)));
  EXPECT_TRUE(padded(kCircular).equal(
      tensor({1., 2., 0., 1., 2., 0., 4., 5., 3., 4., 5., 3.}, kDouble)));
  EXPECT_TRUE(
      F::pad(x[0].t().contiguous().t(),
             F::PadFuncOptions({1, -1, 0, 1}).value(9))
          .equal(tensor({{9., 0., 1.}, {9., 3., 4.}, {9., 9., 9.}}, kDouble)));
  EXPECT_TRUE(
      constant_pad_nd(tensor({1, 2}), {0, 1}, 7).equal(tensor({1, 2, 7})));
  EXPECT_EQ(F::pad(empty({0, 2}), F::PadFuncOptions({1, 0})).sizes(),
            IntArrayRef({0, 3}));
  EXPECT_THROW(F::pad(x, F::PadFuncOptions({1})), Error);
  EXPECT_THROW(F::pad(x, F::PadFuncOptions({-2, -2})), Error);
  EXPECT_THROW(F::pad(x, F::PadFuncOptions({3, 0}).mode(kReflect)), Error);
}

TEST(Pad, GradientGoesToWhatWasKept) {
  const Tensor x = ramp({2, 3}).to(kDouble).requires_grad_();
  EXPECT_TRUE(gradcheck(
      [](const std::vector<Tensor>& in) {
        return std::vector<Tensor>{
            F::pad(in[0].square(), F::PadFuncOptions({1, -1, 0, 1})),
            F::pad(in[0].square(), F::PadFuncOptions({2, 1}).mode(kReflect))};
      },
      {x}));
}

TEST(Distance, Prints) {
  EXPECT_EQ(printed(nn::CosineSimilarity()),
            "taper::nn::CosineSimilarity(dim=1, eps=1e-08)");
  EXPECT_EQ(printed(nn::PairwiseDistance()),
            "taper::nn::PairwiseDistance(p=2, eps=1e-06, keepdim=false)");
}

TEST(Functional, BatchNormUpdatesTheStatisticsGiven) {
  const Tensor x = ramp({4, 3});
  const Tensor mean = zeros(3);
  const Tensor var = ones(3);
  nn::BatchNorm1d layer(3);
  const Tensor expected = layer(x);
  const auto options = F::BatchNormFuncOptions().training(true);
  EXPECT_TRUE(F::batch_norm(x, mean, var, options).allclose(expected));
  EXPECT_TRUE(mean.allclose(layer->running_mean));
  EXPECT_TRUE(var.allclose(layer->running_var));
  EXPECT_THROWS_TEXT(Error, F::batch_norm(x, {}, {}), "batch_norm");
}

TEST(Functional, InstanceNormIsGroupNormPerChannel) {
  const Tensor x = ramp({2, 3, 4});
  EXPECT_TRUE(F::instance_norm(x).allclose(group_norm(x, 3), 1e-5, 1e-6));
  const auto given = F::InstanceNormFuncOptions().weight(ramp(3)).bias(ramp(3));
  EXPECT_TRUE(F::instance_norm(x, given).allclose(
      group_norm(x, 3, ramp(3), ramp(3)), 1e-5, 1e-6));
}

// The forms of functional::detail draw and compute as those with options do.
TEST(Functional, FormsWithoutOptionsAreTheSame) {
  const Tensor x = ramp({2, 3, 4, 5});
  const auto same = [&](auto without, auto with, auto options) {
    manual_seed(3);
    const Tensor a = without(x, 0.4, true, false);
    manual_seed(3);
    return equal(a, with(x, options.p(0.4).training(true)));
  };
  EXPECT_TRUE(same(F::detail::dropout, F::dropout, F::DropoutFuncOptions()));
  EXPECT_TRUE(
      same(F::detail::dropout2d, F::dropout2d, F::Dropout2dFuncOptions()));
  EXPECT_TRUE(
      same(F::detail::dropout3d, F::dropout3d, F::Dropout3dFuncOptions()));
  EXPECT_TRUE(same(F::detail::alpha_dropout, F::alpha_dropout,
                   F::AlphaDropoutFuncOptions()));
  EXPECT_TRUE(same(F::detail::feature_alpha_dropout, F::feature_alpha_dropout,
                   F::FeatureAlphaDropoutFuncOptions()));
  EXPECT_TRUE(
      equal(F::detail::instance_norm(x, {}, {}, {}, {}, true, 0.1, 1e-5),
            F::instance_norm(x)));
  Tensor y = x.clone();
  EXPECT_TRUE(F::detail::dropout(y, 1, true, true).is_same(y));
  EXPECT_TRUE(equal(y, zeros_like(x)));
}

TEST(Functional, EveryLayerSavesAndLoads) {
  const auto net = [] {
    return nn::Sequential(nn::Linear(4, 6), nn::BatchNorm1d(6), nn::PReLU(),
                          nn::Dropout(0.1),
                          nn::LayerNorm(std::vector<int64_t>{6}),
                          nn::Linear(6, 2), nn::LogSoftmax(1));
  };
  nn::Sequential one = net();
  nn::Sequential two = net();
  one->forward(ramp({5, 4}));
  std::stringstream stream;
  save(one, stream);
  load(two, stream);
  one->eval();
  two->eval();
  EXPECT_TRUE(one->forward(ramp({5, 4})).equal(two->forward(ramp({5, 4}))));
}

TEST(Functional, EveryLayerClones) {
  nn::Sequential net(nn::Embedding(5, 4), nn::Flatten(), nn::Linear(8, 4),
                     nn::GELU(), nn::GroupNorm(2, 4), nn::Identity(),
                     nn::Softmax(1));
  auto copy = std::dynamic_pointer_cast<nn::SequentialImpl>(net->clone());
  const Tensor x = tensor({{0, 1}, {2, 4}});
  EXPECT_TRUE(copy->forward(x).equal(net->forward(x)));
  net->parameters()[0].detach().zero_();
  EXPECT_FALSE(copy->forward(x).equal(net->forward(x)));
}

TEST(Functional, CircularPaddingGoesAroundWhatIsLeft) {
  const Tensor x = tensor({{1.0f, 2.0f, 3.0f}});
  const auto padded = [](const Tensor& input, std::vector<int64_t> margins) {
    return F::pad(input, F::PadFuncOptions(margins).mode(kCircular));
  };
  EXPECT_TRUE(padded(x, {-1, 1}).equal(tensor({{2.0f, 3.0f, 2.0f}})));
  EXPECT_TRUE(padded(x, {2, -1}).equal(tensor({{1.0f, 2.0f, 1.0f, 2.0f}})));
  EXPECT_EQ(padded(zeros({2, 0}), {0, 0}).sizes(), IntArrayRef({2, 0}));
}

TEST(Functional, PreluTakesNoChannels) {
  const Tensor w = zeros({0}).requires_grad_();
  F::prelu(zeros({2, 0}), w).sum().backward();
  EXPECT_EQ(w.grad().sizes(), IntArrayRef({0}));
}

}  // namespace
}  // namespace taper
