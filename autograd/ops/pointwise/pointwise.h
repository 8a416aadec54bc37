// Elementwise operations. Operands broadcast and are promoted as in PyTorch;
// shapes that do not broadcast throw. Integers become the default dtype where
// the result is not an integer. Each has an in-place form in Tensor.
#pragma once

#include <optional>
#include <string_view>

#include "taper/tensor/tensor.h"

namespace taper {

#define TAPER_UNARY(f) TAPER_API Tensor f(const Tensor& x);
#define TAPER_UNARY_ALIAS(name, f) \
  inline Tensor name(const Tensor& x) { return f(x); }
#define TAPER_BINARY(f)                                 \
  TAPER_API Tensor f(const Tensor& a, const Tensor& b); \
  TAPER_API Tensor f(const Tensor& a, const Scalar& b);
#define TAPER_BINARY_ALIAS(name, f) \
  Tensor name(const Tensor& a, const auto& b) { return f(a, b); }
#define TAPER_BINARY_TENSORS(f) \
  TAPER_API Tensor f(const Tensor& a, const Tensor& b);

/// a + alpha * b. On bool: "or".
TAPER_API Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
TAPER_API Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
/// a - alpha * b. Throws on bool.
TAPER_API Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha = 1);
TAPER_API Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha = 1);
/// b - alpha * a.
TAPER_API Tensor rsub(const Tensor& a, const Scalar& b,
                      const Scalar& alpha = 1);

/// The functions of one tensor and most of those of two.
#include "taper/tensor/pointwise.inc"

/// a / b rounded as rounding_mode says: "trunc" or "floor".
TAPER_API Tensor div(const Tensor& a, const Tensor& b,
                     std::optional<std::string_view> rounding_mode);
TAPER_API Tensor div(const Tensor& a, const Scalar& b,
                     std::optional<std::string_view> rounding_mode);
TAPER_API Tensor pow(const Scalar& a, const Tensor& b);
/// The larger of the two, NaN if either is; a tie shares the gradient.
TAPER_API Tensor maximum(const Tensor& a, const Tensor& b);
TAPER_API Tensor minimum(const Tensor& a, const Tensor& b);
inline Tensor max(const Tensor& a, const Tensor& b) { return maximum(a, b); }
inline Tensor min(const Tensor& a, const Tensor& b) { return minimum(a, b); }
/// Tests give bool and have no gradient.
TAPER_API Tensor logical_not(const Tensor& x);
TAPER_API Tensor isnan(const Tensor& x);
TAPER_API Tensor isinf(const Tensor& x);
TAPER_API Tensor isfinite(const Tensor& x);
/// Every bit of int64 the other way round; "not" on bool.
TAPER_API Tensor bitwise_not(const Tensor& x);
inline bool is_floating_point(const Tensor& x) { return x.is_floating_point(); }
inline int64_t numel(const Tensor& x) { return x.numel(); }
/// In place: x itself.
inline Tensor& relu_(const Tensor& x) { return x.relu_(); }
inline Tensor& sigmoid_(const Tensor& x) { return x.sigmoid_(); }
inline Tensor& tanh_(const Tensor& x) { return x.tanh_(); }

/// x limited to [min, max]; either may be left out, not both. The gradient
/// passes where min <= x <= max.
TAPER_API Tensor clamp(const Tensor& x,
                       const std::optional<Scalar>& min = std::nullopt,
                       const std::optional<Scalar>& max = std::nullopt);
/// The same with bounds per element, which broadcast and get the gradient where
/// they hold.
TAPER_API Tensor clamp(const Tensor& x, const std::optional<Tensor>& min,
                       const std::optional<Tensor>& max = std::nullopt);
inline Tensor clamp_min(const Tensor& x, const Scalar& min) {
  return clamp(x, min, std::nullopt);
}
inline Tensor clamp_max(const Tensor& x, const Scalar& max) {
  return clamp(x, std::nullopt, max);
}
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
