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

/// Calls body(row, first element) for every row of a contiguous tensor,
/// rows shared between threads.
template <class F>
void for_rows(const Tensor& rows, int64_t length, const F& body) {
  if (rows.numel() == 0) return;
  const int64_t grain = 1 + kReduceGrain / 4 / length;
  parallel_for(0, rows.numel() / length, grain,
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) body(r * length);
               });
}

}  // namespace taper::kernels
