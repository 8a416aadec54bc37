// exp and its relatives for float and double, at most 3 ulp, without branches.
//
// x = n ln 2 + r with |r| <= ln(2) / 2, so exp(x) = 2^n exp(r), where
// exp(r) = 1 + r + r^2 q(r) and q is a minimax polynomial.
#pragma once

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
struct ExpRange;

// Outside [low, high], exp is 0 or infinite, even after halving; times -low,
// too, exp(low) is 0.
template <>
struct ExpRange<float> {
  static constexpr float low = -120, high = 90;
  static constexpr float tanh_limit = 10, sigmoid_limit = 30;
  // ln2_high has so few bits that n * ln2_high is exact.
  static constexpr float ln2_high = 0x1.62e4p-1f, ln2_low = 1.42860677e-6f;
};

template <>
struct ExpRange<double> {
  static constexpr double low = -760, high = 711;
  static constexpr double tanh_limit = 20, sigmoid_limit = 50;
  static constexpr double ln2_high = 6.93147180369123816490e-01;
  static constexpr double ln2_low = 1.90821492927058770002e-10;
};

/// q(r) to the precision of float (relative error of exp 2^-28) in lanes of T.
template <class T>
TAPER_INLINE T exp_tail(T r, float) {
  return polynomial<T>(r, 0.5000000057, 0.1666654638, 0.04166629275,
                       0.008366265881, 0.001394590344);
}

/// q(r) to the precision of double (2^-61).
TAPER_INLINE double exp_tail(double r, double) {
  return polynomial(r, 0.5, 0.166666666666666755, 0.0416666666666666978,
                    0.00833333333332238638, 0.00138888888888681789,
                    0.000198412698844042127, 0.0000248015873584015532,
                    2.75572457972474741e-6, 2.75572443187856918e-7,
                    2.5108524169488161e-8, 2.09240246569433627e-9);
}

template <class T>
struct ExpParts {
  T fraction;     // exp(r) - 1
  Bits<T> power;  // n + 2 * bias, in the low bits
};

/// exp(x) = 2^n (1 + fraction), with the precision of type P; exp(x + rest) if
/// a rest follows, which loses no digits of it.
template <class P, class T, class... Rest>
TAPER_INLINE ExpParts<T> exp_parts(T x, Rest... rest) {
  // Adding 1.5 * 2^mantissa leaves the nearest integer in the low bits.
  constexpr T shift =
      static_cast<T>(1.5) * Format<T>::two_mantissa + 2 * Format<T>::bias;
  T t = fmadd((x + ... + rest), static_cast<T>(1.44269504088896341), shift);
  T n = t - shift;
  T r = fmadd(n, -ExpRange<T>::ln2_high, x);
  r = (fmadd(n, -ExpRange<T>::ln2_low, r) + ... + rest);
  return {fmadd(r * r, exp_tail(r, P{}), r), to_bits(t)};
}

/// 2^(power - bias), for a power whose low bits are within the exponent field.
template <class T>
TAPER_INLINE T power_of_two(Bits<T> power) {
  return from_bits<T>(power << Format<T>::mantissa);
}

// Two factors, because 2^n itself may overflow or be subnormal.
template <class T>
TAPER_INLINE T scale(T x, Bits<T> power) {
  Bits<T> half = power >> 1;
  return x * power_of_two<T>(half) * power_of_two<T>(power - half);
}

/// exp(x) / 2^halvings, finite where only exp(x) overflows.
template <int halvings, class T>
TAPER_INLINE T halved_exp(T x) {
  using Range = ExpRange<T>;
  x = at_most(at_least(x, Range::low), Range::high);
  ExpParts<T> e = exp_parts<T>(x);
  return scale(e.fraction + 1, e.power - halvings);
}

template <class T>
TAPER_INLINE T exp(T x) {
  return halved_exp<0>(x);
}

/// exp(x) with the precision of P, for x whose exp is a normal number.
template <class P, class T>
TAPER_INLINE T exp_bounded(T x) {
  ExpParts<T> e = exp_parts<P>(x);
  return (e.fraction + 1) * power_of_two<T>(e.power - Format<T>::bias);
}

TAPER_INLINE float exp2(float x) {
  x = at_most(at_least(x, -151.0f), 129.0f);
  constexpr float shift = 0x1.8p23f + 2 * Format<float>::bias;
  float t = x + shift;
  float r = (x - (t - shift)) * 0.693147180559945309f;
  float fraction = fmadd(r * r, exp_tail(r, 0.0f), r);
  return scale(fraction + 1, to_bits(t));
}

TAPER_LIBM(exp2)

template <class T>
TAPER_INLINE T expm1(T x) {
  using Range = ExpRange<T>;
  T bounded = at_most(at_least(x, -Range::sigmoid_limit), Range::high);
  ExpParts<T> e = exp_parts<T>(bounded);
  Bits<T> half = e.power >> 1, rest = e.power - half;
  T a = power_of_two<T>(half), b = power_of_two<T>(rest);
  T inverse_b = power_of_two<T>(2 * Format<T>::bias - rest);
  return with_sign(fmadd(e.fraction, a, a - inverse_b) * b, x);
}

