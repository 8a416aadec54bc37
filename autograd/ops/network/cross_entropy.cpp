// Losses of several classes: nll_loss and cross_entropy_loss.
#include <cmath>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/network/softmax.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/loss.h"

namespace taper {
namespace {

// Scores as (rows, C): (C) has one row, and dims behind C join the batch.
Tensor as_rows(const Tensor& x) {
  if (x.dim() == 2) return x;
  if (x.dim() == 1) return x.unsqueeze(0);
  return x.movedim(1, -1).flatten(0, -2);
}

double total(double number) { return number; }
Tensor total(const Tensor& counted) { return counted.sum(); }

// The losses reduced, where the mean is the sum over what is counted, also
// where the sum alone is too large.
template <class Counted>
Tensor reduced(const Tensor& losses, int64_t reduction,
               const Counted& counted) {
  if (reduction != Reduction::Mean) {
    return reduce_loss("cross_entropy_loss", losses, reduction);
  }
  const auto divisor = total(counted);
  Tensor mean = losses.sum() / divisor;
  return losses.numel() == 0 || std::isfinite(mean.item<double>())
             ? mean
             : (losses / divisor).sum();
}

int64_t class_dim_of(const Tensor& x) { return x.dim() == 1 ? 0 : 1; }

SmallShape target_shape(const Tensor& x) {
  SmallShape shape;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d != class_dim_of(x)) shape.push_back(x.sizes()[d]);
  }
  return shape;
}

void check_classes(const char* op, const Tensor& x, const Tensor& target,
                   const Tensor& weight, int64_t ignore_index) {
  check_floating(op, x);
  check(x.dim() >= 1, "[{}] expected scores (C), (N, C) or (N, C, ...)", op);
  check<TypeError>(target.dtype() == kLong,
                   "[{}] expected int64 targets, got {}", op, target.dtype());
  SmallShape expected = target_shape(x);
  check(target.sizes() == IntArrayRef(expected),
        "[{}] scores of shape {} need targets of shape {}, got {}", op,
        x.sizes(), IntArrayRef(expected), target.sizes());
  int64_t classes = x.size(class_dim_of(x));
  check(!weight.defined() || (weight.dim() == 1 && weight.size(0) == classes),
        "[{}] weight must have shape ({},), got {}", op, classes,
        weight.defined() ? weight.sizes() : IntArrayRef());
  Tensor flat = target.contiguous();
  const int64_t* t = flat.data_as<int64_t>();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    check<IndexError>((t[i] >= 0 && t[i] < classes) || t[i] == ignore_index,
                      "[{}] target {} is out of range [0, {}]", op, t[i],
                      classes - 1);
  }
}

// Classes as probabilities: -sum(t * log_softmax(x) * weight) per row.
Tensor soft_cross_entropy(const Tensor& x, const Tensor& target,
                          const Tensor& weight, int64_t reduction,
                          double smoothing) {
  const int64_t class_dim = class_dim_of(x);
  auto classes = static_cast<double>(x.size(class_dim));
  Tensor t = target;
  if (smoothing > 0) t = t * (1 - smoothing) + smoothing / classes;
  Tensor terms = log_softmax_of_scores(x, class_dim) * t;
  if (weight.defined()) {
    std::vector<int64_t> shape(static_cast<size_t>(x.dim()), 1);
    shape[class_dim] = -1;
    terms = terms * weight.view(shape);
  }
  // 0 times -inf
  Tensor loss = -with_nan(terms.sum(class_dim));
  return reduced(loss, reduction, static_cast<double>(x.numel()) / classes);
}

// The same as the fused loss, of differentiable ops, for (rows, C).
Tensor composed_loss(const Tensor& x, const Tensor& target,
                     const Tensor& weight, int64_t reduction,
                     int64_t ignore_index, double smoothing) {
  Tensor ignored = target == ignore_index;
  // Scores that are not counted pass no nan.
  Tensor log_p =
      log_softmax_of_scores(x.masked_fill(ignored.unsqueeze(1), 0), 1);
  Tensor loss = nll_loss(log_p, target, weight, Reduction::None, ignore_index);
  if (smoothing > 0) {
    Tensor terms = weight.defined() ? log_p * weight : log_p;
    Tensor uniform = terms.sum(1) * (-1.0 / static_cast<double>(x.size(1)));
    loss = loss * (1 - smoothing) + uniform.masked_fill(ignored, 0) * smoothing;
    loss = with_nan(loss);
  }
  Tensor counted = ignored.logical_not().to(x.dtype());
  if (weight.defined() && weight.numel() > 0) {
    counted = counted * weight.index_select(0, target.masked_fill(ignored, 0));
  }
  return reduced(loss, reduction, counted);
}

// The slopes c (p - hit) of the fused loss as a function of the scores x, of
// which the history alone counts; hit is 1 for the class of the row, else 0. A
// row of `rows` is p of that class, and c.
Tensor recorded_slope(const Tensor& x, const Tensor& slope,
                      const Tensor& classes, const Tensor& rows) {
  return record(
      kernels::alias(slope), "NllLossBackward0", x,
      [y = save_output(slope), t = save(classes),
       rows = save(rows)](const Tensor& grad) {
        const Tensor at = t().unsqueeze(1);
        const Tensor c = rows().narrow(1, 1, 1);
        // With all its digits also for the class of the row.
        Tensor value = y().detach().scatter(1, at, rows().narrow(1, 0, 1) * c);
        // Gradients count from that of the likeliest class, where 1 - p would
        // lose its digits.
        const Tensor top = value.argmax(1, /*keepdim=*/true);
        const Tensor left = grad - grad.gather(1, top).detach();
        const Tensor cp = record(value, "AddBackward1", y(), pass_grad);
        const Tensor sum = (left * cp).sum(1, true);
        return cp * (left - sum / c.masked_fill(c == 0, 1));
      });
}

