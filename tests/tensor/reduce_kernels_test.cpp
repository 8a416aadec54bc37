// The reduction leaf kernels against plain loops in double.
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "taper/tensor/kernels/simd/reduce.h"
#include "tests/tensor/leaf_kernels_support.h"

namespace taper::kernels {
namespace {

template <class T>
class ReduceFloats : public FloatKernels<T> {};
TYPED_TEST_SUITE(ReduceFloats, Floats);

// Checks that f and its blocks, combined, have equal bits near `expected`.
template <class T, class F, class Blocks>
void expect_sum(int64_t n, double expected, double scale, F f, Blocks blocks) {
  const double sum = f();
  EXPECT_NEAR(sum, expected, (sizeof(T) == 4 ? 1e-6 : 1e-12) * (1 + scale));
  std::vector<double> partials((n + reduce_block - 1) / reduce_block);
  blocks(partials.data());
  EXPECT_EQ(sum, reduce_table->combine(partials.data(), partials.size()));
}

TYPED_TEST(ReduceFloats, SumsMatchPlainLoops) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    const auto x = values<TypeParam>(n);
    const auto y = values<TypeParam>(n, 2);
    double sum = 0, abs = 0, sq = 0, dot = 0, sq_diff = 0;
    for (int64_t i = 0; i < n; ++i) {
      const double a = x[i], b = y[i];
      sum += a;
      abs += std::abs(a);
      sq += (a - 0.25) * (a - 0.25);
      dot += a * b;
      sq_diff += (a - b) * (a - b);
    }
    const auto expect = [&](double expected, auto f, auto blocks) {
      expect_sum<TypeParam>(n, expected, abs, f, blocks);
    };
    const TypeParam *p = x.data(), *q = y.data();
    expect(
        sum, [&] { return reduce_table->wide_sum.whole[d](p, n); },
        [&](double* out) { reduce_table->sum_blocks[d](out, p, n); });
    expect(
        abs, [&] { return reduce_table->abs_sum.whole[d](p, n); },
        [&](double* out) { reduce_table->abs_sum.blocks[d](out, p, n); });
    expect(
        sq, [&] { return reduce_table->sum_sq.whole[d](p, 0.25, n); },
        [&](double* out) { reduce_table->sum_sq.blocks[d](out, p, 0.25, n); });
    expect(
        dot, [&] { return reduce_table->dot.whole[d](p, q, n); },
        [&](double* out) { reduce_table->dot.blocks[d](out, p, q, n); });
    expect(
        sq_diff, [&] { return reduce_table->sum_sq_diff.whole[d](p, q, n); },
        [&](double* out) {
          reduce_table->sum_sq_diff.blocks[d](out, p, q, n);
        });
  }
}

TEST(ReduceKernels, SumOfAMillionTenthsIsExactlyRounded) {
  const std::vector<float> x(1000000, 0.1f);
  float sum = 0;
  reduce_table->sum[0](&sum, x.data(), x.size());
  EXPECT_EQ(sum, float(1e6 * double(0.1f)));
}

TEST(ReduceKernels, SumOfManyOnesIsExact) {
  const std::vector<float> x((1 << 25) + 1, 1.0f);
  EXPECT_EQ(reduce_table->wide_sum.whole[0](x.data(), x.size()), (1 << 25) + 1);
}

TEST(ReduceKernels, SumsIntegersWithWrapAroundAndCountsBools) {
  std::vector<int64_t> x = {INT64_MAX, 1, 5};
  int64_t sum = 0;
  reduce_table->sum[2](&sum, x.data(), 3);
  EXPECT_EQ(sum, INT64_MIN + 5);
  const std::vector<uint8_t> flags(10000, 1);
  int64_t partials[3];
  reduce_table->sum[3](&sum, flags.data(), 10000);
  EXPECT_EQ(sum, 10000);
  reduce_table->sum_blocks[3](partials, flags.data(), 10000);
  reduce_table->sum_combine[3](&sum, partials, 3);
  EXPECT_EQ(sum, 10000);
}

