// The views that see a part: select, slice, narrow and diagonal. Their
// gradients are zeros with the incoming gradient in the window.
#include <algorithm>
#include <limits>

#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/views/window.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// The window of a contiguous tensor of shape `sizes` that starts at `start`
// along `dim` and there moves in steps.
Window slab(IntArrayRef sizes, int64_t dim, int64_t start, int64_t step) {
  Window window;
  window.sizes = SmallShape(sizes);
  window.strides = row_major(sizes);
  window.offset = start * window.strides.data[dim];
  window.strides.data[dim] *= step;
  return window;
}

Tensor sliced(const Tensor& x, int64_t dim, int64_t start, int64_t step,
              int64_t length) {
  TensorImpl* impl = detail::new_view_impl(x.impl());
  const TensorImpl* from = x.impl();
  impl->ndim = from->ndim;
  for (int d = 0; d < from->ndim; ++d) {
    impl->sizes[d] = from->sizes[d];
    impl->strides[d] = from->strides[d];
  }
  if (length > 0) {
    impl->data += start * from->strides[dim] * element_size(from->dtype);
  }
  impl->sizes[dim] = length;
  impl->strides[dim] *= step;
  detail::refresh_layout(impl);
  Tensor y = Tensor::adopt(impl);
  mark_view(y, x);
  return record(
      y, "SliceBackward0", x,
      [sizes = SmallShape(x.sizes()), dim, start, step](const Tensor& grad) {
        Window window = slab(sizes, dim, start, step);
        window.sizes.data[dim] = grad.sizes()[static_cast<size_t>(dim)];
        return spread(grad, sizes, window);
      });
}

int64_t clamp_bound(int64_t bound, int64_t size) {
  if (bound < 0) bound += size;
  return std::clamp(bound, int64_t{0}, size);
}

}  // namespace

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  const int64_t ndim = x.dim();
  check<IndexError>(ndim > 0, "[select] a 0-d tensor cannot be indexed");
  const int64_t wrapped = wrap_dim("select", dim, ndim);
  const TensorImpl* from = x.impl();
  const int64_t size = from->sizes[wrapped];
  check<IndexError>(index >= -size && index < size,
                    "[select] index {} is out of range for dim {} of size {}",
                    index, dim, size);
  if (index < 0) index += size;
  TensorImpl* impl = detail::new_view_impl(from);
  impl->ndim = static_cast<uint8_t>(ndim - 1);
  for (int64_t d = 0; d < ndim - 1; ++d) {
    impl->sizes[d] = from->sizes[d + (d >= wrapped)];
    impl->strides[d] = from->strides[d + (d >= wrapped)];
  }
  impl->data += index * from->strides[wrapped] * element_size(from->dtype);
  detail::refresh_layout(impl);
  Tensor y = Tensor::adopt(impl);
  mark_view(y, x);
  return record(
      y, "SelectBackward0", x,
      [sizes = SmallShape(x.sizes()), wrapped, index](const Tensor& grad) {
        Window window = slab(sizes, wrapped, index, 1);
        window.sizes = SmallShape(grad.sizes());
        for (int d = static_cast<int>(wrapped); d + 1 < sizes.size; ++d) {
          window.strides[d] = window.strides[d + 1];
        }
        window.strides.size = window.sizes.size;
        return spread(grad, sizes, window);
      });
}

Tensor slice(const Tensor& x, int64_t dim, std::optional<int64_t> start,
             std::optional<int64_t> end, int64_t step) {
  check<IndexError>(x.dim() > 0, "[slice] a 0-d tensor cannot be sliced");
  dim = wrap_dim("slice", dim, x.dim());
  check<ValueError>(step > 0, "[slice] the step must be positive, got {}",
                    step);
  const int64_t size = x.sizes()[static_cast<size_t>(dim)];
  const int64_t first = clamp_bound(start.value_or(0), size);
  const int64_t last =
      clamp_bound(end.value_or(std::numeric_limits<int64_t>::max()), size);
  int64_t count = last > first ? last - first : 0;
  if (step > 1 && count > 0) count = (count - 1) / step + 1;
  // A step beyond the end is never taken, and may overflow as a stride.
  return sliced(x, dim, first, count > 1 ? step : 1, count);
}

Tensor narrow(const Tensor& x, int64_t dim, int64_t start, int64_t length) {
  check<IndexError>(x.dim() > 0, "[narrow] a 0-d tensor cannot be narrowed");
  dim = wrap_dim("narrow", dim, x.dim());
  const int64_t size = x.sizes()[static_cast<size_t>(dim)];
  const int64_t first = start < 0 ? start + size : start;
  check<IndexError>(
      length >= 0 && first >= 0 && first <= size && length <= size - first,
      "[narrow] start {} and length {} do not fit dim {} of size {}", start,
      length, dim, size);
  return sliced(x, dim, first, 1, length);
}

namespace {

// The window on the diagonal of a tensor with these sizes and strides.
Window diagonal_window(IntArrayRef sizes, IntArrayRef strides, int64_t offset,
                       int64_t dim1, int64_t dim2) {
  Window window;
  const auto d1 = static_cast<size_t>(dim1);
  const auto d2 = static_cast<size_t>(dim2);
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (d == d1 || d == d2) continue;
    window.sizes.push_back(sizes[d]);
    window.strides.push_back(strides[d]);
  }
  const int64_t length =
      offset >= 0
          ? std::min(sizes[d1], sizes[d2] - std::min(offset, sizes[d2]))
          : std::min(sizes[d1] - std::min(-offset, sizes[d1]), sizes[d2]);
  window.sizes.push_back(length);
  window.strides.push_back(strides[d1] + strides[d2]);
  if (length > 0) {
    window.offset = offset >= 0 ? offset * strides[d2] : -offset * strides[d1];
  }
  return window;
}

}  // namespace

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  const int64_t d1 = wrap_dim("diagonal", dim1, x.dim());
  const int64_t d2 = wrap_dim("diagonal", dim2, x.dim());
  check(d1 != d2, "[diagonal] the dims {} and {} are the same", dim1, dim2);
  check(offset != std::numeric_limits<int64_t>::min(),
        "[diagonal] offset {} is out of range", offset);
  Tensor y =
      alias_window(x, diagonal_window(x.sizes(), x.strides(), offset, d1, d2));
  mark_view(y, x);
  return record(
      y, "DiagonalBackward0", x,
      [sizes = SmallShape(x.sizes()), offset, d1, d2](const Tensor& grad) {
        return spread(grad, sizes,
                      diagonal_window(sizes, row_major(sizes), offset, d1, d2));
      });
}

}  // namespace taper
