#include "taper/tensor/kernels/loss.h"
#include "taper/autograd/composed.h"
#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

void check_pair(const char* op, const Tensor& x, const Tensor& target) {
  check<TypeError>(is_floating(x.dtype()) && is_floating(target.dtype()),
                   "[{}] expected floating tensors, got {} and {}", op,
                   x.dtype(), target.dtype());
}

// The plain case: one pass over both gives the loss.
bool is_fusible(const Tensor& x, const Tensor& target, int64_t reduction) {
  return reduction != Reduction::None && x.dtype() == target.dtype() &&
         x.sizes() == target.sizes() && x.is_contiguous() &&
         target.is_contiguous();
}

double divisor(const Tensor& x, int64_t reduction) {
  return reduction == Reduction::Mean ? static_cast<double>(x.numel()) : 1.0;
}

// Records a fused loss of x and target. `slope(x, target, factor)` is factor
// times the derivative of the unreduced loss by x, values only; `composed` is
// the loss of differentiable ops.
template <class Slope, class Composed>
void record_fused(Tensor& y, const char* name, const Tensor& x,
                  const Tensor& target, int64_t reduction, const Slope& slope,
                  const Composed& composed) {
  double scale = 1 / divisor(x, reduction);
  record(y, name, {&x, &target},
         [x = save(x), target = save(target), scale, slope, composed](
             const Tensor& grad, const Needs& needs) {
           if (detail::grad_enabled) {
             return composed_backward<2>(
                 {x(), target()}, grad,
                 [&](const auto& in) { return composed(in[0], in[1]); });
           }
           Tensor d = slope(x(), target(), grad.item<double>() * scale);
           Tensor minus_d = needs[1] ? -d : Tensor();
           return Grads<2>{needs[0] ? std::move(d) : Tensor(), minus_d};
         });
}

}  // namespace

void check_reduction(const char* op, int64_t reduction) {
  check<ValueError>(reduction >= Reduction::None && reduction <= Reduction::Sum,
                    "[{}] reduction must be None, Mean or Sum, got {}", op,
                    reduction);
}

