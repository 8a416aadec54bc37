// Elementwise operations. Operands broadcast and are promoted as in PyTorch;
// shapes that do not broadcast throw. Integers become the default dtype where
// the result is not an integer. Each has an in-place form in Tensor.
#pragma once

#include <optional>
#include <string_view>

#include "taper/tensor/tensor.h"

namespace taper {

/// |x|; the gradient at 0 is 0.
TAPER_API Tensor abs(const Tensor& x);
/// -x.
TAPER_API Tensor neg(const Tensor& x);
/// -1, 0 or 1; the gradient is 0.
TAPER_API Tensor sign(const Tensor& x);
/// X * x.
TAPER_API Tensor square(const Tensor& x);
/// 1 / x.
TAPER_API Tensor reciprocal(const Tensor& x);
/// The square root; NaN below 0.
TAPER_API Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x).
TAPER_API Tensor rsqrt(const Tensor& x);
/// E^x.
TAPER_API Tensor exp(const Tensor& x);
/// 2^x.
TAPER_API Tensor exp2(const Tensor& x);
/// E^x - 1, accurate near 0.
TAPER_API Tensor expm1(const Tensor& x);
/// The natural logarithm.
TAPER_API Tensor log(const Tensor& x);
/// The logarithm to base 2.
TAPER_API Tensor log2(const Tensor& x);
/// The logarithm to base 10.
TAPER_API Tensor log10(const Tensor& x);
/// Log(1 + x), accurate near 0.
TAPER_API Tensor log1p(const Tensor& x);
/// The sine of x radians.
TAPER_API Tensor sin(const Tensor& x);
/// The cosine of x radians.
TAPER_API Tensor cos(const Tensor& x);
/// The tangent of x radians.
TAPER_API Tensor tan(const Tensor& x);
/// The arc sine, in radians.
TAPER_API Tensor asin(const Tensor& x);
/// The arc cosine, in radians.
TAPER_API Tensor acos(const Tensor& x);
/// The arc tangent, in radians.
TAPER_API Tensor atan(const Tensor& x);
/// The hyperbolic sine.
TAPER_API Tensor sinh(const Tensor& x);
/// The hyperbolic cosine.
TAPER_API Tensor cosh(const Tensor& x);
/// The hyperbolic tangent.
TAPER_API Tensor tanh(const Tensor& x);
/// 1 / (1 + e^-x).
TAPER_API Tensor sigmoid(const Tensor& x);
/// The error function.
TAPER_API Tensor erf(const Tensor& x);
/// 1 - erf(x).
TAPER_API Tensor erfc(const Tensor& x);
/// The largest integer not above x; the gradient is 0.
TAPER_API Tensor floor(const Tensor& x);
/// The smallest integer not below x; the gradient is 0.
TAPER_API Tensor ceil(const Tensor& x);
/// The nearest integer, halves to even; the gradient is 0.
TAPER_API Tensor round(const Tensor& x);
/// X without its fraction; the gradient is 0.
TAPER_API Tensor trunc(const Tensor& x);
/// X - trunc(x).
TAPER_API Tensor frac(const Tensor& x);
/// Max(x, 0); the gradient at 0 is 0.
TAPER_API Tensor relu(const Tensor& x);
/// In place: x itself.
inline Tensor& relu_(const Tensor& x) {
  return x.relu_();
}
inline Tensor& sigmoid_(const Tensor& x) {
  return x.sigmoid_();
}
inline Tensor& tanh_(const Tensor& x) {
  return x.tanh_();
}

inline Tensor absolute(const Tensor& x) {
  return abs(x);
}
inline Tensor negative(const Tensor& x) {
  return neg(x);
}
inline Tensor sgn(const Tensor& x) {
  return sign(x);
}
inline Tensor fix(const Tensor& x) {
  return trunc(x);
}
inline Tensor arcsin(const Tensor& x) {
  return asin(x);
}
inline Tensor arccos(const Tensor& x) {
  return acos(x);
}
inline Tensor arctan(const Tensor& x) {
  return atan(x);
}
inline bool is_floating_point(const Tensor& x) {
  return x.is_floating_point();
}
inline int64_t numel(const Tensor& x) {
  return x.numel();
}

