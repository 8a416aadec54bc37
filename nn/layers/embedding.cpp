// Embedding: its table, and what it prints and calls.
#include "taper/nn/layers/embedding.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print,
                          const EmbeddingOptions& options) {
  print("num_embeddings", options.num_embeddings());
  print("embedding_dim", options.embedding_dim());
  if (options.padding_idx()) print("padding_idx", *options.padding_idx());
  if (options.max_norm()) print("max_norm", *options.max_norm());
  if (options.norm_type() != 2) print("norm_type", options.norm_type());
  print.flag("scale_grad_by_freq", options.scale_grad_by_freq());
  print.flag("sparse", options.sparse());
}

// Registers the table of a layer, and puts its padding_idx in range.
template <class Impl>
static void register_table(const char* name, Impl& layer) {
  const int64_t rows = layer.options.num_embeddings();
  const int64_t columns = layer.options.embedding_dim();
  check_size(name, "num_embeddings", rows);
  check_size(name, "embedding_dim", columns);
  if (layer.options.padding_idx()) {
    const int64_t padding = *layer.options.padding_idx();
    check<IndexError>(padding >= -rows && padding < rows,
                      "[{}] padding_idx {} is out of range for {} rows", name,
                      padding, rows);
    layer.options.padding_idx(padding < 0 ? padding + rows : padding);
  }
  const Tensor& given = layer.options._weight();
  if (!given.defined()) {
    layer.weight = layer.register_parameter("weight", empty({rows, columns}));
    layer.reset_parameters();
    return;
  }
  check(given.sizes() == IntArrayRef({rows, columns}),
        "[{}] _weight must have shape {}, got {}", name,
        IntArrayRef({rows, columns}), given.sizes());
  // In a clone, `weight` is still that of the original and must not be shared.
  const bool is_clone = layer.weight.defined();
  layer.weight = layer.register_parameter(
      "weight", is_clone ? given.detach().clone() : given);
}

static void draw_table(const Tensor& weight, std::optional<int64_t> padding) {
  init::normal_(weight);
  if (padding) {
    NoGradGuard no_grad;
    weight[*padding].fill_(0);
  }
}

void EmbeddingImpl::reset() { register_table("Embedding", *this); }

void EmbeddingImpl::reset_parameters() {
  draw_table(weight, options.padding_idx());
}

Tensor EmbeddingImpl::forward(const Tensor& indices) {
  return functional::detail::embedding(indices, weight, options.padding_idx(),
                                       options.max_norm(), options.norm_type(),
                                       options.scale_grad_by_freq());
}

Embedding Embedding::from_pretrained(
    const Tensor& embeddings, const EmbeddingFromPretrainedOptions& options) {
  check(embeddings.dim() == 2,
        "[Embedding::from_pretrained] expected a matrix, got shape {}",
        embeddings.sizes());
  Embedding result(EmbeddingOptions(embeddings.size(0), embeddings.size(1))
                       ._weight(embeddings)
                       .padding_idx(options.padding_idx())
                       .max_norm(options.max_norm())
                       .norm_type(options.norm_type())
                       .scale_grad_by_freq(options.scale_grad_by_freq())
                       .sparse(options.sparse()));
  result->weight.set_requires_grad(!options.freeze());
  return result;
}

static void print_options(OptionPrinter& print,
                          const EmbeddingBagOptions& options) {
  print("num_embeddings", options.num_embeddings());
  print("embedding_dim", options.embedding_dim());
  if (options.max_norm()) print("max_norm", *options.max_norm());
  if (options.norm_type() != 2) print("norm_type", options.norm_type());
  print.flag("scale_grad_by_freq", options.scale_grad_by_freq());
  print.flag("sparse", options.sparse());
  if (!std::holds_alternative<enumtype::kMean>(options.mode())) {
    print("mode", enumtype::get_enum_name(options.mode()));
  }
  print.flag("include_last_offset", options.include_last_offset());
  if (options.padding_idx()) print("padding_idx", *options.padding_idx());
}

void EmbeddingBagImpl::reset() { register_table("EmbeddingBag", *this); }

void EmbeddingBagImpl::reset_parameters() {
  draw_table(weight, options.padding_idx());
}

Tensor EmbeddingBagImpl::forward(const Tensor& input, const Tensor& offsets,
                                 const Tensor& per_sample_weights) {
  return functional::embedding_bag(
      input, weight,
      functional::EmbeddingBagFuncOptions()
          .offsets(offsets)
          .max_norm(options.max_norm())
          .norm_type(options.norm_type())
          .scale_grad_by_freq(options.scale_grad_by_freq())
          .mode(options.mode())
          .sparse(options.sparse())
          .per_sample_weights(per_sample_weights)
          .include_last_offset(options.include_last_offset())
          .padding_idx(options.padding_idx()));
}

EmbeddingBag EmbeddingBag::from_pretrained(
    const Tensor& embeddings,
    const EmbeddingBagFromPretrainedOptions& options) {
  check(embeddings.dim() == 2,
        "[EmbeddingBag::from_pretrained] expected a matrix, got shape {}",
        embeddings.sizes());
  EmbeddingBag result(
      EmbeddingBagOptions(embeddings.size(0), embeddings.size(1))
          ._weight(embeddings)
          .max_norm(options.max_norm())
          .norm_type(options.norm_type())
          .scale_grad_by_freq(options.scale_grad_by_freq())
          .mode(options.mode())
          .sparse(options.sparse())
          .include_last_offset(options.include_last_offset())
          .padding_idx(options.padding_idx()));
  result->weight.set_requires_grad(!options.freeze());
  return result;
}

template class Layer<EmbeddingImpl, EmbeddingOptions>;
template class Layer<EmbeddingBagImpl, EmbeddingBagOptions>;

}  // namespace taper::nn
