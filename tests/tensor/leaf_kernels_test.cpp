// The reduction, norm, copy and optimiser leaf kernels against plain loops in
// double, over lengths around the vector and block sizes.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/kernels/simd/optim.h"
#include "taper/tensor/kernels/simd/reduce.h"

namespace taper::kernels {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
const std::vector<int64_t> lengths = {
    0, 1, 7, 8, 64, 100, 4095, 4096, 4097, 100000};

template <class T>
constexpr int dtype_of = sizeof(T) == 4 ? 0 : 1;

// Values in [-1, 1) without a pattern.
template <class T>
std::vector<T> values(int64_t n, uint32_t seed = 1) {
  std::vector<T> x(n);
  for (T& v : x) {
    seed = seed * 1664525 + 1013904223;
    v = T(double(seed >> 8) / double(1 << 23) - 1);
  }
  return x;
}

// Checks that f and its blocks, combined, have equal bits near `expected`.
template <class T, class F, class Blocks>
void expect_sum(int64_t n, double expected, double scale, F f, Blocks blocks) {
  const double sum = f();
  EXPECT_NEAR(sum, expected, (sizeof(T) == 4 ? 1e-6 : 1e-12) * (1 + scale));
  std::vector<double> partials((n + reduce_block - 1) / reduce_block);
  blocks(partials.data());
  EXPECT_EQ(sum, reduce->combine(partials.data(), partials.size()));
}

template <class T>
class FloatKernels : public testing::Test {
 public:
  static constexpr int dtype = dtype_of<T>;
  static constexpr double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-13;
};
using Floats = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatKernels, Floats);

TYPED_TEST(FloatKernels, SumsMatchPlainLoops) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    const auto x = values<TypeParam>(n);
    const auto y = values<TypeParam>(n, 2);
    double sum = 0, abs = 0, sq = 0, dot = 0, sq_diff = 0, abs_diff = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double a = x[i], b = y[i];
      sum += a;
      abs += std::abs(a);
      sq += (a - 0.25) * (a - 0.25);
      dot += a * b;
      sq_diff += (a - b) * (a - b);
      abs_diff += std::abs(a - b);
    }
    const auto expect = [&](double expected, auto f, auto blocks) {
      expect_sum<TypeParam>(n, expected, abs, f, blocks);
    };
    const TypeParam *p = x.data(), *q = y.data();
    expect(
        sum,
        [&] { return reduce->wide_sum[d](p, n); },
        [&](double* out) { reduce->sum_blocks[d](out, p, n); });
    expect(
        abs,
        [&] { return reduce->abs_sum[d](p, n); },
        [&](double* out) { reduce->abs_sum_blocks[d](out, p, n); });
    expect(
        sq,
        [&] { return reduce->sum_sq[d](p, 0.25, n); },
        [&](double* out) { reduce->sum_sq_blocks[d](out, p, 0.25, n); });
    expect(
        dot,
        [&] { return reduce->dot[d](p, q, n); },
        [&](double* out) { reduce->dot_blocks[d](out, p, q, n); });
    expect(
        sq_diff,
        [&] { return reduce->sum_sq_diff[d](p, q, n); },
        [&](double* out) { reduce->sum_sq_diff_blocks[d](out, p, q, n); });
    expect(
        abs_diff,
        [&] { return reduce->sum_abs_diff[d](p, q, n); },
        [&](double* out) { reduce->sum_abs_diff_blocks[d](out, p, q, n); });
  }
}

TEST(ReduceKernels, SumOfAMillionTenthsIsExactlyRounded) {
  const std::vector<float> x(1000000, 0.1f);
  float sum = 0;
  reduce->sum[0](&sum, x.data(), x.size());
  EXPECT_EQ(sum, float(1e6 * double(0.1f)));
}

TEST(ReduceKernels, SumOfManyOnesIsExact) {
  const std::vector<float> x((1 << 25) + 1, 1.0f);
  EXPECT_EQ(reduce->wide_sum[0](x.data(), x.size()), (1 << 25) + 1);
}

TEST(ReduceKernels, SumsIntegersWithWrapAroundAndCountsBools) {
  std::vector<int64_t> x = {INT64_MAX, 1, 5};
  int64_t sum = 0;
  reduce->sum[2](&sum, x.data(), 3);
  EXPECT_EQ(sum, INT64_MIN + 5);
  const std::vector<uint8_t> flags(10000, 1);
  int64_t partials[3];
  reduce->sum[3](&sum, flags.data(), 10000);
  EXPECT_EQ(sum, 10000);
  reduce->sum_blocks[3](partials, flags.data(), 10000);
  reduce->sum_combine[3](&sum, partials, 3);
  EXPECT_EQ(sum, 10000);
}

