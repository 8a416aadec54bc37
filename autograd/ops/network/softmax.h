// Softmax along a dim and what is made from it.
#pragma once

#include <optional>

#include "taper/tensor/tensor.h"

namespace taper {

/// e^x / sum(e^x) along dim, without overflow. `dtype` casts first; throws
/// TypeError unless x is floating by then.
TAPER_API Tensor softmax(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);
/// softmax(-x).
TAPER_API Tensor softmin(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);
/// log(softmax(x)), computed as x - logsumexp(x).
TAPER_API Tensor log_softmax(const Tensor& x, int64_t dim,
                             std::optional<ScalarType> dtype = std::nullopt);
/// A sample of the distribution softmax(logits) that can be differentiated:
/// softmax((logits + g) / tau), g drawn from Gumbel's distribution; `hard`
/// makes it one-hot, with the same gradient. Jang, Gu, Poole, "Categorical
/// Reparameterization with Gumbel-Softmax", 2017.
TAPER_API Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard,
                                int64_t dim);

}  // namespace taper
