// Losses as modules. functional.h has them as functions. N is the batch size,
// C the number of classes; the reduction is kMean, kSum or kNone.
#pragma once

#include <cstdint>
#include <optional>

#include "taper/nn/enum.h"
#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

// Options ---------------------------------------------------------------------

/// Of losses that have no option but the reduction.
struct TAPER_API ReductionOptions {
  using reduction_t = enumtype::LossReduction;
  ReductionOptions() = default;
  ReductionOptions(enumtype::kNone tag) : reduction_(tag) {}
  ReductionOptions(enumtype::kMean tag) : reduction_(tag) {}
  ReductionOptions(enumtype::kSum tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
};
using L1LossOptions = ReductionOptions;
using MSELossOptions = ReductionOptions;
using SoftMarginLossOptions = ReductionOptions;

/// Below `beta` (1 unless stated) the loss is quadratic.
struct TAPER_API SmoothL1LossOptions {
  using reduction_t = enumtype::LossReduction;
  SmoothL1LossOptions() = default;
  SmoothL1LossOptions(enumtype::kNone tag) : reduction_(tag) {}
  SmoothL1LossOptions(enumtype::kMean tag) : reduction_(tag) {}
  SmoothL1LossOptions(enumtype::kSum tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(std::optional<double>, beta) = std::nullopt;
};

/// Below `delta` the loss is quadratic.
struct TAPER_API HuberLossOptions {
  using reduction_t = enumtype::LossReduction;
  HuberLossOptions() = default;
  HuberLossOptions(enumtype::kNone tag) : reduction_(tag) {}
  HuberLossOptions(enumtype::kMean tag) : reduction_(tag) {}
  HuberLossOptions(enumtype::kSum tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(double, delta) = 1.0;
};

/// `weight` per class; targets equal to ignore_index count nothing.
struct TAPER_API NLLLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(int64_t, ignore_index) = -100;
  TAPER_ARG(reduction_t, reduction) = kMean;
};

/// As NLLLossOptions; `label_smoothing` in [0, 1] is spread over all classes.
struct TAPER_API CrossEntropyLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(int64_t, ignore_index) = -100;
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(double, label_smoothing) = 0.0;
};

/// `weight` scales the elements of the loss; it broadcasts.
struct TAPER_API BCELossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(reduction_t, reduction) = kMean;
};

/// The same; `pos_weight` scales the part of the positive targets.
struct TAPER_API BCEWithLogitsLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(Tensor, pos_weight);
};

/// With kBatchMean the sum is divided by N. With `log_target` the targets are
/// logarithms as well.
struct TAPER_API KLDivLossOptions {
  using reduction_t = std::variant<enumtype::kNone, enumtype::kBatchMean,
                                   enumtype::kSum, enumtype::kMean>;
  KLDivLossOptions() = default;
  KLDivLossOptions(enumtype::kNone tag) : reduction_(tag) {}
  KLDivLossOptions(enumtype::kBatchMean tag) : reduction_(tag) {}
  KLDivLossOptions(enumtype::kSum tag) : reduction_(tag) {}
  KLDivLossOptions(enumtype::kMean tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(bool, log_target) = false;
};

struct TAPER_API HingeEmbeddingLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(double, margin) = 1.0;
  TAPER_ARG(reduction_t, reduction) = kMean;
};

struct TAPER_API CosineEmbeddingLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(double, margin) = 0.0;
  TAPER_ARG(reduction_t, reduction) = kMean;
};

struct TAPER_API MarginRankingLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(double, margin) = 0.0;
  TAPER_ARG(reduction_t, reduction) = kMean;
};

/// Distances are p-norms; see PairwiseDistanceOptions for eps.
struct TAPER_API TripletMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  TAPER_ARG(double, margin) = 1.0;
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_ARG(bool, swap) = false;
  TAPER_ARG(reduction_t, reduction) = kMean;
};

// Modules ---------------------------------------------------------------------

