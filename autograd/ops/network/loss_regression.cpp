// Losses of the distance between two tensors.
#include "taper/tensor/kernels/loss.h"

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

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
Tensor record_fused(Tensor& y, const char* name, const Tensor& x,
                    const Tensor& target, int64_t reduction, const Slope& slope,
                    const Composed& composed) {
  const double scale = 1 / divisor(x, reduction);
  return record(y, name, {&x, &target},
                [x = save(x), target = save(target), scale, slope, composed](
                    const Tensor& grad, const InputGrads& grads) {
                  if (detail::grad_enabled) {
                    return composed_backward(
                        grads, {x(), target()}, grad,
                        [&](const auto& in) { return composed(in[0], in[1]); });
                  }
                  const Tensor d =
                      slope(x(), target(), grad.item<double>() * scale);
                  if (grads.wants(1)) grads[1] = -d;
                  if (grads.wants(0)) grads[0] = d;
                });
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("mse_loss", x, target);
  check_reduction("mse_loss", reduction);
  auto composed = [reduction](const Tensor& a, const Tensor& b) {
    return reduce_loss("mse_loss", (a - b).square(), reduction);
  };
  if (!is_fusible(x, target, reduction)) return composed(x, target);
  Tensor y = kernels::sum_square_difference(x, target, divisor(x, reduction));
  return record_fused(
      y, "MseLossBackward0", x, target, reduction,
      [](const Tensor& a, const Tensor& b, double factor) {
        Tensor d = kernels::binary(elementwise_table->sub, "mse_loss", a, b);
        kernels::binary_into(d, elementwise_table->mul, "mse_loss", d,
                             2 * factor);
        return d;
      },
      composed);
}

Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("l1_loss", x, target);
  check_reduction("l1_loss", reduction);
  auto composed = [reduction](const Tensor& a, const Tensor& b) {
    return reduce_loss("l1_loss", (a - b).abs(), reduction);
  };
  if (!is_fusible(x, target, reduction)) return composed(x, target);
  Tensor y = kernels::sum_absolute_difference(x, target, divisor(x, reduction));
  return record_fused(
      y, "L1LossBackward0", x, target, reduction,
      [](const Tensor& a, const Tensor& b, double factor) {
        Tensor d = kernels::binary(elementwise_table->sub, "l1_loss", a, b);
        kernels::unary_into(d, elementwise_table->sign, "l1_loss", d);
        kernels::binary_into(d, elementwise_table->mul, "l1_loss", d, factor);
        return d;
      },
      composed);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                      double beta) {
  check_pair("smooth_l1_loss", x, target);
  check<ValueError>(beta >= 0,
                    "[smooth_l1_loss] beta must not be negative, got {}", beta);
  if (beta == 0) return l1_loss(x, target, reduction);
  Tensor d = (x - target).abs();
  // The branch that is not taken must stay finite.
  Tensor near = d.clamp_max(beta).square() * (0.5 / beta);
  Tensor loss = where(d < beta, near, d - 0.5 * beta);
  return reduce_loss("smooth_l1_loss", loss, reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                  double delta) {
  check_pair("huber_loss", x, target);
  check<ValueError>(delta > 0, "[huber_loss] delta must be positive, got {}",
                    delta);
  Tensor d = (x - target).abs();
  Tensor near = d.clamp_max(delta).square() * 0.5;
  Tensor loss = where(d <= delta, near, (d - 0.5 * delta) * delta);
  return reduce_loss("huber_loss", loss, reduction);
}

}  // namespace taper
