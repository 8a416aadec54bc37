// The view of a diagonal.
#include <algorithm>
#include <limits>

#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {

Tensor diagonal(const Tensor& x, int64_t offset, int64_t dim1, int64_t dim2) {
  const int64_t d1 = wrap_dim("diagonal", dim1, x.dim());
  const int64_t d2 = wrap_dim("diagonal", dim2, x.dim());
  check(d1 != d2, "[diagonal] the dims {} and {} are the same", dim1, dim2);
  check(offset != std::numeric_limits<int64_t>::min(),
        "[diagonal] offset {} is out of range", offset);
  const int64_t size1 = x.sizes()[d1];
  const int64_t size2 = x.sizes()[d2];
  const int64_t stride1 = x.strides()[d1];
  const int64_t stride2 = x.strides()[d2];
  const int64_t length =
      offset >= 0 ? std::min(size1, size2 - std::min(offset, size2))
                  : std::min(size1 - std::min(-offset, size1), size2);
  NewView view(x);
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d != d1 && d != d2) view.add(x.sizes()[d], x.strides()[d]);
  }
  view.add(length, stride1 + stride2);
  if (length > 0) view.move(offset >= 0 ? offset * stride2 : -offset * stride1);
  Tensor y = view.finish(x);
  return record(
      y, "DiagonalBackward0", x,
      [sizes = SmallShape(x.sizes()), offset, d1, d2](const Tensor& grad) {
        return zeros_around(grad, sizes, [=](const Tensor& whole) {
          return diagonal(whole, offset, d1, d2);
        });
      });
}

}  // namespace taper
