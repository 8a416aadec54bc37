// Losses and distances as functions, with the options of the modules of the
// same name; only those that differ are declared here.
#pragma once

#include "taper/autograd/ops/network/distance.h"
#include "taper/nn/losses/loss.h"

namespace taper::nn::functional {

using NLLLossFuncOptions = NLLLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using KLDivFuncOptions = KLDivLossOptions;
using CTCLossFuncOptions = CTCLossOptions;
using MultilabelMarginLossFuncOptions = MultiLabelMarginLossOptions;
using MultilabelSoftMarginLossFuncOptions = MultiLabelSoftMarginLossOptions;

using taper::pdist;

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_LOSS(Name, f, OptionsType)                        \
  using Name##FuncOptions = Name##Options;                      \
  TAPER_API Tensor f(const Tensor& input, const Tensor& target, \
                     const Name##FuncOptions& options = {});
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                          \
  using Name##FuncOptions = Name##Options;                                 \
  TAPER_API Tensor f(const Tensor& x1, const Tensor& x2, const Tensor& x3, \
                     const Name##FuncOptions& options = {});
#include "taper/nn/layers.inc"

// The others ------------------------------------------------------------------

TAPER_API Tensor kl_div(const Tensor& input, const Tensor& target,
                        const KLDivFuncOptions& options = {});
TAPER_API Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets,
                          const Tensor& input_lengths,
                          const Tensor& target_lengths,
                          const CTCLossFuncOptions& options = {});
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

}  // namespace taper::nn::functional