TYPED_TEST(ReduceFloats, ExtremesAreFoundWhereverTheyAre) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    for (const int64_t at : {int64_t{0}, n / 3, n - 1}) {
      if (n == 0) continue;
      auto x = values<TypeParam>(n);
      x[at] = 2;
      x[n - 1] = 2;
      TypeParam best;
      int64_t index;
      reduce_table->max[d](&best, x.data(), n);
      reduce_table->argmax[d](&index, x.data(), n);
      EXPECT_EQ(best, 2);
      EXPECT_EQ(index, at);
      for (TypeParam& v : x) v = -v;
      reduce_table->min[d](&best, x.data(), n);
      reduce_table->argmin[d](&index, x.data(), n);
      EXPECT_EQ(best, -2);
      EXPECT_EQ(index, at);
    }
  }
}

TYPED_TEST(ReduceFloats, NanWinsEveryComparison) {
  const int d = this->dtype;
  for (const int64_t n : {1, 7, 64, 300, 9000}) {
    auto x = values<TypeParam>(n);
    const int64_t at = n / 2;
    x[at] = x[n - 1] = TypeParam(nan);
    if (at > 0) x[0] = TypeParam(infinity);
    TypeParam best;
    int64_t index;
    reduce_table->max[d](&best, x.data(), n);
    EXPECT_TRUE(std::isnan(best));
    reduce_table->min[d](&best, x.data(), n);
    EXPECT_TRUE(std::isnan(best));
    reduce_table->argmax[d](&index, x.data(), n);
    EXPECT_EQ(index, at);
    reduce_table->argmin[d](&index, x.data(), n);
    EXPECT_EQ(index, at);
  }
}

TEST(ReduceKernels, ExtremesOfIntegersAndBools) {
  std::vector<int64_t> x(500);
  std::iota(x.begin(), x.end(), -100);
  int64_t best, index;
  reduce_table->max[2](&best, x.data(), 500);
  EXPECT_EQ(best, 399);
  reduce_table->argmin[2](&index, x.data(), 500);
  EXPECT_EQ(index, 0);
  std::vector<uint8_t> flags(500, 0);
  flags[321] = 1;
  uint8_t flag;
  reduce_table->max[3](&flag, flags.data(), 500);
  EXPECT_EQ(flag, 1);
  reduce_table->argmax[3](&index, flags.data(), 500);
  EXPECT_EQ(index, 321);
}

TYPED_TEST(ReduceFloats, TruthCountsNanAndStopsAtNothing) {
  const int d = this->dtype;
  for (const int64_t n : lengths) {
    std::vector<TypeParam> x(n, TypeParam(0));
    bool any = true, all = false;
    int64_t count;
    reduce_table->any[d](&any, x.data(), n);
    EXPECT_FALSE(any);
    reduce_table->all[d](&all, x.data(), n);
    EXPECT_EQ(all, n == 0);
    if (n == 0) continue;
    x[n - 1] = TypeParam(nan);
    reduce_table->any[d](&any, x.data(), n);
    EXPECT_TRUE(any);
    reduce_table->count_nonzero[d](&count, x.data(), n);
    EXPECT_EQ(count, 1);
  }
}

TYPED_TEST(ReduceFloats, ProductsAndRunningSums) {
  using T = TypeParam;
  const std::vector<T> x = {T(2), T(-3), T(0.5), T(4), T(1.5)};
  std::vector<T> y(5);
  T product;
  reduce_table->prod[this->dtype](&product, x.data(), 5);
  EXPECT_EQ(product, -18);
  reduce_table->cumsum[this->dtype](y.data(), x.data(), 5);
  EXPECT_EQ(y, (std::vector<T>{2, -1, T(-0.5), T(3.5), 5}));
  reduce_table->cumprod[this->dtype](y.data(), x.data(), 5);
  EXPECT_EQ(y, (std::vector<T>{2, -6, -3, -12, -18}));
  reduce_table->prod[this->dtype](&product, x.data(), 0);
  EXPECT_EQ(product, 1);
}

