// Arithmetic that differs between real numbers and int64, which wraps around.
#pragma once

#include <type_traits>

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// What T computes in: unsigned for int64, whose arithmetic wraps around.
template <class T>
using Wrapping =
    std::conditional_t<std::is_same_v<T, std::int64_t>, std::uint64_t, T>;

template <class T>
TAPER_INLINE T sum(T x, T y) {
  return T(Wrapping<T>(x) + Wrapping<T>(y));
}
template <class T>
TAPER_INLINE T difference(T x, T y) {
  return T(Wrapping<T>(x) - Wrapping<T>(y));
}
template <class T>
TAPER_INLINE T product(T x, T y) {
  return T(Wrapping<T>(x) * Wrapping<T>(y));
}
template <class T>
TAPER_INLINE T negated(T x) {
  return T(-Wrapping<T>(x));
}

TAPER_INLINE std::int64_t fmadd(std::int64_t x, std::int64_t y,
                                std::int64_t z) {
  return sum(product(x, y), z);
}

TAPER_INLINE std::int64_t absolute(std::int64_t x) {
  return x < 0 ? negated(x) : x;
}

TAPER_INLINE std::int64_t round_even(std::int64_t x) { return x; }
TAPER_INLINE std::int64_t round_down(std::int64_t x) { return x; }
TAPER_INLINE std::int64_t round_up(std::int64_t x) { return x; }
TAPER_INLINE std::int64_t round_to_zero(std::int64_t x) { return x; }

/// -1, 0 or 1; 0 of NaN, as in PyTorch.
template <class T>
TAPER_INLINE T sign(T x) {
  return x > 0 ? T{1} : (x < 0 ? T{-1} : T{0});
}

// Integers and bools are finite.
template <class T>
constexpr bool is_real = std::is_floating_point_v<T>;

template <class T>
TAPER_INLINE bool is_infinite(T x) {
  if constexpr (is_real<T>) return absolute(x) == infinity<T>;
  return false;
}

template <class T>
TAPER_INLINE bool is_finite(T x) {
  if constexpr (is_real<T>) return absolute(x) < infinity<T>;
  return true;
}

TAPER_INLINE float fmod(float x, float y) { return __builtin_fmodf(x, y); }
TAPER_INLINE double fmod(double x, double y) { return __builtin_fmod(x, y); }

// The most negative number modulo -1 would trap.
TAPER_INLINE std::int64_t fmod(std::int64_t x, std::int64_t y) {
  return y == -1 ? 0 : x % y;
}

/// The remainder with the sign of y, as in Python.
template <class T>
TAPER_INLINE T remainder(T x, T y) {
  T r = fmod(x, y);
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

/// The floor of x / y as Python computes it: exact multiples of y give the
/// exact quotient, although x / y is rounded.
template <class T>
TAPER_INLINE T floor_divide(T x, T y) {
  if (y == 0) return x / y;
  T r = fmod(x, y);
  T quotient = (x - r) / y;
  if (r != 0 && (r < 0) != (y < 0)) quotient -= 1;
  if (quotient == 0) return with_sign(T{0}, x / y);
  T below = round_down(quotient);
  return quotient - below > T(0.5) ? below + 1 : below;
}

TAPER_INLINE std::int64_t floor_divide(std::int64_t x, std::int64_t y) {
  if (y == -1) return negated(x);
  return x / y - (x % y != 0 && (x < 0) != (y < 0));
}

/// A negative exponent gives the integer part of the true power.
TAPER_INLINE std::int64_t pow(std::int64_t x, std::int64_t y) {
  if (y < 0) return x == 1 ? 1 : (x == -1 ? 1 - 2 * (y & 1) : 0);
  std::int64_t power = 1;
  for (; y > 0; y >>= 1) {
    if ((y & 1) != 0) power = product(power, x);
    x = product(x, x);
  }
  return power;
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
