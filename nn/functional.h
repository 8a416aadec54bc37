// The layers and losses as functions, under LibTorch's names and with its
// options, which are unpacked here: the functions themselves, and what they
// compute, are in autograd/ops/network. The options are those of the module of
// the same name; only those that differ are declared here.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "taper/autograd/ops/linalg/linalg.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/batchnorm.h"
#include "taper/nn/layers/distance.h"
#include "taper/nn/layers/dropout.h"
#include "taper/nn/layers/embedding.h"
#include "taper/nn/layers/normalization.h"
#include "taper/nn/losses/loss.h"

namespace taper::nn::functional {

// Options ---------------------------------------------------------------------

using ELUFuncOptions = ELUOptions;
using SELUFuncOptions = SELUOptions;
using CELUFuncOptions = CELUOptions;
using GLUFuncOptions = GLUOptions;
using GELUFuncOptions = GELUOptions;
using HardshrinkFuncOptions = HardshrinkOptions;
using SoftshrinkFuncOptions = SoftshrinkOptions;
using HardswishFuncOptions = HardswishOptions;
using HardtanhFuncOptions = HardtanhOptions;
using LeakyReLUFuncOptions = LeakyReLUOptions;
using ReLUFuncOptions = ReLUOptions;
using ReLU6FuncOptions = ReLU6Options;
using SoftplusFuncOptions = SoftplusOptions;
using ThresholdFuncOptions = ThresholdOptions;
using CosineSimilarityFuncOptions = CosineSimilarityOptions;
using PairwiseDistanceFuncOptions = PairwiseDistanceOptions;
using L1LossFuncOptions = L1LossOptions;
using MSELossFuncOptions = MSELossOptions;
using SmoothL1LossFuncOptions = SmoothL1LossOptions;
using HuberLossFuncOptions = HuberLossOptions;
using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using KLDivFuncOptions = KLDivLossOptions;
using SoftMarginLossFuncOptions = SoftMarginLossOptions;
using HingeEmbeddingLossFuncOptions = HingeEmbeddingLossOptions;
using CosineEmbeddingLossFuncOptions = CosineEmbeddingLossOptions;
using MarginRankingLossFuncOptions = MarginRankingLossOptions;
using TripletMarginLossFuncOptions = TripletMarginLossOptions;

/// `dtype` is what the input is cast to first.
struct TAPER_API DimFuncOptions {
  DimFuncOptions(int64_t dim) : dim_(dim) {}
  DimFuncOptions(const DimOptions& options) : dim_(options.dim()) {}
  TAPER_ARG(int64_t, dim);
  TAPER_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
using SoftmaxFuncOptions = DimFuncOptions;
using SoftminFuncOptions = DimFuncOptions;
using LogSoftmaxFuncOptions = DimFuncOptions;

/// tau is the temperature; `hard` gives one-hot vectors.
struct TAPER_API GumbelSoftmaxFuncOptions {
  TAPER_ARG(double, tau) = 1.0;
  TAPER_ARG(bool, hard) = false;
  TAPER_ARG(int, dim) = -1;
};

/// As in LibTorch the alpha forms are not training unless told so.
template <bool training_at_first>
struct TAPER_API BasicDropoutFuncOptions {
  TAPER_ARG(double, p) = 0.5;
  TAPER_ARG(bool, training) = training_at_first;
  TAPER_ARG(bool, inplace) = false;
};
using DropoutFuncOptions = BasicDropoutFuncOptions<true>;
using Dropout2dFuncOptions = DropoutFuncOptions;
using Dropout3dFuncOptions = DropoutFuncOptions;
using AlphaDropoutFuncOptions = BasicDropoutFuncOptions<false>;
using FeatureAlphaDropoutFuncOptions = AlphaDropoutFuncOptions;

struct TAPER_API BatchNormFuncOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(bool, training) = false;
  TAPER_ARG(double, momentum) = 0.1;
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API InstanceNormFuncOptions {
  TAPER_ARG(Tensor, running_mean);
  TAPER_ARG(Tensor, running_var);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(bool, use_input_stats) = true;
  TAPER_ARG(double, momentum) = 0.1;
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API LayerNormFuncOptions {
  LayerNormFuncOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TAPER_ARG(std::vector<int64_t>, normalized_shape);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API GroupNormFuncOptions {
  GroupNormFuncOptions(int64_t num_groups) : num_groups_(num_groups) {}
  TAPER_ARG(int64_t, num_groups);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API NormalizeFuncOptions {
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(int64_t, dim) = 1;
  TAPER_ARG(double, eps) = 1e-12;
};

/// `pad` is that of taper::pad; `value` is for kConstant.
struct TAPER_API PadFuncOptions {
  using mode_t = std::variant<enumtype::kConstant, enumtype::kReflect,
                              enumtype::kReplicate, enumtype::kCircular>;
  PadFuncOptions(std::vector<int64_t> pad) : pad_(std::move(pad)) {}
  TAPER_ARG(std::vector<int64_t>, pad);
  TAPER_ARG(mode_t, mode) = kConstant;
  TAPER_ARG(double, value) = 0.0;
};

struct TAPER_API EmbeddingFuncOptions {
  TAPER_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  TAPER_ARG(std::optional<double>, max_norm) = std::nullopt;
  TAPER_ARG(double, norm_type) = 2.;
  TAPER_ARG(bool, scale_grad_by_freq) = false;
  TAPER_ARG(bool, sparse) = false;
};

namespace detail {

/// f(x), written over x if asked. The copy is what the backward of f keeps,
/// since the elements of x change.
template <class F>
Tensor maybe_in_place(const Tensor& x, bool inplace, const F& f) {
  return inplace ? x.copy_(f(x.clone())) : f(x);
}

template <class Options>
int64_t reduction_of(const Options& options) {
  return enumtype::reduction_get_enum(options.reduction());
}

using Drop = Tensor (*)(const Tensor&, double, bool);
using DropInPlace = Tensor& (*)(Tensor&, double, bool);

template <class Options>
Tensor drop(Drop f, DropInPlace f_in_place, const Tensor& x,
            const Options& options) {
  Tensor self = x;
  return options.inplace() ? f_in_place(self, options.p(), options.training())
                           : f(x, options.p(), options.training());
}

/// Drops whole channels of x, which has `dims` dims or lacks the dim N.
inline Tensor drop_channels(const Tensor& x, int64_t dims,
                            const DropoutFuncOptions& options) {
  const bool batched = x.dim() == dims;
  const Tensor y = drop(feature_dropout, feature_dropout_,
                        batched ? x : x.unsqueeze(0), options);
  return options.inplace() ? x : batched ? y : y.squeeze(0);
}

}  // namespace detail

// Activations -----------------------------------------------------------------

using taper::mish;
using taper::prelu;
using taper::silu;
using taper::softsign;
using taper::tanhshrink;

inline Tensor relu(const Tensor& input, const ReLUFuncOptions& options = {}) {
  return options.inplace() ? input.relu_() : input.relu();
}
inline Tensor relu6(const Tensor& input, const ReLU6FuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), taper::relu6);
}
inline Tensor hardtanh(const Tensor& input,
                       const HardtanhFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::hardtanh(x, options.min_val(), options.max_val());
  });
}
inline Tensor leaky_relu(const Tensor& input,
                         const LeakyReLUFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::leaky_relu(x, options.negative_slope());
  });
}
inline Tensor elu(const Tensor& input, const ELUFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::elu(x, options.alpha());
  });
}
inline Tensor celu(const Tensor& input, const CELUFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::celu(x, options.alpha());
  });
}
inline Tensor selu(const Tensor& input, const SELUFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), taper::selu);
}
inline Tensor hardswish(const Tensor& input,
                        const HardswishFuncOptions& options = {}) {
  return detail::maybe_in_place(input, options.inplace(), taper::hardswish);
}
inline Tensor threshold(const Tensor& input,
                        const ThresholdFuncOptions& options) {
  return detail::maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::threshold(x, options.threshold(), options.value());
  });
}
inline Tensor gelu(const Tensor& input, const GELUFuncOptions& options = {}) {
  return taper::gelu(input, options.approximate());
}
inline Tensor logsigmoid(const Tensor& input) { return log_sigmoid(input); }
inline Tensor softplus(const Tensor& input,
                       const SoftplusFuncOptions& options = {}) {
  return taper::softplus(input, options.beta(), options.threshold());
}
inline Tensor hardshrink(const Tensor& input,
                         const HardshrinkFuncOptions& options = {}) {
  return taper::hardshrink(input, options.lambda());
}
inline Tensor softshrink(const Tensor& input,
                         const SoftshrinkFuncOptions& options = {}) {
  return taper::softshrink(input, options.lambda());
}
inline Tensor glu(const Tensor& input, const GLUFuncOptions& options = {}) {
  return taper::glu(input, options.dim());
}
inline Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return taper::softmax(input, options.dim(), options.dtype());
}
inline Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return taper::softmin(input, options.dim(), options.dtype());
}
inline Tensor log_softmax(const Tensor& input,
                          const LogSoftmaxFuncOptions& options) {
  return taper::log_softmax(input, options.dim(), options.dtype());
}
inline Tensor gumbel_softmax(const Tensor& logits,
                             const GumbelSoftmaxFuncOptions& options = {}) {
  return taper::gumbel_softmax(logits, options.tau(), options.hard(),
                               options.dim());
}

