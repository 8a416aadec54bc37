// Activations beyond those in pointwise.h. The first and second derivatives
// keep their digits over the whole range: none is made from 1 - y of a y that
// rounds to 1, and at infinity they have their limits.
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

constexpr double kSqrtHalf = 0.707106781186547524401;
constexpr double kInvSqrtTwoPi = 0.398942280401432677940;
constexpr double kSqrtTwoOverPi = 0.797884560802865355880;
constexpr double kGeluCubic = 0.044715;

// sigmoid(x) whose derivative, sigmoid(x) * sigmoid(-x), is exact for large x.
Tensor logistic(const Tensor& input) {
  return real_from_x(
      elementwise_table->sigmoid, "sigmoid", "SigmoidBackward0", input,
      [](auto& grad, auto& x) { return grad * (logistic(x) * logistic(-x)); });
}

// tanh(x) whose derivative, 1 - tanh(x)^2, is exact for large x.
Tensor exact_tanh(const Tensor& input) {
  return real_from_x(elementwise_table->tanh, "tanh", "TanhBackward0", input,
                     [](auto& grad, auto& x) {
                       return grad * (logistic(x * 2) * logistic(x * -2) * 4);
                     });
}

// x up to where e^-|x| or e^(-x * x / 2) is 0, so that 0 times it is 0.
Tensor bounded(const Tensor& x, double limit) { return x.clamp(-limit, limit); }

// d/dx x Phi(x) = Phi(x) + x phi(x).
Tensor gelu_grad(const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) {
    return kernels::binary(elementwise_table->gelu_backward, "gelu", grad, x);
  }
  const Tensor z = bounded(x, 40);
  const Tensor cdf = (z * -kSqrtHalf).erfc() * 0.5;
  const Tensor pdf = (z * z * -0.5).exp() * kInvSqrtTwoPi;
  return grad * (cdf + z * pdf);
}

// (1 + tanh(u)) / 2 = sigmoid(2 u).
Tensor gelu_tanh_grad(const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) {
    return kernels::binary(elementwise_table->gelu_tanh_backward, "gelu", grad,
                           x);
  }
  const Tensor z = bounded(x, 40);
  const Tensor square = z * z;
  const Tensor twice = (z + square * z * kGeluCubic) * (2 * kSqrtTwoOverPi);
  const Tensor slope = (square * (3 * kGeluCubic) + 1) * (2 * kSqrtTwoOverPi);
  return grad * (logistic(twice) * (z * logistic(-twice) * slope + 1));
}

// tanh(log(1 + e^x)). With s = sigmoid(x) and r = sigmoid(-x), its derivative
// is 4 s r^2 / (1 + r^2)^2.
Tensor mish_gate(const Tensor& x) {
  Tensor y = softplus(x.detach()).tanh();
  return record(y, "TanhBackward0", x, [x = save(x)](const Tensor& grad) {
    const Tensor r = logistic(-x());
    const Tensor ratio = r / (r * r + 1);
    return grad * (logistic(x()) * ratio.square() * 4);
  });
}

// As masked_fill, but in the memory order of x.
Tensor replaced(const Tensor& x, const Tensor& mask, const Scalar& value) {
  return where(mask, full({}, value, x.dtype()), x);
}

}  // namespace

Tensor gelu(const Tensor& x, std::string_view approximate) {
  check_floating("gelu", x);
  check<ValueError>(
      approximate == "none" || approximate == "tanh",
      "[gelu] approximate must be \"none\" or \"tanh\", got \"{}\"",
      std::string(approximate));
  bool exact = approximate == "none";
  Tensor y = kernels::unary(
      exact ? elementwise_table->gelu : elementwise_table->gelu_tanh, "gelu",
      x);
  return record(
      y, "GeluBackward0", x, [x = save(x), exact](const Tensor& grad) {
        return exact ? gelu_grad(grad, x()) : gelu_tanh_grad(grad, x());
      });
}

Tensor silu(const Tensor& input) {
  check_floating("silu", input);
  return real_from_x(elementwise_table->silu, "silu", "SiluBackward0", input,
                     [](auto& grad, auto& x) {
                       if (!detail::grad_enabled) {
                         return kernels::binary(
                             elementwise_table->silu_backward, "silu", grad, x);
                       }
                       const Tensor z = bounded(x, 800);
                       return grad * (logistic(z) * (z * logistic(-z) + 1));
                     });
}

Tensor mish(const Tensor& x) {
  check_floating("mish", x);
  const Tensor finite = x.detach().clamp_min(-800);
  Tensor y = finite * mish_gate(finite);
  return record(y, "MishBackward0", x, [x = save(x)](const Tensor& grad) {
    const Tensor z = bounded(x(), 800);
    const Tensor r = logistic(-z);
    const Tensor ratio = r / (r * r + 1);
    return grad * (mish_gate(z) + z * (logistic(z) * ratio.square() * 4));
  });
}

