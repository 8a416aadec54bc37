// Attention with several heads.
#pragma once

#include <cstdint>
#include <tuple>

#include "taper/nn/layers/linear.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// `num_heads` divides `embed_dim`; `dropout` is the probability of the weights
/// to be dropped. `add_bias_kv` adds a learned key and value to each sequence,
/// `add_zero_attn` those that are 0; `kdim` and `vdim` are the sizes of keys
/// and values, `embed_dim` unless told otherwise.
struct TAPER_API MultiheadAttentionOptions {
  MultiheadAttentionOptions(int64_t embed_dim, int64_t num_heads)
      : embed_dim_(embed_dim),
        num_heads_(num_heads),
        kdim_(embed_dim),
        vdim_(embed_dim) {}
  TAPER_ARG(int64_t, embed_dim);
  TAPER_ARG(int64_t, num_heads);
  TAPER_ARG(double, dropout) = 0.0;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(bool, add_bias_kv) = false;
  TAPER_ARG(bool, add_zero_attn) = false;
  TAPER_ARG(int64_t, kdim);
  TAPER_ARG(int64_t, vdim);
};

/// The heads' softmax(q k^T / sqrt(head_dim)) v, side by side, through
/// out_proj, where q, k and v are linear maps of query, key and value. Shapes
/// and masks are those of nn::functional::multi_head_attention_forward. Vaswani
/// et al., "Attention Is All You Need", 2017.
struct TAPER_API MultiheadAttentionImpl
    : Layer<MultiheadAttentionImpl, MultiheadAttentionOptions,
            detail::ContainerLayer> {
  MultiheadAttentionImpl(int64_t embed_dim, int64_t num_heads)
      : MultiheadAttentionImpl(
            MultiheadAttentionOptions(embed_dim, num_heads)) {}
  explicit MultiheadAttentionImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  /// Draws all parameters anew but those of out_proj.
  void _reset_parameters();
  /// The result and the weights of the values, see above.
  std::tuple<Tensor, Tensor> forward(const Tensor& query, const Tensor& key,
                                     const Tensor& value,
                                     const Tensor& key_padding_mask = {},
                                     bool need_weights = true,
                                     const Tensor& attn_mask = {},
                                     bool average_attn_weights = true);

 protected:
  FORWARD_HAS_DEFAULT_ARGS({3, AnyValue(Tensor())}, {4, AnyValue(true)},
                           {5, AnyValue(Tensor())}, {6, AnyValue(true)})

 public:
  /// Whether query, key and value have one size and in_proj_weight (3
  /// embed_dim, embed_dim) is for all; else there is one weight for each.
  bool _qkv_same_embed_dim = true;
  Tensor in_proj_weight;
  Tensor in_proj_bias;
  Tensor bias_k;
  Tensor bias_v;
  Linear out_proj = nullptr;
  Tensor q_proj_weight;
  Tensor k_proj_weight;
  Tensor v_proj_weight;
  int64_t head_dim = 0;
};
using MultiheadAttention = ModuleHolder<MultiheadAttentionImpl>;

}  // namespace taper::nn