TYPED_TEST(FloatKernels, ExtremesAreFoundWhereverTheyAre) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    for (const int64_t at : {int64_t{0}, n / 3, n - 1}) {
      if (n == 0) continue;
      auto x = values<TypeParam>(n);
      x[at] = 2;
      x[n - 1] = 2;
      TypeParam best;
      int64_t index;
      reduce->max[d](&best, x.data(), n);
      reduce->argmax[d](&index, x.data(), n);
      EXPECT_EQ(best, 2);
      EXPECT_EQ(index, at);
      for (TypeParam& v : x) v = -v;
      reduce->min[d](&best, x.data(), n);
      reduce->argmin[d](&index, x.data(), n);
      EXPECT_EQ(best, -2);
      EXPECT_EQ(index, at);
    }
  }
}

TYPED_TEST(FloatKernels, NanWinsEveryComparison) {
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 64, 300, 9000}) {
    auto x = values<TypeParam>(n);
    const int64_t at = n / 2;
    x[at] = x[n - 1] = TypeParam(nan);
    if (at > 0) x[0] = TypeParam(infinity);
    TypeParam best;
    int64_t index;
    reduce->max[d](&best, x.data(), n);
    EXPECT_TRUE(std::isnan(best));
    reduce->min[d](&best, x.data(), n);
    EXPECT_TRUE(std::isnan(best));
    reduce->argmax[d](&index, x.data(), n);
    EXPECT_EQ(index, at);
    reduce->argmin[d](&index, x.data(), n);
    EXPECT_EQ(index, at);
  }
}

TEST(ReduceKernels, ExtremesOfIntegersAndBools) {
  std::vector<int64_t> x(500);
  std::iota(x.begin(), x.end(), -100);
  int64_t best, index;
  reduce->max[2](&best, x.data(), 500);
  EXPECT_EQ(best, 399);
  reduce->argmin[2](&index, x.data(), 500);
  EXPECT_EQ(index, 0);
  std::vector<uint8_t> flags(500, 0);
  flags[321] = 1;
  uint8_t flag;
  reduce->max[3](&flag, flags.data(), 500);
  EXPECT_EQ(flag, 1);
  reduce->argmax[3](&index, flags.data(), 500);
  EXPECT_EQ(index, 321);
}

TYPED_TEST(FloatKernels, TruthCountsNanAndStopsAtNothing) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    std::vector<TypeParam> x(n, TypeParam(0));
    bool any = true, all = false;
    int64_t count;
    reduce->any[d](&any, x.data(), n);
    EXPECT_FALSE(any);
    reduce->all[d](&all, x.data(), n);
    EXPECT_EQ(all, n == 0);
    if (n == 0) continue;
    x[n - 1] = TypeParam(nan);
    reduce->any[d](&any, x.data(), n);
    EXPECT_TRUE(any);
    reduce->count_nonzero[d](&count, x.data(), n);
    EXPECT_EQ(count, 1);
  }
}

TYPED_TEST(FloatKernels, ProductsAndRunningSums) {
  using T = TypeParam;
  const std::vector<T> x = {T(2), T(-3), T(0.5), T(4), T(1.5)};
  std::vector<T> y(5);
  T product;
  reduce->prod[this->dtype](&product, x.data(), 5);
  EXPECT_EQ(product, -18);
  reduce->cumsum[this->dtype](y.data(), x.data(), 5);
  EXPECT_EQ(y, (std::vector<T>{2, -1, T(-0.5), T(3.5), 5}));
  reduce->cumprod[this->dtype](y.data(), x.data(), 5);
  EXPECT_EQ(y, (std::vector<T>{2, -6, -3, -12, -18}));
  reduce->prod[this->dtype](&product, x.data(), 0);
  EXPECT_EQ(product, 1);
}

