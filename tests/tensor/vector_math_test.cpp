#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "taper/tensor/kernels/simd/elementwise.h"

namespace {

using taper::kernels::elementwise_table;
using Leaf = taper::kernels::Unary;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();

template <class T>
T from_bits(std::uint32_t bits) {
  T x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// Distance from y to the exact value in units of the last place of a T; 0 if y
// is the exact value rounded.
template <class T, class Exact>
double ulps(T y, Exact exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact) || std::isnan(y)) {
    return std::isnan(exact) && std::isnan(y) ? 0 : 1e9;
  }
  T rounded = static_cast<T>(exact);
  if (rounded == y) return 0;
  if (std::isinf(y) || std::isinf(rounded)) return 1e9;
  int exponent = std::max(std::ilogb(exact), Limits::min_exponent - 1);
  Exact unit = std::ldexp(Exact{1}, exponent - (Limits::digits - 1));
  return static_cast<double>(std::fabs((y - exact) / unit));
}

// Every 4001st float, and the neighbourhood of the first and last of each sign.
std::vector<float> floats() {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < 1ull << 32; bits += 4001) {
    x.push_back(from_bits<float>(static_cast<std::uint32_t>(bits)));
  }
  for (std::uint32_t bits = 0; bits < 8; ++bits) {
    for (std::uint32_t base : {0u, 0x7f800000u - 4, 0x3f800000u - 4}) {
      x.push_back(from_bits<float>(base + bits));
      x.push_back(-x.back());
    }
  }
  return x;
}

struct Function {
  const char* name;
  Leaf leaf;
  double (*exact)(double);
  double bound;
};

void PrintTo(const Function& f, std::ostream* out) { *out << f.name; }

double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
// The signs of NaN are not the processor's.
double exact_acosh(double x) {
  return x >= 1 ? std::acosh(x) : double{nan_value};
}
double exact_atanh(double x) {
  return std::fabs(x) <= 1 ? std::atanh(x) : double{nan_value};
}
double exact_softplus(double x) {
  return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x)));
}

std::vector<Function> functions() {
  const auto& t = *elementwise_table;
  return {
      {"sqrt", t.sqrt[0], std::sqrt, 0.5},
      {"rsqrt", t.rsqrt[0], [](double x) { return 1 / std::sqrt(x); }, 2},
      {"exp", t.exp[0], std::exp, 2},
      {"exp2", t.exp2[0], std::exp2, 2},
      {"expm1", t.expm1[0], std::expm1, 3},
      {"log", t.log[0], std::log, 2},
      {"log2", t.log2[0], std::log2, 1},
      {"log10", t.log10[0], std::log10, 1},
      {"log1p", t.log1p[0], std::log1p, 3},
      {"sin", t.sin[0], std::sin, 2},
      {"cos", t.cos[0], std::cos, 2},
      {"tan", t.tan[0], std::tan, 2},
      {"asin", t.asin[0], std::asin, 1},
      {"acos", t.acos[0], std::acos, 1},
      {"atan", t.atan[0], std::atan, 1},
      {"sinh", t.sinh[0], std::sinh, 3},
      {"cosh", t.cosh[0], std::cosh, 3},
      {"tanh", t.tanh[0], std::tanh, 3},
      {"asinh", t.asinh[0], std::asinh, 1},
      {"acosh", t.acosh[0], exact_acosh, 1},
      {"atanh", t.atanh[0], exact_atanh, 1},
      {"sigmoid", t.sigmoid[0], exact_sigmoid, 3},
      {"erf", t.erf[0], std::erf, 3},
      {"erfc", t.erfc[0], std::erfc, 2},
      {"softplus", t.softplus[0], exact_softplus, 3},
      {"floor", t.floor[0], std::floor, 0},
      {"ceil", t.ceil[0], std::ceil, 0},
      {"round", t.round[0], std::nearbyint, 0},
      {"trunc", t.trunc[0], std::trunc, 0},
  };
}

class Float32 : public testing::TestWithParam<Function> {};

