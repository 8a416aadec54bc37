// The layers of transformers, and their stacks.
#include "taper/nn/layers/transformer.h"

#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

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

LayerNorm norm_of(const detail::TransformerLayerOptions& o) {
  return LayerNorm(LayerNormOptions({o.d_model()}));
}

// The result alone of what attends to `to`.
Tensor attend(MultiheadAttention& attention, const Tensor& x, const Tensor& to,
              const Tensor& mask, const Tensor& padding) {
  return std::get<0>(
      attention(x, to, to, padding, /*need_weights=*/false, mask));
}

// Registers what both kinds of layers consist of, in LibTorch's order.
template <typename Impl>
void fill_layer(
    Impl& layer,
    std::initializer_list<std::pair<const char*, MultiheadAttention*>> looks,
    std::initializer_list<std::pair<LayerNorm*, Dropout*>> ends) {
  const auto& o = layer.options;
  const auto add = [&layer](const std::string& name, auto& member, auto made) {
    member = layer.register_module(name, std::move(made));
  };
  for (const auto& [name, look] : looks) {
    add(name, *look,
        MultiheadAttention(MultiheadAttentionOptions(o.d_model(), o.nhead())
                               .dropout(o.dropout())));
  }
  add("linear1", layer.linear1, Linear(o.d_model(), o.dim_feedforward()));
  add("dropout", layer.dropout, Dropout(o.dropout()));
  add("linear2", layer.linear2, Linear(o.dim_feedforward(), o.d_model()));
  int i = 0, j = 0;
  for (const auto& end : ends) {
    add("norm" + std::to_string(++i), *end.first, norm_of(o));
  }
  for (const auto& end : ends) {
    add("dropout" + std::to_string(++j), *end.second, Dropout(o.dropout()));
  }
}

template <typename... Modules>
void reset_each(Modules&... modules) {
  (modules->reset_parameters(), ...);
}

// Copies of the layer and of the norm, registered.
template <typename Stack, typename LayerHolder>
void fill(Stack& stack, const char* name, const LayerHolder& layer) {
  const auto& o = stack.options;
  check<ValueError>(!layer.is_empty(), "[{}] the layer to copy is missing",
                    name);
  check_size(name, "num_layers", o.num_layers());
  stack.layers = stack.register_module("layers", ModuleList());
  for (int64_t i = 0; i < o.num_layers(); ++i) {
    stack.layers->push_back(layer->clone());
  }
  if (o.norm().is_empty()) return;
  stack.norm = o.norm().clone();
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

// The layers one after the other on x and what else each of them gets.
template <typename LayerImpl, typename Stack, typename... Others>
Tensor run_all(Stack& stack, Tensor x, const Others&... others) {
  for (const auto& layer : *stack.layers) {
    x = layer->template as<LayerImpl>()->forward(x, others...);
  }
  return stack.norm.is_empty() ? x : stack.norm.forward(x);
}

// The stack that stands in `custom`, copied, or one of layers like those.
template <typename Stack, typename StackOptions>
AnyModule stack_of(const AnyModule& custom,
                   const detail::TransformerLayerOptions& layer,
                   int64_t num_layers) {
  if (!custom.is_empty()) return custom.clone();
  return AnyModule(
      Stack(StackOptions(layer, num_layers).norm(AnyModule(norm_of(layer)))));
}

}  // namespace

void TransformerEncoderLayerImpl::reset() {
  fill_layer(*this, {{"self_attn", &self_attn}},
             {{&norm1, &dropout1}, {&norm2, &dropout2}});
}

void TransformerEncoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  reset_each(linear1, linear2, norm1, norm2);
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
  fill_layer(*this,
             {{"self_attn", &self_attn}, {"multihead_attn", &multihead_attn}},
             {{&norm1, &dropout1}, {&norm2, &dropout2}, {&norm3, &dropout3}});
}

void TransformerDecoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  multihead_attn->_reset_parameters();
  reset_each(linear1, linear2, norm1, norm2, norm3);
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
  fill(*this, "TransformerEncoder", options.encoder_layer());
}

void TransformerEncoderImpl::reset_parameters() {
  reset_all<TransformerEncoderLayerImpl>(*this);
}

Tensor TransformerEncoderImpl::forward(const Tensor& src,
                                       const Tensor& src_mask,
                                       const Tensor& src_key_padding_mask) {
  return run_all<TransformerEncoderLayerImpl>(*this, src, src_mask,
                                              src_key_padding_mask);
}

void TransformerDecoderImpl::reset() {
  fill(*this, "TransformerDecoder", options.decoder_layer());
}

void TransformerDecoderImpl::reset_parameters() {
  reset_all<TransformerDecoderLayerImpl>(*this);
}

Tensor TransformerDecoderImpl::forward(const Tensor& tgt, const Tensor& memory,
                                       const Tensor& tgt_mask,
                                       const Tensor& memory_mask,
                                       const Tensor& tgt_key_padding_mask,
                                       const Tensor& memory_key_padding_mask) {
  return run_all<TransformerDecoderLayerImpl>(*this, tgt, memory, tgt_mask,
                                              memory_mask, tgt_key_padding_mask,
                                              memory_key_padding_mask);
}

void TransformerImpl::reset() {
  const auto layer =
      detail::TransformerLayerOptions(options.d_model(), options.nhead())
          .dim_feedforward(options.dim_feedforward())
          .dropout(options.dropout())
          .activation(options.activation());
  encoder = stack_of<TransformerEncoder, TransformerEncoderOptions>(
      options.custom_encoder(), layer, options.num_encoder_layers());
  register_module("encoder", encoder.ptr());
  decoder = stack_of<TransformerDecoder, TransformerDecoderOptions>(
      options.custom_decoder(), layer, options.num_decoder_layers());
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