TYPED_TEST(FloatKernels, ReducesRowsOfAMatrix) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t cols : {1, 7, 64, 100}) {
    const int64_t rows = 11, stride = cols + 3;
    const auto x = values<T>(rows * stride);
    std::vector<T> sum(cols, 1), product(cols, 1), sq(cols, 1);
    std::vector<T> high(x.begin(), x.begin() + cols), low = high, arg = high;
    const auto mean = values<T>(cols, 3);
    std::vector<int64_t> index(cols, 0);
    reduce->add_rows[d](sum.data(), x.data(), rows, cols, stride);
    reduce->mul_rows[d](product.data(), x.data(), rows, cols, stride);
    reduce->sum_sq_rows[d](
        sq.data(), x.data(), mean.data(), rows, cols, stride);
    reduce->max_rows[d](high.data(), x.data(), rows, cols, stride);
    reduce->min_rows[d](low.data(), x.data(), rows, cols, stride);
    reduce->argmax_rows[d](
        arg.data(), index.data(), x.data(), 0, rows, cols, stride);
    for (int64_t c = 0; c < cols; ++c) {
      double s = 1, p = 1, q = 1, h = -2, l = 2;
      for (int64_t r = 0; r < rows; ++r) {
        const double v = x[r * stride + c];
        s += v;
        p *= v;
        q += (v - mean[c]) * (v - mean[c]);
        h = std::max(h, v);
        l = std::min(l, v);
      }
      EXPECT_NEAR(sum[c], s, 1e-5);
      EXPECT_NEAR(product[c], p, 1e-6);
      EXPECT_NEAR(sq[c], q, 1e-5);
      EXPECT_EQ(high[c], T(h));
      EXPECT_EQ(low[c], T(l));
      EXPECT_EQ(arg[c], T(h));
      EXPECT_EQ(x[index[c] * stride + c], T(h));
    }
  }
}

TYPED_TEST(FloatKernels, RowExtremesKeepTheFirstNan) {
  using T = TypeParam;
  const int64_t cols = 40;
  std::vector<T> x(4 * cols, T(1));
  x[1 * cols + 5] = T(infinity);
  x[2 * cols + 5] = x[3 * cols + 5] = T(nan);
  std::vector<T> high(cols, T(0)), arg = high;
  std::vector<int64_t> index(cols, -1);
  reduce->max_rows[this->dtype](high.data(), x.data(), 4, cols, cols);
  reduce->argmax_rows[this->dtype](
      arg.data(), index.data(), x.data(), 10, 4, cols, cols);
  EXPECT_TRUE(std::isnan(high[5]));
  EXPECT_EQ(high[6], 1);
  EXPECT_EQ(index[5], 12);
  EXPECT_EQ(index[6], 10);
}

TEST(ReduceKernels, AddsRowsOfIntegersAndBools) {
  const std::vector<int64_t> x = {1, 2, 3, 4, 5, 6};
  const std::vector<uint8_t> flags = {1, 0, 1, 1, 0, 1};
  std::vector<int64_t> sum(2, 0);
  reduce->add_rows[2](sum.data(), x.data(), 3, 2, 2);
  EXPECT_EQ(sum, (std::vector<int64_t>{9, 12}));
  reduce->add_rows[3](sum.data(), flags.data(), 3, 2, 2);
  EXPECT_EQ(sum, (std::vector<int64_t>{11, 14}));
}

// --- softmax and cross-entropy ---

template <class T>
double log_sum_exp(const std::vector<T>& x) {
  double sum = 0;
  for (const T v : x) sum += std::exp(double(v) - 50);
  return std::log(sum) + 50;
}

TYPED_TEST(FloatKernels, SoftmaxMatchesTheDefinition) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    auto x = values<T>(n);
    for (T& v : x) v = v * 20 + 50;
    std::vector<T> y(n), log_y(n);
    T lse;
    norm->softmax[d](y.data(), x.data(), n);
    norm->log_softmax[d](log_y.data(), x.data(), n);
    norm->logsumexp[d](&lse, x.data(), n);
    const double expected = log_sum_exp(x);
    if (n > 0) {
      EXPECT_NEAR(lse, expected, this->tolerance * 40);
    }
    for (int64_t i = 0; i < n; ++i) {
      const double log_p = double(x[i]) - expected;
      EXPECT_NEAR(y[i], std::exp(log_p), this->tolerance);
      EXPECT_NEAR(log_y[i], log_p, this->tolerance * 20);
    }
  }
}

