// Losses and distances as functions.
#include "taper/nn/functional/loss.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <string_view>

#include "taper/autograd/ops.h"
#include "taper/nn/functional/call.h"
#include "taper/tensor/macros.h"
#include "taper/tensor/shape.h"

namespace taper::nn::functional {
namespace {

template <typename Options>
int64_t reduction_of(const Options& options) {
  return enumtype::reduction_get_enum(options.reduction());
}

// What an operation takes behind its tensors, in its order --------------------

auto arguments(const CosineSimilarityOptions& o) {
  return std::tuple(o.dim(), o.eps());
}
auto arguments(const PairwiseDistanceOptions& o) {
  return std::tuple(o.p(), o.eps(), o.keepdim());
}
auto arguments(const ReductionOptions& o) {
  return std::tuple(reduction_of(o));
}
auto arguments(const SmoothL1LossOptions& o) {
  return std::tuple(reduction_of(o), o.beta().value_or(1));
}
auto arguments(const HuberLossOptions& o) {
  return std::tuple(reduction_of(o), o.delta());
}
auto arguments(const TripletMarginLossOptions& o) {
  return std::tuple(o.margin(), o.p(), o.eps(), o.swap(), reduction_of(o));
}
auto arguments(const TripletMarginWithDistanceLossOptions& o) {
  DistanceFunction distance = o.distance_function().value_or(nullptr);
  if (!distance) {
    distance = [](auto& a, auto& b) { return taper::pairwise_distance(a, b); };
  }
  return std::tuple(distance, o.margin(), o.swap(), reduction_of(o));
}
auto arguments(const MultiMarginLossOptions& o) {
  return std::tuple(o.p(), o.margin(), o.weight(), reduction_of(o));
}
auto arguments(const BCELossOptions& o) {
  return std::tuple(o.weight(), reduction_of(o));
}
auto arguments(const PoissonNLLLossOptions& o) {
  return std::tuple(o.log_input(), o.full(), o.eps(), reduction_of(o));
}
auto arguments(const GaussianNLLLossOptions& o) {
  return std::tuple(o.full(), o.eps(), reduction_of(o));
}
/// Of the other losses with a margin.
template <typename MarginOptions>
auto arguments(const MarginOptions& o) {
  return std::tuple(o.margin(), reduction_of(o));
}

/// Warns once per loss when shapes that are compared differ: legal for these
/// losses, and hardly ever meant. Returns whether LibTorch expands them first.
bool compare_shapes(std::string_view loss, const Tensor& input,
                    const Tensor& target) {
  if (input.sizes() == target.sizes()) return false;
  constexpr std::string_view kLosses[] = {"mse_loss", "l1_loss",
                                          "smooth_l1_loss", "huber_loss"};
  const auto* at = std::find(std::begin(kLosses), std::end(kLosses), loss);
  if (at == std::end(kLosses)) return false;
  static std::atomic<bool> warned[std::size(kLosses)];
  if (!warned[at - kLosses].exchange(true) || WarningUtils::get_warnAlways()) {
    TORCH_WARN("[", loss, "] input ", input.sizes(), " and target ",
               target.sizes(),
               " differ in shape and are broadcast to each other; give both "
               "the same shape");
  }
  return loss != "l1_loss";
}

}  // namespace

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_LOSS(Name, f, OptionsType)                                \
  Tensor f(const Tensor& input, const Tensor& target,                   \
           const Name##FuncOptions& options) {                          \
    if (compare_shapes(#f, input, target)) {                            \
      const SmallShape shape =                                          \
          broadcast_shapes(#f, input.sizes(), target.sizes());          \
      return f(input.expand(shape), target.expand(shape), options);     \
    }                                                                   \
    return call(TAPER_OPERATION(f), arguments(options), input, target); \
  }
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                    \
  Tensor f(const Tensor& x1, const Tensor& x2, const Tensor& x3,     \
           const Name##FuncOptions& options) {                       \
    return call(TAPER_OPERATION(f), arguments(options), x1, x2, x3); \
  }
#include "taper/nn/layers.inc"

// The others ------------------------------------------------------------------

Tensor kl_div(const Tensor& input, const Tensor& target,
              const KLDivFuncOptions& options) {
  const Tensor loss =
      taper::kl_div(input, target, reduction_of(options), options.log_target());
  const bool batch_mean =
      std::holds_alternative<enumtype::kBatchMean>(options.reduction());
  return batch_mean && input.dim() > 0 ? loss / input.size(0) : loss;
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFuncOptions& options, double beta) {
  check<ValueError>(!options.beta(),
                    "[smooth_l1_loss] beta is given twice: {} and {}",
                    options.beta().value_or(0), beta);
  return smooth_l1_loss(input, target,
                        SmoothL1LossFuncOptions(options).beta(beta));
}
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                const Tensor& input_lengths, const Tensor& target_lengths,
                const CTCLossFuncOptions& o) {
  return taper::ctc_loss(log_probs, targets, input_lengths, target_lengths,
                         o.blank(), reduction_of(o), o.zero_infinity());
}
Tensor nll_loss(const Tensor& input, const Tensor& target,
                const NLLLossFuncOptions& o) {
  return taper::nll_loss(input, target, o.weight(), reduction_of(o),
                         o.ignore_index());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFuncOptions& o) {
  return cross_entropy_loss(input, target, o.weight(), reduction_of(o),
                            o.ignore_index(), o.label_smoothing());
}
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BinaryCrossEntropyFuncOptions& options) {
  check(input.sizes() == target.sizes(),
        "[binary_cross_entropy] input shape {} and target shape {} differ",
        input.sizes(), target.sizes());
  return taper::binary_cross_entropy(input, target, options.weight(),
                                     reduction_of(options));
}
Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFuncOptions& o) {
  return taper::binary_cross_entropy_with_logits(
      input, target, o.weight(), o.pos_weight(), reduction_of(o));
}

}  // namespace taper::nn::functional
