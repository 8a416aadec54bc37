#include "taper/nn/losses/loss.h"

#include <ostream>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"

namespace taper {
namespace nn {

template class Cloneable<MSELossImpl>;
template class Cloneable<L1LossImpl>;
template class Cloneable<SmoothL1LossImpl>;
template class Cloneable<HuberLossImpl>;
template class Cloneable<NLLLossImpl>;
template class Cloneable<CrossEntropyLossImpl>;
template class Cloneable<BCELossImpl>;
template class Cloneable<BCEWithLogitsLossImpl>;
template class Cloneable<KLDivLossImpl>;
template class Cloneable<SoftMarginLossImpl>;
template class Cloneable<HingeEmbeddingLossImpl>;
template class Cloneable<CosineEmbeddingLossImpl>;
template class Cloneable<MarginRankingLossImpl>;
template class Cloneable<TripletMarginLossImpl>;

namespace {

using enumtype::reduction_get_enum;

// A tensor of its own on the same elements, because clone() and to() give the
// registered one new elements.
Tensor alias(const Tensor& option) {
  return option.defined() ? option.detach() : Tensor();
}

}  // namespace

MSELossImpl::MSELossImpl(MSELossOptions options_)
    : options(std::move(options_)) {}

void MSELossImpl::reset() {}

void MSELossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("MSELoss") << "()";
}

Tensor MSELossImpl::forward(const Tensor& input, const Tensor& target) {
  return mse_loss(input, target, reduction_get_enum(options.reduction()));
}

L1LossImpl::L1LossImpl(L1LossOptions options_) : options(std::move(options_)) {}

void L1LossImpl::reset() {}

void L1LossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("L1Loss") << "()";
}

Tensor L1LossImpl::forward(const Tensor& input, const Tensor& target) {
  return l1_loss(input, target, reduction_get_enum(options.reduction()));
}

SmoothL1LossImpl::SmoothL1LossImpl(SmoothL1LossOptions options_)
    : options(std::move(options_)) {
  SmoothL1LossImpl::reset();
}

void SmoothL1LossImpl::reset() {
  const double beta = options.beta().value_or(1);
  check<ValueError>(beta >= 0,
                    "[SmoothL1Loss] beta must not be negative, got {}", beta);
}

void SmoothL1LossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("SmoothL1Loss");
}

Tensor SmoothL1LossImpl::forward(const Tensor& input, const Tensor& target) {
  return smooth_l1_loss(input, target, reduction_get_enum(options.reduction()),
                        options.beta().value_or(1));
}

HuberLossImpl::HuberLossImpl(HuberLossOptions options_)
    : options(std::move(options_)) {
  HuberLossImpl::reset();
}

void HuberLossImpl::reset() {
  check<ValueError>(options.delta() > 0,
                    "[HuberLoss] delta must be positive, got {}",
                    options.delta());
}

void HuberLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("HuberLoss");
}

Tensor HuberLossImpl::forward(const Tensor& input, const Tensor& target) {
  return huber_loss(input, target, reduction_get_enum(options.reduction()),
                    options.delta());
}

NLLLossImpl::NLLLossImpl(NLLLossOptions options_)
    : options(std::move(options_)) {
  NLLLossImpl::reset();
}

void NLLLossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
}

void NLLLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("NLLLoss") << "()";
}

Tensor NLLLossImpl::forward(const Tensor& input, const Tensor& target) {
  return nll_loss(input, target, weight,
                  reduction_get_enum(options.reduction()),
                  options.ignore_index());
}

CrossEntropyLossImpl::CrossEntropyLossImpl(CrossEntropyLossOptions options_)
    : options(std::move(options_)) {
  CrossEntropyLossImpl::reset();
}

void CrossEntropyLossImpl::reset() {
  const double smoothing = options.label_smoothing();
  check<ValueError>(
      smoothing >= 0 && smoothing <= 1,
      "[CrossEntropyLoss] label_smoothing must lie in [0, 1], got {}",
      smoothing);
  weight = register_buffer("weight", alias(options.weight()));
}

void CrossEntropyLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("CrossEntropyLoss") << "()";
}

