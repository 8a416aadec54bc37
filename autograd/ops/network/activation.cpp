#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

constexpr double kSqrtHalf = 0.707106781186547524401;
constexpr double kInvSqrtTwoPi = 0.398942280401432677940;
constexpr double kSqrtTwoOverPi = 0.797884560802865355880;
constexpr double kGeluCubic = 0.044715;

void check_floating(const char* op, const Tensor& x) {
  check<TypeError>(is_floating(x.dtype()),
                   "[{}] expected a floating tensor, got {}", op, x.dtype());
}

// d/dx x Phi(x) = Phi(x) + x phi(x).
Tensor gelu_grad(const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) {
    return kernels::binary(elementwise_table->gelu_backward, "gelu", grad, x);
  }
  Tensor cdf = ((x * kSqrtHalf).erf() + 1) * 0.5;
  Tensor pdf = (x * x * -0.5).exp() * kInvSqrtTwoPi;
  return grad * (cdf + x * pdf);
}

Tensor gelu_tanh_grad(const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) {
    return kernels::binary(elementwise_table->gelu_tanh_backward, "gelu", grad,
                           x);
  }
  Tensor square = x * x;
  Tensor inner = (x + square * x * kGeluCubic) * kSqrtTwoOverPi;
  Tensor slope = (square * (3 * kGeluCubic) + 1) * kSqrtTwoOverPi;
  Tensor t = inner.tanh();
  return grad * ((t + 1) * 0.5 + x * (1 - t * t) * slope * 0.5);
}

Tensor silu_grad(const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) {
    return kernels::binary(elementwise_table->silu_backward, "silu", grad, x);
  }
  Tensor s = x.sigmoid();
  return grad * (s * (x * (1 - s) + 1));
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
  if (needs_grad(x)) {
    record(y, "GeluBackward0", {&x}, [x = save(x), exact](const Tensor& grad) {
      return exact ? gelu_grad(grad, x()) : gelu_tanh_grad(grad, x());
    });
  }
  return y;
}

Tensor silu(const Tensor& x) {
  check_floating("silu", x);
  Tensor y = kernels::unary(elementwise_table->silu, "silu", x);
  if (needs_grad(x)) {
    record(y, "SiluBackward0", {&x},
           [x = save(x)](const Tensor& grad) { return silu_grad(grad, x()); });
  }
  return y;
}

Tensor softplus(const Tensor& x, const Scalar& beta, const Scalar& threshold) {
  check_floating("softplus", x);
  check<ValueError>(beta.to_double() != 0, "[softplus] beta must not be 0");
  Tensor scaled = x * beta;
  Tensor y = kernels::where(
      scaled.detach() > threshold, x.detach(),
      kernels::binary(elementwise_table->div, "softplus",
                      kernels::unary(elementwise_table->softplus, "softplus",
                                     scaled.detach()),
                      beta));
  if (needs_grad(x)) {
    record(y, "SoftplusBackward0", {&x},
           [x = save(x), beta, threshold](const Tensor& grad) {
             Tensor z = x() * beta;
             return taper::where(z > threshold, grad, grad * z.sigmoid());
           });
  }
  return y;
}

Tensor log_sigmoid(const Tensor& x) {
  check_floating("log_sigmoid", x);
  // Row-major in PyTorch as well.
  Tensor y = kernels::unary(elementwise_table->log_sigmoid, "log_sigmoid",
                            kernels::contiguous(x));
  if (needs_grad(x)) {
    record(y, "LogSigmoidBackward0", {&x}, [x = save(x)](const Tensor& grad) {
      return grad * (-x()).sigmoid();
    });
  }
  return y;
}

Tensor leaky_relu(const Tensor& x, const Scalar& negative_slope) {
  return where(x > 0, x, x * negative_slope);
}

Tensor elu(const Tensor& x, const Scalar& alpha) {
  check_floating("elu", x);
  // The other branch must stay finite where it is not taken.
  return where(x <= 0, x.clamp_max(0).expm1() * alpha, x);
}

}  // namespace taper
