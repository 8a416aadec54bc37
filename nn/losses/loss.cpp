// The losses and distances: what they print, check, keep and call.
#include "taper/nn/losses/loss.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"
#include "taper/tensor/text/print.h"

namespace taper::nn {

TAPER_SHOW(CosineSimilarityOptions, ("dim", o.dim())("eps", o.eps()))
TAPER_SHOW(PairwiseDistanceOptions,
           ("p", o.p())("eps", o.eps())("keepdim", o.keepdim()))
TAPER_SHOW(HingeEmbeddingLossOptions, ("margin", o.margin()))
TAPER_SHOW(CosineEmbeddingLossOptions, ("margin", o.margin()))
TAPER_SHOW(TripletMarginLossOptions,
           ("margin", o.margin())("p", o.p())("eps", o.eps())("swap", o.swap()))
TAPER_SHOW(TripletMarginWithDistanceLossOptions,
           ("margin", o.margin())("swap", o.swap()))
TAPER_SHOW(MultiMarginLossOptions,
           ("p", o.p())("margin", o.margin())("weight", o.weight())(
               "reduction", enumtype::get_enum_name(o.reduction())))
// No parentheses either.
TAPER_SHOW(SmoothL1LossOptions, .nothing())
TAPER_SHOW(HuberLossOptions, .nothing())

// A tensor of its own on the same elements, because clone() and to() give the
// registered one new elements.
static Tensor alias(const Tensor& option) {
  return option.defined() ? option.detach() : Tensor();
}

template <>
void check_options<SmoothL1LossImpl>(const SmoothL1LossOptions& options) {
  const double beta = options.beta().value_or(1);
  check<ValueError>(beta >= 0,
                    "[SmoothL1Loss] beta must not be negative, got {}", beta);
}

template <>
void check_options<CrossEntropyLossImpl>(
    const CrossEntropyLossOptions& options) {
  const double smoothing = options.label_smoothing();
  check<ValueError>(
      smoothing >= 0 && smoothing <= 1,
      "[CrossEntropyLoss] label_smoothing must lie in [0, 1], got {}",
      smoothing);
}

template <>
void check_options<HuberLossImpl>(const HuberLossOptions& options) {
  check<ValueError>(options.delta() > 0,
                    "[HuberLoss] delta must be positive, got {}",
                    options.delta());
}

template <>
void check_options<MultiMarginLossImpl>(const MultiMarginLossOptions& options) {
  check<ValueError>(options.p() == 1 || options.p() == 2,
                    "[MultiMarginLoss] p must be 1 or 2, got {}", options.p());
  check(!options.weight().defined() || options.weight().dim() == 1,
        "[MultiMarginLoss] weight must have one dim, got shape {}",
        options.weight().defined() ? options.weight().sizes() : IntArrayRef());
}

Tensor KLDivLossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::kl_div(input, target, options);
}

Tensor CTCLossImpl::forward(const Tensor& log_probs, const Tensor& targets,
                            const Tensor& input_lengths,
                            const Tensor& target_lengths) {
  return functional::ctc_loss(log_probs, targets, input_lengths, target_lengths,
                              options);
}

void BCEWithLogitsLossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
  pos_weight = register_buffer("pos_weight", alias(options.pos_weight()));
}

Tensor BCEWithLogitsLossImpl::forward(const Tensor& input,
                                      const Tensor& target) {
  return functional::binary_cross_entropy_with_logits(
      input, target, Options(options).weight(weight).pos_weight(pos_weight));
}

#define TAPER_LOSS(Name, f, OptionsType)                                  \
  Tensor Name##Impl::forward(const Tensor& input, const Tensor& target) { \
    return functional::f(input, target, options);                         \
  }                                                                       \
  template class Layer<Name##Impl, Name##Options>;
#define TAPER_WEIGHTED_LOSS(Name, f, OptionsType)                         \
  void Name##Impl::reset() {                                              \
    Layer::reset();                                                       \
    weight = register_buffer("weight", alias(options.weight()));          \
  }                                                                       \
  Tensor Name##Impl::forward(const Tensor& input, const Tensor& target) { \
    return functional::f(input, target, Options(options).weight(weight)); \
  }                                                                       \
  template class Layer<Name##Impl, OptionsType>;
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                \
  Tensor Name##Impl::forward(const Tensor& x1, const Tensor& x2, \
                             const Tensor& x3) {                 \
    return functional::f(x1, x2, x3, options);                   \
  }                                                              \
  template class Layer<Name##Impl, Name##Options>;
#include "taper/nn/layers.inc"

template class Layer<KLDivLossImpl, KLDivLossOptions>;
template class Layer<CTCLossImpl, CTCLossOptions>;
template class Layer<BCEWithLogitsLossImpl, BCEWithLogitsLossOptions>;

}  // namespace taper::nn
