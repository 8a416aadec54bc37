// Views of a range of entries. Their gradients are zeros with the incoming one
// in the range.
#include <algorithm>
#include <limits>

#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/views/window.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

Tensor sliced(const Tensor& x, int64_t dim, int64_t start, int64_t step,
              int64_t length) {
  TensorImpl* impl = detail::new_view_impl(x.impl());
  detail::copy_layout(impl, x.impl());
  if (length > 0) {
    impl->data += start * impl->strides[dim] * element_size(impl->dtype);
  }
  impl->sizes[dim] = length;
  impl->strides[dim] *= step;
  detail::refresh_layout(impl);
  Tensor y = Tensor::adopt(impl);
  mark_view(y, x);
  if (!needs_grad(x)) return y;
  return record(
      y, "SliceBackward0", x,
      [sizes = SmallShape(x.sizes()), dim, start, step](const Tensor& grad) {
        Window window = slab(sizes, dim, start, step);
        window.sizes.data[dim] = grad.sizes()[static_cast<size_t>(dim)];
        return put_through(grad, sizes, window);
      });
}

int64_t clamp_bound(int64_t bound, int64_t size) {
  if (bound < 0) bound += size;
  return std::clamp(bound, int64_t{0}, size);
}

}  // namespace

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

}  // namespace taper
