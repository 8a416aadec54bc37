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

TAPER_REAL_OF_OUTPUT(exp, "ExpBackward0", return grad * y)
TAPER_REAL_OF_OUTPUT(exp2, "Exp2Backward0", return grad * (y * kLn2))
TAPER_REAL_OF_OUTPUT(expm1, "Expm1Backward0", return grad * (y + 1))
TAPER_REAL_OF_INPUT(log, "LogBackward0", return grad / x)
TAPER_REAL_OF_INPUT(log2, "Log2Backward0", return grad / (x * kLn2))
TAPER_REAL_OF_INPUT(log10, "Log10Backward0", return grad / (x * kLn10))
TAPER_REAL_OF_INPUT(log1p, "Log1pBackward0", return grad / (x + 1))
TAPER_REAL_OF_OUTPUT(sigmoid, "SigmoidBackward0", return sigmoid_grad(grad, y))
TAPER_REAL_OF_INPUT(erf, "ErfBackward0",
                    return grad * ((-(x * x)).exp() * kTwoOverSqrtPi))
TAPER_REAL_OF_INPUT(erfc, "ErfcBackward0",
                    return grad * ((-(x * x)).exp() * -kTwoOverSqrtPi))

}  // namespace taper
