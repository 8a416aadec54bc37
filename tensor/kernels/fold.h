// Patches of images as columns of a matrix, and back. Values only: images are
// contiguous (planes, H, W), columns (planes, kernel elements, blocks).
#pragma once

#include <cstdint>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Along H and W: the patches that a kernel sees which moves by `stride` over
/// an image with `padding` beside it.
struct Patches {
  int64_t size[2];
  int64_t blocks[2];
  int64_t kernel[2];
  int64_t dilation[2];
  int64_t padding[2];
  int64_t stride[2];
};

/// The columns, of shape `sizes`; 0 where a patch sees padding.
Tensor im2col(const Tensor& x, const Patches& patches, IntArrayRef sizes);
/// The images, of shape `sizes`: sums of what the columns say of each place.
/// float32 or float64.
Tensor col2im(const Tensor& x, const Patches& patches, IntArrayRef sizes);

}  // namespace taper::kernels
