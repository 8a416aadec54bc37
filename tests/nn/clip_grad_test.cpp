#include "taper/nn/utils.h"

#include <cmath>
#include <limits>

#include "tests/nn/small_net.h"

namespace taper {
namespace {

using nn::utils::clip_grad_norm_;
using nn::utils::clip_grad_value_;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Tensor> with_grads() {
  Tensor a = ones({2}).requires_grad_();
  Tensor b = ones({1}).requires_grad_();
  Tensor without = ones({1}).requires_grad_();
  a.mutable_grad() = tensor({3.0f, 0.0f});
  b.mutable_grad() = tensor({-4.0f});
  return {a, b, without};
}

TEST(ClipGradNorm, ScalesToTheNorm) {
  const auto params = with_grads();
  EXPECT_EQ(clip_grad_norm_(params, 1.0), 5);
  EXPECT_NEAR(params[0].grad()[0].item<double>(), 0.6, 1e-6);
  EXPECT_NEAR(params[1].grad()[0].item<double>(), -0.8, 1e-6);
  EXPECT_FALSE(params[2].grad().defined());
}

TEST(ClipGradNorm, LeavesSmallGradients) {
  const auto params = with_grads();
  EXPECT_EQ(clip_grad_norm_(params, 5.1), 5);
  EXPECT_EQ(params[1].grad().item<float>(), -4);
}

TEST(ClipGradNorm, KnowsOtherNorms) {
  EXPECT_EQ(clip_grad_norm_(with_grads(), 1, 1), 7);
  EXPECT_EQ(clip_grad_norm_(with_grads(), 1, kInfinity), 4);
  EXPECT_EQ(clip_grad_norm_(with_grads(), 1, 0), 2);
  EXPECT_EQ(clip_grad_norm_(std::vector<Tensor>{}, 1), 0);
  EXPECT_EQ(clip_grad_norm_(with_grads()[1], 1), 4);
}

TEST(ClipGradNorm, KnowsNegativeNorms) {
  const auto clipped = [](double norm_type) {
    const Tensor a = zeros({3}).requires_grad_();
    const Tensor b = zeros({2}).requires_grad_();
    const Tensor none = zeros({0}).requires_grad_();
    a.mutable_grad() = tensor({1.0f, 2.0f, 4.0f});
    b.mutable_grad() = tensor({8.0f, -16.0f});
    none.mutable_grad() = zeros({0});
    const double norm = clip_grad_norm_({a, none, b}, 0.25, norm_type);
    EXPECT_NEAR(a.grad()[1].item<double>(), 2 * 0.25 / norm, 1e-5);
    return norm;
  };
  EXPECT_NEAR(clipped(-1), 16.0 / 31, 1e-6);
  EXPECT_NEAR(clipped(-2), 16 / std::sqrt(341.0), 1e-6);
  EXPECT_EQ(clipped(-kInfinity), 1);
  EXPECT_EQ(clipped(kInfinity), 16);
  EXPECT_NEAR(clipped(0.5), 126.3970, 1e-3);
}

TEST(ClipGradNorm, TakesLargeAndTinyGradients) {
  for (const float size : {1e30f, 1e-30f, 1e37f}) {
    for (const double p : {0.5, 1.0, 2.0, 3.0, -1.0, kInfinity}) {
      const Tensor a = zeros({2}).requires_grad_();
      a.mutable_grad() = tensor({3 * size, 4 * size});
      const double part = clip_grad_norm_({a}, size, p) / size;
      EXPECT_NEAR(part, tensor({3.0, 4.0}).norm(p).item<double>(), 1e-5) << p;
    }
  }
}

TEST(ClipGradNorm, RejectsWhatMakesNoSense) {
  const auto params = with_grads();
  EXPECT_THROW(clip_grad_norm_(params, 1, std::nan("")), ValueError);
  params[1].mutable_grad() = tensor({std::nanf("")});
  EXPECT_THROW(clip_grad_norm_(params, 1, 2, true), Error);
  EXPECT_EQ(params[0].grad()[0].item<float>(), 3);
}

TEST(ClipGradValue, LimitsElements) {
  const auto params = with_grads();
  clip_grad_value_(params, 2);
  EXPECT_TRUE(params[0].grad().equal(tensor({2.0f, 0.0f})));
  EXPECT_EQ(params[1].grad().item<float>(), -2);
}

// Values of LibTorch 2.13.
TEST(ClipGrad, TakesLimitsThatAreNegativeOrNan) {
  const Tensor p = zeros({3}).requires_grad_();
  const auto start = [&] { p.mutable_grad() = tensor({3., 0., -4.}); };
  const auto is = [&](const Tensor& values) {
    return p.grad().allclose(values, 1e-6, 1e-8, /*equal_nan=*/true);
  };
  start();
  EXPECT_EQ(clip_grad_norm_(p, -1), 5);
  EXPECT_TRUE(is(tensor({-0.6, 0., 0.8})));
  start();
  EXPECT_EQ(clip_grad_norm_(p, -5, kInfinity), 4);
  EXPECT_TRUE(is(tensor({-3.75, 0., 5.})));
  start();
  EXPECT_EQ(clip_grad_norm_(p, std::nan("")), 5);
  EXPECT_TRUE(p.grad().isnan().all().item<bool>());
  start();
  EXPECT_EQ(clip_grad_norm_(p, -kInfinity), 5);
  EXPECT_TRUE(is(tensor({-kInfinity, std::nan(""), kInfinity})));
  for (const double limit : {-1.0, -kInfinity}) {
    start();
    clip_grad_value_(p, limit);
    EXPECT_TRUE(is(tensor({limit, limit, limit})));
  }
  start();
  clip_grad_value_(p, std::nan(""));
  EXPECT_TRUE(p.grad().isnan().all().item<bool>());
}

}  // namespace
}  // namespace taper
