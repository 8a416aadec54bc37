// The operators & | ^ ~ on integers and bool.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

template <class Other>
Tensor integral(const char* op, const kernels::PerType<kernels::Binary>& leaf,
                const Tensor& a, const Other& b) {
  const ScalarType type = kernels::result_type(a, b);
  check<NotImplementedError>(isIntegralType(type, true),
                             "[{}] expected integers or bool, got {}", op,
                             type);
  return promoted(leaf, op, a, b);
}

}  // namespace

Tensor bitwise_and(const Tensor& a, const Tensor& b) {
  return integral("bitwise_and", elementwise_table->bitwise_and, a, b);
}

Tensor bitwise_and(const Tensor& a, const Scalar& b) {
  return integral("bitwise_and", elementwise_table->bitwise_and, a, b);
}

Tensor bitwise_or(const Tensor& a, const Tensor& b) {
  return integral("bitwise_or", elementwise_table->bitwise_or, a, b);
}

Tensor bitwise_or(const Tensor& a, const Scalar& b) {
  return integral("bitwise_or", elementwise_table->bitwise_or, a, b);
}

Tensor bitwise_xor(const Tensor& a, const Tensor& b) {
  return integral("bitwise_xor", elementwise_table->bitwise_xor, a, b);
}

Tensor bitwise_xor(const Tensor& a, const Scalar& b) {
  return integral("bitwise_xor", elementwise_table->bitwise_xor, a, b);
}

Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == kBool) return logical_not(x);
  return integral("bitwise_not", elementwise_table->bitwise_xor, x, Scalar(-1));
}

}  // namespace taper
