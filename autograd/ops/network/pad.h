// The paddings that repeat what is there, by the number of dims that they pad:
// x is (N, C, ...) or (C, ...), and `padding` is that of pad().
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// x mirrored without its edge; shorter than the dim.
TAPER_API Tensor reflection_pad1d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor reflection_pad2d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor reflection_pad3d(const Tensor& x, IntArrayRef padding);
/// The edge of x repeated.
TAPER_API Tensor replication_pad1d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor replication_pad2d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor replication_pad3d(const Tensor& x, IntArrayRef padding);

}  // namespace taper
