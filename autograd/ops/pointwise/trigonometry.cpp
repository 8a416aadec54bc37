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

Tensor sin(const Tensor& x) {
  Tensor y = real(elementwise_table->sin, "sin", x);
  return record(y, "SinBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad * x().cos(); });
}

Tensor cos(const Tensor& x) {
  Tensor y = real(elementwise_table->cos, "cos", x);
  return record(y, "CosBackward0", x, [x = save(x)](const Tensor& grad) {
    return -grad * x().sin();
  });
}

Tensor tan(const Tensor& x) {
  Tensor y = real(elementwise_table->tan, "tan", x);
  return record(y, "TanBackward0", x, [y = save_output(y)](const Tensor& grad) {
    return grad * (y() * y() + 1);
  });
}

Tensor asin(const Tensor& x) {
  Tensor y = real(elementwise_table->asin, "asin", x);
  return record(y, "AsinBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * (1 - x() * x()).rsqrt();
  });
}

Tensor acos(const Tensor& x) {
  Tensor y = real(elementwise_table->acos, "acos", x);
  return record(y, "AcosBackward0", x, [x = save(x)](const Tensor& grad) {
    return -grad * (1 - x() * x()).rsqrt();
  });
}

Tensor atan(const Tensor& x) {
  Tensor y = real(elementwise_table->atan, "atan", x);
  return record(y, "AtanBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * x() + 1);
  });
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

Tensor sinh(const Tensor& x) {
  Tensor y = real(elementwise_table->sinh, "sinh", x);
  return record(y, "SinhBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * x().cosh();
  });
}

Tensor cosh(const Tensor& x) {
  Tensor y = real(elementwise_table->cosh, "cosh", x);
  return record(y, "CoshBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * x().sinh();
  });
}

Tensor tanh(const Tensor& x) {
  Tensor y = real(elementwise_table->tanh, "tanh", x);
  return record(y, "TanhBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return tanh_grad(grad, y());
                });
}

Tensor asinh(const Tensor& x) {
  Tensor y = real(elementwise_table->asinh, "asinh", x);
  return record(y, "AsinhBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * (x() * x() + 1).rsqrt();
  });
}

Tensor acosh(const Tensor& x) {
  Tensor y = real(elementwise_table->acosh, "acosh", x);
  return record(y, "AcoshBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * ((x() - 1) * (x() + 1)).rsqrt();
  });
}

Tensor atanh(const Tensor& x) {
  Tensor y = real(elementwise_table->atanh, "atanh", x);
  return record(y, "AtanhBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad / ((1 - x()) * (1 + x()));
  });
}

}  // namespace taper
