// Floating numbers of 16 bits. They are stored only: arithmetic converts them
// to float, and a result is rounded when it is stored.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

// Inlined even into code that is compiled for one instruction set: a copy of
// that must not serve the rest of the library.
#define TAPER_ALWAYS_INLINE [[gnu::always_inline]]

namespace taper {

/// A sign, so many bits of the exponent, and the rest of the 16 for the
/// mantissa, as IEEE 754 lays them out: subnormals, infinities and nan
/// included.
template <int exponent_bits>
class ShortFloat {
 public:
  struct from_bits_t {};
  static constexpr from_bits_t from_bits() { return {}; }

  ShortFloat() = default;
  TAPER_ALWAYS_INLINE constexpr ShortFloat(uint16_t bits, from_bits_t)
      : x(bits) {}
  /// To the nearest, half to even; what is too large becomes infinite.
  TAPER_ALWAYS_INLINE constexpr ShortFloat(float value) : x(encode(value)) {}
  template <class T>
  requires std::is_arithmetic_v<T>
      TAPER_ALWAYS_INLINE constexpr explicit ShortFloat(T value)
      : x(encode(static_cast<float>(value))) {}
  TAPER_ALWAYS_INLINE constexpr operator float() const { return decode(x); }

  TAPER_ALWAYS_INLINE constexpr ShortFloat operator-() const {
    return ShortFloat(static_cast<uint16_t>(x ^ 0x8000), from_bits());
  }

  uint16_t x;

 private:
  static constexpr int mantissa_bits = 15 - exponent_bits;
  static constexpr int dropped_bits = 23 - mantissa_bits;
  // How much smaller the exponent's bias is than that of float.
  static constexpr uint32_t rebias = (127 - ((1 << (exponent_bits - 1)) - 1))
                                     << 23;
  static constexpr uint32_t infinity = ((1 << exponent_bits) - 1)
                                       << mantissa_bits;
  static constexpr uint32_t float_infinity = 0x7f800000;

  // Subnormals come right by a sum whose last bit is worth as much as theirs.
  TAPER_ALWAYS_INLINE static constexpr uint16_t encode(float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    const uint32_t size = bits & 0x7fffffff;
    const uint32_t odd = size >> dropped_bits & 1;
    const uint32_t half = (uint32_t{1} << (dropped_bits - 1)) - 1;
    uint32_t result = (size + half + odd - rebias) >> dropped_bits;
    if (rebias != 0) {
      const uint32_t unit = rebias + (uint32_t{dropped_bits + 1} << 23);
      const float sum = std::bit_cast<float>(size) + std::bit_cast<float>(unit);
      const uint32_t small = std::bit_cast<uint32_t>(sum) - unit;
      const bool is_subnormal = size < rebias + (uint32_t{1} << 23);
      result = is_subnormal ? small : result;
      const bool is_infinite = size >= float_infinity - rebias;
      result = is_infinite ? infinity : result;
    }
    const uint32_t nan = infinity | uint32_t{1} << (mantissa_bits - 1);
    result = size > float_infinity ? nan : result;
    return static_cast<uint16_t>(result | (bits >> 16 & 0x8000));
  }

  TAPER_ALWAYS_INLINE static constexpr float decode(uint16_t x) {
    const uint32_t size = static_cast<uint32_t>(x & 0x7fff) << dropped_bits;
    // A product with a power of 2 moves the exponent, subnormals included.
    const auto scale = std::bit_cast<float>((uint32_t{127} << 23) + rebias);
    const bool is_finite = (x & 0x7fff) < infinity;
    const auto scaled =
        std::bit_cast<uint32_t>(std::bit_cast<float>(size) * scale);
    const uint32_t result = is_finite ? scaled : size | float_infinity;
    return std::bit_cast<float>(result | static_cast<uint32_t>(x & 0x8000)
                                             << 16);
  }
};

template <class T>
constexpr bool is_short_float = false;
template <int exponent_bits>
constexpr bool is_short_float<ShortFloat<exponent_bits>> = true;

}  // namespace taper

template <int exponent_bits>
struct std::numeric_limits<taper::ShortFloat<exponent_bits>> {
  using T = taper::ShortFloat<exponent_bits>;
  static constexpr bool is_specialized = true;
  static constexpr bool is_signed = true;
  static constexpr bool is_integer = false;
  static constexpr bool has_infinity = true;
  static constexpr bool has_quiet_NaN = true;
  static constexpr int digits = 16 - exponent_bits;
  static constexpr T bits(int x) {
    return T(static_cast<uint16_t>(x), T::from_bits());
  }
  static constexpr T infinity() {
    return bits(0x7fff >> (15 - exponent_bits) << (15 - exponent_bits));
  }
  static constexpr T max() { return bits(infinity().x - 1); }
  static constexpr T lowest() { return -max(); }
  static constexpr T min() { return bits(1 << (15 - exponent_bits)); }
  static constexpr T denorm_min() { return bits(1); }
  static constexpr T quiet_NaN() { return bits(0x7fff); }
  static constexpr T epsilon() {
    return T(1.0f / static_cast<float>(1 << (digits - 1)));
  }
};
