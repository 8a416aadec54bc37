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

/// For x >= 0, (1 + 2x) exp(x^2) erfc(x) is a polynomial of
/// t = (x - 2.5) / (x + 2.5), as in Shepherd and Laframboise (1981).
TAPER_INLINE float erfc(float x) {
  double a = at_most(absolute(static_cast<double>(x)), 11.0);
  double t = (a - 2.5) / (a + 2.5);
  double p = polynomial(
      t, 1.26483818091917609, -0.12235669910837179, -0.0990241845453171053,
      0.157627880667305504, -0.102973715179335816, 0.0327770698090161099,
      0.00097988816167320746, -0.00441989662665882358, 0.000342929593062453832,
      0.000614256966439249549, 0.0000795082946542577621);
  double y = exp_bounded<float>(-a * a) * p / (1 + 2 * a);
  return static_cast<float>(x < 0 ? 2 - y : y);
}

TAPER_LIBM(erfc)

/// The distribution function of the standard normal.
TAPER_INLINE float normal_cdf(float x) {
  return fmadd(0.5f, erf(x * 0.707106781186547524f), 0.5f);
}

TAPER_INLINE double normal_cdf(double x) {
  return 0.5 * erfc(x * -0.707106781186547524);
}

// From 40 on, e^(-x * x / 2) is 0.
template <class T>
TAPER_INLINE T gelu(T x) {
  return at_least(x, T(-40)) * normal_cdf(x);
}

template <class T>
TAPER_INLINE T gelu_slope(T x) {
  T z = bounded(x, T(40));
  T density = T(0.398942280401432678) * exp(z * z * T(-0.5));
  return fmadd(z, density, normal_cdf(z));
}

// The tanh form: x (1 + tanh(u)) / 2 = x sigmoid(2 u), where
// u = sqrt(2 / pi) (x + 0.044715 x^3).
template <class T>
TAPER_INLINE T gelu_tanh_argument(T x) {
  return T(1.59576912160573071) * fmadd(T(0.044715) * x, x * x, x);
}

template <class T>
TAPER_INLINE T gelu_tanh(T x) {
  T z = at_least(x, T(-40));
  return z * sigmoid(gelu_tanh_argument(z));
}

template <class T>
TAPER_INLINE T gelu_tanh_slope(T x) {
  T z = bounded(x, T(40));
  Sigmoids<T> s(gelu_tanh_argument(z));
  T slope = T(1.59576912160573071) * fmadd(T(0.134145) * z, z, T(1));
  return s.plus * fmadd(z * slope, s.minus, T(1));
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