TYPED_TEST(ReduceFloats, ReducesRowsOfAMatrix) {
  using T = TypeParam;
  const int d = this->dtype;
  for (const int64_t cols : {1, 7, 64, 100}) {
    const int64_t rows = 11, stride = cols + 3;
    const auto x = values<T>(rows * stride);
    std::vector<T> sum(cols, 1), product(cols, 1);
    std::vector<T> high(x.begin(), x.begin() + cols), low = high, arg = high;
    std::vector<int64_t> index(cols, 0);
    reduce_table->add_rows[d](sum.data(), x.data(), rows, cols, stride);
    reduce_table->mul_rows[d](product.data(), x.data(), rows, cols, stride);
    reduce_table->max_rows[d](high.data(), x.data(), rows, cols, stride);
    reduce_table->min_rows[d](low.data(), x.data(), rows, cols, stride);
    reduce_table->argmax_rows[d](arg.data(), index.data(), x.data(), 0, rows,
                                 cols, stride);
    for (int64_t c = 0; c < cols; ++c) {
      double s = 1, p = 1, h = -2, l = 2;
      for (int64_t r = 0; r < rows; ++r) {
        const double v = x[r * stride + c];
        s += v;
        p *= v;
        h = std::max(h, v);
        l = std::min(l, v);
      }
      EXPECT_NEAR(sum[c], s, 1e-5);
      EXPECT_NEAR(product[c], p, 1e-6);
      EXPECT_EQ(high[c], T(h));
      EXPECT_EQ(low[c], T(l));
      EXPECT_EQ(arg[c], T(h));
      EXPECT_EQ(x[index[c] * stride + c], T(h));
    }
  }
}

TYPED_TEST(ReduceFloats, RowExtremesKeepTheFirstNan) {
  using T = TypeParam;
  const int64_t cols = 40;
  std::vector<T> x(4 * cols, T(1));
  x[1 * cols + 5] = T(infinity);
  x[2 * cols + 5] = x[3 * cols + 5] = T(nan);
  std::vector<T> high(cols, T(0)), arg = high;
  std::vector<int64_t> index(cols, -1);
  reduce_table->max_rows[this->dtype](high.data(), x.data(), 4, cols, cols);
  reduce_table->argmax_rows[this->dtype](arg.data(), index.data(), x.data(), 10,
                                         4, cols, cols);
  EXPECT_TRUE(std::isnan(high[5]));
  EXPECT_EQ(high[6], 1);
  EXPECT_EQ(index[5], 12);
  EXPECT_EQ(index[6], 10);
}

TEST(ReduceKernels, AddsRowsOfIntegersAndBools) {
  const std::vector<int64_t> x = {1, 2, 3, 4, 5, 6};
  const std::vector<uint8_t> flags = {1, 0, 1, 1, 0, 1};
  std::vector<int64_t> sum(2, 0);
  reduce_table->add_rows[2](sum.data(), x.data(), 3, 2, 2);
  EXPECT_EQ(sum, (std::vector<int64_t>{9, 12}));
  reduce_table->add_rows[3](sum.data(), flags.data(), 3, 2, 2);
  EXPECT_EQ(sum, (std::vector<int64_t>{11, 14}));
}

TYPED_TEST(ReduceFloats, BitsDoNotDependOnHowColumnsAreSplit) {
  using T = TypeParam;
  const int64_t rows = 64, cols = 101;
  const auto x = values<T>(rows * cols);
  std::vector<T> whole(cols, 0), parts(cols, 0);
  const auto add = reduce_table->add_rows[this->dtype];
  add(whole.data(), x.data(), rows, cols, cols);
  for (const auto& [first, width] : {std::pair{0, 37}, {37, 64}}) {
    add(parts.data() + first, x.data() + first, rows, width, cols);
  }
  EXPECT_EQ(parts, whole);
}

}  // namespace
}  // namespace taper::kernels
