// Views of a range of entries. Their gradients are zeros with the incoming one
// in the range.
#include <algorithm>
#include <limits>

#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {
namespace {

Tensor sliced(const Tensor& x, int64_t dim, int64_t start, int64_t step,
              int64_t length) {
  const IntArrayRef sizes = x.sizes();
  const IntArrayRef strides = x.strides();
  NewView view(x);
  for (int64_t i = 0; i < x.dim(); ++i) {
    const bool is_cut = i == dim;
    view.add(is_cut ? length : sizes[i],
             is_cut ? strides[i] * step : strides[i]);
  }
  if (length > 0) view.move(start * strides[dim]);
  Tensor y = view.finish(x);
  if (!needs_grad(x)) return y;
  return record(y, "SliceBackward0", x,
                [=, sizes = SmallShape(sizes)](const Tensor& grad) {
                  return zeros_around(grad, sizes, [=](const Tensor& whole) {
                    return sliced(whole, dim, start, step, length);
                  });
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
  const int64_t size = x.sizes()[dim];
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
  const int64_t size = x.sizes()[dim];
  const int64_t first = start < 0 ? start + size : start;
  check<IndexError>(
      length >= 0 && first >= 0 && first <= size && length <= size - first,
      "[narrow] start {} and length {} do not fit dim {} of size {}", start,
      length, dim, size);
  return sliced(x, dim, first, 1, length);
}

}  // namespace taper
