// How far values and derivatives of functions of one variable lie from the true
// ones, in units of the last place, over the whole range of a dtype.
#pragma once

#include <array>
#include <cmath>
#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "taper/taper.h"

namespace taper::testing {

/// What true values are computed in.
using Real = long double;

/// A true value and the largest term of the sum it is, whose ulp counts where
/// the terms cancel by nature.
struct Exact {
  Exact(Real x) : value(x), size(std::fabs(x)) {}
  Exact(std::initializer_list<Real> terms) {
    value = -0.0L;
    for (const Real term : terms) {
      value += term;
      size = std::fmax(size, std::fabs(term));
    }
  }
  Real value = 0, size = 0;
};
inline Exact sized(Real value, Real size) {
  Exact x = value;
  x.size = size;
  return x;
}
/// A function, its first and its second derivative.
using Jet = std::array<Exact, 3>;

/// Ulp of value, gradient, gradient with a recorded backward, and second
/// derivative.
using Ulps = std::array<double, 4>;

struct UlpRow {
  const char* name;
  Tensor (*f)(const Tensor& x);
  Jet (*exact)(Real x);
  double low, high;  // the domain of x
  bool is_linear;    // whose slope at nan is that of a straight line
  Ulps bounds;
  const char* reason;  // why the bounds are not 8, 8, 8 and 64

  /// The row of a smaller domain, of what is made of straight lines, an
  /// exception.
  UlpRow within(double from, double to) const;
  UlpRow linear() const;
  UlpRow except(const Ulps& measured, const char* why) const;
};
inline void PrintTo(const UlpRow& row, std::ostream* out) { *out << row.name; }
UlpRow row(const char* name, Tensor (*f)(const Tensor&), Jet (*exact)(Real));

std::vector<UlpRow> activation_rows();
std::vector<UlpRow> loss_rows();

// Functions of which many true values are made.
inline Real sigmoid_of(Real x) {
  const Real e = std::exp(-std::fabs(x));
  return (x < 0 ? e : 1) / (1 + e);
}
/// sigmoid(x) * sigmoid(-x), the derivative of sigmoid.
inline Real bump_of(Real x) { return sigmoid_of(x) * sigmoid_of(-x); }
/// 1 - 2 sigmoid(x): times bump the second derivative of sigmoid.
inline Real tilt_of(Real x) { return -std::tanh(x / 2); }
inline Jet logistic_jet(Real x) {
  const Real b = bump_of(x);
  return {sigmoid_of(x), b, Exact{b * sigmoid_of(-x), -b * sigmoid_of(x)}};
}
inline Real softplus_of(Real x) {
  return std::fmax(x, Real{0}) + std::log1p(std::exp(-std::fabs(x)));
}

}  // namespace taper::testing
