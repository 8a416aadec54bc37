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

#define TAPER_OF_TENSORS(f)                         \
  Tensor f(const Tensor& a, const Tensor& b) {      \
    return compare(#f, elementwise_table->f, a, b); \
  }
#define TAPER_COMPARISON(f)                         \
  TAPER_OF_TENSORS(f)                               \
  Tensor f(const Tensor& a, const Scalar& b) {      \
    return compare(#f, elementwise_table->f, a, b); \
  }
#define TAPER_TEST(f)                                          \
  Tensor f(const Tensor& x) {                                  \
    return kernels::unary(elementwise_table->f, #f, x, kBool); \
  }
TAPER_COMPARISON(eq)
TAPER_COMPARISON(ne)
TAPER_COMPARISON(lt)
TAPER_COMPARISON(le)
TAPER_COMPARISON(gt)
TAPER_COMPARISON(ge)
TAPER_OF_TENSORS(logical_and)
TAPER_OF_TENSORS(logical_or)
TAPER_OF_TENSORS(logical_xor)
TAPER_TEST(logical_not)
TAPER_TEST(isnan)
TAPER_TEST(isinf)
TAPER_TEST(isfinite)

}  // namespace taper
