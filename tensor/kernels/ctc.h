// Connectionist temporal classification: probabilities of sequences of labels,
// summed over all their alignments to longer inputs. T is the number of steps,
// N the batch size, C the number of classes. Values only.
#pragma once

#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// The sequences of a batch; all lengths and labels are valid.
struct CtcTargets {
  Tensor labels;                 // contiguous int64
  std::vector<int64_t> offsets;  // where the labels of each sequence start
  std::vector<int64_t> lengths;
  std::vector<int64_t> input_lengths;
  int64_t blank;

  /// Label, or blank, of state s of sequence n: blanks lie around all labels.
  int64_t state_label(int64_t n, int64_t s) const;
  /// States of the longest sequence.
  int64_t most_states() const;
};

struct CtcAlignments {
  Tensor losses;  // (N), -log of the probability of each sequence
  Tensor alpha;   // what the backward needs
};
/// Of floating, contiguous log-probabilities (T, N, C).
CtcAlignments ctc_forward(const Tensor& log_probs, const CtcTargets& targets);

/// grad_n * (p - q) of shape (T, N, C) for the probabilities p that were given
/// and q, those of the classes under the condition that the targets were seen:
/// the gradient by the scores that log_probs is the log_softmax of. Where the
/// loss is infinite it is nan, or 0 with `zero_infinity`, as in PyTorch.
Tensor ctc_backward(const Tensor& grad, const Tensor& log_probs,
                    const CtcAlignments& alignments, const CtcTargets& targets,
                    bool zero_infinity);

}  // namespace taper::kernels