/// a + alpha * b. On bool: "or".
TAPER_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
TAPER_API Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
/// a - alpha * b. Throws on bool.
TAPER_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
TAPER_API Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
/// b - alpha * a.
TAPER_API Tensor rsub(const Tensor& a, const Scalar& b,
                      const Scalar& alpha = 1);
/// a * b. On bool: "and".
TAPER_API Tensor mul(const Tensor& a, const Tensor& b);
TAPER_API Tensor mul(const Tensor& a, const Scalar& b);
/// a / b, floating also for integers. rounding_mode may be "trunc" or "floor".
TAPER_API Tensor div(const Tensor& a, const Tensor& b);
TAPER_API Tensor div(const Tensor& a, const Scalar& b);
TAPER_API Tensor div(const Tensor& a, const Tensor& b,
                     std::optional<std::string_view> rounding_mode);
TAPER_API Tensor div(const Tensor& a, const Scalar& b,
                     std::optional<std::string_view> rounding_mode);
/// a to the power b. Integers to a negative integer power throw.
TAPER_API Tensor pow(const Tensor& a, const Tensor& b);
TAPER_API Tensor pow(const Tensor& a, const Scalar& b);
TAPER_API Tensor pow(const Scalar& a, const Tensor& b);
/// The remainder of a / b with the sign of a. Integers over 0 throw.
TAPER_API Tensor fmod(const Tensor& a, const Tensor& b);
TAPER_API Tensor fmod(const Tensor& a, const Scalar& b);
/// The remainder of a / b with the sign of b, as Python's %.
TAPER_API Tensor remainder(const Tensor& a, const Tensor& b);
TAPER_API Tensor remainder(const Tensor& a, const Scalar& b);
/// floor(a / b); not differentiable.
TAPER_API Tensor floor_divide(const Tensor& a, const Tensor& b);
TAPER_API Tensor floor_divide(const Tensor& a, const Scalar& b);
/// The larger of the two, NaN if either is; a tie shares the gradient.
TAPER_API Tensor maximum(const Tensor& a, const Tensor& b);
TAPER_API Tensor minimum(const Tensor& a, const Tensor& b);
inline Tensor max(const Tensor& a, const Tensor& b) {
  return maximum(a, b);
}
inline Tensor min(const Tensor& a, const Tensor& b) {
  return minimum(a, b);
}
/// The angle of the point (b, a) in radians.
TAPER_API Tensor atan2(const Tensor& a, const Tensor& b);

/// Comparisons and logic give bool and have no gradient.
TAPER_API Tensor eq(const Tensor& a, const Tensor& b);
TAPER_API Tensor eq(const Tensor& a, const Scalar& b);
TAPER_API Tensor ne(const Tensor& a, const Tensor& b);
TAPER_API Tensor ne(const Tensor& a, const Scalar& b);
TAPER_API Tensor lt(const Tensor& a, const Tensor& b);
TAPER_API Tensor lt(const Tensor& a, const Scalar& b);
TAPER_API Tensor le(const Tensor& a, const Tensor& b);
TAPER_API Tensor le(const Tensor& a, const Scalar& b);
TAPER_API Tensor gt(const Tensor& a, const Tensor& b);
TAPER_API Tensor gt(const Tensor& a, const Scalar& b);
TAPER_API Tensor ge(const Tensor& a, const Tensor& b);
TAPER_API Tensor ge(const Tensor& a, const Scalar& b);
TAPER_API Tensor logical_and(const Tensor& a, const Tensor& b);
TAPER_API Tensor logical_or(const Tensor& a, const Tensor& b);
TAPER_API Tensor logical_xor(const Tensor& a, const Tensor& b);
TAPER_API Tensor logical_not(const Tensor& x);
/// Bit by bit on int64, "and", "or", "xor" and "not" on bool; what the
/// operators & | ^ ~ do. Floating numbers throw.
TAPER_API Tensor bitwise_and(const Tensor& a, const Tensor& b);
TAPER_API Tensor bitwise_and(const Tensor& a, const Scalar& b);
TAPER_API Tensor bitwise_or(const Tensor& a, const Tensor& b);
TAPER_API Tensor bitwise_or(const Tensor& a, const Scalar& b);
TAPER_API Tensor bitwise_xor(const Tensor& a, const Tensor& b);
TAPER_API Tensor bitwise_xor(const Tensor& a, const Scalar& b);
TAPER_API Tensor bitwise_not(const Tensor& x);
TAPER_API Tensor isnan(const Tensor& x);
TAPER_API Tensor isinf(const Tensor& x);
TAPER_API Tensor isfinite(const Tensor& x);

