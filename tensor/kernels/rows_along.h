// Kernels that work on whole rows, applied along any dim: the dim is moved to
// the end, where rows are contiguous, and back.
#pragma once

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce_plan.h"

namespace taper::kernels {

/// x with dim `dim` moved to the end, contiguous; a 0-d tensor counts as 1-d.
Tensor dim_to_end(const Tensor& x, int64_t dim);
/// The inverse, contiguous, for a tensor whose last dim may have changed size.
Tensor end_to_dim(const Tensor& y, int64_t dim, int64_t ndim);

/// Calls body(first element) for every row of a contiguous tensor, rows shared
/// between threads.
template <class F>
void for_rows(const Tensor& rows, int64_t length, const F& body) {
  if (rows.numel() == 0) return;
  parallel_each(rows.numel() / length, 1 + kReduceGrain / 4 / length,
                [&](int64_t r) { body(r * length); });
}

/// y in the shape of x: f(row of y, row of x, rows of others..., length) for
/// every row along `dim`. The others have the shape of x.
template <class F, class... Others>
Tensor map_along(int64_t dim, ScalarType dtype, const F& f, const Tensor& x,
                 const Others&... others) {
  const auto row_of = [](const Tensor& rows, int64_t first) {
    return rows.data_as<char>() + first * rows.element_size();
  };
  const auto map = [&](const Tensor& in, const auto&... more) {
    Tensor y = empty_like(in, dtype);
    const int64_t n = in.size(-1);
    for_rows(in, n, [&](int64_t first) {
      f(row_of(y, first), row_of(in, first), row_of(more, first)..., n);
    });
    return end_to_dim(y, dim, x.dim());
  };
  return map(dim_to_end(x, dim), dim_to_end(others, dim)...);
}

}  // namespace taper::kernels
