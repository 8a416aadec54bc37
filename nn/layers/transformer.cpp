// The layers of transformers, and their stacks.
#include "taper/nn/layers/transformer.h"

#include <limits>

#include "taper/autograd/ops.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

// Their own source files know what to print of them.
extern template class Layer<LinearImpl, LinearOptions>;
extern template class Layer<DropoutImpl, DropoutOptions>;
extern template class Layer<LayerNormImpl, LayerNormOptions,
                            detail::AffineLayer>;
extern template class Layer<MultiheadAttentionImpl, MultiheadAttentionOptions,
                            detail::ContainerLayer>;

void detail::TransformerBase::pretty_print(std::ostream& stream) const {
  stream << printed_name() << "Impl";
}

namespace {

Tensor activate(const activation_t& activation, const Tensor& x) {
  if (std::holds_alternative<enumtype::kReLU>(activation)) return relu(x);
  if (std::holds_alternative<enumtype::kGELU>(activation)) return gelu(x);
  const auto& function = std::get<2>(activation);
  check<ValueError>(static_cast<bool>(function),
                    "[Transformer] the activation is an empty function");
  return function(x);
}

MultiheadAttention attention_of(const detail::TransformerLayerOptions& o) {
  return MultiheadAttention(
      MultiheadAttentionOptions(o.d_model(), o.nhead()).dropout(o.dropout()));
}

LayerNorm norm_of(const detail::TransformerLayerOptions& o) {
  return LayerNorm(LayerNormOptions({o.d_model()}));
}

// The result alone of what attends to `to`.
Tensor attend(MultiheadAttention& attention, const Tensor& x, const Tensor& to,
              const Tensor& mask, const Tensor& padding) {
  return std::get<0>(
      attention(x, to, to, padding, /*need_weights=*/false, mask));
}

template <typename Options>
void check_stack(const char* name, const Options& o, bool has_layer) {
  check<ValueError>(has_layer, "[{}] the layer to copy is missing", name);
  check_size(name, "num_layers", o.num_layers());
}

// Copies of the layer and of the norm, registered.
template <typename Stack, typename LayerHolder>
void fill(Stack& stack, const LayerHolder& layer) {
  stack.layers = stack.register_module("layers", ModuleList());
  for (int64_t i = 0; i < stack.options.num_layers(); ++i) {
    stack.layers->push_back(layer->clone());
  }
  if (stack.options.norm().is_empty()) return;
  stack.norm = stack.options.norm().clone();
  stack.register_module("norm", stack.norm.ptr());
}

template <typename LayerImpl, typename Stack>
void reset_all(Stack& stack) {
  for (const auto& layer : *stack.layers) {
    layer->template as<LayerImpl>()->reset_parameters();
  }
  if (stack.norm.is_empty()) return;
  const auto module = stack.norm.ptr();
  if (auto* norm = module->template as<LayerNormImpl>()) {
    norm->reset_parameters();
  }
}

template <typename Stack>
Tensor normalised(Stack& stack, const Tensor& x) {
  return stack.norm.is_empty() ? x : stack.norm.forward(x);
}

template <typename Options>
detail::TransformerLayerOptions layer_options(const Options& o) {
  return detail::TransformerLayerOptions(o.d_model(), o.nhead())
      .dim_feedforward(o.dim_feedforward())
      .dropout(o.dropout())
      .activation(o.activation());
}

}  // namespace

void TransformerEncoderLayerImpl::reset() {
  const int64_t d = options.d_model(), hidden = options.dim_feedforward();
  self_attn = register_module("self_attn", attention_of(options));
  linear1 = register_module("linear1", Linear(d, hidden));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(hidden, d));
  norm1 = register_module("norm1", norm_of(options));
  norm2 = register_module("norm2", norm_of(options));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
}

void TransformerEncoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm1->reset_parameters();
  norm2->reset_parameters();
}

Tensor TransformerEncoderLayerImpl::forward(
    const Tensor& src, const Tensor& src_mask,
    const Tensor& src_key_padding_mask) {
  const Tensor seen =
      attend(self_attn, src, src, src_mask, src_key_padding_mask);
  const Tensor x = norm1(src + dropout1(seen));
  const Tensor hidden = activate(options.activation(), linear1(x));
  return norm2(x + dropout2(linear2(dropout(hidden))));
}

void TransformerDecoderLayerImpl::reset() {
  const int64_t d = options.d_model(), hidden = options.dim_feedforward();
  self_attn = register_module("self_attn", attention_of(options));
  multihead_attn = register_module("multihead_attn", attention_of(options));
  linear1 = register_module("linear1", Linear(d, hidden));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(hidden, d));
  norm1 = register_module("norm1", norm_of(options));
  norm2 = register_module("norm2", norm_of(options));
  norm3 = register_module("norm3", norm_of(options));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
  dropout3 = register_module("dropout3", Dropout(options.dropout()));
}

void TransformerDecoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  multihead_attn->_reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm1->reset_parameters();
  norm2->reset_parameters();
  norm3->reset_parameters();
}

Tensor TransformerDecoderLayerImpl::forward(
    const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask,
    const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
    const Tensor& memory_key_padding_mask) {
  const Tensor own =
      attend(self_attn, tgt, tgt, tgt_mask, tgt_key_padding_mask);
  const Tensor x = norm1(tgt + dropout1(own));
  const Tensor seen =
      attend(multihead_attn, x, memory, memory_mask, memory_key_padding_mask);
  const Tensor y = norm2(x + dropout2(seen));
  const Tensor hidden = activate(options.activation(), linear1(y));
  return norm3(y + dropout3(linear2(dropout(hidden))));
}

void TransformerEncoderImpl::reset() {
  check_stack("TransformerEncoder", options,
              !options.encoder_layer().is_empty());
  fill(*this, options.encoder_layer());
}

void TransformerEncoderImpl::reset_parameters() {
  reset_all<TransformerEncoderLayerImpl>(*this);
}

Tensor TransformerEncoderImpl::forward(const Tensor& src,
                                       const Tensor& src_mask,
                                       const Tensor& src_key_padding_mask) {
  Tensor x = src;
  for (const auto& layer : *layers) {
    x = layer->as<TransformerEncoderLayerImpl>()->forward(x, src_mask,
                                                          src_key_padding_mask);
  }
  return normalised(*this, x);
}

void TransformerDecoderImpl::reset() {
  check_stack("TransformerDecoder", options,
              !options.decoder_layer().is_empty());
  fill(*this, options.decoder_layer());
}

void TransformerDecoderImpl::reset_parameters() {
  reset_all<TransformerDecoderLayerImpl>(*this);
}

Tensor TransformerDecoderImpl::forward(const Tensor& tgt, const Tensor& memory,
                                       const Tensor& tgt_mask,
                                       const Tensor& memory_mask,
                                       const Tensor& tgt_key_padding_mask,
                                       const Tensor& memory_key_padding_mask) {
  Tensor x = tgt;
  for (const auto& layer : *layers) {
    x = layer->as<TransformerDecoderLayerImpl>()->forward(
        x, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
        memory_key_padding_mask);
  }
  return normalised(*this, x);
}

void TransformerImpl::reset() {
  const auto layer = layer_options(options);
  encoder =
      options.custom_encoder().is_empty()
          ? AnyModule(TransformerEncoder(
                TransformerEncoderOptions(layer, options.num_encoder_layers())
                    .norm(AnyModule(norm_of(layer)))))
          : options.custom_encoder().clone();
  register_module("encoder", encoder.ptr());
  decoder =
      options.custom_decoder().is_empty()
          ? AnyModule(TransformerDecoder(
                TransformerDecoderOptions(layer, options.num_decoder_layers())
                    .norm(AnyModule(norm_of(layer)))))
          : options.custom_decoder().clone();
  register_module("decoder", decoder.ptr());
  reset_parameters();
}

void TransformerImpl::reset_parameters() {
  for (const Tensor& parameter : parameters()) {
    if (parameter.dim() > 1) init::xavier_uniform_(parameter);
  }
}

Tensor TransformerImpl::forward(const Tensor& src, const Tensor& tgt,
                                const Tensor& src_mask, const Tensor& tgt_mask,
                                const Tensor& memory_mask,
                                const Tensor& src_key_padding_mask,
                                const Tensor& tgt_key_padding_mask,
                                const Tensor& memory_key_padding_mask) {
  check(src.dim() == 3 && tgt.dim() == 3 && src.size(1) == tgt.size(1) &&
            src.size(2) == options.d_model() &&
            tgt.size(2) == options.d_model(),
        "[Transformer] expected src (S, N, {}) and tgt (T, N, {}), got {} and "
        "{}",
        options.d_model(), options.d_model(), src.sizes(), tgt.sizes());
  const Tensor memory = encoder.forward(src, src_mask, src_key_padding_mask);
  return decoder.forward(tgt, memory, tgt_mask, memory_mask,
                         tgt_key_padding_mask, memory_key_padding_mask);
}

Tensor TransformerImpl::generate_square_subsequent_mask(int64_t sz) {
  check_size("Transformer::generate_square_subsequent_mask", "sz", sz);
  return full({sz, sz}, -std::numeric_limits<double>::infinity()).triu(1);
}

template class Layer<TransformerEncoderLayerImpl,
                     TransformerEncoderLayerOptions, detail::TransformerBase>;
template class Layer<TransformerDecoderLayerImpl,
                     TransformerDecoderLayerOptions, detail::TransformerBase>;
template class Layer<TransformerEncoderImpl, TransformerEncoderOptions,
                     detail::TransformerBase>;
template class Layer<TransformerDecoderImpl, TransformerDecoderOptions,
                     detail::TransformerBase>;
template class Layer<TransformerImpl, TransformerOptions,
                     detail::TransformerBase>;

}  // namespace taper::nn