Tensor CrossEntropyLossImpl::forward(const Tensor& input,
                                     const Tensor& target) {
  return cross_entropy_loss(input, target, weight,
                            reduction_get_enum(options.reduction()),
                            options.ignore_index(), options.label_smoothing());
}

BCELossImpl::BCELossImpl(BCELossOptions options_)
    : options(std::move(options_)) {
  BCELossImpl::reset();
}

void BCELossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
}

void BCELossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("BCELoss") << "()";
}

Tensor BCELossImpl::forward(const Tensor& input, const Tensor& target) {
  return binary_cross_entropy(input, target, weight,
                              reduction_get_enum(options.reduction()));
}

BCEWithLogitsLossImpl::BCEWithLogitsLossImpl(BCEWithLogitsLossOptions options_)
    : options(std::move(options_)) {
  BCEWithLogitsLossImpl::reset();
}

void BCEWithLogitsLossImpl::reset() {
  weight = register_buffer("weight", alias(options.weight()));
  pos_weight = register_buffer("pos_weight", alias(options.pos_weight()));
}

void BCEWithLogitsLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("BCEWithLogitsLoss") << "()";
}

Tensor BCEWithLogitsLossImpl::forward(const Tensor& input,
                                      const Tensor& target) {
  return binary_cross_entropy_with_logits(
      input, target, weight, pos_weight,
      reduction_get_enum(options.reduction()));
}

KLDivLossImpl::KLDivLossImpl(KLDivLossOptions options_)
    : options(std::move(options_)) {}

void KLDivLossImpl::reset() {}

void KLDivLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("KLDivLoss") << "()";
}

Tensor KLDivLossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::kl_div(input, target, options);
}

SoftMarginLossImpl::SoftMarginLossImpl(SoftMarginLossOptions options_)
    : options(std::move(options_)) {}

void SoftMarginLossImpl::reset() {}

void SoftMarginLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("SoftMarginLoss") << "()";
}

Tensor SoftMarginLossImpl::forward(const Tensor& input, const Tensor& target) {
  return functional::soft_margin_loss(input, target, options);
}

HingeEmbeddingLossImpl::HingeEmbeddingLossImpl(
    HingeEmbeddingLossOptions options_)
    : options(std::move(options_)) {}

void HingeEmbeddingLossImpl::reset() {}

void HingeEmbeddingLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("HingeEmbeddingLoss") << "(margin=" << options.margin()
         << ')';
}

Tensor HingeEmbeddingLossImpl::forward(const Tensor& input,
                                       const Tensor& target) {
  return functional::hinge_embedding_loss(input, target, options);
}

CosineEmbeddingLossImpl::CosineEmbeddingLossImpl(
    CosineEmbeddingLossOptions options_)
    : options(std::move(options_)) {}

void CosineEmbeddingLossImpl::reset() {}

void CosineEmbeddingLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("CosineEmbeddingLoss") << "(margin=" << options.margin()
         << ')';
}

Tensor CosineEmbeddingLossImpl::forward(const Tensor& input1,
                                        const Tensor& input2,
                                        const Tensor& target) {
  return functional::cosine_embedding_loss(input1, input2, target, options);
}

MarginRankingLossImpl::MarginRankingLossImpl(MarginRankingLossOptions options_)
    : options(std::move(options_)) {}

void MarginRankingLossImpl::reset() {}

void MarginRankingLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("MarginRankingLoss") << "()";
}

Tensor MarginRankingLossImpl::forward(const Tensor& input1,
                                      const Tensor& input2,
                                      const Tensor& target) {
  return functional::margin_ranking_loss(input1, input2, target, options);
}

TripletMarginLossImpl::TripletMarginLossImpl(TripletMarginLossOptions options_)
    : options(std::move(options_)) {}

void TripletMarginLossImpl::reset() {}

void TripletMarginLossImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("TripletMarginLoss") << "(margin=" << options.margin()
         << ", p=" << options.p() << ", eps=" << options.eps()
         << ", swap=" << (options.swap() ? "true" : "false") << ')';
}

Tensor TripletMarginLossImpl::forward(const Tensor& anchor,
                                      const Tensor& positive,
                                      const Tensor& negative) {
  return functional::triplet_margin_loss(anchor, positive, negative, options);
}

}  // namespace nn
}  // namespace taper
