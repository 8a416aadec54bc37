// The error function and the activations built on it, for float at most 3 ulp
// (erf, erfc); double goes to libm.
#pragma once

#include "taper/tensor/kernels/simd/exp.h"
#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// x p(x^2) near 0; beyond, 1 - exp(q(x)) where q approximates log(erfc(x)).
TAPER_INLINE float erf(float x) {
  float a = at_most(absolute(x), 4.0f), z = a * a;
  float near =
      a * polynomial(z, 1.128379161f, -0.3761257666f, 0.1128277008f,
                     -0.02680456891f, 0.00505426815f, -0.0006332597123f);
  float q = polynomial(a, 0.0001763067624f, -1.129526835f, -0.6333148229f,
                       -0.1083237767f, 0.02515273587f, -0.00418547893f,
                       0.000437769321f, -2.140686096e-5f);
  float far = 1 - exp_bounded<float>(q);
  return with_sign(a < 0.85f ? near : far, x);
}

TAPER_LIBM(erf)

/// exp(a^2) erfc(a) for a >= 0 to the precision of float: (1 + 2a) times it is
/// a polynomial of t = (a - k) / (a + k), as in Shepherd and Laframboise
/// (1981).
template <class T>
TAPER_INLINE T short_scaled_erfc(T a) {
  constexpr T k = 2.5;
  T p = polynomial<T>((a - k) / (a + k), 1.26483818091917609,
                      -0.12235669910837179, -0.0990241845453171053,
                      0.157627880667305504, -0.102973715179335816,
                      0.0327770698090161099, 0.00097988816167320746,
                      -0.00441989662665882358, 0.000342929593062453832,
                      0.000614256966439249549, 0.0000795082946542577621);
  return p / (1 + 2 * a);
}

TAPER_INLINE float scaled_erfc(float a) { return short_scaled_erfc(a); }

/// The same to the precision of double, for a up to 29.
TAPER_INLINE double scaled_erfc(double a) {
  double p = polynomial(
      (a - 3.75) / (a + 3.75), 1.2375126308378275, -0.14024059858554666,
      0.003585415485464273, 0.08227673849011062, -0.10880393014173956,
      0.09230432116156614, -0.058693398589725956, 0.028362277400156424,
      -0.009746579559805752, 0.0017556260173399543, 0.00029371370624343697,
      -0.00029015495237433205, 5.164876243792616e-05, 2.238716782079896e-05,
      -1.144264497890015e-05, -9.798658183835937e-07, 1.7476659648383153e-06,
      -4.8692350779191805e-08, -2.523424982294143e-07, 1.6492599753143728e-08,
      3.286253846510572e-08, -1.0678945141626052e-09, -2.4761191373526893e-09);
  return p / (1 + 2 * a);
}

TAPER_INLINE float erfc(float x) {
  double a = at_most(absolute(static_cast<double>(x)), 11.0);
  double y = exp_bounded<float>(-a * a) * short_scaled_erfc(a);
  return static_cast<float>(x < 0 ? 2 - y : y);
}

TAPER_LIBM(erfc)

// The argument of an exponential may not be rounded, which would cost as many
// digits as it has before the point. It is split where the input is rounded to
// so few bits that powers of them are exact.
template <class T>
TAPER_INLINE T nearest_part(T z, T parts) {
  return round_even(z * parts) / parts;
}

template <class T>
struct Gelu;

// Beyond the limit, e^(-x^2 / 2) is 0. The tanh form is x (1 + tanh(u)) / 2 =
// x sigmoid(2 u), where 2 u = (k + k_rest) x + (c + c_rest) x^3, k + k_rest =
// 2 sqrt(2 / pi) and c + c_rest = 0.044715 (k + k_rest).
template <>
struct Gelu<float> {
  static constexpr float limit = 15, tanh_parts = 4;
  static constexpr float k = 0x1.98p+0f, k_rest = 2.01912160573081e-3f;
  static constexpr float c = 0x1.2p-4f, c_rest = 1.04231627260025e-3f;
};
template <>
struct Gelu<double> {
  static constexpr double limit = 39, tanh_parts = 64;
  static constexpr double k = 0x1.98845p+0, k_rest = 1.930778986805098e-07;
  static constexpr double c = 0x1.2444p-4, c_rest = 9.039190846237764e-07;
};

/// lift * e^(-z^2 / 2).
template <class T>
TAPER_INLINE T lifted_bell(T z) {
  T h = nearest_part(z, T(64));
  return lifted_exp(h * h * T(-0.5), (h - z) * (h + z) * T(0.5));
}

/// P(X > |z|) / e^(-z^2 / 2) for a standard normal X.
template <class T>
TAPER_INLINE T normal_tail(T z) {
  return T(0.5) * scaled_erfc(absolute(z) * T(0.707106781186547524));
}

template <class T>
TAPER_INLINE T gelu(T x) {
  T z = bounded(x, Gelu<T>::limit), tail = normal_tail(z) * lifted_bell(z);
  return x < 0 ? z * tail / lift<T> : x * (1 - tail / lift<T>);
}

/// Phi(x) + x phi(x).
template <class T>
TAPER_INLINE T gelu_slope(T x) {
  T z = bounded(x, Gelu<T>::limit), bell = lifted_bell(z);
  T left = fmadd(absolute(z), T(-0.398942280401432678), normal_tail(z));
  T part = left * bell / lift<T>;
  return x < 0 ? part : 1 - part;
}

/// sigmoid(2 u) and sigmoid(-2 u).
template <class T>
TAPER_INLINE Sigmoids<T> gelu_sigmoids(T z) {
  using G = Gelu<T>;
  T h = nearest_part(z, G::tanh_parts), square = h * h;
  T slope = fmadd(G::c + G::c_rest, z * z + z * h + square, G::k + G::k_rest);
  T high = h * (G::k + G::c * square);
  T low = fmadd(z - h, slope, h * fmadd(G::c_rest, square, G::k_rest));
  return Sigmoids<T>(lifted_exp(-absolute(high), z < 0 ? low : -low), z < 0);
}

template <class T>
TAPER_INLINE T gelu_tanh(T x) {
  T limit = Gelu<T>::limit;
  Sigmoids<T> s = gelu_sigmoids(bounded(x, limit));
  return at_least(x, -limit) * s.plus * s.unit;
}

template <class T>
TAPER_INLINE T gelu_tanh_slope(T x) {
  using G = Gelu<T>;
  T z = bounded(x, G::limit);
  Sigmoids<T> s = gelu_sigmoids(z);
  T slope = z * fmadd(3 * (G::c + G::c_rest) * z, z, G::k + G::k_rest);
  return s.plus * fmadd(slope, s.minus, T(1)) * s.unit;
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
