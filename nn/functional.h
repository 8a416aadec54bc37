// The layers and losses as functions, under LibTorch's names and with its
// options; what they compute is said and done in autograd/ops/network. The
// options are those of the module of the same name; only those that differ are
// declared here.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "taper/autograd/ops/linalg/linalg.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/nn/functional/attention.h"
#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/embedding.h"
#include "taper/nn/layers/normalization.h"
#include "taper/nn/losses/loss.h"

namespace taper::nn::functional {

// Options ---------------------------------------------------------------------

using ReLUFuncOptions = ReLUOptions;
using ThresholdFuncOptions = ThresholdOptions;
using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using KLDivFuncOptions = KLDivLossOptions;

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

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_ACTIVATION(Name, f, OptionsType) \
  using Name##FuncOptions = Name##Options;     \
  TAPER_API Tensor f(const Tensor& input,      \
                     const Name##FuncOptions& options = {});
#define TAPER_DROPOUT(Name, f, OptionsType)                        \
  using Name##FuncOptions = OptionsType;                           \
  TAPER_API Tensor f(const Tensor& input,                          \
                     const Name##FuncOptions& options = {});       \
  namespace detail {                                               \
  TAPER_API Tensor f(const Tensor& input, double p, bool training, \
                     bool inplace);                                \
  }
#define TAPER_LOSS(Name, f, OptionsType)                        \
  using Name##FuncOptions = Name##Options;                      \
  TAPER_API Tensor f(const Tensor& input, const Tensor& target, \
                     const Name##FuncOptions& options = {});
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                          \
  using Name##FuncOptions = Name##Options;                                 \
  TAPER_API Tensor f(const Tensor& x1, const Tensor& x2, const Tensor& x3, \
                     const Name##FuncOptions& options = {});
#include "taper/nn/layers.inc"

// Activations -----------------------------------------------------------------

using taper::mish;
using taper::prelu;
using taper::silu;
using taper::softsign;
using taper::tanhshrink;

TAPER_API Tensor relu(const Tensor& input, const ReLUFuncOptions& options = {});
TAPER_API Tensor threshold(const Tensor& input,
                           const ThresholdFuncOptions& options);
TAPER_API Tensor logsigmoid(const Tensor& input);
TAPER_API Tensor softmax(const Tensor& input,
                         const SoftmaxFuncOptions& options);
TAPER_API Tensor softmin(const Tensor& input,
                         const SoftminFuncOptions& options);
TAPER_API Tensor log_softmax(const Tensor& input,
                             const LogSoftmaxFuncOptions& options);
TAPER_API Tensor gumbel_softmax(const Tensor& logits,
                                const GumbelSoftmaxFuncOptions& options = {});

// Normalisation, look-up, linear maps, padding --------------------------------

using taper::bilinear;
using taper::linear;
using taper::one_hot;

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
TAPER_API Tensor normalize(const Tensor& input,
                           const NormalizeFuncOptions& options = {});
/// A negative padding_idx counts from the end; max_norm shortens rows first.
TAPER_API Tensor embedding(const Tensor& input, const Tensor& weight,
                           const EmbeddingFuncOptions& options = {});
TAPER_API Tensor pad(const Tensor& input, const PadFuncOptions& options);

// Losses ----------------------------------------------------------------------

TAPER_API Tensor kl_div(const Tensor& input, const Tensor& target,
                        const KLDivFuncOptions& options = {});
/// Throws when the options have a beta too.
TAPER_API Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                                const SmoothL1LossFuncOptions& options,
                                double beta);
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

// LibTorch's forms without options, beside those of layers.inc ----------------

namespace detail {

TAPER_API Tensor embedding(const Tensor& input, const Tensor& weight,
                           std::optional<int64_t> padding_idx,
                           std::optional<double> max_norm, double norm_type,
                           bool scale_grad_by_freq, bool sparse = false);
TAPER_API Tensor instance_norm(const Tensor& input, const Tensor& running_mean,
                               const Tensor& running_var, const Tensor& weight,
                               const Tensor& bias, bool use_input_stats,
                               double momentum, double eps);

}  // namespace detail

}  // namespace taper::nn::functional
