#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

// The gradient of the operand that does not lose; half of it at a tie.
Tensor choice_grad(const Tensor& grad, const Tensor& loses,
                   const Tensor& ties) {
  return taper::where(ties, grad * 0.5, grad).masked_fill(loses, 0);
}

template <class Loses>
Tensor choose(const char* op, const char* name,
              const kernels::PerType<kernels::Binary>& leaf, const Tensor& a,
              const Tensor& b, const Loses& loses) {
  ScalarType type = result_type(a, b);
  Tensor y =
      kernels::binary(leaf, op, kernels::Cast(a, type), kernels::Cast(b, type));
  return record(y, name, {&a, &b},
                [a = save(a), b = save(b), loses](const Tensor& grad,
                                                  const InputGrads& grads) {
                  const Tensor x = a();
                  const Tensor z = b();
                  const Tensor ties = x == z;
                  if (grads.wants(0))
                    grads[0] = choice_grad(grad, loses(x, z), ties);
                  if (grads.wants(1))
                    grads[1] = choice_grad(grad, loses(z, x), ties);
                });
}

}  // namespace

Tensor maximum(const Tensor& a, const Tensor& b) {
  return choose("maximum", "MaximumBackward0", elementwise_table->maximum, a, b,
                [](const Tensor& x, const Tensor& z) { return x < z; });
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return choose("minimum", "MinimumBackward0", elementwise_table->minimum, a, b,
                [](const Tensor& x, const Tensor& z) { return x > z; });
}

Tensor atan2(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y = kernels::binary(elementwise_table->atan2, "atan2",
                             kernels::Cast(a, type), kernels::Cast(b, type));
  return record(
      y, "Atan2Backward0", {&a, &b},
      [a = save(a), b = save(b)](const Tensor& grad, const InputGrads& grads) {
        const Tensor square = a() * a() + b() * b();
        const Tensor slope = (grad / square).masked_fill(square == 0, 0);
        if (grads.wants(0)) grads[0] = slope * b();
        if (grads.wants(1)) grads[1] = -slope * a();
      });
}

// Comparisons

namespace {

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

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", elementwise_table->eq, a, b);
}
Tensor eq(const Tensor& a, const Scalar& b) {
  return compare("eq", elementwise_table->eq, a, b);
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", elementwise_table->ne, a, b);
}
Tensor ne(const Tensor& a, const Scalar& b) {
  return compare("ne", elementwise_table->ne, a, b);
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", elementwise_table->lt, a, b);
}
Tensor lt(const Tensor& a, const Scalar& b) {
  return compare("lt", elementwise_table->lt, a, b);
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare("le", elementwise_table->le, a, b);
}
Tensor le(const Tensor& a, const Scalar& b) {
  return compare("le", elementwise_table->le, a, b);
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", elementwise_table->gt, a, b);
}
Tensor gt(const Tensor& a, const Scalar& b) {
  return compare("gt", elementwise_table->gt, a, b);
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare("ge", elementwise_table->ge, a, b);
}
Tensor ge(const Tensor& a, const Scalar& b) {
  return compare("ge", elementwise_table->ge, a, b);
}
Tensor logical_and(const Tensor& a, const Tensor& b) {
  return compare("logical_and", elementwise_table->logical_and, a, b);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return compare("logical_or", elementwise_table->logical_or, a, b);
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return compare("logical_xor", elementwise_table->logical_xor, a, b);
}

}  // namespace taper
