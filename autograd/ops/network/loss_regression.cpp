// Losses of the distance between two tensors.
#include "taper/tensor/kernels/loss.h"

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

void check_pair(const char* op, const Tensor& x, const Tensor& target) {
  check<TypeError>(is_floating(x.dtype()) || is_floating(target.dtype()),
                   "[{}] expected floating tensors, got {} and {}", op,
                   x.dtype(), target.dtype());
}

// |d|. The gradient is nan where d is.
Tensor distance(const Tensor& d) {
  return record(d.detach().abs(), "L1LossBackward0", d,
                [d = save(d)](const Tensor& grad) {
                  const auto& leaf = elementwise_table->l1_backward;
                  if (!detail::grad_enabled) {
                    return kernels::binary(leaf, "l1_loss", grad, d());
                  }
                  const Tensor one = kernels::full({}, 1, d().dtype());
                  return grad * kernels::binary(leaf, "l1_loss", one, d());
                });
}

// slope * (|d| - joint / 2) beyond the joint, or from it on, else d^2 *
// curvature / 2. The part that is not taken must stay finite.
Tensor parabola_or_line(const Tensor& d, bool beyond_alone, double curvature,
                        double joint, double slope) {
  const Tensor size = d.abs();
  const Tensor straight = beyond_alone ? size > joint : size >= joint;
  const Tensor line = size - 0.5 * joint;
  return where(straight, slope == 1 ? line : line * slope,
               where(straight, 0, d).square() * (0.5 * curvature));
}

// The plain case of mse_loss: one pass over both gives the loss.
Tensor fused_mse_loss(const Tensor& x, const Tensor& target,
                      int64_t reduction) {
  const char* op = "mse_loss";
  const auto n =
      static_cast<double>(reduction == Reduction::Mean ? x.numel() : 1);
  return record(
      kernels::sum_square_difference(x, target, n), "MseLossBackward0",
      {&x, &target},
      [=, x = save(x), target = save(target)](const Tensor& grad,
                                              const InputGrads& grads) {
        if (detail::grad_enabled) {
          const auto composed = [&](const auto& in) {
            return reduce_loss(op, (in[0] - in[1]).square(), reduction);
          };
          return composed_backward(grads, {x(), target()}, grad, composed);
        }
        Tensor d = kernels::binary(elementwise_table->sub, op, x(), target());
        kernels::binary_into(d, elementwise_table->mul, op, d,
                             2 * (grad.item<double>() * (1 / n)));
        if (grads.wants(1)) grads[1] = -d;
        if (grads.wants(0)) grads[0] = d;
      });
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("mse_loss", x, target);
  check_reduction("mse_loss", reduction);
  const bool is_plain = x.dtype() == target.dtype() &&
                        x.sizes() == target.sizes() && x.is_contiguous() &&
                        target.is_contiguous();
  return reduction != Reduction::None && is_plain
             ? fused_mse_loss(x, target, reduction)
             : reduce_loss("mse_loss", (x - target).square(), reduction);
}

// The difference is what the backward needs: x and target may be edited.
Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  check_pair("l1_loss", x, target);
  return reduce_loss("l1_loss", distance(x - target), reduction);
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                      double beta) {
  check_pair("smooth_l1_loss", x, target);
  check<ValueError>(beta >= 0,
                    "[smooth_l1_loss] beta must not be negative, got {}", beta);
  if (beta == 0) return l1_loss(x, target, reduction);
  const Tensor loss =
      parabola_or_line(x - target, /*beyond_alone=*/false, 1 / beta, beta, 1);
  return reduce_loss("smooth_l1_loss", loss, reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                  double delta) {
  check_pair("huber_loss", x, target);
  check<ValueError>(delta > 0, "[huber_loss] delta must be positive, got {}",
                    delta);
  const Tensor loss =
      parabola_or_line(x - target, /*beyond_alone=*/true, 1, delta, delta);
  return reduce_loss("huber_loss",
                     x.is_floating_point() ? loss.to(x.dtype()) : loss,
                     reduction);
}

}  // namespace taper
