// Logarithms, inverse hyperbolic functions and pow for float and double, at
// most 3 ulp, without branches.
//
// x = 2^e (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2), so
// log(x) = e ln 2 + log(1 + f).
#pragma once

#include "taper/tensor/kernels/simd/exp.h"
#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
struct LogParts {
  T e, f;
};

/// Meaningful for finite x > 0 only.
template <class T>
TAPER_INLINE LogParts<T> log_parts(T x) {
  using F = Format<T>;
  constexpr Bits<T> one = F::bias << F::mantissa;
  constexpr auto sqrt_half =
      __builtin_bit_cast(Bits<T>, static_cast<T>(0.707106781186547524));
  bool tiny = x < F::min_normal;
  Bits<T> bits = to_bits(tiny ? x * F::two_mantissa : x) + (one - sqrt_half);
  // The exponent becomes a number by way of the low bits of 2^mantissa.
  T biased = from_bits<T>((bits >> F::mantissa) | F::two_mantissa_bits);
  T zero = F::two_mantissa + (tiny ? F::bias + F::mantissa : F::bias);
  Bits<T> fraction = bits & ((Bits<T>{1} << F::mantissa) - 1);
  return {biased - zero, from_bits<T>(fraction + sqrt_half) - 1};
}

/// e ln2_high + log(1 + f) + low, where low is small beside the sum.
TAPER_INLINE float log_sum(float e, float f, float low) {
  float p = polynomial(f, -0.5f, 0.333333185f, -0.2500069005f, 0.2000220027f,
                       -0.1662819892f, 0.141838999f, -0.1309854944f,
                       0.1285694237f, -0.07908282234f);
  return fmadd(e, ExpRange<float>::ln2_high, fmadd(f * f, p, low) + f);
}

/// With s = f / (2 + f), log(1 + f) = 2 atanh(s), and
/// 2 atanh(s) = f - (f^2/2 - s (f^2/2 + r)), r = 2 atanh(s) / s - 2.
TAPER_INLINE double log_sum(double e, double f, double low) {
  double s = f / (2 + f), z = s * s, h = 0.5 * f * f;
  double r = z * polynomial(z, 0.666666666666666654, 0.400000000000028132,
                            0.285714285700145937, 0.222222225255920013,
                            0.181817842283511605, 0.15386755398962846,
                            0.132569691791883608, 0.131943601190683254);
  return fmadd(e, ExpRange<double>::ln2_high, f - (h - fmadd(s, h + r, low)));
}

/// `y` for finite x > 0; otherwise log's value at 0, infinity and below 0.
template <class T>
TAPER_INLINE T log_edges(T x, T y) {
  T edge = x == 0 ? -infinity<T> : (x > 0 ? x : not_a_number<T>);
  return ((x > 0) & (x < infinity<T>)) ? y : edge;
}

template <class T>
TAPER_INLINE T log(T x) {
  auto [e, f] = log_parts(x);
  return log_edges(x, log_sum(e, f, e * ExpRange<T>::ln2_low));
}

/// log(1 + x) = log(u) + c / u, where u = 1 + x is rounded and c is its error.
template <class T>
TAPER_INLINE T log1p(T x) {
  T u = 1 + x;
  T c = x > 1 ? 1 - (u - x) : x - (u - 1);
  auto [e, f] = log_parts(u);
  T low = fmadd(e, ExpRange<T>::ln2_low, c / u);
  return with_sign(log_edges(u, log_sum(e, f, low)), x);
}

/// log(1 + f) in double to the precision of float (2^-36).
TAPER_INLINE double short_log1p(double f) {
  double s = f / (2 + f), z = s * s;
  return s * polynomial(z, 2.0, 0.666666660098995796, 0.400002692584894252,
                        0.285408624657886774, 0.235229118882283436);
}

TAPER_INLINE float log2(float x) {
  auto [e, f] = log_parts(static_cast<double>(x));
  double y = e + short_log1p(f) * 1.44269504088896341;
  return log_edges(x, static_cast<float>(y));
}

TAPER_INLINE float log10(float x) {
  auto [e, f] = log_parts(static_cast<double>(x));
  double y = e * 0.301029995663981195 + short_log1p(f) * 0.434294481903251828;
  return log_edges(x, static_cast<float>(y));
}

TAPER_LIBM(log2)
TAPER_LIBM(log10)

/// log(a + sqrt(a^2 + 1)) for a = |x|, where a^2 overflows log(2 a).
TAPER_INLINE double asinh(double x) {
  double a = absolute(x);
  bool huge = a > 0x1p100;
  double u = huge ? a : a + a * a / (1 + sqrt(1 + a * a));
  return with_sign(log1p(u) + (huge ? 0.693147180559945309 : 0), x);
}

/// log(x + sqrt(x^2 - 1)) by way of x - 1, which is exact near 1.
TAPER_INLINE double acosh(double x) {
  double t = x - 1;
  bool huge = x > 0x1p100;
  double u = huge ? x : t + sqrt(t * (t + 2));
  double y = log1p(u) + (huge ? 0.693147180559945309 : 0);
  return x >= 1 ? y : not_a_number<double>;
}

/// log((1 + x) / (1 - x)) / 2.
TAPER_INLINE double atanh(double x) {
  double a = absolute(x);
  return with_sign(0.5 * log1p(2 * a / (1 - a)), x);
}

TAPER_FLOAT_BY_DOUBLE(asinh)
TAPER_FLOAT_BY_DOUBLE(acosh)
TAPER_FLOAT_BY_DOUBLE(atanh)

/// log(1 + exp(x)).
template <class T>
TAPER_INLINE T softplus(T x) {
  T y = exp(-absolute(x));
  T u = 1 + y;
  auto [e, f] = log_parts(u);
  T low = fmadd(e, ExpRange<T>::ln2_low, (y - (u - 1)) / u);
  return at_least(x, T{0}) + log_sum(e, f, low);
}

/// exp(y log|x|) in double, then the cases that formula does not cover.
TAPER_INLINE float pow(float x, float y) {
  double base = absolute(x), exponent = y;
  bool one =
      (y == 0) | (x == 1) | ((base == 1) & (absolute(y) == infinity<float>));
  double magnitude = exp(exponent * log(base));
  magnitude = one ? 1 : magnitude;
  double half = exponent * 0.5;
  bool integer = round_even(y) == y, odd = integer & (round_even(half) != half);
  bool negative = with_sign(1.0f, x) < 0;
  magnitude = (negative & odd) ? -magnitude : magnitude;
  bool undefined = (x < 0) & !integer & (base != infinity<double>);
  return static_cast<float>(undefined ? not_a_number<double> : magnitude);
}

TAPER_INLINE double pow(double x, double y) { return __builtin_pow(x, y); }

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
