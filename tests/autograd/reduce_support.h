// Small tensors for the tests of the reductions, and derivatives by central
// differences.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "taper/autograd/engine.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"
#include "tests/error_of.h"

namespace taper::testing {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

inline Tensor make(IntArrayRef sizes, const std::vector<double>& values,
                   ScalarType dtype = kFloat) {
  Tensor x = kernels::empty(sizes, dtype);
  visit_type(dtype, [&](auto type) {
    for (size_t i = 0; i < values.size(); ++i) {
      x.data_as<decltype(type)>()[i] = static_cast<decltype(type)>(values[i]);
    }
  });
  return x;
}

inline Tensor vec(const std::vector<double>& values,
                  ScalarType dtype = kFloat) {
  return make({static_cast<int64_t>(values.size())}, values, dtype);
}

/// Values in [low, high) without a pattern, all different.
inline Tensor scattered(IntArrayRef sizes, ScalarType dtype = kFloat,
                        double low = -1, double high = 1) {
  Tensor x = kernels::empty(sizes, dtype);
  uint32_t seed = 7;
  visit_type(dtype, [&](auto type) {
    for (int64_t i = 0; i < x.numel(); ++i) {
      seed = seed * 1664525 + 1013904223;
      const double unit = static_cast<double>(seed >> 8) / (1 << 24);
      x.data_as<decltype(type)>()[i] =
          static_cast<decltype(type)>(low + (high - low) * unit);
    }
  });
  return x;
}

/// The elements in row-major order.
inline std::vector<double> list(const Tensor& x) {
  const Tensor y = kernels::cast(kernels::contiguous(x), kDouble);
  return std::vector<double>(y.data_as<double>(),
                             y.data_as<double>() + y.numel());
}

inline void expect_near(const Tensor& x, const std::vector<double>& expected,
                        double tolerance = 1e-6) {
  const std::vector<double> got = list(x);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << "element " << i << " is " << got[i];
    } else if (std::isinf(expected[i])) {
      EXPECT_EQ(got[i], expected[i]) << "element " << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], tolerance) << "element " << i;
    }
  }
}

/// Weights that tell the elements of a result apart.
inline Tensor weights(const Tensor& like) {
  return scattered(like.sizes(), kDouble, 0.5, 1.5);
}

/// d sum(f(x) * weights) / dx.
template <class F>
Tensor gradient(const F& f, const Tensor& x, bool create_graph) {
  const Tensor y = f(x);
  return autograd::grad({(y * weights(y)).sum()}, {x}, {}, std::nullopt,
                        create_graph)[0];
}

/// The same by central differences.
template <class F>
std::vector<double> numeric_gradient(const F& f, const Tensor& x) {
  const NoGradGuard no_grad;
  std::vector<double> result;
  for (int64_t i = 0; i < x.numel(); ++i) {
    double value[2];
    for (int side = 0; side < 2; ++side) {
      Tensor moved = kernels::clone(x);
      moved.data_as<double>()[i] += side == 0 ? -1e-5 : 1e-5;
      const AutoGradMode grad_mode(true);
      moved.requires_grad_();
      const Tensor y = f(moved);
      value[side] = (y * weights(y)).sum().template item<double>();
    }
    result.push_back((value[1] - value[0]) / 2e-5);
  }
  return result;
}

/// First and second derivatives of f at x, in both grad modes.
template <class F>
void expect_derivatives(const F& f, IntArrayRef sizes, std::vector<double> at) {
  Tensor x = make(sizes, at, kDouble);
  x.requires_grad_();
  expect_near(gradient(f, x, false), numeric_gradient(f, x), 1e-6);
  const auto df = [&](const Tensor& v) { return gradient(f, v, true); };
  expect_near(df(x), numeric_gradient(f, x), 1e-6);
  if (df(x).requires_grad()) {
    expect_near(gradient(df, x, false), numeric_gradient(df, x), 1e-5);
  }
}

}  // namespace taper::testing
