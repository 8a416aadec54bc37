// Losses of probabilities and of scores of two classes; those of several
// classes are in cross_entropy.cpp.
#include "taper/autograd/ops/network/activation.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

// PyTorch's, so that the slopes stay finite.
constexpr double kLeastVariance = 1e-12;

Tensor clamped_log(const Tensor& x) { return x.log().clamp_min(-100); }

// The same of 1 - x.
Tensor clamped_log1m(const Tensor& x) { return (-x).log1p().clamp_min(-100); }

// (x - t) / (x (1 - x)), the derivative of -(t log x + (1 - t) log(1 - x)),
// with a derivative of its own whose terms do not cancel.
Tensor bernoulli_slope(const Tensor& input, const Tensor& target) {
  const Tensor p = input.detach();
  const Tensor variance = (p * (1 - p)).clamp_min(kLeastVariance);
  return record((p - target.detach()) / variance, "DivBackward0", input,
                [x = save(input), t = save(target)](const Tensor& grad) {
                  const Tensor flat = x() * (1 - x()) < kLeastVariance;
                  const Tensor a = where(flat, 0.5, x());
                  const Tensor b = 1 - a;
                  return grad * where(flat, 1 / kLeastVariance,
                                      t() / (a * a) + (1 - t()) / (b * b));
                },
                target,
                [x = save(input)](const Tensor& grad) {
                  return -grad / (x() * (1 - x())).clamp_min(kLeastVariance);
                });
}

// -(t log x + (1 - t) log(1 - x)). The backward is not that of the composed
// ops, which gives nan at x = 0 and 1.
Tensor bernoulli_loss(const Tensor& x, const Tensor& target) {
  const Tensor p = x.detach();
  const Tensor t = target.detach();
  Tensor y = (t - 1) * clamped_log1m(p) - t * clamped_log(p);
  return record(
      y, "BinaryCrossEntropyBackward0", x,
      [x = save(x), target = save(target)](const Tensor& grad) {
        return grad * bernoulli_slope(x(), target());
      },
      target,
      [x = save(x)](const Tensor& grad) {
        return grad * (clamped_log1m(x()) - clamped_log(x()));
      });
}

// w * v, and 0 where w is 0 even if v is infinite.
Tensor weigh(const Tensor& w, const Tensor& v) {
  const Tensor none = (w == 0).logical_and(v.isinf());
  Tensor y = where(none, 0, w.detach() * v.detach());
  return record(
      y, "MulBackward0", w,
      [v = save(v)](const Tensor& grad) { return grad * v(); }, v,
      [w = save(w)](const Tensor& grad) { return grad * w(); });
}

void check_same_shape(const char* op, const Tensor& x, const Tensor& target) {
  check<TypeError>(is_floating(x.dtype()) && is_floating(target.dtype()),
                   "[{}] expected floating tensors, got {} and {}", op,
                   x.dtype(), target.dtype());
  check(x.sizes() == target.sizes(),
        "[{}] input shape {} and target shape {} differ", op, x.sizes(),
        target.sizes());
}

