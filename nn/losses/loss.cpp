// The losses: what they print, check, keep and call.
#include "taper/nn/losses/loss.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print, const SmoothL1LossOptions&) {
  print.nothing();
}

static void print_options(OptionPrinter& print, const HuberLossOptions&) {
  print.nothing();
}

static void print_options(OptionPrinter& print,
                          const HingeEmbeddingLossOptions& options) {
  print("margin", options.margin());
}

static void print_options(OptionPrinter& print,
                          const CosineEmbeddingLossOptions& options) {
  print("margin", options.margin());
}

static void print_options(OptionPrinter& print,
                          const TripletMarginLossOptions& options) {
  print("margin", options.margin())("p", options.p());
  print("eps", options.eps())("swap", options.swap());
}

namespace {

using functional::detail::reduction_of;

// A tensor of its own on the same elements, because clone() and to() give the
// registered one new elements.
Tensor alias(const Tensor& option) {
  return option.defined() ? option.detach() : Tensor();
}

/// The function that each LossLayer is.
struct Function {
  static auto of(const MSELossImpl&) { return functional::mse_loss; }
  static auto of(const L1LossImpl&) { return functional::l1_loss; }
  static auto of(const HuberLossImpl&) { return functional::huber_loss; }
  static auto of(const KLDivLossImpl&) { return functional::kl_div; }
  static auto of(const SoftMarginLossImpl&) {
    return functional::soft_margin_loss;
  }
  static auto of(const HingeEmbeddingLossImpl&) {
    return functional::hinge_embedding_loss;
  }
};

}  // namespace

template <typename Derived, typename Options>
Tensor LossLayer<Derived, Options>::forward(const Tensor& input,
                                            const Tensor& target) {
  const auto function = Function::of(static_cast<const Derived&>(*this));
  return function(input, target, this->options);
}

void SmoothL1LossImpl::reset() {
  const double beta = options.beta().value_or(1);
  check<ValueError>(beta >= 0,
                    "[SmoothL1Loss] beta must not be negative, got {}", beta);
}

Tensor SmoothL1LossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::smooth_l1_loss(input, target, options);
}

void HuberLossImpl::reset() {
  check<ValueError>(options.delta() > 0,
                    "[HuberLoss] delta must be positive, got {}",
                    options.delta());
}

void NLLLossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
}

Tensor NLLLossImpl::forward(const Tensor& input, const Tensor& target) {
  return nll_loss(input, target, weight, reduction_of(options),
                  options.ignore_index());
}

void CrossEntropyLossImpl::reset() {
  const double smoothing = options.label_smoothing();
  check<ValueError>(
      smoothing >= 0 && smoothing <= 1,
      "[CrossEntropyLoss] label_smoothing must lie in [0, 1], got {}",
      smoothing);
  weight = register_buffer("weight", alias(options.weight()));
}

Tensor CrossEntropyLossImpl::forward(const Tensor& input,
                                     const Tensor& target) {
  return cross_entropy_loss(input, target, weight, reduction_of(options),
                            options.ignore_index(), options.label_smoothing());
}

void BCELossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
}

Tensor BCELossImpl::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy(input, target, weight, reduction_of(options));
}

void BCEWithLogitsLossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
  pos_weight = register_buffer("pos_weight", alias(options.pos_weight()));
}

Tensor BCEWithLogitsLossImpl::forward(const Tensor& input,
                                      const Tensor& target) {
  return binary_cross_entropy_with_logits(input, target, weight, pos_weight,
                                          reduction_of(options));
}

Tensor CosineEmbeddingLossImpl::forward(const Tensor& input1,
                                        const Tensor& input2,
                                        const Tensor& target) {
  return functional::cosine_embedding_loss(input1, input2, target, options);
}

Tensor MarginRankingLossImpl::forward(const Tensor& input1,
                                      const Tensor& input2,
                                      const Tensor& target) {
  return functional::margin_ranking_loss(input1, input2, target, options);
}

Tensor TripletMarginLossImpl::forward(const Tensor& anchor,
                                      const Tensor& positive,
                                      const Tensor& negative) {
  return functional::triplet_margin_loss(anchor, positive, negative, options);
}

template struct detail::DefineLayers<
    MSELossImpl, L1LossImpl, SmoothL1LossImpl, HuberLossImpl, NLLLossImpl,
    CrossEntropyLossImpl, BCELossImpl, BCEWithLogitsLossImpl, KLDivLossImpl,
    SoftMarginLossImpl, HingeEmbeddingLossImpl, CosineEmbeddingLossImpl,
    MarginRankingLossImpl, TripletMarginLossImpl>;

}  // namespace taper::nn
