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

// |d|, whose gradient is nan where d is.
Tensor distance(const Tensor& d) {
  return record(d.detach().abs(), "AbsBackward0", d,
                [d = save(d)](const Tensor& grad) {
                  const Tensor one = kernels::full({}, 1, d().dtype());
                  return grad * kernels::binary(elementwise_table->l1_backward,
                                                "l1_loss", one, d());
                });
}

// slope * (size - joint / 2) beyond the joint, else d^2 * curvature / 2, for
// size = |d|. The part that is not taken must stay finite.
Tensor parabola_or_line(const Tensor& d, const Tensor& size,
                        const Tensor& beyond, double curvature, double joint,
                        double slope) {
  const Tensor line = size - 0.5 * joint;
  return where(beyond, slope == 1 ? line : line * slope,
               where(beyond, 0, d).square() * (0.5 * curvature));
}

// reduce(of(x - target)). In the plain case `fused` is all of it in one pass,
// and `slope(d, factor)` turns d = x - target into factor times the derivative
// of the unreduced loss by x, values only.
template <class Of, class Slope>
Tensor difference_loss(const char* op, const char* name,
                       Tensor (*fused)(const Tensor&, const Tensor&, double),
                       const Tensor& x, const Tensor& target, int64_t reduction,
                       const Of& of, const Slope& slope) {
  check_pair(op, x, target);
  check_reduction(op, reduction);
  const auto composed = [=](const Tensor& a, const Tensor& b) {
    return reduce_loss(op, of(a - b), reduction);
  };
  if (!is_fusible(x, target, reduction)) return composed(x, target);
  const double n =
      reduction == Reduction::Mean ? static_cast<double>(x.numel()) : 1.0;
  return record(fused(x, target, n), name, {&x, &target},
                [=, x = save(x), target = save(target)](
                    const Tensor& grad, const InputGrads& grads) {
                  if (detail::grad_enabled) {
                    return composed_backward(
                        grads, {x(), target()}, grad,
                        [&](const auto& in) { return composed(in[0], in[1]); });
                  }
                  Tensor d = kernels::binary(elementwise_table->sub, op, x(),
                                             target());
                  slope(d, grad.item<double>() * (1 / n));
                  if (grads.wants(1)) grads[1] = -d;
                  if (grads.wants(0)) grads[0] = d;
                });
}

}  // namespace

Tensor mse_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  return difference_loss(
      "mse_loss", "MseLossBackward0", kernels::sum_square_difference, x, target,
      reduction, [](const Tensor& d) { return d.square(); },
      [](Tensor& d, double factor) {
        kernels::binary_into(d, elementwise_table->mul, "mse_loss", d,
                             2 * factor);
      });
}

Tensor l1_loss(const Tensor& x, const Tensor& target, int64_t reduction) {
  return difference_loss(
      "l1_loss", "L1LossBackward0", kernels::sum_absolute_difference, x, target,
      reduction, distance, [](Tensor& d, double factor) {
        kernels::binary_into(d, elementwise_table->l1_backward, "l1_loss",
                             kernels::full({}, factor, d.dtype()), d);
      });
}

Tensor smooth_l1_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                      double beta) {
  check_pair("smooth_l1_loss", x, target);
  check<ValueError>(beta >= 0,
                    "[smooth_l1_loss] beta must not be negative, got {}", beta);
  if (beta == 0) return l1_loss(x, target, reduction);
  const Tensor d = x - target;
  const Tensor size = d.abs();
  const Tensor loss =
      parabola_or_line(d, size, size >= beta, 1 / beta, beta, 1);
  return reduce_loss("smooth_l1_loss", loss, reduction);
}

Tensor huber_loss(const Tensor& x, const Tensor& target, int64_t reduction,
                  double delta) {
  check_pair("huber_loss", x, target);
  check<ValueError>(delta > 0, "[huber_loss] delta must be positive, got {}",
                    delta);
  const Tensor d = x - target;
  const Tensor size = d.abs();
  const Tensor loss = parabola_or_line(d, size, size > delta, 1, delta, delta);
  return reduce_loss("huber_loss", loss, reduction);
}

}  // namespace taper
