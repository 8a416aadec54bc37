// Activations beyond those in pointwise.h. The first and second derivatives
// keep their digits over the whole range: none is made from 1 - y of a y that
// rounds to 1, and at infinity they have their limits.
#include "taper/autograd/ops/network/activation.h"
#include "taper/autograd/extra.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

constexpr double kInvSqrtTwoPi = 0.398942280401432677940;

Tensor logistic_slope(const Tensor& x);

// sigmoid(x) whose derivative, sigmoid(x) * sigmoid(-x), is exact for large x.
Tensor logistic(const Tensor& input) {
  return real_from_x(
      elementwise_table->sigmoid, "sigmoid", "SigmoidBackward0", input,
      [](auto& grad, auto& x) { return grad * logistic_slope(x); });
}

// tanh(x) whose derivative, 1 - tanh(x)^2, is exact for large x.
Tensor exact_tanh(const Tensor& input) {
  return real_from_x(
      elementwise_table->tanh, "tanh", "TanhBackward0", input,
      [](auto& grad, auto& x) { return grad * (logistic_slope(x * 2) * 4); });
}

// Its derivative is one product: parts of it would cancel at infinite grads.
Tensor logistic_slope(const Tensor& x) {
  const Tensor z = x.detach();
  return record(logistic(z) * logistic(-z), "SlopeBackward0", x,
                [x = save(x)](const Tensor& grad) {
                  return grad * (logistic_slope(x()) * exact_tanh(x() * -0.5));
                });
}

// x up to where e^-|x| or e^(-x * x / 2) is 0, so that 0 times it is 0.
Tensor bounded(const Tensor& x, double limit) { return x.clamp(-limit, limit); }

// grad * f'(x) by the leaf of f; where that is recorded, f''(x) is bend(x). Its
// formulas contain the root of what vanishes at both ends, twice: that does not
// become subnormal before the result.
template <Tensor (*bend)(const Tensor&)>
Tensor times_slope(const kernels::PerType<kernels::Binary>& leaf,
                   const char* op, const Tensor& grad, const Tensor& x) {
  if (!detail::grad_enabled) return kernels::binary(leaf, op, grad, x);
  const Tensor one = kernels::full({}, 1, x.dtype());
  Tensor slope = kernels::binary(leaf, op, one, x);
  return grad *
         record(slope, "SlopeBackward0", x,
                [x = save(x)](const Tensor& g) { return g * bend(x()); });
}

// The root of sigmoid(x) * sigmoid(-x).
Tensor half_bump(const Tensor& x) {
  return (x * 0.5).cosh().reciprocal() * 0.5;
}

Tensor silu_bend(const Tensor& x) {
  const Tensor z = bounded(x, 800);
  const Tensor h = half_bump(z);
  return h * (h * (2 - z * exact_tanh(z * 0.5)));
}

// 4 s r^2 q^2 (2 + x (r - 2 s + 4 s r^2 q)), s = sigmoid(x), r = sigmoid(-x),
// q = 1 / (1 + r^2).
Tensor mish_bend(const Tensor& x) {
  const Tensor z = bounded(x, 800);
  const Tensor s = logistic(z);
  const Tensor r = logistic(-z);
  const Tensor q = (r * r + 1).reciprocal();
  const Tensor h = half_bump(z);
  const Tensor tilt = r - s * 2 + s * r * r * q * 4;
  return h * (h * (r * q * q * 4 * (z * tilt + 2)));
}

// The exponents are split at a multiple of 1/64 as in kernels/simd/erf.h.
Tensor nearest_64th(const Tensor& z) { return (z.detach() * 64).round() / 64; }

// phi(x) (2 - x * x).
Tensor gelu_bend(const Tensor& x) {
  const Tensor z = bounded(x, 60);
  const Tensor m = nearest_64th(z);
  const Tensor h =
      (m * m * -0.25).exp() * ((m - z) * (m + z) * 0.25).exp();  // e^(-z*z/4)
  return h * (h * ((2 - z * z) * kInvSqrtTwoPi));
}

