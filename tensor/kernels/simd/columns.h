// Reductions over the rows of a matrix, all columns side by side. For the leaf
// kernels only (internal linkage, see vector.h).
#pragma once

#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// acc[c] = op(acc[c], fold of the rows), four rows at a time so that acc is
/// read and written once for four.
template <class T, class Op>
inline void fold_rows(
    T* acc, const T* x, int64_t rows, int64_t cols, int64_t row_stride, Op op) {
  const auto fold4 = [op](auto a, auto b, auto c, auto d, auto e) {
    return op(a, op(op(b, c), op(d, e)));
  };
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * row_stride) {
    const T* x1 = x + row_stride;
    const T* x2 = x1 + row_stride;
    map(cols, fold4, acc, acc, x, x1, x2, x2 + row_stride);
  }
  for (; r < rows; ++r, x += row_stride) map(cols, op, acc, acc, x);
}

/// The same where rows are converted on the way.
template <class Acc, class T, class Op>
inline void fold_converted_rows(Acc* acc,
                                const T* x,
                                int64_t rows,
                                int64_t cols,
                                int64_t row_stride,
                                Op op) {
  for (int64_t r = 0; r < rows; ++r, x += row_stride) {
#pragma omp simd
    for (int64_t c = 0; c < cols; ++c) acc[c] = op(acc[c], Acc(x[c]));
  }
}

/// Keeps the best of every column and the row where it was met first.
template <class T, class Better>
inline void best_rows(T* acc,
                      int64_t* index,
                      const T* x,
                      int64_t first_row,
                      int64_t rows,
                      int64_t cols,
                      int64_t row_stride,
                      Better better) {
  for (int64_t r = 0; r < rows; ++r, x += row_stride) {
    const int64_t row = first_row + r;
#pragma omp simd
    for (int64_t c = 0; c < cols; ++c) {
      const bool take = better(x[c], acc[c]);
      acc[c] = take ? x[c] : acc[c];
      index[c] = take ? row : index[c];
    }
  }
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
