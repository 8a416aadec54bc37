#include "golden_nn.h"
#include "taper/autograd/engine.h"
#include "taper/autograd/grad_mode.h"
#include "taper/nn/functional.h"
#include "taper/nn/layers/normalization.h"

namespace taper {
namespace {

namespace F = nn::functional;

// Three batches in training, the statistics, then one in evaluation, as
// make_nn.py does it.
template <class Layer>
void expect_golden_norm(const std::string& name, Layer layer,
                        IntArrayRef sizes) {
  if (layer->weight.defined()) {
    NoGradGuard no_grad;
    layer->weight.copy_(ramp(layer->weight.sizes()) + 2);
    layer->bias.copy_(ramp(layer->bias.sizes()));
  }
  Tensor batch;
  Tensor y;
  for (int64_t step = 0; step < 3; ++step) {
    batch = (ramp(sizes) * (step + 1) + step).requires_grad_();
    layer->zero_grad();
    y = layer(batch);
    (y * ramp(y.sizes())).sum().backward();
  }
  expect_golden(name + ".y", y);
  expect_golden(name + ".gx", batch.grad());
  for (const auto& item : layer->named_parameters()) {
    expect_golden(name + ".g_" + item.key(), item->grad());
  }
  for (const auto& item : layer->named_buffers()) {
    expect_golden(name + "." + item.key(), item.value());
  }
  layer->eval();
  expect_golden(name + ".eval", layer(ramp(sizes)));
}

TEST(BatchNorm, MatchesPyTorch) {
  using Options = nn::BatchNormOptions;
  expect_golden_norm("bn1", nn::BatchNorm1d(3), {4, 3});
  expect_golden_norm("bn1_length",
                     nn::BatchNorm1d(Options(3).eps(1e-3).momentum(0.3)),
                     {2, 3, 4});
  expect_golden_norm("bn1_average",
                     nn::BatchNorm1d(Options(3).momentum(std::nullopt)),
                     {4, 3});
  expect_golden_norm("bn1_plain", nn::BatchNorm1d(Options(3).affine(false)),
                     {4, 3});
  expect_golden_norm("bn1_untracked",
                     nn::BatchNorm1d(Options(3).track_running_stats(false)),
                     {4, 3});
  expect_golden_norm("bn2", nn::BatchNorm2d(2), {2, 2, 2, 3});
  expect_golden_norm("bn3", nn::BatchNorm3d(2), {2, 2, 1, 2, 2});
}

// Statistics, weight and bias are left alone by a batch without values.
template <class Layer>
void expect_unmoved_by_nothing(Layer layer, IntArrayRef sizes) {
  const Tensor x = zeros(sizes).requires_grad_();
  const Tensor y = layer(x);
  EXPECT_EQ(y.sizes(), sizes);
  EXPECT_FALSE(y.is_alias_of(x));
  y.sum().backward();
  EXPECT_EQ(x.grad().sizes(), sizes);
  for (const Tensor& parameter : layer->parameters()) {
    EXPECT_TRUE(parameter.grad().equal(zeros_like(parameter)));
  }
  for (const auto& item : layer->named_buffers()) {
    if (item.key() == "num_batches_tracked") continue;
    EXPECT_TRUE(item.value().equal(item.key() == "running_mean" ? zeros({3})
                                                                : ones({3})));
  }
}

TEST(Norms, TakeABatchWithoutValues) {
  using Options = nn::InstanceNormOptions;
  const Options instance = Options(3).affine(true).track_running_stats(true);
  expect_unmoved_by_nothing(nn::BatchNorm1d(3), {0, 3});
  expect_unmoved_by_nothing(nn::BatchNorm1d(3), {2, 3, 0});
  expect_unmoved_by_nothing(nn::BatchNorm2d(3), {0, 3, 2, 2});
  expect_unmoved_by_nothing(nn::BatchNorm3d(3), {0, 3, 2, 1, 2});
  expect_unmoved_by_nothing(nn::InstanceNorm1d(instance), {2, 3, 0});
  expect_unmoved_by_nothing(nn::InstanceNorm2d(instance), {0, 3, 2, 2});
  expect_unmoved_by_nothing(nn::GroupNorm(3, 3), {0, 3, 2});
  expect_unmoved_by_nothing(nn::GroupNorm(3, 3), {2, 3, 0});
  expect_unmoved_by_nothing(nn::LayerNorm(std::vector<int64_t>{3}), {0, 3});
}

TEST(Norms, OfSixteenBitsTakeParametersOfThirtyTwo) {
  const Tensor x = tensor({{1.0f, 2.0f}, {3.0f, 6.0f}}).to(kHalf);
  const Tensor w = tensor({2.0f, 0.5f}).requires_grad_();
  const Tensor mean = zeros({2});
  const Tensor var = ones({2});
  const Tensor y = batch_norm(x, w, w, mean, var, true, 0.5, 0);
  EXPECT_EQ(y.dtype(), kHalf);
  EXPECT_TRUE(y.to(kFloat).equal(tensor({{0.0f, 0.0f}, {4.0f, 1.0f}})));
  EXPECT_TRUE(mean.equal(tensor({1.0f, 2.0f})));
  EXPECT_TRUE(var.equal(tensor({1.5f, 4.5f})));
  y.sum().backward();
  EXPECT_EQ(w.grad().dtype(), kFloat);
  EXPECT_EQ(layer_norm(x, {2}, w, w).dtype(), kHalf);
  EXPECT_EQ(group_norm(x, 1, w, w).dtype(), kHalf);
  EXPECT_EQ(group_norm(zeros({0, 2}, kHalf), 1, w, w).dtype(), kHalf);
  EXPECT_THROW(layer_norm(x, {2}, w.to(kDouble)), TypeError);
}

TEST(BatchNorm, CountsABatchWithoutValues) {
  nn::BatchNorm1d layer(nn::BatchNormOptions(2).momentum(std::nullopt));
  layer(zeros({0, 2}));
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 1);
  layer->to(kHalf);
  EXPECT_EQ(layer(zeros({0, 2}, kHalf)).dtype(), kHalf);
}

TEST(BatchNorm, OfNothingHasSecondDerivatives) {
  const Tensor x = zeros({0, 2}).requires_grad_();
  const Tensor w = ones({2}).requires_grad_();
  const Tensor y = batch_norm(x, w, {}, {}, {}, true, 0.1, 1e-5);
  const Tensor g = autograd::grad({y.sum()}, {x}, {}, true, true)[0];
  EXPECT_TRUE(autograd::grad({g.sum()}, {w})[0].equal(zeros({2})));
}

TEST(InstanceNorm, MatchesPyTorch) {
  expect_golden_norm("in1", nn::InstanceNorm1d(3), {2, 3, 4});
  expect_golden_norm(
      "in2_tracked",
      nn::InstanceNorm2d(
          nn::InstanceNormOptions(2).affine(true).track_running_stats(true)),
      {2, 2, 2, 3});
}

TEST(LayerNorm, MatchesPyTorch) {
  expect_golden_norm("ln", nn::LayerNorm(std::vector<int64_t>{4}), {3, 4});
  expect_golden_norm("ln_2d",
                     nn::LayerNorm(nn::LayerNormOptions({2, 3}).eps(1e-3)),
                     {2, 2, 3});
}

TEST(GroupNorm, MatchesPyTorch) {
  expect_golden_norm("gn", nn::GroupNorm(2, 4), {2, 4, 3});
  expect_golden_norm("gn_plain",
                     nn::GroupNorm(nn::GroupNormOptions(3, 3).affine(false)),
                     {2, 3, 2});
}

TEST(BatchNorm, ResetsItsStatistics) {
  nn::BatchNorm1d layer(3);
  layer(ramp({4, 3}));
  layer(ramp({4, 3}));
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 2);
  layer->reset_running_stats();
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 0);
  EXPECT_TRUE(layer->running_mean.equal(zeros(3)));
  EXPECT_TRUE(layer->running_var.equal(ones(3)));
}

