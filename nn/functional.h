// The layers and losses as functions, under LibTorch's names and with its
// options. The options are those of the module of the same name, which also
// has the formula; only those that differ are declared here.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/batchnorm.h"
#include "taper/nn/layers/distance.h"
#include "taper/nn/layers/dropout.h"
#include "taper/nn/layers/embedding.h"
#include "taper/nn/layers/normalization.h"
#include "taper/nn/losses/loss.h"

namespace taper {
namespace nn {
namespace functional {

// Options ---------------------------------------------------------------------

using ELUFuncOptions = ELUOptions;
using SELUFuncOptions = SELUOptions;
using CELUFuncOptions = CELUOptions;
using GLUFuncOptions = GLUOptions;
using GELUFuncOptions = GELUOptions;
using HardshrinkFuncOptions = HardshrinkOptions;
using SoftshrinkFuncOptions = SoftshrinkOptions;
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

struct TAPER_API DropoutFuncOptions {
  TAPER_ARG(double, p) = 0.5;
  TAPER_ARG(bool, training) = true;
  TAPER_ARG(bool, inplace) = false;
};
using Dropout2dFuncOptions = DropoutFuncOptions;
using Dropout3dFuncOptions = DropoutFuncOptions;

/// As in LibTorch these are not training unless told so.
struct TAPER_API AlphaDropoutFuncOptions {
  TAPER_ARG(double, p) = 0.5;
  TAPER_ARG(bool, training) = false;
  TAPER_ARG(bool, inplace) = false;
};
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

/// `pad` has what goes before and behind the last dim, then the one before it,
/// and so on; negative numbers cut off. `value` is for kConstant.
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

// Activations -----------------------------------------------------------------

TAPER_API Tensor relu(const Tensor& input, const ReLUFuncOptions& options = {});
TAPER_API Tensor relu6(const Tensor& input,
                       const ReLU6FuncOptions& options = {});
/// The gradient at the limits is 0.
TAPER_API Tensor hardtanh(const Tensor& input,
                          const HardtanhFuncOptions& options = {});
TAPER_API Tensor leaky_relu(const Tensor& input,
                            const LeakyReLUFuncOptions& options = {});
TAPER_API Tensor elu(const Tensor& input, const ELUFuncOptions& options = {});
TAPER_API Tensor celu(const Tensor& input, const CELUFuncOptions& options = {});
TAPER_API Tensor selu(const Tensor& input, const SELUFuncOptions& options = {});
/// `weight` has one element or one per channel (dim 1) of the input.
TAPER_API Tensor prelu(const Tensor& input, const Tensor& weight);
TAPER_API Tensor threshold(const Tensor& input,
                           const ThresholdFuncOptions& options);
TAPER_API Tensor gelu(const Tensor& input, const GELUFuncOptions& options = {});
TAPER_API Tensor silu(const Tensor& input);
TAPER_API Tensor mish(const Tensor& input);
TAPER_API Tensor logsigmoid(const Tensor& input);
TAPER_API Tensor tanhshrink(const Tensor& input);
TAPER_API Tensor softplus(const Tensor& input,
                          const SoftplusFuncOptions& options = {});
TAPER_API Tensor softsign(const Tensor& input);
TAPER_API Tensor hardshrink(const Tensor& input,
                            const HardshrinkFuncOptions& options = {});
TAPER_API Tensor softshrink(const Tensor& input,
                            const SoftshrinkFuncOptions& options = {});
/// Throws unless the size of dim is even.
TAPER_API Tensor glu(const Tensor& input, const GLUFuncOptions& options = {});
TAPER_API Tensor softmax(const Tensor& input,
                         const SoftmaxFuncOptions& options);
TAPER_API Tensor softmin(const Tensor& input,
                         const SoftminFuncOptions& options);
TAPER_API Tensor log_softmax(const Tensor& input,
                             const LogSoftmaxFuncOptions& options);
/// A sample of the distribution softmax(logits) that can be differentiated:
/// softmax((logits + g) / tau), g drawn from Gumbel's distribution. Jang, Gu,
/// Poole, "Categorical Reparameterization with Gumbel-Softmax", 2017.
TAPER_API Tensor gumbel_softmax(const Tensor& logits,
                                const GumbelSoftmaxFuncOptions& options = {});

// Dropout ---------------------------------------------------------------------

TAPER_API Tensor dropout(const Tensor& input,
                         const DropoutFuncOptions& options = {});
TAPER_API Tensor dropout2d(const Tensor& input,
                           const Dropout2dFuncOptions& options = {});
TAPER_API Tensor dropout3d(const Tensor& input,
                           const Dropout3dFuncOptions& options = {});
TAPER_API Tensor alpha_dropout(const Tensor& input,
                               const AlphaDropoutFuncOptions& options = {});
TAPER_API Tensor feature_alpha_dropout(
    const Tensor& input, const FeatureAlphaDropoutFuncOptions& options = {});

// Normalisation ---------------------------------------------------------------

/// The running statistics are updated while training.
TAPER_API Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                            const Tensor& running_var,
                            const BatchNormFuncOptions& options = {});
TAPER_API Tensor instance_norm(const Tensor& input,
                               const InstanceNormFuncOptions& options = {});
TAPER_API Tensor layer_norm(const Tensor& input,
                            const LayerNormFuncOptions& options);
TAPER_API Tensor group_norm(const Tensor& input,
                            const GroupNormFuncOptions& options);
/// input / max(p-norm along dim, eps).
TAPER_API Tensor normalize(const Tensor& input,
                           const NormalizeFuncOptions& options = {});

/// Longer dims: `value` around x, or x mirrored without its edge, its edge
/// repeated, or x over and over.
TAPER_API Tensor pad(const Tensor& input, const PadFuncOptions& options);

// Linear maps, look-up, distances ---------------------------------------------

TAPER_API Tensor linear(const Tensor& input, const Tensor& weight,
                        const Tensor& bias = {});
TAPER_API Tensor bilinear(const Tensor& input1, const Tensor& input2,
                          const Tensor& weight, const Tensor& bias = {});
TAPER_API Tensor embedding(const Tensor& input, const Tensor& weight,
                           const EmbeddingFuncOptions& options = {});
/// int64 (..., num_classes), 1 at the given numbers and 0 elsewhere; the
/// largest number counts when num_classes is -1.
TAPER_API Tensor one_hot(const Tensor& tensor, int64_t num_classes = -1);
TAPER_API Tensor
cosine_similarity(const Tensor& x1, const Tensor& x2,
                  const CosineSimilarityFuncOptions& options = {});
TAPER_API Tensor
pairwise_distance(const Tensor& x1, const Tensor& x2,
                  const PairwiseDistanceFuncOptions& options = {});

// Losses ----------------------------------------------------------------------

TAPER_API Tensor mse_loss(const Tensor& input, const Tensor& target,
                          const MSELossFuncOptions& options = {});
TAPER_API Tensor l1_loss(const Tensor& input, const Tensor& target,
                         const L1LossFuncOptions& options = {});
TAPER_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                                const SmoothL1LossFuncOptions& options = {});
/// Throws when the options have a beta too.
TAPER_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                                const SmoothL1LossFuncOptions& options,
                                double beta);
