// Functions of one tensor that need arithmetic only: signs, roots, rounding.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

using kernels::elementwise_table;

Tensor abs_grad(const Tensor& grad, const Tensor& x) {
  if (detail::grad_enabled) return grad * x.sign();
  return kernels::binary(elementwise_table->abs_backward, "abs", grad, x);
}

Tensor relu_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return where(y <= 0, 0, grad);
  return kernels::binary(elementwise_table->relu_backward, "relu", grad, y);
}

}  // namespace

Tensor abs(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->abs, "abs", x);
  return record(y, "AbsBackward0", x, [x = save(x)](const Tensor& grad) {
    return abs_grad(grad, x());
  });
}

Tensor neg(const Tensor& x) {
  check<TypeError>(x.dtype() != kBool, "[neg] bool tensors have no negative");
  Tensor y = kernels::unary(elementwise_table->neg, "neg", x);
  return record(y, "NegBackward0", x, [](const Tensor& grad) { return -grad; });
}

Tensor square(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->square, "square", x);
  return record(y, "SquareBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad * (x() * 2); });
}

TAPER_REAL_OF_OUTPUT(reciprocal, "ReciprocalBackward0", return -grad * (y * y))
TAPER_REAL_OF_OUTPUT(sqrt, "SqrtBackward0", return grad / (y * 2))
TAPER_REAL_OF_OUTPUT(rsqrt, "RsqrtBackward0", return grad * (y.pow(3) * -0.5))

// Functions of steps, whose gradient is 0.
#define TAPER_STEPS(f, node)                                \
  Tensor f(const Tensor& x) {                               \
    Tensor y = kernels::unary(elementwise_table->f, #f, x); \
    return record(y, node, x, zero_slope);                  \
  }
TAPER_STEPS(sign, "SignBackward0")
TAPER_STEPS(floor, "FloorBackward0")
TAPER_STEPS(ceil, "CeilBackward0")
TAPER_STEPS(round, "RoundBackward0")
TAPER_STEPS(trunc, "TruncBackward0")

Tensor frac(const Tensor& x) {
  Tensor y = real(elementwise_table->frac, "frac", x);
  return record(y, "FracBackward0", x, pass_grad);
}

Tensor relu(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->relu, "relu", x);
  return record(y, "ReluBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return relu_grad(grad, y());
                });
}

}  // namespace taper
