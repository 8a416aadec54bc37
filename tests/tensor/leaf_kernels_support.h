// What the tests of the leaf kernels share: lengths around the vector and block
// sizes, values without a pattern and a fixture for both floating types.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <vector>

namespace taper::kernels {

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline const std::vector<int64_t> lengths = {0,   1,    7,    8,    64,
                                             100, 4095, 4096, 4097, 100000};

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

template <class T>
class FloatKernels : public testing::Test {
 public:
  static constexpr int dtype = dtype_of<T>;
  static constexpr double tolerance = sizeof(T) == 4 ? 2e-6 : 1e-13;
};

using Floats = testing::Types<float, double>;

}  // namespace taper::kernels
