// Embedding: its table, and what it prints and calls.
#include "taper/nn/layers/embedding.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

// Shows what options have beside padding_idx, where it stands last.
template <class Options>
static void print_table(OptionPrinter& print, const Options& o) {
  if (o.max_norm()) print("max_norm", *o.max_norm());
  if (o.norm_type() != 2) print("norm_type", o.norm_type());
  print.flag("scale_grad_by_freq", o.scale_grad_by_freq());
  print.flag("sparse", o.sparse());
}

static void print_options(OptionPrinter& print, const EmbeddingOptions& o) {
  print("num_embeddings", o.num_embeddings());
  print("embedding_dim", o.embedding_dim());
  if (o.padding_idx()) print("padding_idx", *o.padding_idx());
  print_table(print, o);
}

static void print_options(OptionPrinter& print, const EmbeddingBagOptions& o) {
  print("num_embeddings", o.num_embeddings());
  print("embedding_dim", o.embedding_dim());
  print_table(print, o);
  if (!std::holds_alternative<enumtype::kMean>(o.mode())) {
    print("mode", enumtype::get_enum_name(o.mode()));
  }
  print.flag("include_last_offset", o.include_last_offset());
  if (o.padding_idx()) print("padding_idx", *o.padding_idx());
}

// Registers the table of a layer, and puts its padding_idx in range.
template <class Impl>
static void register_table(const char* name, Impl& layer) {
  const int64_t rows = layer.options.num_embeddings();
  const int64_t columns = layer.options.embedding_dim();
  check_size(name, "num_embeddings", rows);
  check_size(name, "embedding_dim", columns);
  layer.options.padding_idx(
      checked_padding(name, layer.options.padding_idx(), rows));
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
  const NoGradGuard no_grad;
  if (padding) weight[*padding].fill_(0);
}

// Options with `table` and what both kinds of layers have of `given`.
template <class Options, class Given>
static Options options_of(const char* name, const Tensor& table,
                          const Given& given) {
  check(table.dim() == 2,
        "[{}::from_pretrained] expected a matrix, got shape {}", name,
        table.sizes());
  return Options(table.size(0), table.size(1))
      ._weight(table)
      .padding_idx(given.padding_idx())
      .max_norm(given.max_norm())
      .norm_type(given.norm_type())
      .scale_grad_by_freq(given.scale_grad_by_freq())
      .sparse(given.sparse());
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
  Embedding result(
      options_of<EmbeddingOptions>("Embedding", embeddings, options));
  result->weight.set_requires_grad(!options.freeze());
  return result;
}

void EmbeddingBagImpl::reset() { register_table("EmbeddingBag", *this); }

void EmbeddingBagImpl::reset_parameters() {
  draw_table(weight, options.padding_idx());
}

Tensor EmbeddingBagImpl::forward(const Tensor& input, const Tensor& offsets,
                                 const Tensor& per_sample_weights) {
  return functional::detail::embedding_bag(input, weight, offsets,
                                           per_sample_weights, options);
}

EmbeddingBag EmbeddingBag::from_pretrained(
    const Tensor& embeddings,
    const EmbeddingBagFromPretrainedOptions& options) {
  EmbeddingBag result(
      options_of<EmbeddingBagOptions>("EmbeddingBag", embeddings, options)
          .mode(options.mode())
          .include_last_offset(options.include_last_offset()));
  result->weight.set_requires_grad(!options.freeze());
  return result;
}

template class Layer<EmbeddingImpl, EmbeddingOptions>;
template class Layer<EmbeddingBagImpl, EmbeddingBagOptions>;

}  // namespace taper::nn
