// Look-up in a table as a function.
#include "taper/nn/functional/embedding.h"

namespace taper::nn::functional {

Tensor embedding(const Tensor& input, const Tensor& weight,
                 const EmbeddingFuncOptions& options) {
  return detail::embedding(input, weight, options.padding_idx(),
                           options.max_norm(), options.norm_type(),
                           options.scale_grad_by_freq(), options.sparse());
}

Tensor detail::embedding(const Tensor& input, const Tensor& weight,
                         std::optional<int64_t> padding_idx,
                         std::optional<double> max_norm, double norm_type,
                         bool scale_grad_by_freq, bool sparse) {
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

}  // namespace taper::nn::functional
