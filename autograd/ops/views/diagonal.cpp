// The view of a diagonal.
#include <algorithm>
#include <limits>

#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/views/window.h"
#include "taper/autograd/record.h"

namespace taper {
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
        return put_through(
            grad, sizes,
            diagonal_window(sizes, row_major(sizes), offset, d1, d2));
      });
}
}  // namespace taper
