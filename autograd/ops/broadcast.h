// Undoing broadcasting, for the engine.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Whether a tensor of shape `from` broadcasts to `to` without changing `to`.
TAPER_API bool is_expandable(IntArrayRef from, IntArrayRef to);

/// Sums `x` over the dims along which `shape` was broadcast to x's shape.
TAPER_API Tensor sum_to(const Tensor& x, IntArrayRef shape);

}  // namespace taper