TAPER_API Tensor huber_loss(const Tensor& input, const Tensor& target,
                            const HuberLossFuncOptions& options = {});
TAPER_API Tensor nll_loss(const Tensor& input, const Tensor& target,
                          const NLLLossFuncOptions& options = {});
TAPER_API Tensor cross_entropy(const Tensor& input, const Tensor& target,
                               const CrossEntropyFuncOptions& options = {});
TAPER_API Tensor
binary_cross_entropy(const Tensor& input, const Tensor& target,
                     const BinaryCrossEntropyFuncOptions& options = {});
TAPER_API Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFuncOptions& options = {});
TAPER_API Tensor kl_div(const Tensor& input, const Tensor& target,
                        const KLDivFuncOptions& options = {});
TAPER_API Tensor
soft_margin_loss(const Tensor& input, const Tensor& target,
                 const SoftMarginLossFuncOptions& options = {});
TAPER_API Tensor
hinge_embedding_loss(const Tensor& input, const Tensor& target,
                     const HingeEmbeddingLossFuncOptions& options = {});
TAPER_API Tensor cosine_embedding_loss(
    const Tensor& input1, const Tensor& input2, const Tensor& target,
    const CosineEmbeddingLossFuncOptions& options = {});
TAPER_API Tensor margin_ranking_loss(
    const Tensor& input1, const Tensor& input2, const Tensor& target,
    const MarginRankingLossFuncOptions& options = {});
TAPER_API Tensor triplet_margin_loss(
    const Tensor& anchor, const Tensor& positive, const Tensor& negative,
    const TripletMarginLossFuncOptions& options = {});

namespace detail {

// What modules call, without building options.
Tensor dropout(const Tensor& input, double p, bool training, bool inplace);
Tensor dropout2d(const Tensor& input, double p, bool training, bool inplace);
Tensor dropout3d(const Tensor& input, double p, bool training, bool inplace);
Tensor alpha_dropout(const Tensor& input, double p, bool training,
                     bool inplace);
Tensor feature_alpha_dropout(const Tensor& input, double p, bool training,
                             bool inplace);
Tensor instance_norm(const Tensor& input, const Tensor& running_mean,
                     const Tensor& running_var, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum,
                     double eps);
Tensor embedding(const Tensor& input, const Tensor& weight,
                 std::optional<int64_t> padding_idx,
                 std::optional<double> max_norm, double norm_type,
                 bool scale_grad_by_freq);

}  // namespace detail
}  // namespace functional
}  // namespace nn

using nn::functional::one_hot;

/// As in LibTorch, without options.
inline Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                                int64_t dim = 1, double eps = 1e-8) {
  return nn::functional::cosine_similarity(
      x1, x2, nn::CosineSimilarityOptions().dim(dim).eps(eps));
}
inline Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                                double p = 2, double eps = 1e-6,
                                bool keepdim = false) {
  return nn::functional::pairwise_distance(
      x1, x2, nn::PairwiseDistanceOptions().p(p).eps(eps).keepdim(keepdim));
}
inline Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad,
                              const Scalar& value = 0) {
  return nn::functional::pad(
      x, nn::functional::PadFuncOptions(pad.vec()).value(value.toDouble()));
}

}  // namespace taper
