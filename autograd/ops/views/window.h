// Strided windows into tensors: what select, slice, diagonal and as_strided
// see, and how their gradients go back. Internal to autograd/ops.
#pragma once

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// A geometry whose first element is `offset` elements after that of the
/// tensor it looks into.
struct Window {
  SmallShape sizes;
  SmallShape strides;
  int64_t offset = 0;
};

/// The row-major strides of `sizes`.
SmallShape row_major(IntArrayRef sizes);

/// The window of a contiguous tensor of shape `sizes` that starts at `start`
/// along `dim` and there moves in steps.
Window slab(IntArrayRef sizes, int64_t dim, int64_t start, int64_t step);

/// The elements of x in `window`, without any history.
Tensor alias_window(const Tensor& x, const Window& window);

/// A view of the contiguous `x` through `window`, which must lie in it.
Tensor look_through(const Tensor& x, const Window& window);

/// A tensor of shape `sizes`, zero except that `x` was added through `window`
/// (elements that the window shows several times add up): the transpose of
/// look_through.
Tensor put_through(const Tensor& x, IntArrayRef sizes, const Window& window);

/// A copy of the contiguous `base` that shows `src` through `window`.
Tensor replace_window(const Tensor& base, const Tensor& src,
                      const Window& window);

}  // namespace taper
