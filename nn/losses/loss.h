// Losses as modules. functional.h has them as functions. N is the batch size,
// C the number of classes; the reduction is kMean, kSum or kNone.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include "taper/nn/enum.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

// Options ---------------------------------------------------------------------

/// Of losses that have no option but the reduction.
struct TAPER_API ReductionOptions {
  using reduction_t = enumtype::LossReduction;
  ReductionOptions() = default;
  template <std::convertible_to<reduction_t> Tag>
  ReductionOptions(Tag tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
};
using L1LossOptions = ReductionOptions;
using MSELossOptions = ReductionOptions;
using SoftMarginLossOptions = ReductionOptions;

/// Below `beta` (1 unless stated) the loss is quadratic.
struct TAPER_API SmoothL1LossOptions {
  using reduction_t = enumtype::LossReduction;
  SmoothL1LossOptions() = default;
  template <std::convertible_to<reduction_t> Tag>
  SmoothL1LossOptions(Tag tag) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction) = kMean;
  TAPER_ARG(std::optional<double>, beta) = std::nullopt;
};

/// Below `delta` the loss is quadratic.
struct TAPER_API HuberLossOptions {
  using reduction_t = enumtype::LossReduction;
  HuberLossOptions() = default;
  template <std::convertible_to<reduction_t> Tag>
  HuberLossOptions(Tag tag) : reduction_(tag) {}
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
  template <std::convertible_to<reduction_t> Tag>
  KLDivLossOptions(Tag tag) : reduction_(tag) {}
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

/// A loss that is one function, which its source file names, with the options.
template <typename Derived, typename LossOptions>
class TAPER_API LossLayer : public Layer<Derived, LossOptions> {
 public:
  using Layer<Derived, LossOptions>::Layer;
  Tensor forward(const Tensor& input, const Tensor& target);
};

/// (input - target)^2.
struct TAPER_API MSELossImpl : LossLayer<MSELossImpl, MSELossOptions> {
  using LossLayer::LossLayer;
};
using MSELoss = ModuleHolder<MSELossImpl>;

/// |input - target|.
struct TAPER_API L1LossImpl : LossLayer<L1LossImpl, L1LossOptions> {
  using LossLayer::LossLayer;
};
using L1Loss = ModuleHolder<L1LossImpl>;

/// d^2 / (2 beta) where d = |input - target| < beta, else d - beta / 2.
struct TAPER_API SmoothL1LossImpl
    : Layer<SmoothL1LossImpl, SmoothL1LossOptions> {
  explicit SmoothL1LossImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input, const Tensor& target);
};
using SmoothL1Loss = ModuleHolder<SmoothL1LossImpl>;

/// d^2 / 2 where d = |input - target| <= delta, else delta * (d - delta / 2).
struct TAPER_API HuberLossImpl : LossLayer<HuberLossImpl, HuberLossOptions> {
  explicit HuberLossImpl(const Options& o = {}) : LossLayer(o) { reset(); }
  void reset() override;
};
using HuberLoss = ModuleHolder<HuberLossImpl>;

/// -weight[t] * input[t] for log-probabilities (N, C, ...) and int64 targets t
/// (N, ...). The mean divides by the weights counted.
struct TAPER_API NLLLossImpl : Layer<NLLLossImpl, NLLLossOptions> {
  explicit NLLLossImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
using NLLLoss = ModuleHolder<NLLLossImpl>;

/// NLLLoss of log_softmax(input). Floating targets of the input's shape are
/// class probabilities.
struct TAPER_API CrossEntropyLossImpl
    : Layer<CrossEntropyLossImpl, CrossEntropyLossOptions> {
  explicit CrossEntropyLossImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
using CrossEntropyLoss = ModuleHolder<CrossEntropyLossImpl>;

/// -weight * (t log x + (1 - t) log(1 - x)), the logarithms not below -100, for
/// inputs x and targets t in [0, 1].
struct TAPER_API BCELossImpl : Layer<BCELossImpl, BCELossOptions> {
  explicit BCELossImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
};
using BCELoss = ModuleHolder<BCELossImpl>;

/// BCELoss of sigmoid(input), without overflow.
struct TAPER_API BCEWithLogitsLossImpl
    : Layer<BCEWithLogitsLossImpl, BCEWithLogitsLossOptions> {
  explicit BCEWithLogitsLossImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input, const Tensor& target);

  /// The buffer of this name; undefined when the options have none.
  Tensor weight;
  Tensor pos_weight;
};
using BCEWithLogitsLoss = ModuleHolder<BCEWithLogitsLossImpl>;

/// target * (log(target) - input) for log-probabilities.
struct TAPER_API KLDivLossImpl : LossLayer<KLDivLossImpl, KLDivLossOptions> {
  using LossLayer::LossLayer;
};
using KLDivLoss = ModuleHolder<KLDivLossImpl>;

/// log(1 + exp(-target * input)) for targets 1 and -1.
struct TAPER_API SoftMarginLossImpl
    : LossLayer<SoftMarginLossImpl, SoftMarginLossOptions> {
  using LossLayer::LossLayer;
};
using SoftMarginLoss = ModuleHolder<SoftMarginLossImpl>;

/// input where target = 1, max(0, margin - input) where it is -1.
struct TAPER_API HingeEmbeddingLossImpl
    : LossLayer<HingeEmbeddingLossImpl, HingeEmbeddingLossOptions> {
  using LossLayer::LossLayer;
};
using HingeEmbeddingLoss = ModuleHolder<HingeEmbeddingLossImpl>;

/// 1 - cos(input1, input2) where target = 1, max(0, cos - margin) where it is
/// -1, for vectors along the last dim.
struct TAPER_API CosineEmbeddingLossImpl
    : Layer<CosineEmbeddingLossImpl, CosineEmbeddingLossOptions> {
  using Layer::Layer;
  Tensor forward(const Tensor& input1, const Tensor& input2,
                 const Tensor& target);
};
using CosineEmbeddingLoss = ModuleHolder<CosineEmbeddingLossImpl>;

/// max(0, -target * (input1 - input2) + margin) for targets 1 and -1.
struct TAPER_API MarginRankingLossImpl
    : Layer<MarginRankingLossImpl, MarginRankingLossOptions> {
  using Layer::Layer;
  Tensor forward(const Tensor& input1, const Tensor& input2,
                 const Tensor& target);
};
using MarginRankingLoss = ModuleHolder<MarginRankingLossImpl>;

/// max(0, margin + |anchor - positive| - |anchor - negative|) over the last
/// dim; with `swap`, |positive - negative| counts where it is the smaller one.
struct TAPER_API TripletMarginLossImpl
    : Layer<TripletMarginLossImpl, TripletMarginLossOptions> {
  using Layer::Layer;
  Tensor forward(const Tensor& anchor, const Tensor& positive,
                 const Tensor& negative);
};
using TripletMarginLoss = ModuleHolder<TripletMarginLossImpl>;

}  // namespace taper::nn