TEST_P(Float32, StaysWithinItsBound) {
  static const std::vector<float> x = floats();
  const Function& f = GetParam();
  std::vector<float> y(x.size());
  f.leaf(y.data(), x.data(), static_cast<std::int64_t>(x.size()));
  double worst = 0;
  float at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double error = ulps(y[i], f.exact(x[i]));
    if (error > worst) worst = error, at = x[i];
  }
  RecordProperty("ulps", std::to_string(worst));
  EXPECT_LE(worst, f.bound) << f.name << " at " << at;
}

TEST_P(Float32, KeepsTheSignOfZero) {
  const Function& f = GetParam();
  for (float x : {0.0f, -0.0f}) {
    float y;
    f.leaf(&y, &x, 1);
    EXPECT_EQ(std::signbit(y), std::signbit(static_cast<float>(f.exact(x))))
        << f.name << " at " << x;
  }
}

// The ends of an array take another path than its middle.
TEST_P(Float32, DoesNotDependOnThePosition) {
  const Function& f = GetParam();
  std::vector<float> x(67);
  for (int i = 0; i < 67; ++i) x[i] = 0.37f * static_cast<float>(i - 30);
  x[5] = 1e9f;
  std::vector<float> whole(x);
  f.leaf(whole.data(), whole.data(), 67);
  for (int n = 0; n < 67; ++n) {
    std::vector<float> part(x.size(), 7);
    f.leaf(part.data(), x.data() + 67 - n, n);
    EXPECT_EQ(std::memcmp(part.data(), &whole[67 - n], n * sizeof(float)), 0);
    EXPECT_EQ(part[n], 7) << f.name << " wrote past the end";
  }
}

INSTANTIATE_TEST_SUITE_P(VectorMath, Float32, testing::ValuesIn(functions()),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

struct LongFunction {
  const char* name;
  Leaf leaf;
  long double (*exact)(long double);
};

TEST(VectorMath, DoubleFunctionsAreAccurate) {
  const auto& t = *elementwise_table;
  const LongFunction table[] = {
      {"exp", t.exp[1], std::exp},
      {"expm1", t.expm1[1], std::expm1},
      {"log", t.log[1], std::log},
      {"log1p", t.log1p[1], std::log1p},
      {"tanh", t.tanh[1], std::tanh},
      {"asinh", t.asinh[1], std::asinh},
      {"acosh", t.acosh[1], std::acosh},
      {"atanh", t.atanh[1], std::atanh},
      {"sigmoid", t.sigmoid[1],
       [](long double x) { return 1 / (1 + std::exp(-x)); }},
      {"sin", t.sin[1], std::sin},
      {"erf", t.erf[1], std::erf},
  };
  std::vector<double> x = {0, -0.0, inf, -inf, nan_value, 5e-324, -1e-310};
  for (double v = 1e-300; v < 1e300; v *= 1.37) x.push_back(v);
  for (double v = 1e-9; v < 800; v *= 1.0031) x.push_back(v);
  for (std::size_t i = 0, n = x.size(); i < n; ++i) x.push_back(-x[i]);
  std::vector<double> y(x.size());
  for (const LongFunction& f : table) {
    f.leaf(y.data(), x.data(), static_cast<std::int64_t>(x.size()));
    double worst = 0, at = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double error = ulps(y[i], f.exact(x[i]));
      if (error > worst) worst = error, at = x[i];
    }
    EXPECT_LE(worst, 3) << f.name << " at " << at;
  }
}

TEST(VectorMath, PowFollowsTheStandardAtItsEdges) {
  const float values[] = {0,         -0.0f,  1,     -1,    inf, -inf,
                          nan_value, 2,      -2,    3,     -3,  0.5f,
                          -0.5f,     1e-40f, 1e30f, -1e30f};
  for (float x : values) {
    for (float y : values) {
      float z;
      elementwise_table->pow[0](&z, &x, &y, 1, false, false);
      float exact = static_cast<float>(std::pow(double{x}, double{y}));
      EXPECT_LE(ulps(z, double{exact}), 1) << x << " ^ " << y;
      if (!std::isnan(exact)) {
        EXPECT_EQ(std::signbit(z), std::signbit(exact)) << x << " ^ " << y;
      }
    }
  }
}

