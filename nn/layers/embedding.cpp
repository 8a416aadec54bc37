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

void EmbeddingImpl::reset() {
  const int64_t rows = options.num_embeddings();
  const int64_t columns = options.embedding_dim();
  check_size("Embedding", "num_embeddings", rows);
  check_size("Embedding", "embedding_dim", columns);
  if (options.padding_idx()) {
    const int64_t padding = *options.padding_idx();
    check<IndexError>(padding >= -rows && padding < rows,
                      "[Embedding] padding_idx {} is out of range for {} rows",
                      padding, rows);
    options.padding_idx(padding < 0 ? padding + rows : padding);
  }
  const Tensor& given = options._weight();
  if (!given.defined()) {
    weight = register_parameter("weight", empty({rows, columns}));
    reset_parameters();
    return;
  }
  check(given.sizes() == IntArrayRef({rows, columns}),
        "[Embedding] _weight must have shape {}, got {}",
        IntArrayRef({rows, columns}), given.sizes());
  // In a clone, `weight` is still that of the original and must not be shared.
  const bool is_clone = weight.defined();
  weight =
      register_parameter("weight", is_clone ? given.detach().clone() : given);
}

void EmbeddingImpl::reset_parameters() {
  init::normal_(weight);
  if (options.padding_idx()) {
    NoGradGuard no_grad;
    weight[*options.padding_idx()].fill_(0);
  }
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

template class Layer<EmbeddingImpl, EmbeddingOptions>;

}  // namespace taper::nn
