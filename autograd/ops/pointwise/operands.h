// How the operands of elementwise operations are promoted, and how functions
// with real values are recorded. Internal to autograd/ops.
#pragma once

#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {

using kernels::elementwise_table;
using kernels::result_type;

/// An operand in `type`; a number is rounded by the kernel.
inline kernels::Cast operand(const Tensor& x, ScalarType type) {
  return kernels::Cast(x, type);
}
inline const Scalar& operand(const Scalar& x, ScalarType) { return x; }

/// leaf(a, b) in the dtype that both promote to, which is the result's unless
/// another one follows as `out`; b is a tensor or a number.
template <class Other, class... Out>
inline Tensor promoted(const kernels::PerType<kernels::Binary>& leaf,
                       const char* op, const Tensor& a, const Other& b,
                       Out... out) {
  const ScalarType type = result_type(a, b);
  return kernels::binary(leaf, op, operand(a, type), operand(b, type), out...);
}

/// `type`, or the default dtype for an integer: that of a function with real
/// values.
inline ScalarType real_type(ScalarType type) {
  return is_floating(type) ? type : get_default_dtype().toScalarType();
}
inline Tensor real(const kernels::PerType<kernels::Unary>& leaf, const char* op,
                   const Tensor& x) {
  return kernels::unary(leaf, op, operand(x, real_type(x.dtype())));
}
template <class Other>
inline Tensor real(const kernels::PerType<kernels::Binary>& leaf,
                   const char* op, const Tensor& a, const Other& b) {
  const ScalarType type = real_type(result_type(a, b));
  return kernels::binary(leaf, op, operand(a, type), operand(b, type));
}

/// leaf(x) in a floating dtype, with the backward grad_x(grad, x); grad_x is a
/// lambda that captures nothing.
template <class F>
Tensor real_from_x(const kernels::PerType<kernels::Unary>& leaf, const char* op,
                   const char* name, const Tensor& x, F /*grad_x*/) {
  return record(real(leaf, op, x), name, x, [x = save(x)](const Tensor& grad) {
    const Tensor input = x();
    return F()(grad, input);
  });
}
/// The same with grad_x(grad, y), of the result.
template <class F>
Tensor real_from_y(const kernels::PerType<kernels::Unary>& leaf, const char* op,
                   const char* name, const Tensor& x, F /*grad_x*/) {
  Tensor y = real(leaf, op, x);
  return record(y, name, x, [y = save_output(y)](const Tensor& grad) {
    const Tensor result = y();
    return F()(grad, result);
  });
}

/// A factor rounded to the dtype; throws when it does not fit.
inline double held(const Scalar& factor, ScalarType type) {
  return visit_type(type, [&](auto zero) {
    return static_cast<double>(factor.to<decltype(zero)>());
  });
}

/// Whether a number is 1; `true` has checks of its own to pass.
inline bool is_one(const Scalar& factor) {
  return !factor.isBoolean() && factor.equal(1);
}

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
