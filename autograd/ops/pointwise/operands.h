// How the operands of elementwise operations are promoted. Internal to
// autograd/ops/pointwise.
#pragma once

#include "taper/tensor/kernels/elementwise.h"

namespace taper {

/// leaf(a, b) in the dtype that both promote to.
inline Tensor promoted(const kernels::PerType<kernels::Binary>& leaf,
                       const char* op, const Tensor& a, const Tensor& b) {
  const ScalarType type = kernels::result_type(a, b);
  return kernels::binary(leaf, op, kernels::Cast(a, type),
                         kernels::Cast(b, type));
}
inline Tensor promoted(const kernels::PerType<kernels::Binary>& leaf,
                       const char* op, const Tensor& a, const Scalar& b) {
  return kernels::binary(leaf, op, kernels::Cast(a, kernels::result_type(a, b)),
                         b);
}

/// `type`, or the default dtype for an integer: that of a function with real
/// values.
inline ScalarType real_type(ScalarType type) {
  return is_floating(type) ? type : get_default_dtype().toScalarType();
}
inline Tensor real(const kernels::PerType<kernels::Unary>& leaf, const char* op,
                   const Tensor& x) {
  return kernels::unary(leaf, op, kernels::Cast(x, real_type(x.dtype())));
}
inline Tensor real(const kernels::PerType<kernels::Binary>& leaf,
                   const char* op, const Tensor& a, const Tensor& b) {
  const ScalarType type = real_type(kernels::result_type(a, b));
  return kernels::binary(leaf, op, kernels::Cast(a, type),
                         kernels::Cast(b, type));
}
inline Tensor real(const kernels::PerType<kernels::Binary>& leaf,
                   const char* op, const Tensor& a, const Scalar& b) {
  const ScalarType type = real_type(kernels::result_type(a, b));
  return kernels::binary(leaf, op, kernels::Cast(a, type), b);
}

inline bool is_one(const Scalar& factor) { return factor.equal(1); }

inline ScalarType type_of(const Tensor& x) { return x.dtype(); }
inline ScalarType type_of(const Scalar& x) { return x.type(); }
template <class Other>
void check_no_bool(const char* op, const Tensor& a, const Other& b) {
  check<TypeError>(
      a.dtype() != kBool && type_of(b) != kBool,
      "[{}] bools cannot be subtracted, got {} and {}; use logical_xor", op,
      a.dtype(), type_of(b));
}

}  // namespace taper