// The loss by a kernel, for weights without gradient. The derivative is made at
// once, so that the scores may be edited before the backward; with smoothing
// its own derivative needs a copy of them.
Tensor fused_loss(const Tensor& x, const Tensor& target, const Tensor& weight,
                  int64_t reduction, int64_t ignore_index, double smoothing) {
  const Tensor w =
      weight.defined() ? weight.to(x.dtype()).contiguous() : Tensor();
  const kernels::ClassTargets targets{target.data_as<int64_t>(),
                                      w.defined() ? w.data_ptr() : nullptr,
                                      ignore_index, smoothing};
  Tensor loss = kernels::empty({x.size(0)}, x.dtype());
  Tensor lse = kernels::empty({x.size(0), 2}, x.dtype());
  const double counted = kernels::cross_entropy_rows(loss, lse, x, targets);
  const double scale = reduction == Reduction::Mean ? 1 / counted : 1;
  loss = reduced(loss, reduction, counted);
  if (!needs_grad(x)) return loss;
  Tensor slope = kernels::empty_like(x);
  kernels::cross_entropy_rows_backward(slope, scale, x, lse, targets);
  return record(
      loss, "NllLossBackward0", {&x},
      [t = save(target), slope = save(slope),
       kept = save(smoothing > 0 ? kernels::clone(x) : lse), reduction,
       ignore_index, smoothing](const Tensor& grad, const InputGrads& grads) {
        const Tensor classes = t();
        if (detail::grad_enabled && smoothing > 0) {
          const Tensor scores = with_history_of_input(kept());
          return composed_backward(grads, {scores}, grad, [&](const auto& in) {
            return composed_loss(in[0], classes, {}, reduction, ignore_index,
                                 smoothing);
          });
        }
        grads[0] = slope();
        if (detail::grad_enabled) {
          const Tensor shown = classes.masked_fill(classes == ignore_index, 0);
          grads[0] = recorded_slope(with_history_of_input(grads[0]), grads[0],
                                    shown, kept());
        }
        const bool each = grad.dim() > 0;
        const double factor = each ? 0 : grad.item<double>();
        if (factor == 1 && !needs_grad(grad)) return;
        grads[0] = grads[0] * (each ? grad.unsqueeze(1) : grad);
        if (std::isfinite(factor) && !each) return;
        // What is ignored passes no infinity and no nan.
        grads[0] =
            grads[0].masked_fill((classes == ignore_index).unsqueeze(1), 0);
      });
}

}  // namespace

Tensor nll_loss(const Tensor& x, const Tensor& target, const Tensor& weight,
                int64_t reduction, int64_t ignore_index) {
  if (target.dtype() == kByte) {
    return nll_loss(x, target.to(kLong), weight, reduction, ignore_index);
  }
  check_reduction("nll_loss", reduction);
  check_classes("nll_loss", x, target, weight, ignore_index);
  Tensor rows = as_rows(x);
  Tensor flat = target.reshape(-1);
  Tensor ignored = flat == ignore_index;
  Tensor safe = flat.masked_fill(ignored, 0);
  // Without classes all are ignored, and there is none to look up.
  const bool classless = rows.size(1) == 0;
  Tensor loss =
      classless ? rows.sum(1) : -rows.gather(1, safe.unsqueeze(1)).squeeze(1);
  Tensor counted = ignored.logical_not().to(x.dtype());
  if (weight.defined() && !classless) {
    counted = counted * weight.to(x.dtype()).index_select(0, safe);
  }
  loss = with_nan(where(ignored, 0, loss) * counted);
  return reduction == Reduction::None ? own(loss.view(target_shape(x)))
                                      : reduced(loss, reduction, counted);
}

Tensor cross_entropy_loss(const Tensor& x, const Tensor& target,
                          const Tensor& weight, int64_t reduction,
                          int64_t ignore_index, double label_smoothing) {
  const char* op = "cross_entropy_loss";
  check_reduction(op, reduction);
  check<ValueError>(label_smoothing >= 0 && label_smoothing <= 1,
                    "[{}] label_smoothing must lie in [0, 1], got {}", op,
                    label_smoothing);
  if (is_floating(target.dtype())) {
    check(x.sizes() == target.sizes(),
          "[{}] scores of shape {} and target probabilities of shape {} differ",
          op, x.sizes(), target.sizes());
    check<ValueError>(ignore_index < 0,
                      "[{}] ignore_index needs class numbers as targets, got "
                      "{} with probabilities",
                      op, ignore_index);
    return soft_cross_entropy(x, target, weight, reduction, label_smoothing);
  }
  if (target.dtype() == kByte || kernels::is_narrow(x)) {
    return cross_entropy_loss(computed(x), target.to(kLong), computed(weight),
                              reduction, ignore_index, label_smoothing)
        .to(x.dtype());
  }
  check_classes(op, x, target, weight, ignore_index);
  const Tensor scores = as_rows(x).contiguous();
  const Tensor flat = target.reshape(-1).contiguous();
  const bool fusible = !weight.defined() || label_smoothing == 0;
  const Tensor loss = fusible && scores.numel() > 0 && !wants_grad(weight)
                          ? fused_loss(scores, flat, weight, reduction,
                                       ignore_index, label_smoothing)
                          : composed_loss(scores, flat, weight, reduction,
                                          ignore_index, label_smoothing);
  return reduction == Reduction::None ? own(loss.view(target_shape(x))) : loss;
}

}  // namespace taper
