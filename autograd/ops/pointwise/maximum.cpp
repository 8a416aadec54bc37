// The larger and the smaller of two tensors.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

// The gradient of the operand that does not lose; half of it at a tie.
Tensor choice_grad(const Tensor& grad, const Tensor& loses,
                   const Tensor& ties) {
  return where(ties, grad * 0.5, grad).masked_fill(loses, 0);
}

template <class Loses>
Tensor choose(const char* op, const char* name,
              const kernels::PerType<kernels::Binary>& leaf, const Tensor& a,
              const Tensor& b, const Loses& loses) {
  Tensor y = promoted(leaf, op, a, b);
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

}  // namespace taper
