// Attention with several heads as a function, under LibTorch's name.
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>

#include "taper/tensor/arg.h"
#include "taper/tensor/tensor.h"

namespace taper::nn::functional {

/// What MultiheadAttention has as members and options. `in_proj_weight` (3 E,
/// E) is for query, key and value, unless use_separate_proj_weight; `static_k`
/// and `static_v` (N * heads, S, E / heads) stand for projected keys and
/// values.
struct TAPER_API MultiheadAttentionForwardFuncOptions {
  MultiheadAttentionForwardFuncOptions(int64_t embed_dim_to_check,
                                       int64_t num_heads, Tensor in_proj_weight,
                                       Tensor in_proj_bias, Tensor bias_k,
                                       Tensor bias_v, bool add_zero_attn,
                                       double dropout_p, Tensor out_proj_weight,
                                       Tensor out_proj_bias)
      : embed_dim_to_check_(embed_dim_to_check),
        num_heads_(num_heads),
        in_proj_weight_(std::move(in_proj_weight)),
        in_proj_bias_(std::move(in_proj_bias)),
        bias_k_(std::move(bias_k)),
        bias_v_(std::move(bias_v)),
        add_zero_attn_(add_zero_attn),
        dropout_p_(dropout_p),
        out_proj_weight_(std::move(out_proj_weight)),
        out_proj_bias_(std::move(out_proj_bias)) {}
  TAPER_ARG(int64_t, embed_dim_to_check);
  TAPER_ARG(int64_t, num_heads);
  TAPER_ARG(Tensor, in_proj_weight);
  TAPER_ARG(Tensor, in_proj_bias);
  TAPER_ARG(Tensor, bias_k);
  TAPER_ARG(Tensor, bias_v);
  TAPER_ARG(bool, add_zero_attn);
  TAPER_ARG(double, dropout_p);
  TAPER_ARG(Tensor, out_proj_weight);
  TAPER_ARG(Tensor, out_proj_bias);
  TAPER_ARG(bool, training) = true;
  TAPER_ARG(Tensor, key_padding_mask);
  TAPER_ARG(bool, need_weights) = true;
  TAPER_ARG(Tensor, attn_mask);
  TAPER_ARG(bool, use_separate_proj_weight) = false;
  TAPER_ARG(Tensor, q_proj_weight);
  TAPER_ARG(Tensor, k_proj_weight);
  TAPER_ARG(Tensor, v_proj_weight);
  TAPER_ARG(Tensor, static_k);
  TAPER_ARG(Tensor, static_v);
  TAPER_ARG(bool, average_attn_weights) = true;
};

/// Attention of query (L, N, E) to key (S, N, kdim) and value (S, N, vdim), or
/// all without N, and the weights (N, L, S), per head (N, heads, L, S) unless
/// averaged, undefined unless needed. Masks are bool, true for what does not
/// count, or are added: key_padding_mask (N, S), attn_mask (L, S) or (N *
/// heads, L, S). A query that sees no key gets nan beside its weights, and 0
/// when they are not needed.
TAPER_API std::tuple<Tensor, Tensor> multi_head_attention_forward(
    const Tensor& query, const Tensor& key, const Tensor& value,
    const MultiheadAttentionForwardFuncOptions& options);

}  // namespace taper::nn::functional
