// Circular and hyperbolic functions and their inverses.
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {

Tensor sin(const Tensor& input) {
  return real_from_x(elementwise_table->sin, "sin", "SinBackward0", input,
                     [](auto& grad, auto& x) { return grad * x.cos(); });
}

Tensor cos(const Tensor& input) {
  return real_from_x(elementwise_table->cos, "cos", "CosBackward0", input,
                     [](auto& grad, auto& x) { return -grad * x.sin(); });
}

Tensor tan(const Tensor& input) {
  return real_from_y(elementwise_table->tan, "tan", "TanBackward0", input,
                     [](auto& grad, auto& y) { return grad * (y * y + 1); });
}

Tensor asin(const Tensor& input) {
  return real_from_x(
      elementwise_table->asin, "asin", "AsinBackward0", input,
      [](auto& grad, auto& x) { return grad * (1 - x * x).rsqrt(); });
}

Tensor acos(const Tensor& input) {
  return real_from_x(
      elementwise_table->acos, "acos", "AcosBackward0", input,
      [](auto& grad, auto& x) { return -grad * (1 - x * x).rsqrt(); });
}

Tensor atan(const Tensor& input) {
  return real_from_x(elementwise_table->atan, "atan", "AtanBackward0", input,
                     [](auto& grad, auto& x) { return grad / (x * x + 1); });
}

Tensor atan2(const Tensor& a, const Tensor& b) {
  Tensor y = real(elementwise_table->atan2, "atan2", a, b);
  return record(
      y, "Atan2Backward0", {&a, &b},
      [a = save(a), b = save(b)](const Tensor& grad, const InputGrads& grads) {
        const Tensor square = a() * a() + b() * b();
        const Tensor slope = (grad / square).masked_fill(square == 0, 0);
        if (grads.wants(0)) grads[0] = slope * b();
        if (grads.wants(1)) grads[1] = -slope * a();
      });
}

Tensor sinh(const Tensor& input) {
  return real_from_x(elementwise_table->sinh, "sinh", "SinhBackward0", input,
                     [](auto& grad, auto& x) { return grad * x.cosh(); });
}

Tensor cosh(const Tensor& input) {
  return real_from_x(elementwise_table->cosh, "cosh", "CoshBackward0", input,
                     [](auto& grad, auto& x) { return grad * x.sinh(); });
}

Tensor tanh(const Tensor& input) {
  return real_from_y(elementwise_table->tanh, "tanh", "TanhBackward0", input,
                     [](auto& grad, auto& y) {
                       // Fused, unless the backward is recorded itself.
                       if (detail::grad_enabled) return grad * (1 - y * y);
                       return kernels::binary(elementwise_table->tanh_backward,
                                              "tanh", grad, y);
                     });
}

Tensor asinh(const Tensor& input) {
  return real_from_x(
      elementwise_table->asinh, "asinh", "AsinhBackward0", input,
      [](auto& grad, auto& x) { return grad / hypot(x, ones({}, x.dtype())); });
}

Tensor acosh(const Tensor& input) {
  return real_from_x(elementwise_table->acosh, "acosh", "AcoshBackward0", input,
                     [](auto& grad, auto& x) {
                       return grad * (x - 1).rsqrt() * (x + 1).rsqrt();
                     });
}

Tensor atanh(const Tensor& input) {
  return real_from_x(elementwise_table->atanh, "atanh", "AtanhBackward0", input,
                     [](auto& grad, auto& x) {
                       // Its slope in one piece: the product's two would be inf
                       // and 0 * inf.
                       Tensor d = (1 - x.detach()) * (1 + x.detach());
                       return grad / record(d, "SlopeBackward0", x,
                                            [x = save(x)](const Tensor& g) {
                                              return g * (x() * -2);
                                            });
                     });
}

}  // namespace taper
