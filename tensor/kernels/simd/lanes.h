// Bit-level building blocks for branch-free functions that the compiler turns
// into vector loops. Everything is local to the file that includes it, because
// each file of this folder is compiled once per instruction set.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#ifndef TAPER_ISA
#define TAPER_ISA baseline
#endif

// A call that is left in a loop would keep the loop scalar.
#define TAPER_INLINE [[gnu::always_inline]] inline

// name(x) by a builtin of the compiler, for float and double.
#define TAPER_BUILTIN(name, builtin)                                     \
  TAPER_INLINE float name(float x) { return __builtin_##builtin##f(x); } \
  TAPER_INLINE double name(double x) { return __builtin_##builtin(x); }

// f(x) of libm, for double.
#define TAPER_LIBM(f) \
  TAPER_INLINE double f(double x) { return __builtin_##f(x); }

// f of a float by way of double.
#define TAPER_FLOAT_BY_DOUBLE(f)                          \
  TAPER_INLINE float f(float x) {                         \
    return static_cast<float>(f(static_cast<double>(x))); \
  }

namespace taper::kernels::TAPER_ISA {
namespace {

// The elements of the arguments of kernels.
template <class T>
TAPER_INLINE T* as(void* elements) {
  return static_cast<T*>(elements);
}
template <class T>
TAPER_INLINE const T* as(const void* elements) {
  return static_cast<const T*>(elements);
}

template <class T>
struct Format {
  using Limits = std::numeric_limits<T>;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr int mantissa = Limits::digits - 1;
  static constexpr Bits bias = Limits::max_exponent - 1;
  static constexpr T min_normal = Limits::min();
  static constexpr T two_mantissa = Bits{1} << mantissa;
  static constexpr Bits two_mantissa_bits =
      __builtin_bit_cast(Bits, two_mantissa);
};

template <class T>
using Bits = typename Format<T>::Bits;

template <class T>
constexpr T infinity = static_cast<T>(__builtin_inf());

template <class T>
constexpr T not_a_number = static_cast<T>(__builtin_nan(""));

template <class T>
TAPER_INLINE Bits<T> to_bits(T x) {
  return __builtin_bit_cast(Bits<T>, x);
}

template <class T>
TAPER_INLINE T from_bits(Bits<T> bits) {
  return __builtin_bit_cast(T, bits);
}

// x * y + z, fused where the processor has the instruction: without it the
// fused form is a library call per element.
#ifdef __FP_FAST_FMA
TAPER_INLINE float fmadd(float x, float y, float z) {
  return __builtin_fmaf(x, y, z);
}
TAPER_INLINE double fmadd(double x, double y, double z) {
  return __builtin_fma(x, y, z);
}
#else
TAPER_INLINE float fmadd(float x, float y, float z) { return x * y + z; }
TAPER_INLINE double fmadd(double x, double y, double z) { return x * y + z; }
#endif

TAPER_BUILTIN(absolute, fabs)
TAPER_BUILTIN(sqrt, sqrt)

TAPER_INLINE float with_sign(float x, float sign) {
  return __builtin_copysignf(x, sign);
}
TAPER_INLINE double with_sign(double x, double sign) {
  return __builtin_copysign(x, sign);
}

// NaN stays NaN: the comparisons are false for it.
template <class T>
TAPER_INLINE T at_most(T x, T high) {
  return x > high ? high : x;
}

template <class T>
TAPER_INLINE T at_least(T x, T low) {
  return x < low ? low : x;
}

template <class T>
TAPER_INLINE T polynomial(T, T c) {
  return c;
}

/// c0 + c1 x + c2 x^2 + ... by Horner's rule.
template <class T, class... Rest>
TAPER_INLINE T polynomial(T x, T c, Rest... rest) {
  return fmadd(polynomial(x, static_cast<T>(rest)...), x, c);
}

// Plain x86-64 has no rounding instruction, hence the detour over 2^mantissa.
#if defined(__SSE4_1__) || defined(__aarch64__)
TAPER_BUILTIN(round_even, rint)
TAPER_BUILTIN(round_down, floor)
TAPER_BUILTIN(round_up, ceil)
TAPER_BUILTIN(round_to_zero, trunc)
#else
template <class T>
TAPER_INLINE T round_even(T x) {
  constexpr T big = Format<T>::two_mantissa;
  T a = absolute(x);
  return a < big ? with_sign((a + big) - big, x) : x;
}

template <class T>
TAPER_INLINE T round_down(T x) {
  T r = round_even(x);
  return with_sign(r > x ? r - 1 : r, x);
}

template <class T>
TAPER_INLINE T round_up(T x) {
  T r = round_even(x);
  return with_sign(r < x ? r + 1 : r, x);
}

template <class T>
TAPER_INLINE T round_to_zero(T x) {
  return with_sign(round_down(absolute(x)), x);
}
#endif

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