template <class T>
std::vector<T> counting(int n, T first, T step) {
  std::vector<T> x(n);
  for (int i = 0; i < n; ++i) x[i] = static_cast<T>(first + step * i);
  return x;
}

TEST(VectorMath, ScalarOperandsStandForEveryElement) {
  for (int n : {0, 1, 2, 3, 16, 17, 300}) {
    auto a = counting<float>(n + 1, -3, 0.5f);
    auto b = counting<float>(n + 1, 2, 0.25f);
    for (int flags = 0; flags < 4; ++flags) {
      bool fix_a = flags & 1, fix_b = flags & 2;
      std::vector<float> y(n);
      elementwise_table->sub[0](y.data(), a.data(), b.data(), n, fix_a, fix_b);
      for (int i = 0; i < n; ++i) {
        EXPECT_EQ(y[i], a[fix_a ? 0 : i] - b[fix_b ? 0 : i]);
      }
    }
  }
}

TEST(VectorMath, WhereAndAddcmulTakeEveryMixOfScalars) {
  const int n = 600;
  auto a = counting<float>(n, -3, 0.5f), b = counting<float>(n, 2, 0.25f);
  bool pick[n];
  for (int i = 0; i < n; ++i) pick[i] = i % 3 == 0;
  std::vector<float> y(n), z(n);
  for (int flags = 0; flags < 8; ++flags) {
    bool fix[3] = {bool(flags & 1), bool(flags & 2), bool(flags & 4)};
    elementwise_table->where[2](y.data(), pick, a.data(), b.data(), n, fix[0],
                                fix[1], fix[2]);
    elementwise_table->addcmul[0](z.data(), a.data(), b.data(), a.data(), 2, n,
                                  fix[0], fix[1], fix[2]);
    for (int i = 0; i < n; ++i) {
      float x0 = a[fix[1] ? 0 : i], x1 = b[fix[2] ? 0 : i];
      ASSERT_EQ(y[i], pick[fix[0] ? 0 : i] ? x0 : x1) << i << " " << flags;
      float t = a[fix[0] ? 0 : i], v = b[fix[1] ? 0 : i], w = a[fix[2] ? 0 : i];
      ASSERT_EQ(z[i], t + 2 * v * w);
    }
  }
}

TEST(VectorMath, OutputMayBeAnInput) {
  for (int n : {1, 5, 64, 4 << 20}) {
    auto x = counting<float>(n, -1, 1e-6f), y = x, z = x;
    elementwise_table->exp[0](y.data(), x.data(), n);
    elementwise_table->exp[0](x.data(), x.data(), n);
    EXPECT_EQ(x, y);
    elementwise_table->mul[0](z.data(), y.data(), y.data(), n, false, false);
    elementwise_table->mul[0](y.data(), y.data(), y.data(), n, false, false);
    EXPECT_EQ(y, z);
  }
}

// Large enough to bypass the caches, from an odd address on.
TEST(VectorMath, LargeResultsAreComplete) {
  const int n = (4 << 20) + 5;
  auto x = counting<float>(n + 1, -1, 1e-6f);
  std::vector<float> y(n + 2, 7);
  elementwise_table->add[0](y.data() + 1, x.data(), x.data() + 1, n, false,
                            false);
  for (int i = 0; i < n; ++i) ASSERT_EQ(y[i + 1], x[i] + x[i + 1]);
  EXPECT_EQ(y[0], 7);
  EXPECT_EQ(y[n + 1], 7);
}

TEST(VectorMath, MaximumAndMinimumPropagateNan) {
  const float a[] = {1, nan_value, 3, -inf}, b[] = {2, 0, nan_value, 5};
  float high[4], low[4];
  elementwise_table->maximum[0](high, a, b, 4, false, false);
  elementwise_table->minimum[0](low, a, b, 4, false, false);
  EXPECT_EQ(high[0], 2);
  EXPECT_EQ(low[0], 1);
  EXPECT_EQ(high[3], 5);
  EXPECT_EQ(low[3], -inf);
  for (int i : {1, 2}) EXPECT_TRUE(std::isnan(high[i]) && std::isnan(low[i]));
}

