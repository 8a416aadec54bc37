// The optimiser leaf kernels against their formulas in double.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "taper/tensor/kernels/simd/optim.h"
#include "tests/tensor/leaf_kernels_support.h"

namespace taper::kernels {
namespace {

template <class T>
class OptimFloats : public FloatKernels<T> {};
TYPED_TEST_SUITE(OptimFloats, Floats);

template <class T, class Settings>
void run(const StepKernels<Settings>& kernels, const StepRange& range,
         const Settings& settings) {
  kernels.of_type[sizeof(T) == 4 ? float32 : float64](range, &settings);
}

/// The bytes of a vector, as a StepRange has them; null stays null.
template <class T>
char* bytes(const std::vector<T>& x, bool used = true) {
  return used ? reinterpret_cast<char*>(const_cast<T*>(x.data())) : nullptr;
}

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

TYPED_TEST(OptimFloats, SgdFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  for (const double momentum : {0.0, 0.9}) {
    for (const bool nesterov : {false, true}) {
      std::vector<T> buf(n, T(nan));
      std::vector<double> expected = widen(values<T>(n)), b(n);
      const auto p = train<T>(n, [&](auto& q, const auto& g, int t) {
        const SgdStep step{0.1, momentum, 0.2, 0.01, nesterov, t == 1};
        run<T>(optim_table->sgd,
               {bytes(q), bytes(g), {bytes(buf, momentum != 0)}, n}, step);
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

TYPED_TEST(OptimFloats, AdamFollowsItsFormula) {
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
        run<T>(optim_table->adam,
               {bytes(q),
                bytes(g),
                {bytes(m), bytes(v), bytes(v_max, amsgrad)},
                n},
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

TYPED_TEST(OptimFloats, AdamWithInfiniteAverageDoesNotMove) {
  using T = TypeParam;
  std::vector<T> p(20, T(1)), g(20, T(1)), m(20, T(0)), v(20, T(infinity));
  const AdamStep step{0.01, 0.9, 0.99, 1e-8, 0, 0.1, 0.01, false};
  run<T>(optim_table->adam, {bytes(p), bytes(g), {bytes(m), bytes(v)}, 20},
         step);
  EXPECT_EQ(p, std::vector<T>(20, T(1)));
}

TYPED_TEST(OptimFloats, RmspropFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  for (const bool centered : {false, true}) {
    for (const bool heavy : {false, true}) {
      std::vector<T> square(n), average(n), buf(n);
      std::vector<double> expected = widen(values<T>(n));
      std::vector<double> s(n), a(n), b(n);
      const auto p = train<T>(n, [&](auto& q, const auto& g, int) {
        run<T>(optim_table->rmsprop,
               {bytes(q),
                bytes(g),
                {bytes(square), bytes(average, centered), bytes(buf, heavy)},
                n},
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

TYPED_TEST(OptimFloats, AdagradFollowsItsFormula) {
  using T = TypeParam;
  const int64_t n = 37;
  std::vector<T> sum(n);
  std::vector<double> expected = widen(values<T>(n)), s(n);
  const auto p = train<T>(n, [&](auto& q, const auto& g, int) {
    run<T>(optim_table->adagrad, {bytes(q), bytes(g), {bytes(sum)}, n},
           AdagradStep{0.05, 1e-10, 0.01});
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