/// Long names of the operations above.
template <class Other>
Tensor multiply(const Tensor& a, const Other& b) {
  return mul(a, b);
}
template <class Other>
Tensor divide(const Tensor& a, const Other& b) {
  return div(a, b);
}
template <class Other>
Tensor subtract(const Tensor& a, const Other& b) {
  return sub(a, b);
}
template <class Other>
Tensor true_divide(const Tensor& a, const Other& b) {
  return div(a, b);
}
template <class Other>
Tensor greater(const Tensor& a, const Other& b) {
  return gt(a, b);
}
template <class Other>
Tensor greater_equal(const Tensor& a, const Other& b) {
  return ge(a, b);
}
template <class Other>
Tensor less(const Tensor& a, const Other& b) {
  return lt(a, b);
}
template <class Other>
Tensor less_equal(const Tensor& a, const Other& b) {
  return le(a, b);
}
template <class Other>
Tensor not_equal(const Tensor& a, const Other& b) {
  return ne(a, b);
}

/// x limited to [min, max]; either may be left out, not both. The gradient
/// passes where min <= x <= max.
TAPER_API Tensor clamp(const Tensor& x,
                       const std::optional<Scalar>& min = std::nullopt,
                       const std::optional<Scalar>& max = std::nullopt);
/// The same with bounds per element, which broadcast and get the gradient where
/// they hold.
TAPER_API Tensor clamp(const Tensor& x, const std::optional<Tensor>& min,
                       const std::optional<Tensor>& max = std::nullopt);
TAPER_API Tensor clamp_min(const Tensor& x, const Scalar& min);
TAPER_API Tensor clamp_max(const Tensor& x, const Scalar& max);
inline Tensor clip(const Tensor& x,
                   const std::optional<Scalar>& min = std::nullopt,
                   const std::optional<Scalar>& max = std::nullopt) {
  return clamp(x, min, max);
}
/// x with other numbers for nan, inf and -inf: 0, the largest and the smallest
/// finite one unless given. Those elements get no gradient.
TAPER_API Tensor nan_to_num(const Tensor& x,
                            std::optional<double> nan = std::nullopt,
                            std::optional<double> posinf = std::nullopt,
                            std::optional<double> neginf = std::nullopt);
/// condition ? a : b; condition is bool.
TAPER_API Tensor where(const Tensor& condition, const Tensor& a,
                       const Tensor& b);
TAPER_API Tensor where(const Tensor& condition, const Tensor& a,
                       const Scalar& b);
TAPER_API Tensor where(const Tensor& condition, const Scalar& a,
                       const Tensor& b);
TAPER_API Tensor where(const Tensor& condition, const Scalar& a,
                       const Scalar& b);
/// `value` (a number or a 0-d tensor) where the bool mask is true, else x.
TAPER_API Tensor masked_fill(const Tensor& x, const Tensor& mask,
                             const Scalar& value);
TAPER_API Tensor masked_fill(const Tensor& x, const Tensor& mask,
                             const Tensor& value);
/// t + value * a * b.
TAPER_API Tensor addcmul(const Tensor& t, const Tensor& a, const Tensor& b,
                         const Scalar& value = 1);
/// t + value * a / b.
TAPER_API Tensor addcdiv(const Tensor& t, const Tensor& a, const Tensor& b,
                         const Scalar& value = 1);
/// start + weight * (end - start).
TAPER_API Tensor lerp(const Tensor& start, const Tensor& end,
                      const Scalar& weight);
TAPER_API Tensor lerp(const Tensor& start, const Tensor& end,
                      const Tensor& weight);

}  // namespace taper
