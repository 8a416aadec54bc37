// Functions of one tensor that need arithmetic only: signs, roots, rounding.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {

Tensor abs(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->abs, "abs", x);
  return record(y, "AbsBackward0", x, [x = save(x)](const Tensor& grad) {
    if (detail::grad_enabled) return grad * x().sign();
    return kernels::binary(elementwise_table->abs_backward, "abs", grad, x());
  });
}

Tensor neg(const Tensor& x) {
  check<TypeError>(x.dtype() != kBool, "[neg] bool tensors have no negative");
  Tensor y = kernels::unary(elementwise_table->neg, "neg", x);
  return record(y, "NegBackward0", x, [](const Tensor& grad) { return -grad; });
}

Tensor sign(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->sign, "sign", x);
  return record(y, "SignBackward0", x, zero_slope);
}

Tensor square(const Tensor& x) {
  const ScalarType type = x.dtype() == kBool ? kLong : x.scalar_type();
  Tensor y = kernels::unary(elementwise_table->square, "square",
                            kernels::Cast(x, type));
  return record(y, "SquareBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad * x() * 2; });
}

Tensor reciprocal(const Tensor& input) {
  return real_from_y(elementwise_table->reciprocal, "reciprocal",
                     "ReciprocalBackward0", input,
                     [](auto& grad, auto& y) { return -grad * (y * y); });
}

Tensor sqrt(const Tensor& input) {
  return real_from_y(elementwise_table->sqrt, "sqrt", "SqrtBackward0", input,
                     [](auto& grad, auto& y) { return grad / (y * 2); });
}

Tensor rsqrt(const Tensor& input) {
  return real_from_y(
      elementwise_table->rsqrt, "rsqrt", "RsqrtBackward0", input,
      [](auto& grad, auto& y) { return grad * (y * (y * -0.5) * y); });
}

Tensor floor(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->floor, "floor", x);
  return record(y, "FloorBackward0", x, zero_slope);
}

Tensor ceil(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->ceil, "ceil", x);
  return record(y, "CeilBackward0", x, zero_slope);
}

Tensor round(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->round, "round", x);
  return record(y, "RoundBackward0", x, zero_slope);
}

Tensor trunc(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->trunc, "trunc", x);
  return record(y, "TruncBackward0", x, zero_slope);
}

Tensor frac(const Tensor& x) {
  Tensor y = real(elementwise_table->frac, "frac", x);
  return record(y, "FracBackward0", x, pass_grad);
}

Tensor relu(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->relu, "relu", x);
  return record(y, "ReluBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  if (detail::grad_enabled) return where(y() <= 0, 0, grad);
                  return kernels::binary(elementwise_table->relu_backward,
                                         "relu", grad, y());
                });
}

}  // namespace taper
