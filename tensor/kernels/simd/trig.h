// Trigonometric functions for float, at most 3 ulp; double goes to libm.
//
// sin, cos and tan reduce x to r = x - n pi/2 with |r| <= pi/4 in double, good
// for |x| <= trig_limit; beyond it the caller uses libm (see trig_huge).
#pragma once

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

constexpr float trig_limit = 0x1p19f;

TAPER_INLINE bool trig_huge(float x) {
  float size = absolute(x);
  return (size > trig_limit) & (size < infinity<float>);
}

struct Quadrant {
  double r;
  std::uint64_t n;  // in the low bits
};

// pi/2 in three parts; the first two have 33 bits, so their products with n
// are exact without fused multiply-add.
TAPER_INLINE Quadrant trig_reduce(double x) {
  constexpr double shift = 0x1.8p52;
  double t = x * 0.636619772367581343 + shift;
  double n = t - shift;
  double r = fmadd(n, -1.57079632673412561417e+00, x);
  r = fmadd(n, -6.07710050630396597660e-11, r);
  return {fmadd(n, -2.02226624879595063154e-21, r), to_bits(t)};
}

/// sin(x + turns pi/2).
TAPER_INLINE float sin_turned(float x, std::uint32_t turns) {
  Quadrant quadrant = trig_reduce(x);
  float r = static_cast<float>(quadrant.r), z = r * r;
  std::uint32_t n = static_cast<std::uint32_t>(quadrant.n) + turns;
  float s = polynomial(z, -0.1666665603f, 0.008332227675f, -0.0001952254158f);
  float c = polynomial(z, 0.04166665674f, -0.001388778094f, 2.448008505e-5f);
  s = fmadd(r * z, s, r);
  c = fmadd(z * z, c, fmadd(z, -0.5f, 1.0f));
  float y = (n & 1) != 0 ? c : s;
  return from_bits<float>(to_bits(y) ^ ((n & 2) << 30));
}

// The comparison keeps the sign of a zero.
TAPER_INLINE float sin(float x) { return x == 0 ? x : sin_turned(x, 0); }
TAPER_INLINE float cos(float x) { return sin_turned(x, 1); }

TAPER_INLINE float tan(float x) {
  auto [r, n] = trig_reduce(x);
  double z = r * r;
  double s = polynomial(z, -0.16666666645930517, 0.00833332974544844946,
                        -0.000198394249257451183, 2.71901177159240492e-6);
  double c = polynomial(z, 0.0416666666549983024, -0.00138888861449011366,
                        0.0000248000751223464647, -2.72511956031673147e-7);
  s = fmadd(r * z, s, r);
  c = fmadd(z * z, c, fmadd(z, -0.5, 1.0));
  bool odd = (n & 1) != 0;
  double y = (odd ? -c : s) / (odd ? s : c);
  return x == 0 ? x : static_cast<float>(y);
}

TAPER_LIBM(sin)
TAPER_LIBM(cos)
TAPER_LIBM(tan)

constexpr double half_pi = 1.57079632679489662;

struct ArcSine {
  double p;  // asin(|x|), or (pi/2 - asin(|x|)) / 2 beyond 1/2
  bool beyond;
};

TAPER_INLINE ArcSine arc_sine(double x) {
  double a = absolute(x);
  bool beyond = a > 0.5;
  double z = beyond ? (1 - a) * 0.5 : a * a;
  double s = beyond ? sqrt(z) : a;
  double p = polynomial(z, 0.166666667953730021, 0.0749997551484174819,
                        0.0446536454367143976, 0.0301830488772555418,
                        0.0242019218921712448, 0.00865192498293903308,
                        0.0333704130770482505);
  return {fmadd(s * z, p, s), beyond};
}

TAPER_INLINE float asin(float x) {
  auto [p, beyond] = arc_sine(x);
  return with_sign(static_cast<float>(beyond ? half_pi - 2 * p : p), x);
}

TAPER_INLINE float acos(float x) {
  auto [p, beyond] = arc_sine(x);
  double far = x > 0 ? 2 * p : 2 * half_pi - 2 * p;
  double near = x > 0 ? half_pi - p : half_pi + p;
  return static_cast<float>(beyond ? far : near);
}

TAPER_INLINE float atan(float x) {
  double a = absolute(x);
  bool beyond = a > 1;
  double s = beyond ? 1 / a : a, z = s * s;
  double p = polynomial(z, -0.333333309569986608, 0.19999813397243197,
                        -0.142816280085628815, 0.110696034331583041,
                        -0.0885254096055798708, 0.0683373528110511843,
                        -0.0459609975670893474, 0.0236020889733934211,
                        -0.00781046377607059817, 0.00121101437929190664);
  p = fmadd(s * z, p, s);
  return with_sign(static_cast<float>(beyond ? half_pi - p : p), x);
}

TAPER_LIBM(asin)
TAPER_LIBM(acos)
TAPER_LIBM(atan)

TAPER_INLINE float atan2(float y, float x) { return __builtin_atan2f(y, x); }
TAPER_INLINE double atan2(double y, double x) { return __builtin_atan2(y, x); }

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
