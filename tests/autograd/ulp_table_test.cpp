// The ulp table: every activation and loss against true values in long double,
// over both dtypes, with the plain backward and the recorded one. `make ulp`
// prints what is measured.
#include "ulp_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace taper::testing {

UlpRow row(const char* name, Tensor (*f)(const Tensor&), Jet (*exact)(Real)) {
  constexpr double kAll = std::numeric_limits<double>::infinity();
  return {name, f, exact, -kAll, kAll, false, {8, 8, 8, 64}, nullptr};
}
UlpRow UlpRow::within(double from, double to) const {
  UlpRow copy = *this;
  copy.low = from;
  copy.high = to;
  return copy;
}
UlpRow UlpRow::linear() const {
  UlpRow copy = *this;
  copy.is_linear = true;
  return copy;
}
UlpRow UlpRow::except(const Ulps& measured, const char* why) const {
  UlpRow copy = *this;
  copy.bounds = measured;
  copy.reason = why;
  return copy;
}

namespace {

/// Zeros, the ends of the range, numbers of every exponent, an even grid where
/// functions bend, numbers close to 1, and infinities.
template <class T>
std::vector<T> grid(const UlpRow& row) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> sizes = {0, 1, Limits::denorm_min(), Limits::infinity()};
  for (int e = Limits::min_exponent - 20; e < Limits::max_exponent;
       e += sizeof(T) == 4 ? 1 : 3) {
    for (const double m : {1.0, 1.2345678901234567, 1.7182818284590452}) {
      sizes.push_back(static_cast<T>(std::ldexp(m, e)));
    }
  }
  const double end = sizeof(T) == 4 ? 106 : 760;
  for (double x = 0.0321; x < end; x += x < 40 ? 0.0617 : 0.377) {
    sizes.push_back(static_cast<T>(x));
    sizes.push_back(static_cast<T>(std::round(x * 4) / 4));
  }
  sizes.push_back(Limits::max());
  std::vector<T> x;
  for (const T size : sizes) {
    for (const T value : {-size, size, 1 - size}) {
      if (value >= row.low && value <= row.high) x.push_back(value);
    }
  }
  return x;
}

constexpr double kWrong = 1e30;

template <class T>
double ulps(T got, const Exact& exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact.value)) return std::isnan(got) ? 0 : kWrong;
  if (static_cast<T>(exact.value) == got) return 0;
  const Real nearest =
      std::isinf(got)
          ? std::copysign(std::ldexp(Real{1}, Limits::max_exponent), got)
          : Real{got};
  if (std::isnan(got) || std::isinf(exact.value)) return kWrong;
  const int exponent = exact.size == 0 ? Limits::min_exponent - 1
                                       : std::max(std::ilogb(exact.size),
                                                  Limits::min_exponent - 1);
  const Real unit = std::ldexp(Real{1}, exponent - (Limits::digits - 1));
  return static_cast<double>(
      std::fmin(std::fabs(nearest - exact.value) / unit, Real{kWrong}));
}

/// What the library makes of the points x.
template <class T>
struct Computed {
  std::array<std::vector<T>, 4> numbers;
  void append(const UlpRow& row, const Tensor& points) {
    const Tensor x = points.clone().requires_grad_();
    const Tensor y = row.f(x);
    add(0, y);
    const Tensor total = y.sum();
    add(1, autograd::grad({total}, {x}, {}, true)[0]);
    const Tensor slope = autograd::grad({total}, {x}, {}, true, true)[0];
    add(2, slope);
    add(3, slope.requires_grad()
               ? autograd::grad({slope.sum()}, {x}, {}, true, false, true)[0]
               : zeros_like(x));
  }
  void add(size_t i, const Tensor& x) {
    const Tensor flat = x.defined() ? x.detach().contiguous() : Tensor();
    for (int64_t k = 0; k < flat.numel(); ++k) {
      numbers[i].push_back(flat.data_ptr<T>()[k]);
    }
  }
};