Tensor hardswish(const Tensor& x) {
  check_floating("hardswish", x);
  const Tensor z = x.detach().clamp_min(-3);
  Tensor y = z * ((z + 3).clamp_max(6) / 6);
  return record(y, "HardswishBackward0", x, [x = save(x)](const Tensor& grad) {
    const Tensor slope = replaced(x() / 3 + 0.5, x() <= -3, 0);
    return grad * replaced(slope, x() >= 3, 1);
  });
}

Tensor glu(const Tensor& x, int64_t dim) {
  const int64_t size = x.size(dim);
  check(size % 2 == 0, "[glu] dim {} must have an even size, got shape {}", dim,
        x.sizes());
  return x.narrow(dim, 0, size / 2) *
         logistic(x.narrow(dim, size / 2, size / 2));
}

Tensor softplus(const Tensor& x, const Scalar& beta, const Scalar& threshold) {
  check_floating("softplus", x);
  check<ValueError>(beta.to_double() != 0, "[softplus] beta must not be 0");
  const Tensor z = x.detach() * beta;
  Tensor y =
      where(z > threshold, x.detach(),
            kernels::unary(elementwise_table->softplus, "softplus", z) / beta);
  return record(y, "SoftplusBackward0", x,
                [x = save(x), beta, threshold](const Tensor& grad) {
                  const Tensor scaled = x() * beta;
                  return grad * where(scaled > threshold, 1, logistic(scaled));
                });
}

Tensor log_sigmoid(const Tensor& x) {
  check_floating("log_sigmoid", x);
  // Row-major in PyTorch as well.
  Tensor y = kernels::unary(elementwise_table->log_sigmoid, "log_sigmoid",
                            kernels::contiguous(x));
  return record(y, "LogSigmoidBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * logistic(-x());
  });
}

Tensor softsign(const Tensor& x) {
  check_floating("softsign", x);
  const Tensor z = x.detach();
  Tensor y = where(z.isinf(), z.sign(), z / (z.abs() + 1));
  return record(y, "SoftsignBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * (x().abs() + 1).reciprocal().square();
  });
}

Tensor tanhshrink(const Tensor& x) {
  check_floating("tanhshrink", x);
  Tensor y = x.detach() - x.detach().tanh();
  return record(y, "TanhshrinkBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * exact_tanh(x()).square();
  });
}

Tensor elu(const Tensor& x, const Scalar& alpha, const Scalar& scale,
           const Scalar& input_scale) {
  check_floating("elu", x);
  const double right = scale.to_double();
  const double left = right * alpha.to_double();
  const double in = input_scale.to_double();
  const Tensor z = x.detach();
  Tensor y = where(z <= 0, (z * in).expm1() * left, z * right);
  return record(y, "EluBackward0", x,
                [x = save(x), left, right, in](const Tensor& grad) {
                  // The branch that is not taken must stay finite.
                  const Tensor power = (x().clamp_max(0) * in).exp();
                  return grad * where(x() <= 0, power * (left * in), right);
                });
}

Tensor celu(const Tensor& x, const Scalar& alpha) {
  check<ValueError>(alpha.to_double() != 0, "[celu] alpha must not be 0");
  return elu(x, alpha, 1, 1 / alpha.to_double());
}

Tensor selu(const Tensor& x) {
  return elu(x, 1.6732632423543772848170429916717,
             1.0507009873554804934193349852946);
}

Tensor leaky_relu(const Tensor& x, const Scalar& negative_slope) {
  return where(x > 0, x, x * negative_slope);
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  const int64_t channels = x.dim() >= 2 ? x.size(1) : 1;
  check(
      weight.numel() == 1 || weight.numel() == channels,
      "[prelu] expected 1 or {} weights for an input of shape {}, got shape {}",
      channels, x.sizes(), weight.sizes());
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  if (weight.numel() > 1) shape[1] = -1;
  // Infinity must not meet the gradient 0 of the branch that is not taken.
  return where(x > 0, x, x.clamp_max(0) * weight.reshape(shape));
}

Tensor hardtanh(const Tensor& x, const Scalar& min_val, const Scalar& max_val) {
  check<ValueError>(min_val.to_double() <= max_val.to_double(),
                    "[hardtanh] min_val {} must not be above max_val {}",
                    min_val.to_double(), max_val.to_double());
  return replaced(replaced(x, x <= min_val, min_val), x >= max_val, max_val);
}

Tensor relu6(const Tensor& x) { return hardtanh(x, 0, 6); }

Tensor threshold(const Tensor& x, const Scalar& threshold,
                 const Scalar& value) {
  return replaced(x, x <= threshold, value);
}

Tensor hardshrink(const Tensor& x, const Scalar& lambd) {
  return replaced(x, x.abs() <= lambd, 0);
}

Tensor softshrink(const Tensor& x, const Scalar& lambd) {
  const double limit = lambd.to_double();
  check<ValueError>(limit >= 0,
                    "[softshrink] lambda must not be negative, got {}", limit);
  return x - x.clamp(-limit, limit);
}

}  // namespace taper
