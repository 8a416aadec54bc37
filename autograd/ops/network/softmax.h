// Softmax along a dim.
#pragma once

#include <optional>

#include "taper/tensor/tensor.h"

namespace taper {

/// exp(x) / sum(exp(x)) along dim, without overflow. `dtype` casts first;
/// throws TypeError unless x is floating by then.
TAPER_API Tensor softmax(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);
/// log(softmax(x)), computed as x - logsumexp(x).
TAPER_API Tensor log_softmax(const Tensor& x, int64_t dim,
                             std::optional<ScalarType> dtype = std::nullopt);

}  // namespace taper
