// Embedding: a table of vectors that are looked up by number.
#pragma once

#include <cstdint>
#include <optional>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

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
  TAPER_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  TAPER_ARG(std::optional<double>, max_norm) = std::nullopt;
  TAPER_ARG(double, norm_type) = 2.;
  TAPER_ARG(bool, scale_grad_by_freq) = false;
  TAPER_ARG(bool, sparse) = false;
  TAPER_ARG(Tensor, _weight);
};

/// As EmbeddingOptions; `freeze` keeps the table from being trained.
struct TAPER_API EmbeddingFromPretrainedOptions {
  TAPER_ARG(bool, freeze) = true;
  TAPER_ARG(std::optional<int64_t>, padding_idx) = std::nullopt;
  TAPER_ARG(std::optional<double>, max_norm) = std::nullopt;
  TAPER_ARG(double, norm_type) = 2.;
  TAPER_ARG(bool, scale_grad_by_freq) = false;
  TAPER_ARG(bool, sparse) = false;
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

}  // namespace taper::nn
