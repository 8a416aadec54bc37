// The view with a dim moved, and its copy.
#include "taper/tensor/kernels/rows_along.h"

namespace taper::kernels {
namespace {

// `x` with the given dim taken out and put back at `to`, as a view.
Tensor moved(const Tensor& x, int64_t from, int64_t to) {
  SmallShape sizes, strides;
  const auto push = [&](int64_t d) {
    sizes.push_back(x.impl()->sizes[d]);
    strides.push_back(x.impl()->strides[d]);
  };
  for (int64_t d = 0, next = 0; d < x.dim(); ++d) {
    if (d == to) {
      push(from);
      continue;
    }
    if (next == from) ++next;
    push(next++);
  }
  return alias(x, sizes, strides, x.data_as<char>());
}

}  // namespace

Tensor dim_to_end(const Tensor& x, int64_t dim) {
  if (x.dim() == 0) return alias(x, {1}, {1}, x.data_as<char>());
  if (dim == x.dim() - 1) return contiguous(x);
  return contiguous(moved(x, dim, x.dim() - 1));
}

Tensor end_to_dim(const Tensor& y, int64_t dim, int64_t ndim) {
  if (ndim == 0) return alias(y, {}, {}, y.data_as<char>());
  if (dim == ndim - 1) return y;
  return contiguous(moved(y, ndim - 1, dim));
}

}  // namespace taper::kernels