TEST(BatchNorm, EvaluationChangesNoBuffer) {
  nn::BatchNorm1d layer(3);
  layer(ramp({4, 3}));
  const Tensor mean = layer->running_mean.clone();
  layer->eval();
  layer(ramp({1, 3}));
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 1);
  EXPECT_TRUE(layer->running_mean.equal(mean));
}

TEST(BatchNorm, WorksInFloat64) {
  nn::BatchNorm1d layer(3);
  layer->to(kDouble);
  EXPECT_EQ(layer->num_batches_tracked.dtype(), kLong);
  const Tensor y = layer(ramp({4, 3}).to(kDouble));
  EXPECT_EQ(y.dtype(), kDouble);
  EXPECT_NEAR(y.mean().item<double>(), 0, 1e-15);
}

TEST(BatchNorm, RejectsAndChangesNothing) {
  nn::BatchNorm1d layer(nn::BatchNorm1dOptions(3).momentum(std::nullopt));
  layer(ramp({4, 3}));
  const Tensor mean = layer->running_mean.clone();
  const Tensor var = layer->running_var.clone();
  EXPECT_THROWS_TEXT(ValueError, layer(ramp({1, 3})), "(1, 3)");
  EXPECT_THROWS_TEXT(Error, layer(ramp({4, 5})), "(4, 5)");
  EXPECT_THROWS_TEXT(Error, layer(ramp({2, 3, 2, 2})), "BatchNorm1d");
  EXPECT_THROWS_TEXT(Error, layer(ramp(3)), "2 or 3 dims");
  EXPECT_THROW(layer(zeros({4, 3}, kLong)), TypeError);
  EXPECT_THROW(layer(ramp({4, 3}).to(kDouble)), Error);
  EXPECT_THROW(layer(Tensor()), Error);
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 1);
  EXPECT_TRUE(layer->running_mean.equal(mean));
  EXPECT_TRUE(layer->running_var.equal(var));
}

