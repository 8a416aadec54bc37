// Stable sorting along a dim. Values only.
#pragma once

#include <utility>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// The first k values in order and their int64 positions; equal values keep
/// their order, nan counts as the largest. A 0-d tensor counts as 1-d.
std::pair<Tensor, Tensor> sort_first(const Tensor& x, int64_t k, int64_t dim,
                                     bool descending);

}  // namespace taper::kernels
