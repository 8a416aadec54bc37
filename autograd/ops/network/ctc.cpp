// The loss of sequences without given alignments.
#include "taper/tensor/kernels/ctc.h"

#include <cmath>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/loss.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/network/pad.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

using kernels::CtcTargets;

std::vector<int64_t> checked_lengths(const char* what, IntArrayRef lengths,
                                     const Tensor& log_probs, int64_t most) {
  check(static_cast<int64_t>(lengths.size()) == log_probs.size(1),
        "[ctc_loss] expected {} {}, got {}", log_probs.size(1), what,
        lengths.size());
  for (const int64_t length : lengths) {
    check<ValueError>(length >= 0 && length <= most,
                      "[ctc_loss] {} must be in [0, {}], got {}", what, most,
                      length);
  }
  return lengths.vec();
}

void check_labels(const CtcTargets& targets, int64_t classes) {
  const int64_t* labels = targets.labels.data_as<int64_t>();
  for (size_t n = 0; n < targets.lengths.size(); ++n) {
    for (int64_t i = 0; i < targets.lengths[n]; ++i) {
      const int64_t label = labels[targets.offsets[n] + i];
      check<IndexError>(label >= 0 && label < classes,
                        "[ctc_loss] label {} is not in [0, {}]", label,
                        classes - 1);
    }
  }
}

// Targets (N, S), or one after another.
CtcTargets checked_targets(const Tensor& log_probs, const Tensor& targets,
                           IntArrayRef input_lengths, IntArrayRef lengths,
                           int64_t blank, bool zero_infinity) {
  const int64_t batch = log_probs.size(1), classes = log_probs.size(2);
  check<ValueError>(blank >= 0 && blank < classes,
                    "[ctc_loss] blank {} is not in [0, {}]", blank,
                    classes - 1);
  check(targets.dim() == 1 || (targets.dim() == 2 && targets.size(0) == batch),
        "[ctc_loss] expected targets ({}, S) or (sum of lengths), got shape {}",
        batch, targets.sizes());
  CtcTargets result;
  result.labels = kernels::contiguous(kernels::cast(targets, kLong));
  result.blank = blank;
  result.input_lengths = checked_lengths("input_lengths", input_lengths,
                                         log_probs, log_probs.size(0));
  result.lengths =
      checked_lengths("target_lengths", lengths, log_probs, targets.size(-1));
  int64_t total = 0;
  for (size_t n = 0; n < lengths.size(); ++n) {
    check<ValueError>(
        zero_infinity || lengths[n] <= input_lengths[n],
        "[ctc_loss] target {} has length {}, more than its input, {}; "
        "zero_infinity leaves such losses out",
        n, lengths[n], input_lengths[n]);
    result.offsets.push_back(targets.dim() == 1 ? total : n * targets.size(1));
    total += lengths[n];
  }
  check(targets.dim() == 2 || total == targets.size(0),
        "[ctc_loss] the target_lengths add up to {}, there are {} labels",
        total, targets.size(0));
  check_labels(result, classes);
  return result;
}

// Logarithm of a probability that adds nothing, and has a derivative.
constexpr double kNever = -1e30;

// The labels of all states (N, states), and 0 where they may be reached from
// the state but one before, else kNever.
std::pair<Tensor, Tensor> states_of(const CtcTargets& targets) {
  const auto batch = static_cast<int64_t>(targets.lengths.size());
  const Tensor labels = kernels::empty({batch, targets.most_states()}, kLong);
  const Tensor skips = kernels::full(labels.sizes(), kNever, kDouble);
  for (int64_t n = 0; n < batch; ++n) {
    const int64_t row = n * labels.size(1);
    const int64_t states = 2 * targets.lengths[static_cast<size_t>(n)] + 1;
    for (int64_t s = 0; s < labels.size(1); ++s) {
      int64_t* label = labels.data_as<int64_t>() + row + s;
      *label = s < states ? targets.state_label(n, s) : targets.blank;
      if (s >= 3 && s % 2 == 1 && label[0] != label[-2]) {
        skips.data_as<double>()[row + s] = 0;
      }
    }
  }
  return {labels, skips};
}