// Dropout, normalisation, look-up ---------------------------------------------

namespace detail {

/// A negative padding_idx counts from the end; max_norm shortens rows first.
inline Tensor embedding(const Tensor& input, const Tensor& weight,
                        std::optional<int64_t> padding_idx,
                        std::optional<double> max_norm, double norm_type,
                        bool scale_grad_by_freq, bool sparse = false) {
  const int64_t rows = weight.size(0);
  int64_t padding = padding_idx.value_or(-1);
  check<IndexError>(!padding_idx || (padding >= -rows && padding < rows),
                    "[embedding] padding_idx {} is out of range for {} rows",
                    padding, rows);
  if (padding_idx && padding < 0) padding += rows;
  if (max_norm) {
    Tensor table = weight;
    embedding_renorm_(table, input, *max_norm, norm_type);
  }
  return taper::embedding(weight, input, padding, scale_grad_by_freq, sparse);
}

}  // namespace detail

inline Tensor dropout(const Tensor& input,
                      const DropoutFuncOptions& options = {}) {
  return detail::drop(taper::dropout, taper::dropout_, input, options);
}
inline Tensor dropout2d(const Tensor& input,
                        const Dropout2dFuncOptions& options = {}) {
  return detail::drop_channels(input, 4, options);
}
inline Tensor dropout3d(const Tensor& input,
                        const Dropout3dFuncOptions& options = {}) {
  return detail::drop_channels(input, 5, options);
}
inline Tensor alpha_dropout(const Tensor& input,
                            const AlphaDropoutFuncOptions& options = {}) {
  return detail::drop(taper::alpha_dropout, taper::alpha_dropout_, input,
                      options);
}
inline Tensor feature_alpha_dropout(
    const Tensor& input, const FeatureAlphaDropoutFuncOptions& options = {}) {
  return detail::drop(taper::feature_alpha_dropout,
                      taper::feature_alpha_dropout_, input, options);
}
/// The running statistics are updated while training.
inline Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                         const Tensor& running_var,
                         const BatchNormFuncOptions& options = {}) {
  return taper::batch_norm(input, options.weight(), options.bias(),
                           running_mean, running_var, options.training(),
                           options.momentum(), options.eps());
}
inline Tensor instance_norm(const Tensor& input,
                            const InstanceNormFuncOptions& options = {}) {
  return taper::instance_norm(input, options.weight(), options.bias(),
                              options.running_mean(), options.running_var(),
                              options.use_input_stats(), options.momentum(),
                              options.eps());
}
inline Tensor layer_norm(const Tensor& input,
                         const LayerNormFuncOptions& options) {
  return taper::layer_norm(input, options.normalized_shape(), options.weight(),
                           options.bias(), options.eps());
}
inline Tensor group_norm(const Tensor& input,
                         const GroupNormFuncOptions& options) {
  return taper::group_norm(input, options.num_groups(), options.weight(),
                           options.bias(), options.eps());
}
inline Tensor embedding(const Tensor& input, const Tensor& weight,
                        const EmbeddingFuncOptions& options = {}) {
  return detail::embedding(input, weight, options.padding_idx(),
                           options.max_norm(), options.norm_type(),
                           options.scale_grad_by_freq(), options.sparse());
}

