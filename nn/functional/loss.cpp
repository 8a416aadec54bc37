// Losses and distances as functions.
#include "taper/nn/functional/loss.h"

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

auto arguments(const CosineSimilarityOptions& options) {
  return std::tuple(options.dim(), options.eps());
}
auto arguments(const PairwiseDistanceOptions& options) {
  return std::tuple(options.p(), options.eps(), options.keepdim());
}
auto arguments(const ReductionOptions& options) {
  return std::tuple(reduction_of(options));
}
auto arguments(const SmoothL1LossOptions& options) {
  return std::tuple(reduction_of(options), options.beta().value_or(1));
}
auto arguments(const HuberLossOptions& options) {
  return std::tuple(reduction_of(options), options.delta());
}
auto arguments(const TripletMarginLossOptions& options) {
  return std::tuple(options.margin(), options.p(), options.eps(),
                    options.swap(), reduction_of(options));
}
auto arguments(const TripletMarginWithDistanceLossOptions& options) {
  DistanceFunction distance = options.distance_function().value_or(nullptr);
  if (!distance) {
    distance = [](const Tensor& a, const Tensor& b) {
      return taper::pairwise_distance(a, b);
    };
  }
  return std::tuple(distance, options.margin(), options.swap(),
                    reduction_of(options));
}
auto arguments(const MultiMarginLossOptions& options) {
  return std::tuple(options.p(), options.margin(), options.weight(),
                    reduction_of(options));
}
auto arguments(const MultiLabelSoftMarginLossOptions& options) {
  return std::tuple(options.weight(), reduction_of(options));
}
auto arguments(const PoissonNLLLossOptions& options) {
  return std::tuple(options.log_input(), options.full(), options.eps(),
                    reduction_of(options));
}
auto arguments(const GaussianNLLLossOptions& options) {
  return std::tuple(options.full(), options.eps(), reduction_of(options));
}
/// Of the other losses with a margin.
template <typename MarginOptions>
auto arguments(const MarginOptions& options) {
  return std::tuple(options.margin(), reduction_of(options));
}

/// Warns once per loss when shapes that are compared differ: legal for these
/// losses, and hardly ever meant. Returns whether LibTorch expands them first.
bool compare_shapes(std::string_view loss, const Tensor& input,
                    const Tensor& target) {
  if (input.sizes() == target.sizes()) return false;
  constexpr struct {
    std::string_view name;
    bool is_expanded;
  } kLosses[] = {{"mse_loss", true},
                 {"l1_loss", false},
                 {"smooth_l1_loss", true},
                 {"huber_loss", false}};
  static std::atomic<bool> warned[std::size(kLosses)];
  for (size_t i = 0; i < std::size(kLosses); ++i) {
    if (loss != kLosses[i].name) continue;
    if (!warned[i] || WarningUtils::get_warnAlways()) {
      TORCH_WARN("[", loss, "] input ", input.sizes(), " and target ",
                 target.sizes(),
                 " differ in shape and are broadcast to each other; give both "
                 "the same shape");
    }
    warned[i] = true;
    return kLosses[i].is_expanded;
  }
  return false;
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
                const CTCLossFuncOptions& options) {
  return taper::ctc_loss(log_probs, targets, input_lengths, target_lengths,
                         options.blank(), reduction_of(options),
                         options.zero_infinity());
}
Tensor nll_loss(const Tensor& input, const Tensor& target,
                const NLLLossFuncOptions& options) {
  return taper::nll_loss(input, target, options.weight(), reduction_of(options),
                         options.ignore_index());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFuncOptions& options) {
  return cross_entropy_loss(input, target, options.weight(),
                            reduction_of(options), options.ignore_index(),
                            options.label_smoothing());
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
    const BinaryCrossEntropyWithLogitsFuncOptions& options) {
  return taper::binary_cross_entropy_with_logits(
      input, target, options.weight(), options.pos_weight(),
      reduction_of(options));
}

}  // namespace taper::nn::functional
