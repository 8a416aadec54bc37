// Look-up in a table as a function.
#include "taper/nn/functional/embedding.h"

#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/views/views.h"

namespace taper::nn::functional {

Tensor embedding(const Tensor& input, const Tensor& weight,
                 const EmbeddingFuncOptions& options) {
  return detail::embedding(input, weight, options.padding_idx(),
                           options.max_norm(), options.norm_type(),
                           options.scale_grad_by_freq(), options.sparse());
}

Tensor embedding_bag(const Tensor& input, const Tensor& weight,
                     const EmbeddingBagFuncOptions& options) {
  const char* op = "embedding_bag";
  const Tensor& weights = options.per_sample_weights();
  const bool is_max = std::holds_alternative<enumtype::kMax>(options.mode());
  check(input.dim() == 1 || input.dim() == 2,
        "[{}] expected an input (N) or (bags, n), got shape {}", op,
        input.sizes());
  check(options.offsets().defined() == (input.dim() == 1),
        "[{}] offsets belong to an input of one dim, got shape {}", op,
        input.sizes());
  check(!weights.defined() || weights.sizes() == input.sizes(),
        "[{}] per_sample_weights of shape {} for an input of shape {}", op,
        weights.defined() ? weights.sizes() : IntArrayRef(), input.sizes());
  check<ValueError>(
      !is_max || !(options.scale_grad_by_freq() || options.sparse()),
      "[{}] mode max goes neither with scale_grad_by_freq nor "
      "with sparse",
      op);
  const Tensor offsets =
      input.dim() == 1 ? options.offsets()
                       : arange(input.size(0) + options.include_last_offset()) *
                             input.size(1);
  const Tensor indices = input.reshape(-1);
  const auto bags = [&] {
    return std::get<0>(taper::embedding_bag(
        weight, indices, offsets, options.scale_grad_by_freq(),
        static_cast<int64_t>(options.mode().index()), options.sparse(),
        weights.defined() ? weights.reshape(-1) : weights,
        options.include_last_offset(), options.padding_idx()));
  };
  if (options.max_norm()) {
    bags();  // throws before a row is shortened
    Tensor table = weight;
    embedding_renorm_(table, indices, *options.max_norm(), options.norm_type());
  }
  return bags();
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