// Linear maps, distances, padding ---------------------------------------------

using taper::bilinear;
using taper::linear;
using taper::one_hot;

inline Tensor normalize(const Tensor& input,
                        const NormalizeFuncOptions& options = {}) {
  return taper::normalize(input, options.p(), options.dim(), options.eps());
}
inline Tensor pad(const Tensor& input, const PadFuncOptions& options) {
  constexpr const char* kModes[] = {"constant", "reflect", "replicate",
                                    "circular"};
  return taper::pad(input, options.pad(), kModes[options.mode().index()],
                    options.value());
}
inline Tensor cosine_similarity(
    const Tensor& x1, const Tensor& x2,
    const CosineSimilarityFuncOptions& options = {}) {
  return taper::cosine_similarity(x1, x2, options.dim(), options.eps());
}
inline Tensor pairwise_distance(
    const Tensor& x1, const Tensor& x2,
    const PairwiseDistanceFuncOptions& options = {}) {
  return taper::pairwise_distance(x1, x2, options.p(), options.eps(),
                                  options.keepdim());
}

// Losses ----------------------------------------------------------------------

inline Tensor mse_loss(const Tensor& input, const Tensor& target,
                       const MSELossFuncOptions& options = {}) {
  return taper::mse_loss(input, target, detail::reduction_of(options));
}
inline Tensor l1_loss(const Tensor& input, const Tensor& target,
                      const L1LossFuncOptions& options = {}) {
  return taper::l1_loss(input, target, detail::reduction_of(options));
}
inline Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                             const SmoothL1LossFuncOptions& options = {}) {
  return taper::smooth_l1_loss(input, target, detail::reduction_of(options),
                               options.beta().value_or(1));
}
/// Throws when the options have a beta too.
inline Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                             const SmoothL1LossFuncOptions& options,
                             double beta) {
  check<ValueError>(!options.beta(),
                    "[smooth_l1_loss] beta is given twice: {} and {}",
                    options.beta().value_or(0), beta);
  return taper::smooth_l1_loss(input, target, detail::reduction_of(options),
                               beta);
}
inline Tensor huber_loss(const Tensor& input, const Tensor& target,
                         const HuberLossFuncOptions& options = {}) {
  return taper::huber_loss(input, target, detail::reduction_of(options),
                           options.delta());
}
inline Tensor nll_loss(const Tensor& input, const Tensor& target,
                       const NLLLossFuncOptions& options = {}) {
  return taper::nll_loss(input, target, options.weight(),
                         detail::reduction_of(options), options.ignore_index());
}
inline Tensor cross_entropy(const Tensor& input, const Tensor& target,
                            const CrossEntropyFuncOptions& options = {}) {
  return cross_entropy_loss(input, target, options.weight(),
                            detail::reduction_of(options),
                            options.ignore_index(), options.label_smoothing());
}
inline Tensor binary_cross_entropy(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyFuncOptions& options = {}) {
  return taper::binary_cross_entropy(input, target, options.weight(),
                                     detail::reduction_of(options));
}
inline Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFuncOptions& options = {}) {
  return taper::binary_cross_entropy_with_logits(
      input, target, options.weight(), options.pos_weight(),
      detail::reduction_of(options));
}
inline Tensor kl_div(const Tensor& input, const Tensor& target,
                     const KLDivFuncOptions& options = {}) {
  const Tensor loss = taper::kl_div(
      input, target, detail::reduction_of(options), options.log_target());
  const bool batch_mean =
      std::holds_alternative<enumtype::kBatchMean>(options.reduction());
  return batch_mean && input.dim() > 0 ? loss / input.size(0) : loss;
}
inline Tensor soft_margin_loss(const Tensor& input, const Tensor& target,
                               const SoftMarginLossFuncOptions& options = {}) {
  return taper::soft_margin_loss(input, target, detail::reduction_of(options));
}
inline Tensor hinge_embedding_loss(
    const Tensor& input, const Tensor& target,
    const HingeEmbeddingLossFuncOptions& options = {}) {
  return taper::hinge_embedding_loss(input, target, options.margin(),
                                     detail::reduction_of(options));
}
inline Tensor cosine_embedding_loss(
    const Tensor& input1, const Tensor& input2, const Tensor& target,
    const CosineEmbeddingLossFuncOptions& options = {}) {
  return taper::cosine_embedding_loss(input1, input2, target, options.margin(),
                                      detail::reduction_of(options));
}
inline Tensor margin_ranking_loss(
    const Tensor& input1, const Tensor& input2, const Tensor& target,
    const MarginRankingLossFuncOptions& options = {}) {
  return taper::margin_ranking_loss(input1, input2, target, options.margin(),
                                    detail::reduction_of(options));
}
inline Tensor triplet_margin_loss(
    const Tensor& anchor, const Tensor& positive, const Tensor& negative,
    const TripletMarginLossFuncOptions& options = {}) {
  return taper::triplet_margin_loss(
      anchor, positive, negative, options.margin(), options.p(), options.eps(),
      options.swap(), detail::reduction_of(options));
}