Tensor reduce_loss(const Tensor& loss, int64_t reduction) {
  if (reduction == Reduction::None) return loss;
  return reduction == Reduction::Mean ? loss.mean() : loss.sum();
}

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("mse_loss", x, target);
  check_reduction("mse_loss", reduction);
  auto composed = [reduction](const Tensor& a, const Tensor& b) {
    return reduce_loss((a - b).square(), reduction);
  };
  if (!is_fusible(x, target, reduction)) return composed(x, target);
  Tensor y = kernels::sum_square_difference(x, target, divisor(x, reduction));
  if (needs_grad(x, target)) {
    record_fused(
        y, "MseLossBackward0", x, target, reduction,
        [](const Tensor& a, const Tensor& b, double factor) {
          Tensor d = kernels::binary(elementwise_table->sub, "mse_loss", a, b);
          kernels::binary_into(d, elementwise_table->mul, "mse_loss", d,
                               2 * factor);
          return d;
        },
        composed);
  }
  return y;
}

Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("l1_loss", x, target);
  check_reduction("l1_loss", reduction);
  auto composed = [reduction](const Tensor& a, const Tensor& b) {
    return reduce_loss((a - b).abs(), reduction);
  };
  if (!is_fusible(x, target, reduction)) return composed(x, target);
  Tensor y = kernels::sum_absolute_difference(x, target, divisor(x, reduction));
  if (needs_grad(x, target)) {
    record_fused(
        y, "L1LossBackward0", x, target, reduction,
        [](const Tensor& a, const Tensor& b, double factor) {
          Tensor d = kernels::binary(elementwise_table->sub, "l1_loss", a, b);
          kernels::unary_into(d, elementwise_table->sign, "l1_loss", d);
          kernels::binary_into(d, elementwise_table->mul, "l1_loss", d, factor);
          return d;
        },
        composed);
  }
  return y;
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                      double beta) {
  check_pair("smooth_l1_loss", x, target);
  check<ValueError>(beta >= 0,
                    "[smooth_l1_loss] beta must not be negative, got {}", beta);
  if (beta == 0) return l1_loss(x, target, reduction);
  check_reduction("smooth_l1_loss", reduction);
  Tensor d = (x - target).abs();
  // The branch that is not taken must stay finite.
  Tensor near = d.clamp_max(beta).square() * (0.5 / beta);
  Tensor loss = where(d < beta, near, d - 0.5 * beta);
  return reduce_loss(loss, reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                  double delta) {
  check_pair("huber_loss", x, target);
  check<ValueError>(delta > 0, "[huber_loss] delta must be positive, got {}",
                    delta);
  check_reduction("huber_loss", reduction);
  Tensor d = (x - target).abs();
  Tensor near = d.clamp_max(delta).square() * 0.5;
  Tensor loss = where(d <= delta, near, (d - 0.5 * delta) * delta);
  return reduce_loss(loss, reduction);
}

namespace {

Tensor clamped_log(const Tensor& x) {
  return x.log().clamp_min(-100);
}

// -(t log x + (1 - t) log(1 - x)). The backward is not that of the composed
// ops, which gives nan at x = 0 and 1.
Tensor bernoulli_loss(const Tensor& x, const Tensor& target) {
  Tensor y;
  {
    NoGradGuard no_grad;
    y = -(target * clamped_log(x) + (1 - target) * clamped_log(1 - x));
  }
  if (needs_grad(x, target)) {
    record(y, "BinaryCrossEntropyBackward0", {&x, &target},
           [x = save(x), target = save(target)](const Tensor& grad,
                                                const Needs& needs) {
             Tensor p = x();
             Grads<2> grads;
             if (needs[0]) {
               Tensor variance = (p * (1 - p)).clamp_min(1e-12);
               grads[0] = grad * ((p - target()) / variance);
             }
             if (needs[1]) {
               grads[1] = grad * (clamped_log(1 - p) - clamped_log(p));
             }
             return grads;
           });
  }
  return y;
}

void check_fractions(const char* what, const Tensor& x) {
  check<ValueError>((x >= 0).logical_and(x <= 1).all().item<bool>(),
                    "[binary_cross_entropy] every {} must lie in [0, 1]; "
                    "smallest {}, largest {}",
                    what, x.numel() ? x.min().item<double>() : 0.0,
                    x.numel() ? x.max().item<double>() : 0.0);
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                            const Tensor& weight, int64_t reduction) {
  check_pair("binary_cross_entropy", x, target);
  check_reduction("binary_cross_entropy", reduction);
  check(x.sizes() == target.sizes(),
        "[binary_cross_entropy] input shape {} and target shape {} differ",
        x.sizes(), target.sizes());
  check_fractions("input", x);
  check_fractions("target", target);
  Tensor loss = bernoulli_loss(x, target);
  if (weight.defined()) loss = loss * weight;
  return reduce_loss(loss, reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const Tensor& weight,
                                        const Tensor& pos_weight,
                                        int64_t reduction) {
  const char* op = "binary_cross_entropy_with_logits";
  check_pair(op, x, target);
  check_reduction(op, reduction);
  check(x.sizes() == target.sizes(),
        "[{}] input shape {} and target shape {} differ", op, x.sizes(),
        target.sizes());
  // -log(sigmoid(x)) = softplus(-x); log(1 - sigmoid(x)) = -x - softplus(-x).
  Tensor log_sigmoid_x = log_sigmoid(x);
  Tensor loss;
  if (pos_weight.defined()) {
    Tensor factor = (pos_weight - 1) * target + 1;
    loss = (1 - target) * x - factor * log_sigmoid_x;
  } else {
    loss = (1 - target) * x - log_sigmoid_x;
  }
  if (weight.defined()) loss = loss * weight;
  return reduce_loss(loss, reduction);
}

}  // namespace taper