TYPED_TEST(FloatKernels, SoftmaxOfMaskedRows) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {2, 9, 100}) {
    std::vector<T> x(n, T(-infinity)), y(n);
    T lse;
    norm->softmax[d](y.data(), x.data(), n);
    EXPECT_TRUE(std::isnan(y[0]));
    norm->logsumexp[d](&lse, x.data(), n);
    EXPECT_EQ(lse, T(-infinity));
    x[1] = T(3);
    norm->softmax[d](y.data(), x.data(), n);
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 1);
    x[0] = T(nan);
    norm->softmax[d](y.data(), x.data(), n);
    EXPECT_TRUE(std::isnan(y[1]));
    x[0] = T(infinity);
    norm->logsumexp[d](&lse, x.data(), n);
    EXPECT_EQ(lse, T(infinity));
  }
}

TYPED_TEST(FloatKernels, SoftmaxGradients) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 64, 4097}) {
    const auto x = values<T>(n), g = values<T>(n, 5);
    std::vector<T> y(n), log_y(n), gx(n), log_gx(n);
    norm->softmax[d](y.data(), x.data(), n);
    norm->log_softmax[d](log_y.data(), x.data(), n);
    norm->softmax_backward[d](gx.data(), g.data(), y.data(), n);
    norm->log_softmax_backward[d](log_gx.data(), g.data(), log_y.data(), n);
    double dot = 0, sum = 0;
    for (int64_t i = 0; i < n; ++i) {
      dot += double(g[i]) * double(y[i]);
      sum += double(g[i]);
    }
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_NEAR(gx[i], y[i] * (g[i] - dot), this->tolerance);
      EXPECT_NEAR(log_gx[i], g[i] - y[i] * sum, this->tolerance * 3);
    }
  }
}

TYPED_TEST(FloatKernels, CrossEntropyWithAndWithoutSmoothing) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 10, 100, 5000}) {
    for (const double s : {0.0, 0.1}) {
      const auto x = values<T>(n);
      const int64_t target = n / 2;
      T loss, lse;
      norm->cross_entropy[d](&loss, &lse, x.data(), target, s, n);
      const double l = log_sum_exp(x);
      const double mean = reduce->wide_sum[d](x.data(), n) / double(n);
      const double expected = (1 - s) * (l - x[target]) + s * (l - mean);
      EXPECT_NEAR(lse, l, this->tolerance * 10);
      EXPECT_NEAR(loss, expected, this->tolerance * 10);
      std::vector<T> gx(n);
      norm->cross_entropy_backward[d](
          gx.data(), 0.5, x.data(), &lse, target, s, n);
      for (int64_t i = 0; i < n; ++i) {
        const double hit = i == target ? 1 - s : 0;
        const double p = std::exp(double(x[i]) - l);
        EXPECT_NEAR(gx[i], 0.5 * (p - hit - s / n), this->tolerance);
      }
    }
  }
}

// --- normalisation ---

struct Moments {
  double mean = 0;
  double variance = 0;
};

// Of the n items x[0], x[stride], ...
template <class T>
Moments moments(const T* x, int64_t n, int64_t stride = 1) {
  Moments m;
  for (int64_t i = 0; i < n; ++i) m.mean += double(x[i * stride]) / n;
  for (int64_t i = 0; i < n; ++i) {
    const double d = double(x[i * stride]) - m.mean;
    m.variance += d * d / n;
  }
  return m;
}

TYPED_TEST(FloatKernels, LayerNormAndItsGradient) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 8, 64, 1000, 4097}) {
    const auto x = values<T>(n), gamma = values<T>(n, 2);
    const auto beta = values<T>(n, 3), g = values<T>(n, 4);
    std::vector<T> y(n), gx(n);
    T mean, rstd;
    norm->layer_norm[d](
        y.data(), &mean, &rstd, x.data(), gamma.data(), beta.data(), n, 1e-5);
    const Moments m = moments(x.data(), n);
    const double r = 1 / std::sqrt(m.variance + 1e-5);
    EXPECT_NEAR(mean, m.mean, this->tolerance);
    EXPECT_NEAR(rstd / r, 1, this->tolerance);
    norm->layer_norm_backward[d](
        gx.data(), g.data(), x.data(), gamma.data(), &mean, &rstd, n);
    double mean_h = 0, mean_h_z = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double h = double(g[i]) * double(gamma[i]);
      mean_h += h / n;
      mean_h_z += h * (x[i] - m.mean) * r / n;
    }
    for (int64_t i = 0; i < n; ++i) {
      const double z = (x[i] - m.mean) * r;
      const double h = double(g[i]) * double(gamma[i]);
      EXPECT_NEAR(y[i], z * gamma[i] + beta[i], this->tolerance * 2);
      const double expected = r * (h - mean_h - z * mean_h_z);
      EXPECT_NEAR(gx[i], expected, this->tolerance * (n == 1 ? 300 : 3));
    }
  }
}