// LibTorch's forms without options
// ----------------------------------------------

namespace detail {

template <class Options>
Options drop_options(double p, bool training, bool inplace) {
  return Options().p(p).training(training).inplace(inplace);
}

inline Tensor dropout(const Tensor& input, double p, bool training,
                      bool inplace) {
  return functional::dropout(
      input, drop_options<DropoutFuncOptions>(p, training, inplace));
}
inline Tensor dropout2d(const Tensor& input, double p, bool training,
                        bool inplace) {
  return functional::dropout2d(
      input, drop_options<Dropout2dFuncOptions>(p, training, inplace));
}
inline Tensor dropout3d(const Tensor& input, double p, bool training,
                        bool inplace) {
  return functional::dropout3d(
      input, drop_options<Dropout3dFuncOptions>(p, training, inplace));
}
inline Tensor alpha_dropout(const Tensor& input, double p, bool training,
                            bool inplace) {
  return functional::alpha_dropout(
      input, drop_options<AlphaDropoutFuncOptions>(p, training, inplace));
}
inline Tensor feature_alpha_dropout(const Tensor& input, double p,
                                    bool training, bool inplace) {
  return functional::feature_alpha_dropout(
      input,
      drop_options<FeatureAlphaDropoutFuncOptions>(p, training, inplace));
}
inline Tensor instance_norm(const Tensor& input, const Tensor& running_mean,
                            const Tensor& running_var, const Tensor& weight,
                            const Tensor& bias, bool use_input_stats,
                            double momentum, double eps) {
  return taper::instance_norm(input, weight, bias, running_mean, running_var,
                              use_input_stats, momentum, eps);
}

}  // namespace detail

}  // namespace taper::nn::functional
