// MultiheadAttention: its parameters, and what it calls.
#include "taper/nn/layers/attention.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

// Its own source file knows what to print of it.
extern template class Layer<LinearImpl, LinearOptions>;

template <>
void check_options<MultiheadAttentionImpl>(
    const MultiheadAttentionOptions& options) {
  const char* layer = "MultiheadAttention";
  check_positive(layer, "embed_dim", options.embed_dim());
  check_positive(layer, "num_heads", options.num_heads());
  check_size(layer, "kdim", options.kdim());
  check_size(layer, "vdim", options.vdim());
  check_probability(layer, options.dropout());
  check<ValueError>(options.embed_dim() % options.num_heads() == 0,
                    "[{}] embed_dim {} cannot be divided into {} heads", layer,
                    options.embed_dim(), options.num_heads());
}

void MultiheadAttentionImpl::reset() {
  check_options<MultiheadAttentionImpl>(options);
  const int64_t e = options.embed_dim();
  const int64_t kdim = options.kdim(), vdim = options.vdim();
  _qkv_same_embed_dim = kdim == e && vdim == e;
  head_dim = e / options.num_heads();
  const auto parameter = [&](const char* name, bool is_there,
                             IntArrayRef shape) {
    return register_parameter(name, is_there ? empty(shape) : Tensor());
  };
  const bool separate = !_qkv_same_embed_dim;
  in_proj_weight = parameter("in_proj_weight", !separate, {3 * e, e});
  q_proj_weight = parameter("q_proj_weight", separate, {e, e});
  k_proj_weight = parameter("k_proj_weight", separate, {e, kdim});
  v_proj_weight = parameter("v_proj_weight", separate, {e, vdim});
  in_proj_bias = parameter("in_proj_bias", options.bias(), 3 * e);
  out_proj = register_module("out_proj",
                             Linear(LinearOptions(e, e).bias(options.bias())));
  bias_k = parameter("bias_k", options.add_bias_kv(), {1, 1, e});
  bias_v = parameter("bias_v", options.add_bias_kv(), {1, 1, e});
  _reset_parameters();
}

void MultiheadAttentionImpl::_reset_parameters() {
  for (const Tensor& weight :
       {in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight}) {
    if (weight.defined()) init::xavier_uniform_(weight);
  }
  if (in_proj_bias.defined()) {
    init::constant_(in_proj_bias, 0);
    init::constant_(out_proj->bias, 0);
  }
  for (const Tensor& bias : {bias_k, bias_v}) {
    if (bias.defined()) init::xavier_normal_(bias);
  }
}

std::tuple<Tensor, Tensor> MultiheadAttentionImpl::forward(
    const Tensor& query, const Tensor& key, const Tensor& value,
    const Tensor& key_padding_mask, bool need_weights, const Tensor& attn_mask,
    bool average_attn_weights) {
  return functional::multi_head_attention_forward(
      query, key, value,
      functional::MultiheadAttentionForwardFuncOptions(
          options.embed_dim(), options.num_heads(), in_proj_weight,
          in_proj_bias, bias_k, bias_v, options.add_zero_attn(),
          options.dropout(), out_proj->weight, out_proj->bias)
          .training(is_training())
          .key_padding_mask(key_padding_mask)
          .need_weights(need_weights)
          .attn_mask(attn_mask)
          .use_separate_proj_weight(!_qkv_same_embed_dim)
          .q_proj_weight(q_proj_weight)
          .k_proj_weight(k_proj_weight)
          .v_proj_weight(v_proj_weight)
          .average_attn_weights(average_attn_weights));
}

template class Layer<MultiheadAttentionImpl, MultiheadAttentionOptions,
                     detail::ContainerLayer>;

}  // namespace taper::nn
