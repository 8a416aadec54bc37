// Look-up in a table as a function.
#pragma once

#include <cstdint>
#include <optional>

#include "taper/autograd/ops/network/embedding.h"
#include "taper/nn/layers/embedding.h"
#include "taper/tensor/arg.h"

namespace taper::nn::functional {

using taper::one_hot;

struct TAPER_API EmbeddingFuncOptions {
  TAPER_TABLE_OPTIONS;
};

struct TAPER_API EmbeddingBagFuncOptions {
  TAPER_ARG(Tensor, offsets);
  TAPER_TABLE_OPTIONS;
  TAPER_ARG(EmbeddingBagMode, mode) = kMean;
  TAPER_ARG(Tensor, per_sample_weights);
  TAPER_ARG(bool, include_last_offset) = false;
};

/// A negative padding_idx counts from the end; max_norm shortens rows first.
TAPER_API Tensor embedding(const Tensor& input, const Tensor& weight,
                           const EmbeddingFuncOptions& options = {});

/// Bags of rows of `weight`: those of the input (N) between the offsets, or the
/// rows of an input (bags, n). max_norm shortens rows first.
TAPER_API Tensor embedding_bag(const Tensor& input, const Tensor& weight,
                               const EmbeddingBagFuncOptions& options = {});

namespace detail {

TAPER_API Tensor embedding(const Tensor& input, const Tensor& weight,
                           std::optional<int64_t> padding_idx,
                           std::optional<double> max_norm, double norm_type,
                           bool scale_grad_by_freq, bool sparse = false);
/// The options are those of the layer or of the function.
template <typename Options>
Tensor embedding_bag(const Tensor& input, const Tensor& weight,
                     const Tensor& offsets, const Tensor& per_sample_weights,
                     const Options& options);

}  // namespace detail

}  // namespace taper::nn::functional
