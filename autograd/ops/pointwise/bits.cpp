// The operators & | ^ ~ on int64 and bool.
#include <functional>

#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

template <class T, class F>
void bits(void* y, const void* a, const void* b, int64_t n, bool a_scalar,
          bool b_scalar) {
  auto* out = static_cast<T*>(y);
  const auto* left = static_cast<const T*>(a);
  const auto* right = static_cast<const T*>(b);
  const T a0 = n > 0 ? left[0] : T();
  const T b0 = n > 0 ? right[0] : T();
  for (int64_t i = 0; i < n; ++i) {
    out[i] = F()(a_scalar ? a0 : left[i], b_scalar ? b0 : right[i]);
  }
}

// By dtype: float32, float64, int64, bool (bytes that are 0 or 1).
template <template <class> class F>
constexpr kernels::PerType<kernels::Binary> leaf = {
    nullptr, nullptr, bits<int64_t, F<int64_t>>, bits<uint8_t, F<uint8_t>>};

template <class Other>
Tensor combine(const char* op, const kernels::PerType<kernels::Binary>& table,
               const Tensor& a, const Other& b) {
  const ScalarType type = kernels::result_type(a, b);
  check<NotImplementedError>(isIntegralType(type, true),
                             "[{}] expected int64 or bool, got {}", op, type);
  if constexpr (std::is_same_v<Other, Scalar>) {
    return kernels::binary(table, op, kernels::Cast(a, type), b);
  } else {
    return kernels::binary(table, op, kernels::Cast(a, type),
                           kernels::Cast(b, type));
  }
}

}  // namespace

Tensor bitwise_and(const Tensor& a, const Tensor& b) {
  return combine("bitwise_and", leaf<std::bit_and>, a, b);
}
Tensor bitwise_and(const Tensor& a, const Scalar& b) {
  return combine("bitwise_and", leaf<std::bit_and>, a, b);
}
Tensor bitwise_or(const Tensor& a, const Tensor& b) {
  return combine("bitwise_or", leaf<std::bit_or>, a, b);
}
Tensor bitwise_or(const Tensor& a, const Scalar& b) {
  return combine("bitwise_or", leaf<std::bit_or>, a, b);
}
Tensor bitwise_xor(const Tensor& a, const Tensor& b) {
  return combine("bitwise_xor", leaf<std::bit_xor>, a, b);
}
Tensor bitwise_xor(const Tensor& a, const Scalar& b) {
  return combine("bitwise_xor", leaf<std::bit_xor>, a, b);
}
Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == kBool) return logical_not(x);
  return combine("bitwise_not", leaf<std::bit_xor>, x, Scalar(-1));
}

Tensor& Tensor::bitwise_and_(const Tensor& other) const {
  return write_binary_pure("bitwise_and_", self(), other,
                           [](const Tensor& x, const Tensor& y) {
                             return taper::bitwise_and(x, y);
                           });
}

Tensor& Tensor::bitwise_or_(const Tensor& other) const {
  return write_binary_pure(
      "bitwise_or_", self(), other,
      [](const Tensor& x, const Tensor& y) { return taper::bitwise_or(x, y); });
}

Tensor& Tensor::bitwise_xor_(const Tensor& other) const {
  return write_binary_pure("bitwise_xor_", self(), other,
                           [](const Tensor& x, const Tensor& y) {
                             return taper::bitwise_xor(x, y);
                           });
}

}  // namespace taper