/// (input - target)^2.
struct TAPER_API MSELossImpl : Cloneable<MSELossImpl> {
  explicit MSELossImpl(MSELossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  MSELossOptions options;
};
extern template class Cloneable<MSELossImpl>;
TAPER_MODULE(MSELoss);

/// |input - target|.
struct TAPER_API L1LossImpl : Cloneable<L1LossImpl> {
  explicit L1LossImpl(L1LossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  L1LossOptions options;
};
extern template class Cloneable<L1LossImpl>;
TAPER_MODULE(L1Loss);

/// d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2.
struct TAPER_API SmoothL1LossImpl : Cloneable<SmoothL1LossImpl> {
  explicit SmoothL1LossImpl(SmoothL1LossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  SmoothL1LossOptions options;
};
extern template class Cloneable<SmoothL1LossImpl>;
TAPER_MODULE(SmoothL1Loss);

/// d^2 / 2 where d = |input - target| <= delta, else delta * (d - delta / 2).
struct TAPER_API HuberLossImpl : Cloneable<HuberLossImpl> {
  explicit HuberLossImpl(HuberLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  HuberLossOptions options;
};
extern template class Cloneable<HuberLossImpl>;
TAPER_MODULE(HuberLoss);

/// -weight[t] * input[t] for log-probabilities (N, C, ...) and int64 targets t
/// (N, ...). The mean divides by the weights counted.
struct TAPER_API NLLLossImpl : Cloneable<NLLLossImpl> {
  explicit NLLLossImpl(NLLLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  NLLLossOptions options;
  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
extern template class Cloneable<NLLLossImpl>;
TAPER_MODULE(NLLLoss);

/// NLLLoss of log_softmax(input). Floating targets of the input's shape are
/// class probabilities.
struct TAPER_API CrossEntropyLossImpl : Cloneable<CrossEntropyLossImpl> {
  explicit CrossEntropyLossImpl(CrossEntropyLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  CrossEntropyLossOptions options;
  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
extern template class Cloneable<CrossEntropyLossImpl>;
TAPER_MODULE(CrossEntropyLoss);

/// -weight * (t log x + (1 - t) log(1 - x)), the logarithms not below -100, for
/// inputs x and targets t in [0, 1].
struct TAPER_API BCELossImpl : Cloneable<BCELossImpl> {
  explicit BCELossImpl(BCELossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  BCELossOptions options;
  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
extern template class Cloneable<BCELossImpl>;
TAPER_MODULE(BCELoss);

/// BCELoss of sigmoid(input), without overflow.
struct TAPER_API BCEWithLogitsLossImpl : Cloneable<BCEWithLogitsLossImpl> {
  explicit BCEWithLogitsLossImpl(BCEWithLogitsLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  BCEWithLogitsLossOptions options;
  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
  Tensor pos_weight;
};
extern template class Cloneable<BCEWithLogitsLossImpl>;
TAPER_MODULE(BCEWithLogitsLoss);

/// target * (log(target) - input) for log-probabilities.
struct TAPER_API KLDivLossImpl : Cloneable<KLDivLossImpl> {
  explicit KLDivLossImpl(KLDivLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  KLDivLossOptions options;
};
extern template class Cloneable<KLDivLossImpl>;
TAPER_MODULE(KLDivLoss);

/// log(1 + exp(-target * input)) for targets 1 and -1.
struct TAPER_API SoftMarginLossImpl : Cloneable<SoftMarginLossImpl> {
  explicit SoftMarginLossImpl(SoftMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  SoftMarginLossOptions options;
};
extern template class Cloneable<SoftMarginLossImpl>;
TAPER_MODULE(SoftMarginLoss);

/// input where target = 1, max(0, margin - input) where it is -1.
struct TAPER_API HingeEmbeddingLossImpl : Cloneable<HingeEmbeddingLossImpl> {
  explicit HingeEmbeddingLossImpl(HingeEmbeddingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);

  HingeEmbeddingLossOptions options;
};
extern template class Cloneable<HingeEmbeddingLossImpl>;
TAPER_MODULE(HingeEmbeddingLoss);

/// 1 - cos(input1, input2) where target = 1, max(0, cos - margin) where it is
/// -1, for vectors along the last dim.
struct TAPER_API CosineEmbeddingLossImpl : Cloneable<CosineEmbeddingLossImpl> {
  explicit CosineEmbeddingLossImpl(CosineEmbeddingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2,
                 const Tensor& target);

  CosineEmbeddingLossOptions options;
};
extern template class Cloneable<CosineEmbeddingLossImpl>;
TAPER_MODULE(CosineEmbeddingLoss);

/// max(0, -target * (input1 - input2) + margin) for targets 1 and -1.
struct TAPER_API MarginRankingLossImpl : Cloneable<MarginRankingLossImpl> {
  explicit MarginRankingLossImpl(MarginRankingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2,
                 const Tensor& target);

  MarginRankingLossOptions options;
};
extern template class Cloneable<MarginRankingLossImpl>;
TAPER_MODULE(MarginRankingLoss);

/// max(0, margin + |anchor - positive| - |anchor - negative|) over the last
/// dim; with `swap`, |positive - negative| counts where it is the smaller one.
struct TAPER_API TripletMarginLossImpl : Cloneable<TripletMarginLossImpl> {
  explicit TripletMarginLossImpl(TripletMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& anchor, const Tensor& positive,
                 const Tensor& negative);

  TripletMarginLossOptions options;
};
extern template class Cloneable<TripletMarginLossImpl>;
TAPER_MODULE(TripletMarginLoss);

}  // namespace nn
}  // namespace taper
