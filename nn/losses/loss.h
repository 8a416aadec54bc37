// Losses and distances as modules. functional.h has them as functions. N is the
// batch size, C the number of classes; the reduction is kMean, kSum or kNone.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>

#include "taper/nn/enum.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

// Options ---------------------------------------------------------------------

#define TAPER_REDUCTION                        \
 public:                                       \
  using reduction_t = enumtype::LossReduction; \
  TAPER_ARG(reduction_t, reduction)

/// Of losses that have no option but the reduction.
struct TAPER_API ReductionOptions {
  template <std::convertible_to<enumtype::LossReduction> Tag = enumtype::kMean>
  ReductionOptions(Tag tag = {}) : reduction_(tag) {}
  TAPER_REDUCTION;
};

/// Below `beta` (1 unless stated) the loss is quadratic.
struct TAPER_API SmoothL1LossOptions {
  template <std::convertible_to<enumtype::LossReduction> Tag = enumtype::kMean>
  SmoothL1LossOptions(Tag tag = {}) : reduction_(tag) {}
  TAPER_REDUCTION;
  TAPER_ARG(std::optional<double>, beta) = std::nullopt;
};

/// Below `delta` the loss is quadratic.
struct TAPER_API HuberLossOptions {
  template <std::convertible_to<enumtype::LossReduction> Tag = enumtype::kMean>
  HuberLossOptions(Tag tag = {}) : reduction_(tag) {}
  TAPER_REDUCTION;
  TAPER_ARG(double, delta) = 1.0;
};

/// `weight` per class; targets equal to ignore_index count nothing.
struct TAPER_API NLLLossOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(int64_t, ignore_index) = -100;
  TAPER_REDUCTION = kMean;
};

/// As NLLLossOptions; `label_smoothing` in [0, 1] is spread over all classes.
struct TAPER_API CrossEntropyLossOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(int64_t, ignore_index) = -100;
  TAPER_REDUCTION = kMean;
  TAPER_ARG(double, label_smoothing) = 0.0;
};

/// `weight` scales the elements of the loss; it broadcasts.
struct TAPER_API BCELossOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_REDUCTION = kMean;
};

/// The same; `pos_weight` scales the part of the positive targets.
struct TAPER_API BCEWithLogitsLossOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_REDUCTION = kMean;
  TAPER_ARG(Tensor, pos_weight);
};

/// With kBatchMean the sum is divided by N. With `log_target` the targets are
/// logarithms as well.
struct TAPER_API KLDivLossOptions {
  using reduction_t = std::variant<enumtype::kNone, enumtype::kBatchMean,
                                   enumtype::kSum, enumtype::kMean>;
  template <std::convertible_to<reduction_t> Tag = enumtype::kMean>
  KLDivLossOptions(Tag tag = {}) : reduction_(tag) {}
  TAPER_ARG(reduction_t, reduction);
  TAPER_ARG(bool, log_target) = false;
};

struct TAPER_API HingeEmbeddingLossOptions {
  TAPER_ARG(double, margin) = 1.0;
  TAPER_REDUCTION = kMean;
};

struct TAPER_API CosineEmbeddingLossOptions {
  TAPER_ARG(double, margin) = 0.0;
  TAPER_REDUCTION = kMean;
};

struct TAPER_API MarginRankingLossOptions {
  TAPER_ARG(double, margin) = 0.0;
  TAPER_REDUCTION = kMean;
};

/// Distances are p-norms; see PairwiseDistanceOptions for eps.
struct TAPER_API TripletMarginLossOptions {
  TAPER_ARG(double, margin) = 1.0;
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_ARG(bool, swap) = false;
  TAPER_REDUCTION = kMean;
};

/// The distance is pairwise_distance unless one is given.
struct TAPER_API TripletMarginWithDistanceLossOptions {
  using distance_function_t = DistanceFunction;
  TAPER_ARG(std::optional<distance_function_t>,
            distance_function) = std::nullopt;
  TAPER_ARG(double, margin) = 1.0;
  TAPER_ARG(bool, swap) = false;
  TAPER_REDUCTION = kMean;
};

/// p is 1 or 2; `weight` per class.
struct TAPER_API MultiMarginLossOptions {
  TAPER_ARG(int64_t, p) = 1;
  TAPER_ARG(double, margin) = 1.0;
  TAPER_ARG(Tensor, weight);
  TAPER_REDUCTION = kMean;
};

/// With `log_input` the input is the logarithm of the rate; `full` adds the
/// terms of the target alone; eps keeps log(input) finite.
struct TAPER_API PoissonNLLLossOptions {
  TAPER_ARG(bool, log_input) = true;
  TAPER_ARG(bool, full) = false;
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_REDUCTION = kMean;
};

/// `full` adds the constant term; variances below eps count as eps.
struct TAPER_API GaussianNLLLossOptions {
  TAPER_ARG(bool, full) = false;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_REDUCTION = kMean;
};

/// `blank` is the class of no label; zero_infinity takes impossible sequences
/// for 0.
struct TAPER_API CTCLossOptions {
  TAPER_ARG(int64_t, blank) = 0;
  TAPER_REDUCTION = kMean;
  TAPER_ARG(bool, zero_infinity) = false;
};

struct TAPER_API CosineSimilarityOptions {
  TAPER_ARG(int64_t, dim) = 1;
  TAPER_ARG(double, eps) = 1e-8;
};

struct TAPER_API PairwiseDistanceOptions {
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_ARG(bool, keepdim) = false;
};

// Modules ---------------------------------------------------------------------

#define TAPER_LOSS(Name, f, OptionsType)                       \
  TAPER_FUNCTION_LAYER(Name, OptionsType, const Tensor& input, \
                       const Tensor& target)
#define TAPER_WEIGHTED_LOSS(Name, f, OptionsType)                         \
  struct TAPER_API Name##Impl : Layer<Name##Impl, OptionsType> {          \
    explicit Name##Impl(const Options& o = {}) : Layer(o) { reset(); }    \
    void reset() override;                                                \
    Tensor forward(const Tensor& input, const Tensor& target);            \
    /** The buffer of this name; undefined when the options have none. */ \
    Tensor weight;                                                        \
  };                                                                      \
  using Name = ModuleHolder<Name##Impl>;
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                             \
  TAPER_FUNCTION_LAYER(Name, OptionsType, const Tensor& x1, const Tensor& x2, \
                       const Tensor& x3)
#include "taper/nn/layers.inc"

/// target * (log(target) - input) for log-probabilities.
TAPER_FUNCTION_LAYER(KLDivLoss, KLDivLossOptions, const Tensor& input,
                     const Tensor& target)

/// -log of the probability of each target sequence over all its alignments to
/// the log-probabilities (T, N, C); see taper::ctc_loss.
TAPER_FUNCTION_LAYER(CTCLoss, CTCLossOptions, const Tensor& log_probs,
                     const Tensor& targets, const Tensor& input_lengths,
                     const Tensor& target_lengths)

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

}  // namespace taper::nn
