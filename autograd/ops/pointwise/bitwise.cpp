// The operators & | ^ ~ on integers and bool.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

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

#define TAPER_BITWISE(f)                             \
  Tensor f(const Tensor& a, const Tensor& b) {       \
    return integral(#f, elementwise_table->f, a, b); \
  }                                                  \
  Tensor f(const Tensor& a, const Scalar& b) {       \
    return integral(#f, elementwise_table->f, a, b); \
  }
TAPER_BITWISE(bitwise_and)
TAPER_BITWISE(bitwise_or)
TAPER_BITWISE(bitwise_xor)

Tensor bitwise_not(const Tensor& x) {
  if (x.dtype() == kBool) return logical_not(x);
  return integral("bitwise_not", elementwise_table->bitwise_xor, x, Scalar(-1));
}

}  // namespace taper