TYPED_TEST(FloatKernels, LayerNormWithoutParameters) {
  using T = TypeParam;
  const auto x = values<T>(50), g = values<T>(50, 4);
  const std::vector<T> ones(50, T(1)), zeros(50, T(0));
  std::vector<T> y(50), full(50);
  T mean, rstd;
  for (const bool scaled : {false, true}) {
    const T* gamma = scaled ? ones.data() : nullptr;
    const T* beta = scaled ? nullptr : zeros.data();
    const int d = this->dtype;
    norm->layer_norm[d](
        y.data(), &mean, &rstd, x.data(), gamma, beta, 50, 1e-5);
    norm->layer_norm[d](full.data(),
                        &mean,
                        &rstd,
                        x.data(),
                        ones.data(),
                        zeros.data(),
                        50,
                        1e-5);
    EXPECT_EQ(y, full);
    norm->layer_norm_backward[d](
        y.data(), g.data(), x.data(), gamma, &mean, &rstd, 50);
    norm->layer_norm_backward[d](
        full.data(), g.data(), x.data(), ones.data(), &mean, &rstd, 50);
    EXPECT_EQ(y, full);
  }
}

TYPED_TEST(FloatKernels, LayerNormParameterGradients) {
  using T = TypeParam;
  const int64_t rows = 9, cols = 37;
  const auto g = values<T>(rows * cols), x = values<T>(rows * cols, 2);
  const auto mean = values<T>(rows, 3), rstd = values<T>(rows, 4);
  std::vector<T> dgamma(cols, 1), dbeta(cols, 2);
  norm->layer_norm_params[this->dtype](dgamma.data(),
                                       dbeta.data(),
                                       g.data(),
                                       x.data(),
                                       mean.data(),
                                       rstd.data(),
                                       rows,
                                       cols);
  for (int64_t c = 0; c < cols; ++c) {
    double scale = 1, shift = 2;
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t i = r * cols + c;
      scale += double(g[i]) * (x[i] - mean[r]) * rstd[r];
      shift += g[i];
    }
    EXPECT_NEAR(dgamma[c], scale, this->tolerance * 5);
    EXPECT_NEAR(dbeta[c], shift, this->tolerance * 5);
  }
}

TYPED_TEST(FloatKernels, ColumnStatisticsAndAffine) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t cols : {1, 7, 64, 300}) {
    const int64_t rows = 20, stride = cols + 2;
    const auto x = values<T>(rows * stride);
    const auto scale = values<T>(cols, 2), shift = values<T>(cols, 3);
    std::vector<T> mean(cols), var(cols), y(x);
    norm->column_mean_var[d](
        mean.data(), var.data(), x.data(), rows, cols, stride);
    norm->affine_columns[d](y.data(),
                            x.data(),
                            mean.data(),
                            scale.data(),
                            shift.data(),
                            rows,
                            cols,
                            stride);
    for (int64_t c = 0; c < cols; ++c) {
      const Moments m = moments(x.data() + c, rows, stride);
      EXPECT_NEAR(mean[c], m.mean, this->tolerance);
      EXPECT_NEAR(var[c], m.variance, this->tolerance);
      const int64_t last = (rows - 1) * stride + c;
      const double expected = (x[last] - m.mean) * scale[c] + shift[c];
      EXPECT_NEAR(y[last], expected, this->tolerance);
    }
    EXPECT_EQ(y[cols], x[cols]);
  }
}

