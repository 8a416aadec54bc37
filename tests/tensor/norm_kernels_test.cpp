// The softmax, cross-entropy and normalisation leaf kernels against their
// definitions in double.
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "tests/tensor/leaf_kernels_support.h"

namespace taper::kernels {
namespace {

template <class T>
class NormFloats : public FloatKernels<T> {};
TYPED_TEST_SUITE(NormFloats, Floats);

// --- softmax and cross-entropy ---

template <class T>
double log_sum_exp(const std::vector<T>& x) {
  double sum = 0;
  for (const T v : x) sum += std::exp(double(v) - 50);
  return std::log(sum) + 50;
}

TYPED_TEST(NormFloats, SoftmaxMatchesTheDefinition) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    auto x = values<T>(n);
    for (T& v : x) v = v * 20 + 50;
    std::vector<T> y(n), log_y(n);
    T lse;
    norm_table->softmax[d](y.data(), x.data(), n);
    norm_table->log_softmax[d](log_y.data(), x.data(), n);
    norm_table->logsumexp[d](&lse, x.data(), n);
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

TYPED_TEST(NormFloats, SoftmaxOfMaskedRows) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {2, 9, 100}) {
    std::vector<T> x(n, T(-infinity)), y(n);
    T lse;
    norm_table->softmax[d](y.data(), x.data(), n);
    EXPECT_TRUE(std::isnan(y[0]));
    norm_table->logsumexp[d](&lse, x.data(), n);
    EXPECT_EQ(lse, T(-infinity));
    x[1] = T(3);
    norm_table->softmax[d](y.data(), x.data(), n);
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 1);
    x[0] = T(nan);
    norm_table->softmax[d](y.data(), x.data(), n);
    EXPECT_TRUE(std::isnan(y[1]));
    x[0] = T(infinity);
    norm_table->logsumexp[d](&lse, x.data(), n);
    EXPECT_EQ(lse, T(infinity));
  }
}

