#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"

namespace taper::nn::functional {
namespace {

using enumtype::reduction_get_enum;

Tensor reduce(const Tensor& loss, const enumtype::LossReduction& reduction) {
  if (std::holds_alternative<enumtype::kNone>(reduction)) return loss;
  return std::holds_alternative<enumtype::kMean>(reduction) ? loss.mean()
                                                            : loss.sum();
}

}  // namespace

Tensor mse_loss(const Tensor& input, const Tensor& target,
                const MSELossFuncOptions& options) {
  return taper::mse_loss(input, target,
                         reduction_get_enum(options.reduction()));
}

Tensor l1_loss(const Tensor& input, const Tensor& target,
               const L1LossFuncOptions& options) {
  return taper::l1_loss(input, target, reduction_get_enum(options.reduction()));
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFuncOptions& options) {
  return taper::smooth_l1_loss(input, target,
                               reduction_get_enum(options.reduction()),
                               options.beta().value_or(1));
}

Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFuncOptions& options, double beta) {
  check<ValueError>(!options.beta(),
                    "[smooth_l1_loss] beta is given twice: {} and {}",
                    options.beta().value_or(0), beta);
  return taper::smooth_l1_loss(input, target,
                               reduction_get_enum(options.reduction()), beta);
}

Tensor huber_loss(const Tensor& input, const Tensor& target,
                  const HuberLossFuncOptions& options) {
  return taper::huber_loss(
      input, target, reduction_get_enum(options.reduction()), options.delta());
}

Tensor nll_loss(const Tensor& input, const Tensor& target,
                const NLLLossFuncOptions& options) {
  return taper::nll_loss(input, target, options.weight(),
                         reduction_get_enum(options.reduction()),
                         options.ignore_index());
}

Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFuncOptions& options) {
  return taper::cross_entropy_loss(
      input, target, options.weight(), reduction_get_enum(options.reduction()),
      options.ignore_index(), options.label_smoothing());
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BinaryCrossEntropyFuncOptions& options) {
  return taper::binary_cross_entropy(input, target, options.weight(),
                                     reduction_get_enum(options.reduction()));
}

Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFuncOptions& options) {
  return taper::binary_cross_entropy_with_logits(
      input, target, options.weight(), options.pos_weight(),
      reduction_get_enum(options.reduction()));
}

Tensor kl_div(const Tensor& input, const Tensor& target,
              const KLDivFuncOptions& options) {
  Tensor loss;
  if (options.log_target()) {
    loss = target.exp() * (target - input);
  } else {
    // t log t is 0 at 0.
    const Tensor safe = target.masked_fill(target == 0, 1);
    loss = target * safe.log() - target * input;
  }
  const auto& reduction = options.reduction();
  if (std::holds_alternative<enumtype::kNone>(reduction)) return loss;
  if (std::holds_alternative<enumtype::kMean>(reduction)) return loss.mean();
  if (std::holds_alternative<enumtype::kSum>(reduction)) return loss.sum();
  const int64_t n = input.dim() > 0 ? input.size(0) : 1;
  return loss.sum() / n;
}

Tensor soft_margin_loss(const Tensor& input, const Tensor& target,
                        const SoftMarginLossFuncOptions& options) {
  return reduce((-target * input).exp().log1p(), options.reduction());
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target,
                            const HingeEmbeddingLossFuncOptions& options) {
  const Tensor margin = (options.margin() - input).clamp_min(0);
  const Tensor loss =
      where(target == 1, 0, margin) + where(target == -1, 0, input);
  return reduce(loss, options.reduction());
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2,
                             const Tensor& target,
                             const CosineEmbeddingLossFuncOptions& options) {
  // PyTorch adds this to the squares of the norms.
  constexpr double kEps = 1e-12;
  const Tensor squares =
      (input1.square().sum(-1) + kEps) * (input2.square().sum(-1) + kEps);
  const Tensor cosine = (input1 * input2).sum(-1) / squares.sqrt();
  const Tensor loss =
      (1 - cosine).masked_fill(target != 1, 0) +
      (cosine - options.margin()).clamp_min(0).masked_fill(target != -1, 0);
  return reduce(loss, options.reduction());
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2,
                           const Tensor& target,
                           const MarginRankingLossFuncOptions& options) {
  const Tensor loss =
      (-target * (input1 - input2) + options.margin()).clamp_min(0);
  return reduce(loss, options.reduction());
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive,
                           const Tensor& negative,
                           const TripletMarginLossFuncOptions& options) {
  const auto distance = [&](const Tensor& a, const Tensor& b) {
    return pairwise_distance(
        a, b, PairwiseDistanceFuncOptions().p(options.p()).eps(options.eps()));
  };
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (options.swap()) far = minimum(far, distance(positive, negative));
  const Tensor loss = (near - far + options.margin()).clamp_min(0);
  return reduce(loss, options.reduction());
}

}  // namespace taper::nn::functional
