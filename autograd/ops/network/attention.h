// Attention: L queries look at S keys, of size E, and get a mean of values.
#pragma once

#include <optional>

#include "taper/tensor/tensor.h"

namespace taper {

/// softmax(scale * query key^T + mask) value for query (..., L, E), key (...,
/// S, E) and value (..., S, V), whose leading dims broadcast; scale is 1 /
/// sqrt(E) by default. A bool mask says which keys count, another is added;
/// both broadcast to (..., L, S). With is_causal query i sees the keys up to i.
/// A query that sees no key gets 0. Weights are dropped with probability
/// dropout_p. With enable_gqa several heads, dim -3 of query, share one of key
/// and value. Memory grows as L + S, unless attn_mask requires grad. Vaswani et
/// al., "Attention Is All You Need", 2017.
TAPER_API Tensor scaled_dot_product_attention(
    const Tensor& query, const Tensor& key, const Tensor& value,
    const std::optional<Tensor>& attn_mask = std::nullopt,
    double dropout_p = 0.0, bool is_causal = false,
    std::optional<double> scale = std::nullopt, bool enable_gqa = false);

}  // namespace taper
