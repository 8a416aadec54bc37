// Scalar: one C++ number as an operand, remembering whether it was a float,
// an integer or a bool, because that decides the dtype of the result.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "taper/tensor/error.h"

namespace taper {

class Scalar {
 public:
  constexpr Scalar() : integer_(0), kind_(Kind::Integer) {}
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  constexpr Scalar(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      integer_ = value ? 1 : 0;
      kind_ = Kind::Bool;
    } else if constexpr (std::is_floating_point_v<T>) {
      floating_ = static_cast<double>(value);
      kind_ = Kind::Floating;
    } else {
      integer_ = static_cast<int64_t>(value);
      kind_ = Kind::Integer;
    }
  }

  template <int exponent_bits>
  constexpr Scalar(ShortFloat<exponent_bits> value)
      : Scalar(static_cast<float>(value)) {}

  constexpr bool isFloatingPoint() const { return kind_ == Kind::Floating; }
  constexpr bool isIntegral(bool include_bool) const {
    return kind_ == Kind::Integer || (include_bool && kind_ == Kind::Bool);
  }
  constexpr bool isBoolean() const { return kind_ == Kind::Bool; }
  constexpr ScalarType type() const {
    return kind_ == Kind::Floating  ? kDouble
           : kind_ == Kind::Integer ? kLong
                                    : kBool;
  }

  constexpr double to_double() const {
    return isFloatingPoint() ? floating_ : static_cast<double>(integer_);
  }
  /// The value as an integer; throws when it does not fit.
  int64_t to_int64() const {
    if (!isFloatingPoint()) return integer_;
    check(floating_ >= -0x1p63 && floating_ < 0x1p63,
          "[Scalar] {} cannot be converted to int64", floating_);
    return static_cast<int64_t>(floating_);
  }
  constexpr bool to_bool() const {
    return isFloatingPoint() ? floating_ != 0 : integer_ != 0;
  }

  /// The value as a T; throws when it does not fit.
  template <class T>
  T to() const {
    if constexpr (std::is_same_v<T, bool>) {
      return to_bool();
    } else if constexpr (std::is_integral_v<T>) {
      using Limits = std::numeric_limits<T>;
      // Before it is truncated: 255.9 does not fit a uint8.
      check(!isFloatingPoint() ||
                (floating_ >= static_cast<double>(Limits::min()) &&
                 floating_ <= static_cast<double>(Limits::max())),
            "[Scalar] {} does not fit the range {} to {}", floating_,
            Limits::min(), Limits::max());
      return fitting<T>(to_int64());
    } else {
      return finite<T>(to_double());
    }
  }
  /// The same as an operand: beyond the range of a floating T it is infinite,
  /// and beyond that of an integer an integer wraps around.
  template <class T>
  T rounded() const {
    if constexpr (std::is_integral_v<T>) {
      return isFloatingPoint() ? to<T>() : static_cast<T>(integer_);
    } else {
      return static_cast<T>(to_double());
    }
  }
  double toDouble() const { return to_double(); }
  float toFloat() const { return to<float>(); }
  int64_t toLong() const { return to_int64(); }
  int toInt() const { return to<int>(); }
  bool toBool() const { return to_bool(); }

  Scalar operator-() const {
    return isFloatingPoint() ? Scalar(-floating_)
                             : Scalar(-static_cast<uint64_t>(integer_));
  }
  bool equal(double value) const { return to_double() == value; }

 private:
  // As in PyTorch a negative number may wrap around into an unsigned type.
  template <class T>
  static T fitting(int64_t value) {
    using Limits = std::numeric_limits<T>;
    if constexpr (sizeof(T) < sizeof(value)) {
      const int64_t most = Limits::max();
      check(value <= most &&
                value >= (std::is_signed_v<T> ? int64_t{Limits::min()} : -most),
            "[Scalar] {} does not fit the range {} to {}", value,
            int64_t{Limits::min()}, most);
    }
    return static_cast<T>(value);
  }

  // Infinities and NaN stay what they are.
  template <class T>
  static T finite(double value) {
    const auto most = static_cast<double>(std::numeric_limits<T>::max());
    check(!(value > most || value < -most) || value * 0 != 0,
          "[Scalar] {} does not fit the range -{} to {}", value, most, most);
    return static_cast<T>(value);
  }

  enum class Kind : int8_t { Floating, Integer, Bool };
  union {
    double floating_;
    int64_t integer_;
  };
  Kind kind_;
};

}  // namespace taper