TEST(Normalisations, AreBuiltWithoutChannels) {
  nn::LayerNorm layer(nn::LayerNormOptions({0}));
  const Tensor x = ones({2, 0}).requires_grad_();
  layer(x).sum().backward();
  EXPECT_EQ(x.grad().sizes(), x.sizes());
  EXPECT_EQ(layer->weight.grad().sizes(), IntArrayRef({0}));
  nn::LayerNorm matrix(nn::LayerNormOptions({3, 0}));
  EXPECT_EQ(matrix(ones({2, 3, 0})).sizes(), IntArrayRef({2, 3, 0}));
  const Tensor channels = ones({2, 0, 3});
  EXPECT_EQ(nn::GroupNorm(1, 0)(channels).sizes(), channels.sizes());
  EXPECT_EQ(nn::GroupNorm(2, 0)(channels).sizes(), channels.sizes());
  EXPECT_EQ(nn::InstanceNorm1d(0)(channels).sizes(), channels.sizes());
  nn::BatchNorm1d batch(0);
  EXPECT_EQ(batch->running_var.numel(), 0);
  EXPECT_EQ(batch(channels).sizes(), channels.sizes());
  EXPECT_THROWS_TEXT(ValueError, nn::GroupNorm(0, 0), "num_groups");
}

TEST(BatchNorm, RejectsBadOptions) {
  using Options = nn::BatchNormOptions;
  EXPECT_THROWS_TEXT(ValueError, nn::BatchNorm1d(-1), "num_features");
  EXPECT_THROWS_TEXT(ValueError, nn::BatchNorm2d(Options(3).eps(-1)),
                     "BatchNorm2d");
  EXPECT_THROW(nn::BatchNorm1d(Options(3).eps(std::nan(""))), ValueError);
  EXPECT_THROWS_TEXT(ValueError, nn::BatchNorm1d(Options(3).momentum(1.5)),
                     "1.5");
  EXPECT_THROWS_TEXT(
      ValueError,
      F::batch_norm(ramp({4, 3}), {}, {},
                    F::BatchNormFuncOptions().training(true).eps(-1)),
      "batch_norm");
}

TEST(Norms, AreNotDifferentiableByTheRunningStatistics) {
  for (const Tensor& x : {ramp({4, 3, 2}), ramp({4, 3, 2}).to(kHalf)}) {
    for (const bool first : {true, false}) {
      const Tensor mean = zeros(3).requires_grad_(first);
      const Tensor var = ones(3).requires_grad_(!first);
      const char* name = first ? "running_mean" : "running_var";
      for (const bool trains : {true, false}) {
        const auto batch = [&] {
          return F::batch_norm(x, mean, var,
                               F::BatchNormFuncOptions().training(trains));
        };
        EXPECT_THROWS_TEXT(Error, batch(), "not differentiable");
        EXPECT_THROWS_TEXT(Error, batch(), name);
        const auto options = F::InstanceNormFuncOptions()
                                 .running_mean(mean)
                                 .running_var(var)
                                 .use_input_stats(trains);
        EXPECT_THROWS_TEXT(Error, F::instance_norm(x, options), name);
        EXPECT_TRUE(mean.equal(zeros(3)) && var.equal(ones(3)));
      }
      const NoGradGuard no_grad;
      F::batch_norm(x, mean, var, F::BatchNormFuncOptions().training(true));
      EXPECT_FALSE(mean.equal(zeros(3)));
    }
  }
}

TEST(BatchNorm, CloneHasItsOwnStatistics) {
  nn::BatchNorm1d layer(3);
  layer(ramp({4, 3}));
  auto copy = std::dynamic_pointer_cast<nn::BatchNorm1dImpl>(layer->clone());
  EXPECT_TRUE(copy->running_mean.equal(layer->running_mean));
  copy->forward(ramp({4, 3}) + 5);
  EXPECT_FALSE(copy->running_mean.equal(layer->running_mean));
  EXPECT_EQ(layer->num_batches_tracked.item<int64_t>(), 1);
}

