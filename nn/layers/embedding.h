// Embedding and EmbeddingBag: a table of vectors that are looked up by number,
// one by one, or added up.
#pragma once

#include <cstdint>
#include <optional>

#include "taper/nn/enum.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// What all options of look-ups in a table have.
#define TAPER_TABLE_OPTIONS                                      \
  TAPER_ARG(std::optional<int64_t>, padding_idx) = std::nullopt; \
  TAPER_ARG(std::optional<double>, max_norm) = std::nullopt;     \
  TAPER_ARG(double, norm_type) = 2.;                             \
  TAPER_ARG(bool, scale_grad_by_freq) = false;                   \
  TAPER_ARG(bool, sparse) = false

/// `padding_idx` is a row that starts at 0 and gets no gradient (it may count
/// from the end). With `max_norm`, rows whose norm of order `norm_type` is
/// larger are scaled down when they are used. `scale_grad_by_freq` divides the
/// gradient of a row by the number of its uses. `sparse` is there for LibTorch
/// programs: gradients are always dense. `_weight` is the table to use.
struct TAPER_API EmbeddingOptions {
  EmbeddingOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  TAPER_ARG(int64_t, num_embeddings);
  TAPER_ARG(int64_t, embedding_dim);
  TAPER_TABLE_OPTIONS;
  TAPER_ARG(Tensor, _weight);
};

/// As EmbeddingOptions; `freeze` keeps the table from being trained.
struct TAPER_API EmbeddingFromPretrainedOptions {
  TAPER_ARG(bool, freeze) = true;
  TAPER_TABLE_OPTIONS;
};

/// forward(i) = weight[i] for int64 i in [0, num_embeddings), of shape (...,
/// embedding_dim). The table starts normal with mean 0 and variance 1.
struct TAPER_API EmbeddingImpl : Layer<EmbeddingImpl, EmbeddingOptions> {
  EmbeddingImpl(int64_t num_embeddings, int64_t embedding_dim)
      : EmbeddingImpl(EmbeddingOptions(num_embeddings, embedding_dim)) {}
  explicit EmbeddingImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  /// Draws the table anew.
  void reset_parameters();
  Tensor forward(const Tensor& indices);

  Tensor weight;
};

class Embedding : public ModuleHolder<EmbeddingImpl> {
 public:
  using ModuleHolder<EmbeddingImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = EmbeddingImpl;
  /// With `embeddings`, a matrix, as the table.
  TAPER_API static Embedding from_pretrained(
      const Tensor& embeddings,
      const EmbeddingFromPretrainedOptions& options = {});
};

/// What becomes of the rows of a bag.
using EmbeddingBagMode =
    std::variant<enumtype::kSum, enumtype::kMean, enumtype::kMax>;

/// As EmbeddingOptions; with `include_last_offset` the last offset is the end
/// of the last bag.
struct TAPER_API EmbeddingBagOptions {
  EmbeddingBagOptions(int64_t num_embeddings, int64_t embedding_dim)
      : num_embeddings_(num_embeddings), embedding_dim_(embedding_dim) {}
  TAPER_ARG(int64_t, num_embeddings);
  TAPER_ARG(int64_t, embedding_dim);
  TAPER_TABLE_OPTIONS;
  TAPER_ARG(EmbeddingBagMode, mode) = kMean;
  TAPER_ARG(Tensor, _weight);
  TAPER_ARG(bool, include_last_offset) = false;
};

struct TAPER_API EmbeddingBagFromPretrainedOptions {
  TAPER_ARG(bool, freeze) = true;
  TAPER_TABLE_OPTIONS;
  TAPER_ARG(EmbeddingBagMode, mode) = kMean;
  TAPER_ARG(bool, include_last_offset) = false;
};

/// Sums, means or maxima of rows of a table; see functional::embedding_bag.
struct TAPER_API EmbeddingBagImpl
    : Layer<EmbeddingBagImpl, EmbeddingBagOptions> {
  EmbeddingBagImpl(int64_t num_embeddings, int64_t embedding_dim)
      : EmbeddingBagImpl(EmbeddingBagOptions(num_embeddings, embedding_dim)) {}
  explicit EmbeddingBagImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  /// Draws the table anew.
  void reset_parameters();
  Tensor forward(const Tensor& input, const Tensor& offsets = {},
                 const Tensor& per_sample_weights = {});

  Tensor weight;

 protected:
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())}, {2, AnyValue(Tensor())})
};

class EmbeddingBag : public ModuleHolder<EmbeddingBagImpl> {
 public:
  using ModuleHolder<EmbeddingBagImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = EmbeddingBagImpl;
  /// With `embeddings`, a matrix, as the table.
  TAPER_API static EmbeddingBag from_pretrained(
      const Tensor& embeddings,
      const EmbeddingBagFromPretrainedOptions& options = {});
};

}  // namespace taper::nn
