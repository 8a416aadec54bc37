// Comparisons, tests and logic. All give bool; none has a gradient.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

Tensor compare(const char* op, const kernels::PerType<kernels::Binary>& leaf,
               const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  return kernels::binary(leaf, op, kernels::Cast(a, type),
                         kernels::Cast(b, type), kBool);
}

Tensor compare(const char* op, const kernels::PerType<kernels::Binary>& leaf,
               const Tensor& a, const Scalar& b) {
  return kernels::binary(leaf, op, kernels::Cast(a, result_type(a, b)), b,
                         kBool);
}

}  // namespace

#define TAPER_COMPARISON(f)                         \
  Tensor f(const Tensor& a, const Tensor& b) {      \
    return compare(#f, elementwise_table->f, a, b); \
  }                                                 \
  Tensor f(const Tensor& a, const Scalar& b) {      \
    return compare(#f, elementwise_table->f, a, b); \
  }
TAPER_COMPARISON(eq)
TAPER_COMPARISON(ne)
TAPER_COMPARISON(lt)
TAPER_COMPARISON(le)
TAPER_COMPARISON(gt)
TAPER_COMPARISON(ge)

Tensor logical_and(const Tensor& a, const Tensor& b) {
  return compare("logical_and", elementwise_table->logical_and, a, b);
}

Tensor logical_or(const Tensor& a, const Tensor& b) {
  return compare("logical_or", elementwise_table->logical_or, a, b);
}

Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return compare("logical_xor", elementwise_table->logical_xor, a, b);
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
