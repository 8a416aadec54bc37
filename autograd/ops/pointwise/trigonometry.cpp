// Circular and hyperbolic functions and their inverses.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

using kernels::elementwise_table;

// With a fused kernel for when the backward is not recorded itself.
Tensor tanh_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return grad * (1 - y * y);
  return kernels::binary(elementwise_table->tanh_backward, "tanh", grad, y);
}

}  // namespace

TAPER_REAL_OF_INPUT(sin, "SinBackward0", return grad * x.cos())
TAPER_REAL_OF_INPUT(cos, "CosBackward0", return -grad * x.sin())
TAPER_REAL_OF_OUTPUT(tan, "TanBackward0", return grad * (y * y + 1))
TAPER_REAL_OF_INPUT(asin, "AsinBackward0", return grad * (1 - x * x).rsqrt())
TAPER_REAL_OF_INPUT(acos, "AcosBackward0", return -grad * (1 - x * x).rsqrt())
TAPER_REAL_OF_INPUT(atan, "AtanBackward0", return grad / (x * x + 1))
TAPER_REAL_OF_INPUT(sinh, "SinhBackward0", return grad * x.cosh())
TAPER_REAL_OF_INPUT(cosh, "CoshBackward0", return grad * x.sinh())
TAPER_REAL_OF_OUTPUT(tanh, "TanhBackward0", return tanh_grad(grad, y))
TAPER_REAL_OF_INPUT(asinh, "AsinhBackward0", return grad * (x * x + 1).rsqrt())
TAPER_REAL_OF_INPUT(acosh, "AcoshBackward0",
                    return grad * ((x - 1) * (x + 1)).rsqrt())
TAPER_REAL_OF_INPUT(atanh, "AtanhBackward0", return grad / ((1 - x) * (1 + x)))

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

}  // namespace taper