TYPED_TEST(FloatKernels, ColumnGradientsMatchRowGradients) {
  using T = TypeParam;
  const int d = this->dtype;
  const int64_t rows = 33, cols = 19;
  const auto g = values<T>(rows * cols), x = values<T>(rows * cols, 2);
  const auto mean = values<T>(cols, 3), a = values<T>(cols, 4);
  const auto b = values<T>(cols, 5), c = values<T>(cols, 6);
  std::vector<T> sum_g(cols), sum_gx(cols), gx(rows * cols);
  norm->column_grad_sums[d](sum_g.data(),
                            sum_gx.data(),
                            g.data(),
                            x.data(),
                            mean.data(),
                            rows,
                            cols,
                            cols);
  norm->column_grad[d](gx.data(),
                       g.data(),
                       x.data(),
                       mean.data(),
                       a.data(),
                       b.data(),
                       c.data(),
                       rows,
                       cols,
                       cols);
  for (int64_t j = 0; j < cols; ++j) {
    std::vector<T> column_g(rows), column_x(rows), column_gx(rows);
    norm->row_mean_var[d](&column_g[0], &column_x[0], x.data(), cols);
    for (int64_t i = 0; i < rows; ++i) {
      column_g[i] = g[i * cols + j];
      column_x[i] = x[i * cols + j];
    }
    double row_g = 0, row_gx = 0;
    norm->row_grad_sums[d](
        &row_g, &row_gx, column_g.data(), column_x.data(), mean[j], rows);
    norm->row_grad[d](column_gx.data(),
                      column_g.data(),
                      column_x.data(),
                      mean[j],
                      a[j],
                      b[j],
                      c[j],
                      rows);
    EXPECT_NEAR(sum_g[j], row_g, this->tolerance * 10);
    EXPECT_NEAR(sum_gx[j], row_gx, this->tolerance * 10);
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_EQ(gx[i * cols + j], column_gx[i]);
    }
  }
}

// --- copies ---

template <class T>
void expect_transposed(int log2_size, int64_t rows, int64_t cols, bool stream) {
  const int64_t x_stride = cols + 5, y_stride = (rows + 63) / 64 * 64;
  std::vector<T> x(rows * x_stride);
  std::vector<T> y(cols * y_stride + 64, T(99));
  std::iota(x.begin(), x.end(), T(0));
  const auto address = reinterpret_cast<uintptr_t>(y.data());
  T* out = y.data() + (64 - address % 64) % 64 / sizeof(T);
  copy->transpose[log2_size](
      out, y_stride, x.data(), x_stride, rows, cols, stream);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) {
      ASSERT_EQ(out[j * y_stride + i], x[i * x_stride + j]);
    }
  }
  if (rows < y_stride && cols > 0) {
    EXPECT_EQ(out[rows], T(99));
  }
}

TEST(CopyKernels, TransposesEverySize) {
  for (const int64_t rows : {0, 1, 15, 16, 33, 70}) {
    for (const int64_t cols : {0, 1, 8, 17, 48}) {
      for (const bool stream : {false, true}) {
        expect_transposed<uint8_t>(0, rows, cols, stream);
        expect_transposed<float>(2, rows, cols, stream);
        expect_transposed<int64_t>(3, rows, cols, stream);
      }
    }
  }
}

TEST(CopyKernels, GathersAndScattersWithAnyStride) {
  const std::vector<float> x = {0, 1, 2, 3, 4, 5, 6};
  std::vector<float> y(3, -1), z(7, -1);
  copy->gather_strided[2](y.data(), x.data() + 6, -2, 3);
  EXPECT_EQ(y, (std::vector<float>{6, 4, 2}));
  copy->gather_strided[2](y.data(), x.data() + 1, 0, 3);
  EXPECT_EQ(y, (std::vector<float>{1, 1, 1}));
  copy->scatter_strided[2](z.data(), 3, x.data(), 3);
  EXPECT_EQ(z, (std::vector<float>{0, -1, -1, 1, -1, -1, 2}));
}

// --- optimisers ---

// Twenty steps of `step(p, g, t)` with gradients that change from step to step.
template <class T, class Step>
std::vector<T> train(int64_t n, Step step) {
  auto p = values<T>(n);
  for (int t = 1; t <= 20; ++t) step(p, values<T>(n, 100 + t), t);
  return p;
}

template <class T>
void expect_near(const std::vector<T>& actual,
                 const std::vector<double>& expected) {
  const double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-13;
  for (size_t i = 0; i < actual.size(); ++i) {
    ASSERT_NEAR(actual[i], expected[i], tolerance) << "at " << i;
  }
}

template <class T>
std::vector<double> widen(const std::vector<T>& x) {
  return {x.begin(), x.end()};
}

TYPED_TEST(FloatKernels, SgdFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      std::vector<T> buf(n, T(nan));
      std::vector<double> expected = widen(values<T>(n)), b(n);
      const auto p = train<T>(n, [&](auto& q, const auto& g, int t) {
        const SgdStep step{0.1, momentum, 0.2, 0.01, nesterov, t == 1};
        optim->sgd[this->dtype](
            q.data(), g.data(), momentum != 0 ? buf.data() : nullptr, n, step);
        for (int64_t i = 0; i < n; ++i) {
          const double d = g[i] + 0.01 * expected[i];
          b[i] = t == 1 ? d : momentum * b[i] + 0.8 * d;
          const double ahead = nesterov ? d + momentum * b[i] : b[i];
          expected[i] -= 0.1 * (momentum != 0 ? ahead : d);
        }
      });
      expect_near(p, expected);
    }
  }
}

