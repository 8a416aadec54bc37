// The forward-backward algorithm in logarithms, one sequence after another on
// each thread. Graves et al., "Connectionist Temporal Classification", 2006.
#include "taper/tensor/kernels/ctc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/simd/ctc.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
// Impossible states on both sides of a row, which its ends are reached from.
constexpr int64_t kMargin = 2;

// The states of one sequence and their log-probabilities step by step.
template <class T>
class Sequence {
 public:
  Sequence(const Tensor& log_probs, const CtcTargets& targets, int64_t n)
      : steps(targets.input_lengths[static_cast<size_t>(n)]),
        states(2 * targets.lengths[static_cast<size_t>(n)] + 1),
        step_size_(log_probs.size(1) * log_probs.size(2)),
        log_probs_(log_probs.data_as<T>() + n * log_probs.size(2)),
        labels_(static_cast<size_t>(states)),
        skips_(static_cast<size_t>(states + kMargin), kNever),
        emission_(static_cast<size_t>(states)) {
    for (size_t s = 0; s < labels_.size(); ++s) {
      labels_[s] = targets.state_label(n, static_cast<int64_t>(s));
      const bool differs = s >= 2 && labels_[s] != labels_[s - 2];
      if (s % 2 == 1 && differs) skips_[s] = 0;
    }
  }

  /// to[s] = the probability of all ways to s up to step t, from that of t - 1.
  void forward(int64_t t, const double* from, double* to) {
    gather(t);
    const CtcStep step = {from, from - 1, from - 2, skips_.data()};
    ctc_table->step(to, to, step, emission_.data(), states);
  }
  /// The same of all ways from s behind step t; `emitted` counts t as well.
  void backward(int64_t t, const double* from, double* to, double* emitted) {
    gather(t);
    const CtcStep step = {from, from + 1, from + 2, skips_.data() + 2};
    ctc_table->step(to, emitted, step, emission_.data(), states);
  }
  int64_t label(int64_t s) const { return labels_[static_cast<size_t>(s)]; }

  const int64_t steps;
  const int64_t states;

 private:
  void gather(int64_t t) {
    const T* row = log_probs_ + t * step_size_;
    for (size_t s = 0; s < labels_.size(); ++s) emission_[s] = row[labels_[s]];
  }

  int64_t step_size_;
  const T* log_probs_;
  std::vector<int64_t> labels_;
  std::vector<double> skips_;
  std::vector<double> emission_;
};

// Row 0 is before the first step, row t + 1 behind step t.
double* alpha_row(const Tensor& alpha, int64_t n, int64_t row) {
  return alpha.data_as<double>() + (n * alpha.size(1) + row) * alpha.size(2) +
         kMargin;
}

template <class T>
double loss_of(Sequence<T>&& sequence, const Tensor& alpha, int64_t n) {
  double* row = alpha_row(alpha, n, 0);
  const int64_t stride = alpha.size(2);
  std::fill(row - kMargin, row - kMargin + stride * (sequence.steps + 1),
            kNever);
  row[0] = 0;
  for (int64_t t = 0; t < sequence.steps; ++t, row += stride) {
    sequence.forward(t, row, row + stride);
  }
  const double a = row[sequence.states - 1], b = row[sequence.states - 2];
  const double top = std::max(a, b);
  if (top == kNever) return -kNever;
  return -(top + std::log1p(std::exp(std::min(a, b) - top)));
}

// Makes the probabilities in `grad` (T, N, C) the gradient of sequence n.
template <class T>
void differentiate(Sequence<T>&& sequence, const Tensor& grad, double scale,
                   double loss, const Tensor& alpha, int64_t n) {
  const int64_t classes = grad.size(2), stride = grad.size(1) * classes;
  T* first = grad.data_as<T>() + n * classes;
  for (int64_t t = sequence.steps; t < grad.size(0); ++t) {
    std::fill_n(first + t * stride, classes, T{0});
  }
  std::vector<double> behind(static_cast<size_t>(sequence.states + kMargin),
                             kNever);
  std::vector<double> after = behind, emitted = behind, weights = behind;
  after[static_cast<size_t>(sequence.states - 1)] = 0;
  for (int64_t t = sequence.steps - 1; t >= 0; --t) {
    sequence.backward(t, after.data(), behind.data(), emitted.data());
    std::swap(after, emitted);
    ctc_table->weigh(weights.data(), alpha_row(alpha, n, t + 1), behind.data(),
                     loss, sequence.states);
    T* row = first + t * stride;
    for (int64_t s = 0; s < sequence.states; ++s) {
      row[sequence.label(s)] -= static_cast<T>(weights[static_cast<size_t>(s)]);
    }
    for (int64_t c = 0; c < classes; ++c) row[c] *= static_cast<T>(scale);
  }
}

// Calls body(zero of the dtype, n) for each sequence n, on several threads.
template <class Body>
void each_sequence(const Tensor& log_probs, const Tensor& alpha,
                   const Body& body) {
  visit_floating(log_probs.dtype(), [&](auto zero) {
    parallel_each(log_probs.size(1),
                  1 + 1024 / (1 + alpha.size(1) * alpha.size(2)),
                  [&](int64_t n) { body(zero, n); });
  });
}

}  // namespace

int64_t CtcTargets::state_label(int64_t n, int64_t s) const {
  if (s % 2 == 0) return blank;
  return labels.data_as<int64_t>()[offsets[static_cast<size_t>(n)] + s / 2];
}

int64_t CtcTargets::most_states() const {
  int64_t most = 0;
  for (const int64_t length : lengths) most = std::max(most, length);
  return 2 * most + 1;
}

CtcAlignments ctc_forward(const Tensor& log_probs, const CtcTargets& targets) {
  const profiler::OpScope scope("ctc_loss", log_probs);
  const int64_t batch = log_probs.size(1);
  const Tensor losses = empty({batch}, log_probs.dtype());
  const Tensor alpha =
      empty({batch, log_probs.size(0) + 1, targets.most_states() + 2 * kMargin},
            kDouble);
  each_sequence(log_probs, alpha, [&]<class T>(T, int64_t n) {
    losses.data_as<T>()[n] =
        static_cast<T>(loss_of(Sequence<T>(log_probs, targets, n), alpha, n));
  });
  return {losses, alpha};
}

Tensor ctc_backward(const Tensor& grad, const Tensor& log_probs,
                    const CtcAlignments& alignments, const CtcTargets& targets,
                    bool zero_infinity) {
  const profiler::OpScope scope("ctc_loss_backward", log_probs);
  Tensor result = unary(elementwise_table->exp, "ctc_loss", log_probs);
  const Tensor scales = contiguous(grad);
  each_sequence(log_probs, alignments.alpha, [&]<class T>(T, int64_t n) {
    double loss = alignments.losses.data_as<T>()[n];
    double scale = scales.data_as<T>()[n];
    if (std::isinf(loss)) scale = zero_infinity ? loss = 0 : std::nan("");
    differentiate(Sequence<T>(log_probs, targets, n), result, scale, loss,
                  alignments.alpha, n);
  });
  return result;
}

}  // namespace taper::kernels