/// e / (e + 2) with e = exp(2x) - 1, which loses nothing near 0.
template <class T>
TAPER_INLINE T tanh(T x) {
  constexpr T limit = ExpRange<T>::tanh_limit;
  T bounded = at_most(at_least(x, -limit), limit);
  ExpParts<T> parts = exp_parts<T>(bounded + bounded);
  T s = power_of_two<T>(parts.power - Format<T>::bias);
  T e = fmadd(parts.fraction, s, s - 1);
  return with_sign(e / (e + 2), x);
}

template <class T>
TAPER_INLINE T sigmoid(T x) {
  T e = exp(at_most(x, ExpRange<T>::sigmoid_limit));
  return e / (1 + e);
}

/// A power of 2 that makes exponentials normal which are subnormal.
template <class T>
constexpr Bits<T> lift_exponent = Format<T>::bias / 2;
template <class T>
constexpr T lift = __builtin_bit_cast(T, (Format<T>::bias + lift_exponent<T>)
                                             << Format<T>::mantissa);

/// lift * exp(x + rest) for x <= 0.
template <class T, class... Rest>
TAPER_INLINE T lifted_exp(T x, Rest... rest) {
  ExpParts<T> e = exp_parts<T>(at_least(x, ExpRange<T>::low), rest...);
  return (e.fraction + 1) *
         power_of_two<T>(e.power - Format<T>::bias + lift_exponent<T>);
}

/// sigmoid(x) = plus * unit and sigmoid(-x) = minus, with all their digits:
/// multiply by unit last, for a factor of plus may lift it out of the subnormal
/// numbers.
template <class T>
struct Sigmoids {
  TAPER_INLINE explicit Sigmoids(T x)
      : Sigmoids(lifted_exp(-absolute(x)), x < 0) {}
  /// By lift * e^-|x|.
  TAPER_INLINE Sigmoids(T lifted, bool negative) {
    T small = lifted / lift<T>, large = 1 / (1 + small);
    plus = negative ? lifted * large : large;
    unit = negative ? 1 / lift<T> : T(1);
    minus = negative ? large : small * large;
  }
  T plus, unit, minus;
};

/// x up to where e^-|x| is 0, so that infinity times it is 0.
template <class T>
TAPER_INLINE T bounded(T x, T limit) {
  return at_least(at_most(x, limit), -limit);
}

template <class T>
TAPER_INLINE T silu(T x) {
  Sigmoids<T> s(x);
  return at_least(x, ExpRange<T>::low) * s.plus * s.unit;
}

template <class T>
TAPER_INLINE T silu_slope(T x) {
  Sigmoids<T> s(x);
  T z = bounded(x, -ExpRange<T>::low);
  return s.plus * fmadd(z, s.minus, T(1)) * s.unit;
}

/// x tanh(log(1 + e^x)). With s = sigmoid(x) and r = sigmoid(-x) the tanh is
/// s (1 + r) / (1 + r^2), and its derivative 4 s r^2 / (1 + r^2)^2.
template <class T>
TAPER_INLINE T mish(T x) {
  Sigmoids<T> s(x);
  T gate = s.plus * ((1 + s.minus) / fmadd(s.minus, s.minus, T(1)));
  return at_least(x, ExpRange<T>::low) * gate * s.unit;
}

template <class T>
TAPER_INLINE T mish_slope(T x) {
  Sigmoids<T> s(x);
  T r = s.minus, q = 1 / fmadd(r, r, T(1));
  T z = bounded(x, -ExpRange<T>::low);
  return s.plus * (q * fmadd(4 * z * r, r * q, 1 + r)) * s.unit;
}

/// x - tanh(x) by a polynomial near 0; beyond, 1 - tanh(x) = 2 / (1 + e^2x).
TAPER_INLINE float tanhshrink(float x) {
  float a = absolute(x), z = a * a;
  float series = polynomial(z, 0.3333333315672231f, -0.133333106555451f,
                            0.05396341475443884f, -0.02182954884305937f,
                            0.008697847592814879f, -0.003206803386846565f,
                            0.0009235008463481761f, -0.00014279318799621565f);
  float far = (a - 1) + 2 / (1 + exp(a + a));
  return with_sign(a < 1 ? a * z * series : far, x);
}

/// Near 0 by Lambert's continued fraction: tanh(x) = x / (1 + w) with
/// w = z / (3 + z / (5 + z / (7 + ...))) and z = x^2.
TAPER_INLINE double tanhshrink(double x) {
  double z = x * x, w = 0;
  for (int k = 25; k >= 3; k -= 2) w = z / (k + w);
  return absolute(x) < 2 ? x * (w / (1 + w)) : x - tanh(x);
}

TAPER_INLINE float sinh(float x) {
  float a = absolute(x), z = a * a;
  float half = halved_exp<1>(a);
  float series =
      polynomial(z, 0.1666671511f, 0.008330301913f, 0.0002037133819f);
  float near = fmadd(a * z, series, a);
  return with_sign(a < 1 ? near : half - 0.25f / half, x);
}

TAPER_LIBM(sinh)

TAPER_INLINE float cosh(float x) {
  float half = halved_exp<1>(absolute(x));
  return half + 0.25f / half;
}

TAPER_LIBM(cosh)

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
