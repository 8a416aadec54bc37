// Exponentials, logarithms, the logistic and the error function.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

using kernels::elementwise_table;

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kLn10 = 2.302585092994045684018;
constexpr double kTwoOverSqrtPi = 1.128379167095512573896;

// With a fused kernel for when the backward is not recorded itself.
Tensor sigmoid_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return grad * (y * (1 - y));
  return kernels::binary(elementwise_table->sigmoid_backward, "sigmoid", grad,
                         y);
}

}  // namespace

Tensor exp(const Tensor& x) {
  Tensor y = real(elementwise_table->exp, "exp", x);
  return record(y, "ExpBackward0", x, [y = save_output(y)](const Tensor& grad) {
    return grad * y();
  });
}

Tensor exp2(const Tensor& x) {
  Tensor y = real(elementwise_table->exp2, "exp2", x);
  return record(
      y, "Exp2Backward0", x,
      [y = save_output(y)](const Tensor& grad) { return grad * (y() * kLn2); });
}

Tensor expm1(const Tensor& x) {
  Tensor y = real(elementwise_table->expm1, "expm1", x);
  return record(
      y, "Expm1Backward0", x,
      [y = save_output(y)](const Tensor& grad) { return grad * (y() + 1); });
}

Tensor log(const Tensor& x) {
  Tensor y = real(elementwise_table->log, "log", x);
  return record(y, "LogBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad / x(); });
}

Tensor log2(const Tensor& x) {
  Tensor y = real(elementwise_table->log2, "log2", x);
  return record(y, "Log2Backward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * kLn2);
  });
}

Tensor log10(const Tensor& x) {
  Tensor y = real(elementwise_table->log10, "log10", x);
  return record(y, "Log10Backward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * kLn10);
  });
}

Tensor log1p(const Tensor& x) {
  Tensor y = real(elementwise_table->log1p, "log1p", x);
  return record(y, "Log1pBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad / (x() + 1); });
}

Tensor sigmoid(const Tensor& x) {
  Tensor y = real(elementwise_table->sigmoid, "sigmoid", x);
  return record(y, "SigmoidBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return sigmoid_grad(grad, y());
                });
}

Tensor erf(const Tensor& x) {
  Tensor y = real(elementwise_table->erf, "erf", x);
  return record(y, "ErfBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * ((-(x() * x())).exp() * kTwoOverSqrtPi);
  });
}

Tensor erfc(const Tensor& x) {
  Tensor y = real(elementwise_table->erfc, "erfc", x);
  return record(y, "ErfcBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * ((-(x() * x())).exp() * -kTwoOverSqrtPi);
  });
}

}  // namespace taper