TYPED_TEST(FloatKernels, AdamFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  for (const bool decoupled : {false, true}) {
    for (const bool amsgrad : {false, true}) {
      std::vector<T> m(n), v(n), v_max(n);
      std::vector<double> expected = widen(values<T>(n));
      std::vector<double> a(n), b(n), high(n);
      const auto p = train<T>(n, [&](auto& q, const auto& g, int t) {
        const double c1 = 1 - std::pow(0.9, t), c2 = 1 - std::pow(0.99, t);
        const AdamStep step{0.01, 0.9, 0.99, 1e-8, 0.1, c1, c2, decoupled};
        optim->adam[this->dtype](q.data(),
                                 g.data(),
                                 m.data(),
                                 v.data(),
                                 amsgrad ? v_max.data() : nullptr,
                                 n,
                                 step);
        for (int64_t i = 0; i < n; ++i) {
          const double d = g[i] + (decoupled ? 0 : 0.1 * expected[i]);
          a[i] = 0.9 * a[i] + 0.1 * d;
          b[i] = 0.99 * b[i] + 0.01 * d * d;
          high[i] = std::max(high[i], b[i]);
          const double square = amsgrad ? high[i] : b[i];
          if (decoupled) expected[i] *= 1 - 0.01 * 0.1;
          expected[i] -=
              0.01 / c1 * a[i] / (std::sqrt(square) / std::sqrt(c2) + 1e-8);
        }
      });
      expect_near(p, expected);
    }
  }
}

TYPED_TEST(FloatKernels, AdamWithInfiniteAverageDoesNotMove) {
  using T = TypeParam;
  std::vector<T> p(20, T(1)), g(20, T(1)), m(20, T(0)), v(20, T(infinity));
  const AdamStep step{0.01, 0.9, 0.99, 1e-8, 0, 0.1, 0.01, false};
  optim->adam[this->dtype](
      p.data(), g.data(), m.data(), v.data(), nullptr, 20, step);
  EXPECT_EQ(p, std::vector<T>(20, T(1)));
}

TYPED_TEST(FloatKernels, RmspropFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  for (const bool centered : {false, true}) {
    for (const bool heavy : {false, true}) {
      std::vector<T> square(n), average(n), buf(n);
      std::vector<double> expected = widen(values<T>(n));
      std::vector<double> s(n), a(n), b(n);
      const auto p = train<T>(n, [&](auto& q, const auto& g, int) {
        optim->rmsprop[this->dtype](q.data(),
                                    g.data(),
                                    square.data(),
                                    centered ? average.data() : nullptr,
                                    heavy ? buf.data() : nullptr,
                                    n,
                                    RmspropStep{0.01, 0.9, 1e-2, 0.1, 0.5});
        for (int64_t i = 0; i < n; ++i) {
          const double d = g[i] + 0.1 * expected[i];
          s[i] = 0.9 * s[i] + 0.1 * d * d;
          a[i] = 0.9 * a[i] + 0.1 * d;
          const double spread = s[i] - (centered ? a[i] * a[i] : 0);
          b[i] = (heavy ? 0.5 * b[i] : 0) + d / (std::sqrt(spread) + 1e-2);
          expected[i] -= 0.01 * b[i];
        }
      });
      expect_near(p, expected);
    }
  }
}

TYPED_TEST(FloatKernels, AdagradFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  std::vector<T> sum(n);
  std::vector<double> expected = widen(values<T>(n)), s(n);
  const auto p = train<T>(n, [&](auto& q, const auto& g, int) {
    optim->adagrad[this->dtype](
        q.data(), g.data(), sum.data(), n, AdagradStep{0.05, 1e-10, 0.01});
    for (int64_t i = 0; i < n; ++i) {
      const double d = g[i] + 0.01 * expected[i];
      s[i] += d * d;
      expected[i] -= 0.05 * d / (std::sqrt(s[i]) + 1e-10);
    }
  });
  expect_near(p, expected);
}

}  // namespace
}  // namespace taper::kernels
