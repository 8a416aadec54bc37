// What the losses share: their checks and the reduction.
#include "taper/autograd/ops/network/loss_util.h"

#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

void check_reduction(const char* op, int64_t reduction) {
  check<ValueError>(reduction >= Reduction::None && reduction <= Reduction::Sum,
                    "[{}] reduction must be None, Mean or Sum, got {}", op,
                    reduction);
}

Tensor reduce_loss(const char* op, const Tensor& loss, int64_t reduction) {
  check_reduction(op, reduction);
  if (reduction == Reduction::None) return loss;
  return reduction == Reduction::Mean ? loss.mean() : loss.sum();
}

Tensor hinge(const Tensor& x, bool rises_at_0) {
  return record(x.detach().clamp_min(0), "ClampBackward1", x,
                [x = save(x), rises_at_0](const Tensor& grad) {
                  const Tensor passed = where(x().isnan(), x(), grad);
                  return where(rises_at_0 ? x() < 0 : x() <= 0, 0, passed);
                });
}

Tensor with_nan(const Tensor& x) {
  if (!needs_grad(x)) return x;
  return record(kernels::clone(x), "CloneBackward0", x,
                [x = save(x)](const Tensor& grad) {
                  return where(x().isnan(), x(), grad);
                });
}

}  // namespace taper