// Of x sigmoid(2 u), 2 u = k x + c x^3.
Tensor gelu_tanh_bend(const Tensor& x) {
  constexpr double k = 0x1.98845p+0, k_rest = 1.930778986805098e-07;
  constexpr double c = 0x1.2444p-4, c_rest = 9.039190846237764e-07;
  const Tensor z = bounded(x.to(kDouble), 40);
  const Tensor m = nearest_64th(z);
  const Tensor high = m * (m * m * c + k);
  const Tensor low =
      (z - m) * ((z * z + z * m + m * m) * (c + c_rest) + (k + k_rest)) +
      m * (m * m * c_rest + k_rest);
  const Tensor side = where(high < 0, full({}, 0.5, kDouble), -0.5);
  const Tensor e = (high * side).exp() * (low * side).exp();
  const Tensor h = e / (e * e + 1);
  const Tensor slope = z * z * (3 * (c + c_rest)) + (k + k_rest);
  const Tensor tilt = exact_tanh((high + low) * 0.5) * slope * slope;
  const Tensor bend = slope * 2 + z * (z * (6 * (c + c_rest)) - tilt);
  return (h * (h * bend)).to(x.dtype());
}

// f(x) by a leaf, for what times_slope takes.
template <Tensor (*bend)(const Tensor&)>
Tensor smooth(const kernels::PerType<kernels::Unary>& f,
              const kernels::PerType<kernels::Binary>& slope, const char* op,
              const char* node, const Tensor& x) {
  check_floating(op, x);
  return record(kernels::unary(f, op, x), node, x,
                [x = save(x), &slope, op](const Tensor& grad) {
                  return times_slope<bend>(slope, op, grad, x());
                });
}

// y, made by where() from a mask that depends on the input: so does the
// derivative, though in steps.
Tensor&& stepped(Tensor&& y) {
  if (Node* node = detail::history_of(y)) node->saves_history_ = true;
  return std::move(y);
}

// As masked_fill, but in the memory order of x.
Tensor replaced(const Tensor& x, const Tensor& mask, const Scalar& value) {
  kernels::check_fits(value, x.dtype());
  return stepped(where(mask, full({}, value, x.dtype()), x));
}

// y with the derivative 0 by x, if that is recorded.
Tensor flat_in(const Tensor& x, const Tensor& y) {
  return needs_grad(x) ? where(full({}, false, kBool), x, y) : y;
}

}  // namespace

Tensor gelu(const Tensor& x, std::string_view approximate) {
  check_floating("gelu", x);
  check<ValueError>(
      approximate == "none" || approximate == "tanh",
      "[gelu] approximate must be \"none\" or \"tanh\", got \"{}\"",
      std::string(approximate));
  const auto& table = *elementwise_table;
  return approximate == "none"
             ? smooth<gelu_bend>(table.gelu, table.gelu_backward, "gelu",
                                 "GeluBackward0", x)
             : smooth<gelu_tanh_bend>(table.gelu_tanh, table.gelu_tanh_backward,
                                      "gelu", "GeluBackward0", x);
}

Tensor silu(const Tensor& x) {
  return smooth<silu_bend>(elementwise_table->silu,
                           elementwise_table->silu_backward, "silu",
                           "SiluBackward0", x);
}

Tensor mish(const Tensor& x) {
  return smooth<mish_bend>(elementwise_table->mish,
                           elementwise_table->mish_backward, "mish",
                           "MishBackward0", x);
}

Tensor hardswish(const Tensor& x) {
  check_floating("hardswish", x);
  const Tensor z = x.detach().clamp_min(-3);
  Tensor y = z * ((z + 3).clamp_max(6) / 6);
  return record(y, "HardswishBackward0", x, [x = save(x)](const Tensor& grad) {
    // Neither the gradient nor the slope may be infinite where it is flat.
    const Tensor flat = x() <= -3;
    const Tensor slope = replaced(x() / 3 + 0.5, x() >= 3, 1);
    return replaced(grad, flat, 0) * replaced(slope, flat, 0);
  });
}