// The losses and, so that the gradient is that of ctc_backward, the sums of the
// probabilities that are given.
Tensor composed_losses(const Tensor& given, const CtcTargets& targets) {
  const auto [labels, offsets] = states_of(targets);
  const int64_t states = labels.size(1);
  const Tensor log_probs = given.clamp_min(kNever);
  const Tensor skips = offsets.to(given.dtype());
  const Tensor lengths = tensor(targets.input_lengths).unsqueeze(1);
  const Tensor first = (arange(states) == 0).unsqueeze(0);
  Tensor alpha = where(first, zeros(labels.sizes(), given.dtype()), kNever);
  Tensor sums = zeros({labels.size(0)}, given.dtype());
  for (int64_t t = 0; t < given.size(0); ++t) {
    const Tensor active = lengths > t;
    const Tensor wide = constant_pad_nd(alpha, {2, 0}, kNever);
    const Tensor ways = stack(
        {alpha, wide.narrow(1, 1, states), wide.narrow(1, 0, states) + skips});
    const Tensor step =
        logsumexp(ways, {0}) + log_probs.select(0, t).gather(1, labels);
    alpha = where(active, step, alpha);
    sums = sums + where(active, given.select(0, t).exp(), 0).sum(1);
  }
  const Tensor last = tensor(targets.lengths).unsqueeze(1) * 2;
  const Tensor ends = constant_pad_nd(alpha, {1, 0}, kNever)
                          .gather(1, cat({last, last + 1}, 1));
  return sums - logsumexp(ends, {1});
}

// The loss of each sequence.
Tensor sequence_losses(const Tensor& log_probs, const CtcTargets& targets,
                       bool zero_infinity) {
  const Tensor x = kernels::contiguous(log_probs);
  const kernels::CtcAlignments found = kernels::ctc_forward(x, targets);
  return record(
      kernels::clone(found.losses), "CtcLossBackward0", {&log_probs},
      [x = save(log_probs), found, targets, zero_infinity](
          const Tensor& grad, const InputGrads& grads) {
        if (!detail::grad_enabled) {
          grads[0] = kernels::ctc_backward(grad, kernels::contiguous(x()),
                                           found, targets, zero_infinity);
          return;
        }
        const double none = zero_infinity ? 0 : std::nan("");
        composed_backward(grads, {x()}, where(found.losses.isinf(), none, grad),
                          [&](const std::vector<Tensor>& in) {
                            return composed_losses(in[0], targets);
                          });
      });
}

std::vector<int64_t> numbers(const char* what, const Tensor& lengths) {
  check<TypeError>(!lengths.is_floating_point() && lengths.dim() <= 1,
                   "[ctc_loss] {} must be a vector of integers, got shape {}",
                   what, lengths.sizes());
  const Tensor flat = kernels::contiguous(kernels::cast(lengths, kLong));
  const int64_t* first = flat.data_as<int64_t>();
  return {first, first + flat.numel()};
}

}  // namespace

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                IntArrayRef input_lengths, IntArrayRef target_lengths,
                int64_t blank, int64_t reduction, bool zero_infinity) {
  const char* op = "ctc_loss";
  check_floating(op, log_probs);
  check_reduction(op, reduction);
  check(log_probs.dim() == 2 || log_probs.dim() == 3,
        "[{}] expected log_probs (T, N, C) or (T, C), got shape {}", op,
        log_probs.sizes());
  const bool batched = log_probs.dim() == 3;
  const Tensor x = computed(batched ? log_probs : log_probs.unsqueeze(1));
  const CtcTargets checked = checked_targets(
      x, targets, input_lengths, target_lengths, blank, zero_infinity);
  Tensor losses = sequence_losses(x, checked, zero_infinity);
  if (zero_infinity) losses = where(losses.isinf(), 0, losses);
  if (reduction == Reduction::Mean) {
    losses = losses / tensor(target_lengths).clamp_min(1).to(losses.dtype());
  }
  if (!batched) losses = own(losses.squeeze(0));
  return reduce_loss(op, losses, reduction).to(log_probs.dtype());
}

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                const Tensor& input_lengths, const Tensor& target_lengths,
                int64_t blank, int64_t reduction, bool zero_infinity) {
  return ctc_loss(log_probs, targets, numbers("input_lengths", input_lengths),
                  numbers("target_lengths", target_lengths), blank, reduction,
                  zero_infinity);
}

}  // namespace taper
