// The view with a dim moved, and its copy.
#include "taper/tensor/kernels/rows_along.h"

#include <algorithm>

namespace taper::kernels {
namespace {

// `x` with the given dim taken out and put back at `to`, as a view.
Tensor moved(const Tensor& x, int64_t from, int64_t to) {
  SmallShape sizes(x.sizes()), strides(x.strides());
  for (int64_t* list : {sizes.data(), strides.data()}) {
    if (from < to) {
      std::rotate(list + from, list + from + 1, list + to + 1);
    } else {
      std::rotate(list + to, list + from, list + from + 1);
    }
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