// x * weight, of the shape of x.
Tensor weighted(const char* op, const Tensor& x, const Tensor& weight) {
  if (!weight.defined()) return x;
  Tensor y = x * weight;
  check(y.sizes() == x.sizes(),
        "[{}] weight of shape {} does not broadcast to {}", op, weight.sizes(),
        x.sizes());
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
  const char* op = "binary_cross_entropy";
  if (x.sizes() != target.sizes()) {
    // The target broadcasts to the input, for which dims of size 1 count not.
    const Tensor t = target.squeeze();
    const Tensor shown = x.detach().squeeze();
    check(IntArrayRef(broadcast_shapes(op, shown.sizes(), t.sizes())) ==
              shown.sizes(),
          "[{}] input shape {} and target shape {} differ", op, x.sizes(),
          target.sizes());
    return binary_cross_entropy(x, t.expand(shown.sizes()).reshape(x.sizes()),
                                weight, reduction);
  }
  check_same_shape(op, x, target);
  check_fractions("input", x);
  check_fractions("target", target);
  return reduce_loss(op, weighted(op, bernoulli_loss(x, target), weight),
                     reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& x, const Tensor& target,
                                        const Tensor& weight,
                                        const Tensor& pos_weight,
                                        int64_t reduction) {
  const char* op = "binary_cross_entropy_with_logits";
  check_same_shape(op, x, target);
  // log(1 - sigmoid(x)) = log(sigmoid(-x)). Neither term is made from the
  // other, so that small ones keep their digits.
  const Tensor positive = weighted(op, target, pos_weight);
  const Tensor loss =
      weigh(target - 1, log_sigmoid(-x)) - weigh(positive, log_sigmoid(x));
  return reduce_loss(op, weighted(op, with_nan(loss), weight), reduction);
}

Tensor kl_div(const Tensor& x, const Tensor& target, int64_t reduction,
              bool log_target) {
  if (log_target) {
    // The root of exp(t) is a normal number where the product is one.
    const Tensor root = (target * 0.5).exp();
    return reduce_loss("kl_div", root * ((target - x) * root), reduction);
  }
  // Where t is 0, t log t counts 0.
  const Tensor log_t = target.masked_fill(target == 0, 1).log();
  const Tensor loss = weigh(target, log_t - x);
  return reduce_loss("kl_div", loss, reduction);
}

Tensor soft_margin_loss(const Tensor& x, const Tensor& target,
                        int64_t reduction) {
  return reduce_loss("soft_margin_loss", -log_sigmoid(target * x), reduction);
}

Tensor poisson_nll_loss(const Tensor& x, const Tensor& target, bool log_input,
                        bool full, double eps, int64_t reduction) {
  Tensor loss = log_input ? x.exp() - weigh(target, x)
                          : x - weigh(target, (x + eps).log());
  if (full) {
    constexpr double kTwoPi = 6.283185307179586476925;
    const Tensor small = target <= 1;
    const Tensor t = target.masked_fill(small, 1);
    const Tensor stirling = t * t.log() - t + (t * kTwoPi).log() * 0.5;
    loss = loss + stirling.masked_fill(small, 0);
  }
  return reduce_loss("poisson_nll_loss", loss, reduction);
}

// var with the dim that it lacks of x.
static Tensor fitting_variance(const Tensor& x, const Tensor& var) {
  if (var.sizes() == x.sizes()) return var;
  if (x.dim() == var.dim() + 1 &&
      x.sizes().slice(0, var.sizes().size()) == var.sizes()) {
    return var.unsqueeze(-1);
  }
  int64_t product = x.dim() == var.dim() ? 1 : 0;
  for (int64_t d = 0; product && d < x.dim(); ++d) {
    if (x.size(d) != var.size(d)) product *= var.size(d) == 1 ? 2 : 0;
  }
  check<ValueError>(product == 2,
                    "[gaussian_nll_loss] var of shape {} does not fit an input "
                    "of shape {}",
                    var.sizes(), x.sizes());
  return var;
}

Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target,
                         const Tensor& var, bool full, double eps,
                         int64_t reduction) {
  const char* op = "gaussian_nll_loss";
  check<ValueError>(!(var < 0).any().item<bool>(),
                    "[{}] var must not be negative, its least is {}", op,
                    var.numel() ? var.min().item<double>() : 0.0);
  const Tensor given = fitting_variance(x, var);
  const Tensor v =
      record(given.detach().clamp_min(eps), "CloneBackward0", given, pass_grad);
  Tensor loss = (v.log() + (x - target).square() / v) * 0.5;
  constexpr double kLogTwoPi = 1.837877066409345483561;
  if (full) loss = loss + kLogTwoPi / 2;
  return reduce_loss(op, loss, reduction);
}

}  // namespace taper
