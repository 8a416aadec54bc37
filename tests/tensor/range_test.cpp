// Means, norms and spreads that fit the dtype although the terms of their sums
// do not, over all elements, rows and columns.
#include <cmath>
#include <limits>

#include "taper/taper.h"

namespace taper {
namespace {

using Reduction = std::function<Tensor(const Tensor& x, int64_t dim)>;

// f over every element, over rows, columns and strided rows of `pair` is
// `right` within 2 ulp.
void expect_result(const Reduction& f, const Tensor& pair, double right) {
  const Tensor rows = pair.expand({3, 2}).contiguous();
  const Tensor all[] = {f(pair, -1),
                        f(rows, 1),
                        f(rows.t().contiguous(), 0),
                        f(rows.t(), 0),
                        f(stack({rows, rows * 0}, -1).select(-1, 0), 1),
                        f(pair.expand({3, 2}), 1)};
  const bool wide = pair.dtype() == kDouble;
  const double ulp = wide ? 0x1p-52 : 0x1p-23;
  const double least = wide ? 0x1p-1074 : 0x1p-149;
  for (const Tensor& y : all) {
    EXPECT_EQ(y.dtype(), pair.dtype());
    const double got = y.max().item<double>();
    EXPECT_NEAR(got / right, 1, 2 * std::max(ulp, least / right)) << right;
    EXPECT_EQ(got, y.min().item<double>());
  }
}

// Largest and smallest magnitudes of float32 and float64.
const std::pair<ScalarType, double> kMagnitudes[] = {
    {kFloat, 1.7e38},  {kFloat, 1e30},   {kFloat, 1e19},   {kFloat, 1e-19},
    {kFloat, 1e-30},   {kFloat, 1e-42},  {kDouble, 8e307}, {kDouble, 1e300},
    {kDouble, 1e-170}, {kDouble, 1e-300}};

TEST(Range, MeansOfLargeNumbers) {
  const auto mean_of = [](const Tensor& x, int64_t d) { return mean(x, d); };
  for (const auto& [dtype, large] :
       {std::pair{kFloat, 3.4e38}, {kDouble, 1.7e308}}) {
    const Tensor x = full({2}, large, dtype);
    expect_result(mean_of, x, x[0].item<double>());
    const Tensor many = x[0].expand({3, 7, 100});
    for (const Tensor& y : {mean(many), mean(many.contiguous()),
                            -mean(-many.contiguous(), {0, 2})}) {
      EXPECT_TRUE(allclose(y / large, ones_like(y), 3e-7, 0));
    }
  }
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(full({7}, most, kDouble).mean().item<double>(), most);
  EXPECT_TRUE(std::isinf(tensor({HUGE_VALF, 1.0f}).mean().item<float>()));
  const Tensor mixed = tensor({HUGE_VALF, 1.0f, 3.4e38f, 3e38f}).view({2, 2});
  EXPECT_EQ(mixed.mean(1)[0].item<float>(), HUGE_VALF);
  EXPECT_EQ(mixed.mean(1)[1].item<float>(), 3.2e38f);
}

TEST(Range, SumsAndProductsWhosePartsDoNotFit) {
  const auto expect = [](const Tensor& x, Tensor (*f)(const Tensor&, int64_t),
                         double right) {
    const Tensor rows = x.expand({70, x.size(0)}).contiguous();
    for (const Tensor& y : {f(rows[1], 0), f(rows, 1), f(rows.t(), 0),
                            f(rows.t().contiguous(), 0)}) {
      EXPECT_TRUE(allclose(y.to(kDouble), full_like(y, right, kDouble), 1e-6));
    }
  };
  const auto sum_of = [](const Tensor& x, int64_t d) { return sum(x, d); };
  const auto prod_of = [](const Tensor& x, int64_t d) { return prod(x, d); };
  for (const auto& [dtype, large] :
       {std::pair{kFloat, 3e38}, {kDouble, 1.5e308}}) {
    const Tensor x = full({2}, large, dtype);
    const Tensor one = ones({1}, dtype);
    expect(cat({x, one, -x}), sum_of, 0);
    expect(cat({x, x, x, x[0].view({1}), -x, -x, -x}), sum_of, large);
    EXPECT_TRUE(sum(x).isinf().item<bool>());
  }
  expect(tensor({1e30f, 1e30f, 1e-30f, 1e-30f}), prod_of, 1);
  expect(tensor({1e-30f, 1e-30f, 1e30f, 1e30f}), prod_of, 1);
  expect(tensor({1e30f, 1e30f, 0.0f}), prod_of, 0);
}

TEST(Range, NormsOfLargeAndSmallNumbers) {
  for (const auto& [dtype, size] : kMagnitudes) {
    const Tensor x = tensor({size, -size}, dtype);
    const double value = x[0].item<double>();
    for (const double p : {-2.0, -1.0, 1.0, 2.0, 3.0, 7.0, 100.0, 400.0}) {
      const auto norm_of = [p](const Tensor& t, int64_t d) {
        return norm(t, Scalar(p), {d});
      };
      expect_result(norm_of, x, value * std::pow(2.0, 1 / p));
    }
  }
  EXPECT_EQ(tensor({1e38f, 0.0f, 0.0f}).norm().item<float>(), 1e38f);
  EXPECT_EQ(tensor({3e38f, 3e38f}).norm().item<float>(), HUGE_VALF);
  EXPECT_EQ(tensor({0.0f, 1e30f}).norm(-1).item<float>(), 0);
  EXPECT_EQ(zeros({4}).norm().item<float>(), 0);
  EXPECT_EQ(tensor({0.3f, 0.3f}).norm(100).item<float>(),
            0.3f * std::pow(2.0f, 0.01f));
}

TEST(Range, EachResultHasAScaleOfItsOwn) {
  const Tensor x = tensor({3e30f, 4e30f, 3e-30f, 4e-30f, 3.0f, 4.0f, 0.0f, 0.0f,
                           NAN, 1.0f, HUGE_VALF, 1.0f})
                       .view({6, 2});
  const float right[] = {5e30f, 5e-30f, 5, 0, NAN, HUGE_VALF};
  for (const Tensor& y : {x.norm(2, 1), x.t().contiguous().norm(2, 0)}) {
    for (int64_t i = 0; i < 6; ++i) {
      const float got = y[i].item<float>();
      if (i < 3) {
        EXPECT_NEAR(got / right[i], 1, 2e-7) << i;
      } else {
        EXPECT_TRUE(got == right[i] || std::isnan(right[i] + got)) << i;
      }
    }
  }
}

TEST(Range, SpreadsOfLargeAndSmallNumbers) {
  for (const auto& [dtype, size] : kMagnitudes) {
    const Tensor x = tensor({size, -size}, dtype);
    const auto biased = [](const Tensor& t, int64_t d) {
      return taper::std(t, d, 0);
    };
    expect_result(biased, x, x[0].item<double>());
  }
  const Tensor x = tensor({1.5e19f, -1.5e19f});
  const double square = std::pow(x[0].item<double>(), 2);
  expect_result([](const Tensor& t, int64_t d) { return var(t, d, 0); }, x,
                square);
  // Their mean comes with them.
  const Tensor y = tensor({3e38f, 2e38f, 3e38f});
  const auto [spread, center] = std_mean(y, {0}, 0);
  EXPECT_NEAR(spread.item<double>() / 4.71404521e37, 1, 3e-7);
  EXPECT_NEAR(center.item<double>() / 2.66666667e38, 1, 3e-7);
}

TEST(Range, GradientsOfLargeAndSmallNumbers) {
  for (const auto& [dtype, size] : kMagnitudes) {
    if (size < 1e-40 || size > 1e38) continue;
    for (const double p : {2.0, 3.0, 4.5}) {
      const Tensor x = tensor({size, 2 * size}, dtype).requires_grad_();
      x.norm(p).backward();
      const double total = std::pow(1 + std::pow(2.0, p), 1 / p);
      EXPECT_NEAR(x.grad()[0].item<double>(), std::pow(total, 1 - p), 1e-6);
      EXPECT_NEAR(x.grad()[1].item<double>(), std::pow(2 / total, p - 1), 1e-6);
    }
    const Tensor x = tensor({size, 2 * size}, dtype).requires_grad_();
    x.std().backward();
    EXPECT_NEAR(x.grad()[1].item<double>(), std::sqrt(0.5), 1e-6) << size;
  }
}

TEST(Range, ClippingOfLargeAndSmallGradients) {
  for (const float size : {1e30f, 1e-30f}) {
    const Tensor a = zeros({2}).requires_grad_(),
                 b = zeros({2}).requires_grad_();
    a.mutable_grad() = full({2}, size);
    b.mutable_grad() = full({2}, -size);
    EXPECT_NEAR(nn::utils::clip_grad_norm_({a, b}, 1) / (2 * size), 1, 1e-6);
    const float clipped = std::min(0.5f, size);
    EXPECT_NEAR(a.grad()[0].item<float>() / clipped, 1, 1e-6);
    EXPECT_NEAR(b.grad()[1].item<float>() / -clipped, 1, 1e-6);
  }
}

TEST(Range, LossesWhoseSumsDoNotFit) {
  for (const int64_t n : {2, 33, 100, 5000}) {
    const Tensor far = full({n}, 3e38, kFloat), zero = zeros({n}, kFloat);
    EXPECT_FLOAT_EQ(l1_loss(far, zero).item<float>(), 3e38f);
    const Tensor x = full({n}, 1e19, kFloat).requires_grad_();
    const Tensor loss = mse_loss(x, zero);
    EXPECT_NEAR(loss.item<double>(), 1e38, 1e31);
    loss.backward();
    EXPECT_NEAR(x.grad()[0].item<double>() * static_cast<double>(n), 2e19,
                1e13);
    const Tensor classes = zeros({n}, kLong);
    EXPECT_NEAR(nll_loss(far.unsqueeze(1), classes).item<double>(), -3e38,
                1e32);
    const Tensor scores = stack({zero, far}, 1);
    EXPECT_NEAR(cross_entropy_loss(scores, classes).item<double>(), 3e38, 1e32);
  }
  const Tensor half = full({5000, 1}, -15, kHalf);
  EXPECT_NEAR(nll_loss(half, zeros({5000}, kLong)).item<double>(), 15, 0.1);
}

TEST(Range, SlopesOfNormsAndSpreadsAtTheEnds) {
  const auto slope = [](Tensor (*f)(const Tensor&), double at,
                        ScalarType type) {
    const Tensor x = tensor({at, -at}).to(type).requires_grad_();
    f(x).backward();
    return x.grad()[0].item<double>();
  };
  const auto norm_of = [](const Tensor& x) { return x.norm(); };
  const auto std_of = [](const Tensor& x) { return x.std(false); };
  for (const auto& [type, at] : {std::pair{kHalf, 1e-5},
                                 {kHalf, 4e4},
                                 {kFloat, 1e-40},
                                 {kFloat, 2e38}}) {
    EXPECT_NEAR(slope(norm_of, at, type), std::sqrt(0.5), 0.03) << type << at;
    EXPECT_NEAR(slope(std_of, at, type), 0.5, 0.03) << type << at;
  }
}

}  // namespace
}  // namespace taper
