// Exponentials, logarithms, the logistic and the error function.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kLn10 = 2.302585092994045684018;
constexpr double kTwoOverSqrtPi = 1.128379167095512573896;

}  // namespace

Tensor exp(const Tensor& input) {
  return real_from_y(elementwise_table->exp, "exp", "ExpBackward0", input,
                     [](auto& grad, auto& y) { return grad * y; });
}

Tensor exp2(const Tensor& input) {
  return real_from_y(elementwise_table->exp2, "exp2", "Exp2Backward0", input,
                     [](auto& grad, auto& y) { return grad * (y * kLn2); });
}

Tensor expm1(const Tensor& input) {
  return real_from_x(elementwise_table->expm1, "expm1", "Expm1Backward0", input,
                     [](auto& grad, auto& x) { return grad * x.exp(); });
}

Tensor log(const Tensor& input) {
  return real_from_x(elementwise_table->log, "log", "LogBackward0", input,
                     [](auto& grad, auto& x) { return grad / x; });
}

Tensor log2(const Tensor& input) {
  return real_from_x(elementwise_table->log2, "log2", "Log2Backward0", input,
                     [](auto& grad, auto& x) { return grad / (x * kLn2); });
}

Tensor log10(const Tensor& input) {
  return real_from_x(elementwise_table->log10, "log10", "Log10Backward0", input,
                     [](auto& grad, auto& x) { return grad / (x * kLn10); });
}

Tensor log1p(const Tensor& input) {
  return real_from_x(elementwise_table->log1p, "log1p", "Log1pBackward0", input,
                     [](auto& grad, auto& x) { return grad / (x + 1); });
}

Tensor sigmoid(const Tensor& input) {
  return real_from_y(elementwise_table->sigmoid, "sigmoid", "SigmoidBackward0",
                     input, [](auto& grad, auto& y) {
                       // Fused, unless the backward is recorded itself.
                       if (detail::grad_enabled) return grad * (y * (1 - y));
                       return kernels::binary(
                           elementwise_table->sigmoid_backward, "sigmoid", grad,
                           y);
                     });
}

Tensor erf(const Tensor& input) {
  return real_from_x(elementwise_table->erf, "erf", "ErfBackward0", input,
                     [](auto& grad, auto& x) {
                       return grad * ((-(x * x)).exp() * kTwoOverSqrtPi);
                     });
}

Tensor erfc(const Tensor& input) {
  return real_from_x(elementwise_table->erfc, "erfc", "ErfcBackward0", input,
                     [](auto& grad, auto& x) {
                       return grad * ((-(x * x)).exp() * -kTwoOverSqrtPi);
                     });
}

}  // namespace taper