template <class T>
void expect_python_division(int row) {
  const T a[] = {7, -7, 7, -7, 6, -6}, b[] = {3, 3, -3, -3, 3, -3};
  const T mod[] = {1, 2, -2, -1, 0, 0}, fmod[] = {1, -1, 1, -1, 0, 0};
  const T quotient[] = {2, -3, -3, 2, 2, 2};
  T y[6];
  elementwise_table->remainder[row](y, a, b, 6, false, false);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(y[i], mod[i]) << i;
  elementwise_table->fmod[row](y, a, b, 6, false, false);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(y[i], fmod[i]) << i;
  elementwise_table->floor_divide[row](y, a, b, 6, false, false);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(y[i], quotient[i]) << i;
}

TEST(VectorMath, DivisionFollowsPython) {
  expect_python_division<float>(0);
  expect_python_division<double>(1);
  expect_python_division<std::int64_t>(2);
}

TEST(VectorMath, ComparisonsGiveBool) {
  const int n = 77;
  auto a = counting<float>(n, 0, 1);
  std::vector<float> b(n, 38);
  b[3] = nan_value;
  bool lt[n], ne[n], ge[n];
  elementwise_table->lt[0](lt, a.data(), b.data(), n, false, false);
  elementwise_table->ne[0](ne, a.data(), b.data(), n, false, false);
  elementwise_table->ge[0](ge, a.data(), b.data(), n, false, false);
  for (int i = 0; i < n; ++i) {
    EXPECT_EQ(lt[i], a[i] < b[i]);
    EXPECT_EQ(ne[i], a[i] != b[i]);
    EXPECT_EQ(ge[i], a[i] >= b[i]);
  }
}

TEST(VectorMath, BoolAddIsOrAndMulIsAnd) {
  const bool a[] = {false, false, true, true}, b[] = {false, true, false, true};
  bool y[4];
  elementwise_table->add[3](y, a, b, 4, false, false);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(y[i], a[i] || b[i]);
  elementwise_table->mul[3](y, a, b, 4, false, false);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(y[i], a[i] && b[i]);
  EXPECT_EQ(elementwise_table->sub[3], nullptr);
  EXPECT_EQ(elementwise_table->exp[2], nullptr);
}

TEST(VectorMath, CastsTruncateAndTestForZero) {
  const float x[] = {-2.7f, 2.7f, 0, -0.0f, nan_value, 1e-45f, 16777216};
  std::int64_t integers[7];
  double doubles[7];
  bool flags[7];
  const auto& cast = elementwise_table->cast;
  cast[0][2](integers, x, 4);
  cast[0][1](doubles, x, 7);
  cast[0][3](flags, x, 7);
  EXPECT_EQ(integers[0], -2);
  EXPECT_EQ(integers[1], 2);
  EXPECT_EQ(integers[3], 0);
  EXPECT_EQ(doubles[0], double{x[0]});
  const bool expected[] = {true, true, false, false, true, true, true};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(flags[i], expected[i]) << i;
  cast[3][2](integers, flags, 7);
  EXPECT_EQ(integers[0] + 2 * integers[2], 1);
}

TEST(VectorMath, IntegersWrapAround) {
  const std::int64_t low = std::numeric_limits<std::int64_t>::min();
  const std::int64_t minus_one = -1;
  std::int64_t y;
  elementwise_table->neg[2](&y, &low, 1);
  EXPECT_EQ(y, low);
  elementwise_table->add[2](&y, &low, &minus_one, 1, false, false);
  EXPECT_EQ(y, std::numeric_limits<std::int64_t>::max());
  elementwise_table->remainder[2](&y, &low, &minus_one, 1, false, false);
  EXPECT_EQ(y, 0);
}

}  // namespace
