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

template <typename Options>
Tensor detail::embedding_bag(const Tensor& input, const Tensor& weight,
                             const Tensor& given, const Tensor& weights,
                             const Options& o) {
  const char* op = "embedding_bag";
  const bool is_flat = input.dim() == 1;
  const bool is_max = std::holds_alternative<enumtype::kMax>(o.mode());
  check(is_flat || input.dim() == 2,
        "[{}] expected an input (N) or (bags, n), got shape {}", op,
        input.sizes());
  check(given.defined() == is_flat,
        "[{}] offsets belong to an input of one dim, got shape {}", op,
        input.sizes());
  check(!weights.defined() || weights.sizes() == input.sizes(),
        "[{}] per_sample_weights of shape {} for an input of shape {}", op,
        weights.defined() ? weights.sizes() : IntArrayRef(), input.sizes());
  check<ValueError>(!is_max || !(o.scale_grad_by_freq() || o.sparse()),
                    "[{}] mode max goes neither with scale_grad_by_freq nor "
                    "with sparse",
                    op);
  const Tensor offsets =
      is_flat ? given
              : arange(input.size(0) + o.include_last_offset()) * input.size(1);
  const Tensor indices = input.reshape(-1);
  const auto bags = [&] {
    return std::get<0>(
        taper::embedding_bag(weight, indices, offsets, o.scale_grad_by_freq(),
                             static_cast<int64_t>(o.mode().index()), o.sparse(),
                             weights.defined() ? weights.reshape(-1) : weights,
                             o.include_last_offset(), o.padding_idx()));
  };
  if (o.max_norm()) {
    bags();  // throws before a row is shortened
    Tensor table = weight;
    embedding_renorm_(table, indices, *o.max_norm(), o.norm_type());
  }
  return bags();
}
template Tensor detail::embedding_bag(const Tensor&, const Tensor&,
                                      const Tensor&, const Tensor&,
                                      const EmbeddingBagOptions&);

Tensor embedding_bag(const Tensor& input, const Tensor& weight,
                     const EmbeddingBagFuncOptions& options) {
  return detail::embedding_bag(input, weight, options.offsets(),
                               options.per_sample_weights(), options);
}

Tensor detail::embedding(const Tensor& input, const Tensor& weight,
                         std::optional<int64_t> padding_idx,
                         std::optional<double> max_norm, double norm_type,
                         bool scale_grad_by_freq, bool sparse) {
  const int64_t padding =
      checked_padding("embedding", padding_idx, weight.size(0)).value_or(-1);
  if (max_norm) {
    Tensor table = weight;
    embedding_renorm_(table, input, *max_norm, norm_type);
  }
  return taper::embedding(weight, input, padding, scale_grad_by_freq, sparse);
}

}  // namespace taper::nn::functional
