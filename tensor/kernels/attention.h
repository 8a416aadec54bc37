// Attention without the matrix of its weights, forward and backward. Values
// only: operands are float32 or float64, of any strides and not empty. L
// queries, S keys, E their size, V that of the values.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Operands with the same leading dims: query (..., L, E), key (..., S, E),
/// value (..., S, V).
struct Attention {
  Tensor query, key, value;
  /// What is added to the scores (..., L, S), with contiguous rows; or
  /// undefined.
  Tensor mask;
  /// The weights that dropout leaves (..., L, S), contiguous, to be multiplied
  /// by keep_scale; or undefined.
  Tensor keep;
  double keep_scale;
  /// Of the scores.
  double scale;
  /// Query i sees the keys up to i only.
  bool causal;
};

/// The result (..., L, V), and what the backward wants besides: the maximum of
/// every row of scores and 1 / sum(e^(score - maximum)), 0 where nothing is
/// seen, each (..., L).
struct AttentionResult {
  Tensor out, top, factor;
};

struct AttentionGrads {
  Tensor query, key, value;
};

/// softmax(scale * query key^T + mask) value in the memory order of `query`.
AttentionResult attention(const Attention& a);
/// All three gradients, in the memory orders of their operands.
AttentionGrads attention_backward(const Attention& a, const AttentionResult& r,
                                  const Tensor& grad);

}  // namespace taper::kernels