template <class T>
Computed<T> computed(const UlpRow& row, const std::vector<T>& x) {
  const auto dtype = sizeof(T) == sizeof(float) ? kFloat : kDouble;
  const Tensor points = tensor(x, dtype);
  Computed<T> all;
  if (row.f(points).numel() == points.numel()) {
    all.append(row, points);
  } else {  // reduced: one by one
    for (const T point : x) all.append(row, tensor({point}, dtype));
  }
  return all;
}

template <class T>
class UlpTable : public ::testing::TestWithParam<UlpRow> {
 public:
  void run(const char* dtype) {
    const UlpRow& row = GetParam();
    const std::vector<T> x = grid<T>(row);
    const auto got = computed(row, x).numbers;
    Ulps worst = {};
    std::array<T, 4> where = {};
    double apart = 0;
    for (size_t k = 0; k < x.size(); ++k) {
      // The limit at infinity is the value very far out.
      const Real far = std::copysign(Real{1e1200L}, Real{x[k]});
      const Jet exact = row.exact(std::isinf(x[k]) ? far : Real{x[k]});
      apart = std::max(apart, ulps(got[2][k], sized(got[1][k], exact[1].size)));
      for (size_t i = 0; i < 4; ++i) {
        const Exact& right = exact[i == 0 ? 0 : i == 3 ? 2 : 1];
        if (i == 3 && !std::isnormal(T(right.value)) && right.value != 0) {
          continue;
        }
        double off = ulps(got[i][k], right);
        // Of a loss, the sign of 0 says nothing.
        const bool limit = i == 0 && std::isinf(x[k]) && std::isinf(row.high);
        if (limit && std::signbit(got[i][k]) != std::signbit(right.value)) {
          off = kWrong;
        }
        if (off <= worst[i]) continue;
        worst[i] = off;
        where[i] = x[k];
      }
    }
    if (std::getenv("TAPER_ULP_TABLE")) {
      std::printf("%-24s %-7s", row.name, dtype);
      for (const double ulp : worst) std::printf(" %8.3g", ulp);
      std::printf("  %s\n", row.reason ? row.reason : "");
    }
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_LE(worst[i], row.bounds[i])
          << kMeasures[i] << " at " << double(where[i]);
    }
    EXPECT_LE(apart, 2) << "ulp between the plain and the recorded gradient";
  }

  void run_nan() {
    const UlpRow& row = GetParam();
    if (row.low == 0) return;  // probabilities, which are checked
    const Computed<T> nan = computed(row, std::vector<T>{T(std::nan(""))});
    for (size_t i = 0; i < (row.is_linear ? 1 : 3); ++i) {
      EXPECT_TRUE(std::isnan(nan.numbers[i][0])) << kMeasures[i] << " of nan";
    }
  }

  static constexpr const char* kMeasures[] = {"value", "gradient",
                                              "recorded gradient", "second"};
};

using UlpTableFloat = UlpTable<float>;
using UlpTableDouble = UlpTable<double>;
TEST_P(UlpTableFloat, KeepsItsDigits) { run("float32"); }
TEST_P(UlpTableDouble, KeepsItsDigits) { run("float64"); }
TEST_P(UlpTableFloat, NanStaysNan) { run_nan(); }
TEST_P(UlpTableDouble, NanStaysNan) { run_nan(); }

std::vector<UlpRow> rows() {
  std::vector<UlpRow> all = activation_rows();
  const std::vector<UlpRow> losses = loss_rows();
  all.insert(all.end(), losses.begin(), losses.end());
  return all;
}
const auto name_of = [](const auto& tested) {
  return std::string(tested.param.name);
};
INSTANTIATE_TEST_SUITE_P(All, UlpTableFloat, ::testing::ValuesIn(rows()),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All, UlpTableDouble, ::testing::ValuesIn(rows()),
                         name_of);

}  // namespace
}  // namespace taper::testing
