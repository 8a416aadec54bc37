// Attention without the matrix of its weights, forward and backward. Values
// only: operands are float32 or float64, of any strides and not empty. L
// queries, S keys, E their size, V that of the values.
#pragma once

#include <vector>

#include "taper/tensor/random/generator.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Operands with the same leading dims: query (..., L, E), key (..., S, E),
/// value (..., S, V).
struct Attention {
  Tensor query, key, value;
  /// What is added to the scores (..., L, S), with contiguous rows; or
  /// undefined.
  Tensor mask;
  /// What dropout leaves of the weights, see drop_weights().
  Tensor keep = {};
  std::vector<Generator> streams = {};
  double keep_probability = 1;
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

/// Chooses by default_generator(), in the order of the weights, which of them
/// stay, each with probability 1 - p: all at once in `keep` or, where that were
/// too much memory, by `streams` that make the same choice again and again.
void drop_weights(Attention& a, double p);
/// The choice for all weights, of this shape.
Tensor kept_weights(const Attention& a, IntArrayRef shape);

/// softmax(scale * query key^T + mask) value in the memory order of `query`.
AttentionResult attention(const Attention& a);
/// All three gradients, in the memory orders of their operands.
AttentionGrads attention_backward(const Attention& a, const AttentionResult& r,
                                  const Tensor& grad);

}  // namespace taper::kernels
