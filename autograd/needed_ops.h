// The operations that the engine itself needs. autograd/ops/ defines them and
// includes the engine; the engine includes nothing of autograd/ops/ but this.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Sums `x` over the dims along which `shape` was broadcast to x's shape.
TAPER_API Tensor sum_to(const Tensor& x, IntArrayRef shape);

/// A copy of `base` in which as_strided(sizes, strides, storage_offset), in
/// the storage coordinates of `base`, shows `src`.
TAPER_API Tensor as_strided_scatter(const Tensor& base, const Tensor& src,
                                    IntArrayRef sizes, IntArrayRef strides,
                                    int64_t storage_offset);

}  // namespace taper