Tensor hardsigmoid(const Tensor& x) {
  check_floating("hardsigmoid", x);
  Tensor y = (x.detach() + 3).clamp(0, 6) / 6;
  return record(y, "HardsigmoidBackward0", x,
                [x = save(x)](const Tensor& grad) {
                  return replaced(grad / 6, x().abs() >= 3, 0);
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
  Tensor y = kernels::unary(elementwise_table->tanhshrink, "tanhshrink", x);
  // PyTorch keeps tanh(x), so that x may be edited; a copy has all its digits.
  const Tensor kept = needs_grad(x) ? x.clone() : Tensor();
  return record(y, "TanhshrinkBackward0", x,
                [x = save(kept)](const Tensor& grad) {
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
  return stepped(where(x > 0, x, x * negative_slope));
}

Tensor prelu(const Tensor& x, const Tensor& weight) {
  const int64_t channels = x.dim() >= 2 ? x.size(1) : 1;
  check(
      weight.numel() == 1 || (weight.dim() == 1 && weight.numel() == channels),
      "[prelu] expected 1 or {} weights for an input of shape {}, got shape {}",
      channels, x.sizes(), weight.sizes());
  std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
  if (weight.numel() != 1) shape[1] = weight.numel();
  const Tensor w = weight.reshape(shape);
  Tensor y = where(x > 0, x.detach(), x.detach() * w.detach());
  return record(
      y, "PreluKernelBackward0", x,
      [x = save(x), w = save(w)](const Tensor& grad) {
        return flat_in(x(), where(x() > 0, grad, grad * w()));
      },
      w,
      [x = save(x), w = save(w)](const Tensor& grad) {
        // Infinity must not meet the gradient 0 of the branch not taken.
        return flat_in(w(), grad * replaced(x(), x() > 0, 0));
      });
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
  kernels::check_fits(threshold, x.dtype());
  return replaced(x, x <= threshold, value);
}

Tensor hardshrink(const Tensor& x, const Scalar& lambd) {
  return replaced(x, x.abs() <= lambd, 0);
}

Tensor softshrink(const Tensor& x, const Scalar& lambd) {
  const double limit = lambd.to_double();
  check<ValueError>(limit >= 0,
                    "[softshrink] lambda must not be negative, got {}", limit);
  const Tensor z = x.detach();
  return record(z - z.clamp(-limit, limit), "SoftshrinkBackward0", x,
                [x = save(x), limit](const Tensor& grad) {
                  return replaced(grad, x().abs() <= limit, 0);
                });
}

// The copy is what the backward keeps, since the elements of x change.
template <class F, class... Numbers>
static Tensor& overwrite(Tensor& x, F f, const Numbers&... numbers) {
  return x.copy_(f(x.clone(), numbers...));
}

Tensor& silu_(Tensor& x) { return overwrite(x, silu); }
Tensor& mish_(Tensor& x) { return overwrite(x, mish); }
Tensor& hardswish_(Tensor& x) { return overwrite(x, hardswish); }
Tensor& hardsigmoid_(Tensor& x) { return overwrite(x, hardsigmoid); }
Tensor& elu_(Tensor& x, const Scalar& alpha, const Scalar& scale,
             const Scalar& input_scale) {
  return overwrite(x, elu, alpha, scale, input_scale);
}
Tensor& celu_(Tensor& x, const Scalar& alpha) {
  return overwrite(x, celu, alpha);
}
Tensor& selu_(Tensor& x) { return overwrite(x, selu); }
Tensor& leaky_relu_(Tensor& x, const Scalar& negative_slope) {
  return overwrite(x, leaky_relu, negative_slope);
}
Tensor& hardtanh_(Tensor& x, const Scalar& min_val, const Scalar& max_val) {
  return overwrite(x, hardtanh, min_val, max_val);
}
Tensor& relu6_(Tensor& x) { return overwrite(x, relu6); }
Tensor& threshold_(Tensor& x, const Scalar& threshold, const Scalar& value) {
  return overwrite(x, taper::threshold, threshold, value);
}

}  // namespace taper
