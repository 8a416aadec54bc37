// Comparisons, tests and logic. All give bool; none has a gradient.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {

#define TAPER_COMPARISON(f)                                 \
  Tensor f(const Tensor& a, const Tensor& b) {              \
    return promoted(elementwise_table->f, #f, a, b, kBool); \
  }                                                         \
  Tensor f(const Tensor& a, const Scalar& b) {              \
    return promoted(elementwise_table->f, #f, a, b, kBool); \
  }
TAPER_COMPARISON(eq)
TAPER_COMPARISON(ne)
TAPER_COMPARISON(lt)
TAPER_COMPARISON(le)
TAPER_COMPARISON(gt)
TAPER_COMPARISON(ge)

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return promoted(elementwise_table->logical_and, "logical_and", a, b, kBool);
}

Tensor logical_or(const Tensor& a, const Tensor& b) {
  return promoted(elementwise_table->logical_or, "logical_or", a, b, kBool);
}

Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return promoted(elementwise_table->logical_xor, "logical_xor", a, b, kBool);
}

Tensor logical_not(const Tensor& x) {
  return kernels::unary(elementwise_table->logical_not, "logical_not", x,
                        kBool);
}

Tensor isnan(const Tensor& x) {
  return kernels::unary(elementwise_table->isnan, "isnan", x, kBool);
}

Tensor isinf(const Tensor& x) {
  return kernels::unary(elementwise_table->isinf, "isinf", x, kBool);
}

Tensor isfinite(const Tensor& x) {
  return kernels::unary(elementwise_table->isfinite, "isfinite", x, kBool);
}

}  // namespace taper
