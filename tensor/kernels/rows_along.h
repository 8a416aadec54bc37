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

/// y in the shape of x: f(row of y, row of x, rows of others..., length) for
/// every row along `dim`. The others have the shape of x; rows come as T*.
template <class T = void, class F, class... Others>
Tensor map_along(int64_t dim, ScalarType dtype, const F& f, const Tensor& x,
                 const Others&... others) {
  const auto map = [&](const Tensor& in, const auto&... more) {
    Tensor y = empty_like(in, dtype);
    const int64_t n = in.size(-1);
    const int64_t rows = n == 0 ? 0 : in.numel() / n;
    parallel_each(rows, 1 + kReduceGrain / 4 / (n + 1), [&](int64_t r) {
      const auto row = [&](const Tensor& of) {
        return static_cast<T*>(static_cast<void*>(at(of, r * n)));
      };
      f(row(y), row(in), row(more)..., n);
    });
    return end_to_dim(y, dim, x.dim());
  };
  return map(dim_to_end(x, dim), dim_to_end(others, dim)...);
}

}  // namespace taper::kernels