TEST(InstanceNorm, SampleDimMayBeLeftOut) {
  nn::InstanceNorm1d layer(3);
  const Tensor x = ramp({2, 3, 4});
  EXPECT_TRUE(layer(x[1]).equal(layer(x)[1]));
}

TEST(InstanceNorm, RejectsAndChangesNothing) {
  nn::InstanceNorm1d layer(
      nn::InstanceNormOptions(3).track_running_stats(true));
  EXPECT_THROWS_TEXT(Error, layer(ramp({2, 4, 4})), "(2, 4, 4)");
  EXPECT_THROWS_TEXT(ValueError, layer(ramp({2, 3, 1})), "instance_norm");
  EXPECT_THROWS_TEXT(Error, layer(ramp({1, 2, 3, 4})), "InstanceNorm1d");
  EXPECT_TRUE(layer->running_mean.equal(zeros(3)));
  EXPECT_TRUE(layer->running_var.equal(ones(3)));
}

TEST(LayerNorm, RejectsWrongShapes) {
  nn::LayerNorm layer(std::vector<int64_t>{4});
  EXPECT_THROWS_TEXT(Error, layer(ramp({4, 3})), "(4, 3)");
  EXPECT_THROW(nn::LayerNorm(std::vector<int64_t>{}), ValueError);
  EXPECT_THROW(nn::LayerNorm(std::vector<int64_t>{3, -1}), ValueError);
  EXPECT_THROW(nn::LayerNorm(nn::LayerNormOptions({3}).eps(-1)), ValueError);
}

TEST(LayerNorm, FunctionIsTheModule) {
  nn::LayerNorm layer(std::vector<int64_t>{4});
  EXPECT_TRUE(F::layer_norm(ramp({3, 4}), F::LayerNormFuncOptions({4}))
                  .allclose(layer(ramp({3, 4}))));
}

TEST(GroupNorm, RejectsIndivisibleChannels) {
  EXPECT_THROWS_TEXT(ValueError, nn::GroupNorm(2, 3), "3 channels");
  EXPECT_THROWS_TEXT(ValueError, nn::GroupNorm(0, 3), "num_groups");
  EXPECT_THROWS_TEXT(ValueError,
                     F::group_norm(ramp({2, 3, 2}), F::GroupNormFuncOptions(2)),
                     "group_norm");
  nn::GroupNorm layer(nn::GroupNormOptions(2, 4).affine(false));
  EXPECT_THROWS_TEXT(Error, layer(ramp({2, 6, 2})), "(2, 6, 2)");
}

// Texts of LibTorch 2.13, but for the namespace.
TEST(Norm, Prints) {
  EXPECT_EQ(printed(nn::BatchNorm1d(4)),
            "taper::nn::BatchNorm1d(4, eps=1e-05, momentum=0.1, affine=true, "
            "track_running_stats=true)");
  EXPECT_EQ(printed(nn::BatchNorm3d(nn::BatchNorm3dOptions(4)
                                        .eps(0.5)
                                        .momentum(std::nullopt)
                                        .affine(false)
                                        .track_running_stats(false))),
            "taper::nn::BatchNorm3d(4, eps=0.5, momentum=None, affine=false, "
            "track_running_stats=false)");
  EXPECT_EQ(printed(nn::InstanceNorm2d(4)),
            "taper::nn::InstanceNorm2d(4, eps=1e-05, momentum=0.1, "
            "affine=false, track_running_stats=false)");
  EXPECT_EQ(printed(nn::LayerNorm(std::vector<int64_t>{2, 2})),
            "taper::nn::LayerNorm([2, 2], eps=1e-05, elementwise_affine=true)");
  EXPECT_EQ(printed(nn::GroupNorm(2, 4)),
            "taper::nn::GroupNorm(2, 4, eps=1e-05, affine=true)");
}

TEST(Norms, TakeLibTorchsChoiceOfBackend) {
  const Tensor x = ramp({2, 4});
  const Tensor zero = zeros(4), one = ones(4);
  EXPECT_TRUE(layer_norm(x, {4}, {}, {}, 1e-5, true).equal(layer_norm(x, {4})));
  EXPECT_TRUE(group_norm(x, 2, {}, {}, 1e-5, true).equal(group_norm(x, 2)));
  EXPECT_TRUE(batch_norm(x, {}, {}, zero, one, false, 0.1, 1e-5, false)
                  .equal(batch_norm(x, {}, {}, zero, one, false, 0.1, 1e-5)));
}

}  // namespace
}  // namespace taper