TYPED_TEST(NormFloats, SoftmaxGradients) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 64, 4097}) {
    const auto x = values<T>(n), g = values<T>(n, 5);
    std::vector<T> y(n), log_y(n), gx(n), log_gx(n);
    norm_table->softmax[d](y.data(), x.data(), n);
    norm_table->log_softmax[d](log_y.data(), x.data(), n);
    norm_table->softmax_backward[d](gx.data(), g.data(), y.data(), n);
    norm_table->log_softmax_backward[d](log_gx.data(), g.data(), log_y.data(),
                                        n);
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

TYPED_TEST(NormFloats, CrossEntropyWithAndWithoutSmoothing) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 10, 100, 5000}) {
    for (const double s : {0.0, 0.1}) {
      const auto x = values<T>(n);
      const int64_t target = n / 2;
      T loss, lse[2];
      norm_table->cross_entropy[d](&loss, lse, x.data(), target, s, n);
      const double l = log_sum_exp(x);
      const double mean =
          reduce_table->wide_sum.whole[d](x.data(), n) / double(n);
      const double expected = (1 - s) * (l - x[target]) + s * (l - mean);
      EXPECT_NEAR(lse[0] + std::log1p(lse[1]), l, this->tolerance * 10);
      EXPECT_NEAR(loss, expected, this->tolerance * 10);
      std::vector<T> gx(n);
      norm_table->cross_entropy_backward[d](gx.data(), 0.5, x.data(), lse,
                                            target, s, n);
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

TYPED_TEST(NormFloats, LayerNormAndItsGradient) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 8, 64, 1000, 4097}) {
    const auto x = values<T>(n), gamma = values<T>(n, 2);
    const auto beta = values<T>(n, 3), g = values<T>(n, 4);
    std::vector<T> y(n), gx(n);
    T mean, rstd;
    norm_table->layer_norm[d](y.data(), &mean, &rstd, x.data(), gamma.data(),
                              beta.data(), n, 1e-5);
    const Moments m = moments(x.data(), n);
    const double r = 1 / std::sqrt(m.variance + 1e-5);
    EXPECT_NEAR(mean, m.mean, this->tolerance);
    EXPECT_NEAR(rstd / r, 1, this->tolerance);
    norm_table->layer_norm_backward[d](gx.data(), g.data(), x.data(),
                                       gamma.data(), &mean, &rstd, n);
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

TYPED_TEST(NormFloats, LayerNormWithoutParameters) {
  using T = TypeParam;
  const auto x = values<T>(50), g = values<T>(50, 4);
  const std::vector<T> ones(50, T(1)), zeros(50, T(0));
  std::vector<T> y(50), full(50);
  T mean, rstd;
  for (const bool scaled : {false, true}) {
    const T* gamma = scaled ? ones.data() : nullptr;
    const T* beta = scaled ? nullptr : zeros.data();
    const int d = this->dtype;
    norm_table->layer_norm[d](y.data(), &mean, &rstd, x.data(), gamma, beta, 50,
                              1e-5);
    norm_table->layer_norm[d](full.data(), &mean, &rstd, x.data(), ones.data(),
                              zeros.data(), 50, 1e-5);
    EXPECT_EQ(y, full);
    norm_table->layer_norm_backward[d](y.data(), g.data(), x.data(), gamma,
                                       &mean, &rstd, 50);
    norm_table->layer_norm_backward[d](full.data(), g.data(), x.data(),
                                       ones.data(), &mean, &rstd, 50);
    EXPECT_EQ(y, full);
  }
}

TYPED_TEST(NormFloats, LayerNormParameterGradients) {
  using T = TypeParam;
  const int64_t rows = 9, cols = 37;
  const auto g = values<T>(rows * cols), x = values<T>(rows * cols, 2);
  const auto mean = values<T>(rows, 3), rstd = values<T>(rows, 4);
  std::vector<T> dgamma(cols, 1), dbeta(cols, 2);
  norm_table->layer_norm_params[this->dtype](dgamma.data(), dbeta.data(),
                                             g.data(), x.data(), mean.data(),
                                             rstd.data(), rows, cols);
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

TYPED_TEST(NormFloats, ColumnStatisticsAndAffine) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t cols : {1, 7, 64, 300}) {
    const int64_t rows = 20, stride = cols + 2;
    const auto x = values<T>(rows * stride);
    const auto scale = values<T>(cols, 2), shift = values<T>(cols, 3);
    std::vector<T> mean(cols), var(cols), y(x);
    norm_table->column_mean_var[d](mean.data(), var.data(), x.data(), rows,
                                   cols, stride);
    norm_table->affine_columns[d](y.data(), x.data(), mean.data(), scale.data(),
                                  shift.data(), rows, cols, stride);
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

TYPED_TEST(NormFloats, ColumnGradientsMatchRowGradients) {
  using T = TypeParam;
  const int d = this->dtype;
  const int64_t rows = 33, cols = 19;
  const auto g = values<T>(rows * cols), x = values<T>(rows * cols, 2);
  const auto mean = values<T>(cols, 3), a = values<T>(cols, 4);
  const auto b = values<T>(cols, 5), c = values<T>(cols, 6);
  std::vector<T> sum_g(cols), sum_gx(cols), gx(rows * cols);
  norm_table->column_grad_sums[d](sum_g.data(), sum_gx.data(), g.data(),
                                  x.data(), mean.data(), rows, cols, cols);
  norm_table->column_grad[d](gx.data(), g.data(), x.data(), mean.data(),
                             a.data(), b.data(), c.data(), rows, cols, cols);
  for (int64_t j = 0; j < cols; ++j) {
    std::vector<T> column_g(rows), column_x(rows), column_gx(rows);
    for (int64_t i = 0; i < rows; ++i) {
      column_g[i] = g[i * cols + j];
      column_x[i] = x[i * cols + j];
    }
    double row_g = 0, row_gx = 0;
    norm_table->row_grad_sums[d](&row_g, &row_gx, column_g.data(),
                                 column_x.data(), mean[j], rows);
    norm_table->row_grad[d](column_gx.data(), column_g.data(), column_x.data(),
                            mean[j], a[j], b[j], c[j], rows);
    EXPECT_NEAR(sum_g[j], row_g, this->tolerance * 10);
    EXPECT_NEAR(sum_gx[j], row_gx, this->tolerance * 10);
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_EQ(gx[i * cols + j], column_gx[i]);
    }
  }
}

TYPED_TEST(NormFloats, BitsDoNotDependOnHowColumnsAreSplit) {
  using T = TypeParam;
  const int64_t rows = 70, cols = 301;
  const auto x = values<T>(rows * cols);
  std::vector<T> mean(cols), var(cols), mean2(cols), var2(cols);
  const auto stats = norm_table->column_mean_var[this->dtype];
  stats(mean.data(), var.data(), x.data(), rows, cols, cols);
  for (const auto& [first, width] : {std::pair{0, 37}, {37, 264}}) {
    stats(&mean2[first], &var2[first], &x[first], rows, width, cols);
  }
  EXPECT_EQ(mean2, mean);
  EXPECT_EQ(var2, var);
}

}  // namespace
}  // namespace taper::kernels
