// Losses. Each reduces the losses of the elements as `reduction` says. N is the
// batch size, C the number of classes.
#pragma once

#include "taper/tensor/closure.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// What a loss does with the values of the elements.
namespace Reduction {
enum Reduction : int64_t { None, Mean, Sum };
}

/// (x - target)^2.
TAPER_API Tensor mse_loss(const Tensor& x, const Tensor& target,
                          int64_t reduction = Reduction::Mean);
/// |x - target|.
TAPER_API Tensor l1_loss(const Tensor& x, const Tensor& target,
                         int64_t reduction = Reduction::Mean);
/// d^2 / (2 beta) where d = |x - target| < beta, else d - beta / 2.
TAPER_API Tensor smooth_l1_loss(const Tensor& x, const Tensor& target,
                                int64_t reduction = Reduction::Mean,
                                double beta = 1);
/// d^2 / 2 where d = |x - target| <= delta, else delta * (d - delta / 2).
TAPER_API Tensor huber_loss(const Tensor& x, const Tensor& target,
                            int64_t reduction = Reduction::Mean,
                            double delta = 1);
/// -weight * (t log x + (1 - t) log(1 - x)), the logarithms not below -100;
/// x and t lie in [0, 1]; t broadcasts to x, dims of size 1 left out of both.
TAPER_API Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                                      const Tensor& weight = {},
                                      int64_t reduction = Reduction::Mean);
/// The same of sigmoid(x), exact for large |x|; pos_weight scales the term of
/// t.
TAPER_API Tensor binary_cross_entropy_with_logits(
    const Tensor& x, const Tensor& target, const Tensor& weight = {},
    const Tensor& pos_weight = {}, int64_t reduction = Reduction::Mean);
/// -weight[t] * x[t] for log-probabilities x (C), (N, C) or (N, C, ...) and
/// int64 targets of x's shape without C. Entries equal to ignore_index count
/// nothing; the mean divides by the weights counted. Throws IndexError when a
/// target is outside [0, C).
TAPER_API Tensor nll_loss(const Tensor& x, const Tensor& target,
                          const Tensor& weight = {},
                          int64_t reduction = Reduction::Mean,
                          int64_t ignore_index = -100);
/// nll_loss of log_softmax(x), with `label_smoothing` of the target spread over
/// all classes. Floating targets of x's shape are class probabilities.
TAPER_API Tensor cross_entropy_loss(const Tensor& x, const Tensor& target,
                                    const Tensor& weight = {},
                                    int64_t reduction = Reduction::Mean,
                                    int64_t ignore_index = -100,
                                    double label_smoothing = 0);
/// target * (log(target) - x) for log-probabilities x, 0 where target is 0;
/// with `log_target` the targets are logarithms as well.
TAPER_API Tensor kl_div(const Tensor& x, const Tensor& target,
                        int64_t reduction = Reduction::Mean,
                        bool log_target = false);
/// log(1 + e^(-target * x)) for targets 1 and -1.
TAPER_API Tensor soft_margin_loss(const Tensor& x, const Tensor& target,
                                  int64_t reduction = Reduction::Mean);
/// x where target = 1, max(0, margin - x) where it is -1.
TAPER_API Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                                      double margin = 1,
                                      int64_t reduction = Reduction::Mean);
/// 1 - cos(x1, x2) where target = 1, max(0, cos(x1, x2) - margin) where it is
/// -1, for vectors along the last dim.
TAPER_API Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2,
                                       const Tensor& target, double margin = 0,
                                       int64_t reduction = Reduction::Mean);
/// max(0, -target * (x1 - x2) + margin) for targets 1 and -1.
TAPER_API Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2,
                                     const Tensor& target, double margin = 0,
                                     int64_t reduction = Reduction::Mean);
/// max(0, d(anchor, positive) - d(anchor, negative) + margin), d being
/// pairwise_distance; `swap` takes d(positive, negative) where it is smaller.
/// Balntas et al., "Learning Shallow Convolutional Feature Descriptors with
/// Triplet Losses", 2016.
TAPER_API Tensor triplet_margin_loss(const Tensor& anchor,
                                     const Tensor& positive,
                                     const Tensor& negative, double margin = 1,
                                     double p = 2, double eps = 1e-6,
                                     bool swap = false,
                                     int64_t reduction = Reduction::Mean);
using DistanceFunction = detail::Closure<Tensor(const Tensor&, const Tensor&)>;
/// The same for a distance d of any kind.
TAPER_API Tensor triplet_margin_with_distance_loss(
    const Tensor& anchor, const Tensor& positive, const Tensor& negative,
    const DistanceFunction& distance, double margin = 1, bool swap = false,
    int64_t reduction = Reduction::Mean);
/// sum_j weight[t] * max(0, margin - x[t] + x[j])^p / C over the classes j
/// other than the target t, for scores x (N, C) or (C), int64 targets (N) or
/// one, and p = 1 or 2.
TAPER_API Tensor multi_margin_loss(const Tensor& x, const Tensor& target,
                                   const Scalar& p = 1,
                                   const Scalar& margin = 1,
                                   const Tensor& weight = {},
                                   int64_t reduction = Reduction::Mean);
/// sum_ij max(0, 1 - x[i] + x[j]) / C over the classes i listed in the target
/// and those j that are not, for scores x and int64 targets (N, C) or (C). A
/// list ends before its first -1.
TAPER_API Tensor multilabel_margin_loss(const Tensor& x, const Tensor& target,
                                        int64_t reduction = Reduction::Mean);
/// The mean over the classes, the last dim, of the losses of
/// binary_cross_entropy_with_logits.
TAPER_API Tensor multilabel_soft_margin_loss(
    const Tensor& x, const Tensor& target, const Tensor& weight = {},
    int64_t reduction = Reduction::Mean);
/// -log of the probability of each target sequence, over all its alignments to
/// the input: log-probabilities (T, N, C) or (T, C). The targets are (N, S), or
/// one after another (the sum of their lengths); labels are in [0, C), without
/// `blank`. The mean divides each loss by the length of its target first. The
/// gradient is that by the scores whose log_softmax log_probs is. Throws where
/// a target is longer than its input, unless zero_infinity takes impossible
/// sequences for 0. Graves et al., "Connectionist Temporal Classification",
/// 2006.
TAPER_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                          IntArrayRef input_lengths, IntArrayRef target_lengths,
                          int64_t blank = 0,
                          int64_t reduction = Reduction::Mean,
                          bool zero_infinity = false);
TAPER_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                          const Tensor& input_lengths,
                          const Tensor& target_lengths, int64_t blank = 0,
                          int64_t reduction = Reduction::Mean,
                          bool zero_infinity = false);
/// e^x - target * x of logarithms x of a rate or, unless `log_input`, x -
/// target * log(x + eps) of rates x; `full` adds Stirling's approximation of
/// log(target!) where target > 1.
TAPER_API Tensor poisson_nll_loss(const Tensor& x, const Tensor& target,
                                  bool log_input, bool full, double eps,
                                  int64_t reduction);
/// (log v + (x - target)^2 / v) / 2 for v = max(var, eps), with the gradient
/// that v has; `full` adds log(2 pi) / 2. `var` has the shape of x, or lacks
/// its last dim, or is 1 where x is not in one dim. Throws ValueError when one
/// is negative.
TAPER_API Tensor gaussian_nll_loss(const Tensor& x, const Tensor& target,
                                   const Tensor& var, bool full = false,
                                   double eps = 1e-6,
                                   int64_t reduction = Reduction::Mean);

}  // namespace taper
