// Sliding patches of images as columns of a matrix, and back. Lists have one
// number for H and W, or one for each. The patches are those of a convolution:
// kernel_size elements, `dilation` apart, moved by `stride` over the image with
// `padding` beside it.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// x (N, C, H, W) or (C, H, W) as (N, C * kernel elements, blocks), a column
/// for each place of the kernel.
TAPER_API Tensor im2col(const Tensor& x, IntArrayRef kernel_size,
                        IntArrayRef dilation, IntArrayRef padding,
                        IntArrayRef stride);
/// The images of `output_size` that the columns of x (N, C * kernel elements,
/// blocks) add up to, overlapping ones as often: the adjoint of im2col.
TAPER_API Tensor col2im(const Tensor& x, IntArrayRef output_size,
                        IntArrayRef kernel_size, IntArrayRef dilation,
                        IntArrayRef padding, IntArrayRef stride);

}  // namespace taper
