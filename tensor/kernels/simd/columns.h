// Reductions over the rows of a matrix, all columns side by side. For the leaf
// kernels only (internal linkage, see vector.h).
#pragma once

#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// The columns that do not fill a vector, kept in a register over the rows: a
/// masked load soon after a masked store of the same items is slow.
template <class T, class Op, class Op4>
inline void fold_narrow_rows(T* acc, const T* x, int64_t rows, int64_t cols,
                             int64_t row_stride, Op op, Op4 op4) {
  const auto row = [=](int64_t r) {
    return load_few(x + r * row_stride, cols, T(0));
  };
  Vector<T> result = load_few(acc, cols, T(0));
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    result = op4(result, row(r), row(r + 1), row(r + 2), row(r + 3));
  }
  for (; r < rows; ++r) result = op(result, row(r));
  store_few<T>(acc, result, cols);
}

/// acc[c] = op(acc[c], fold of the rows), four rows at a time so that acc is
/// read and written once for four.
template <class T, class Op>
inline void fold_rows(T* acc, const T* x, int64_t rows, int64_t cols,
                      int64_t row_stride, Op op) {
  const auto op4 = [op](auto a, auto b, auto c, auto d, auto e) {
    return op(a, op(op(b, c), op(d, e)));
  };
  const int64_t body = masked_tails ? cols & -lanes<T> : cols;
  if (body < cols) {
    fold_narrow_rows(acc + body, x + body, rows, cols - body, row_stride, op,
                     op4);
  }
  if (body == 0) return;
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4, x += 4 * row_stride) {
    const T* x1 = x + row_stride;
    const T* x2 = x1 + row_stride;
    map(body, op4, acc, acc, x, x1, x2, x2 + row_stride);
  }
  for (; r < rows; ++r, x += row_stride) map(body, op, acc, acc, x);
}

/// The same where rows are converted on the way.
template <class Acc, class T, class Op>
inline void fold_converted_rows(Acc* acc, const T* x, int64_t rows,
                                int64_t cols, int64_t row_stride, Op op) {
  for (int64_t r = 0; r < rows; ++r, x += row_stride) {
#pragma omp simd
    for (int64_t c = 0; c < cols; ++c) acc[c] = op(acc[c], Acc(x[c]));
  }
}

/// Keeps the best of every column and the row where it was met first.
template <class T, class Better>
inline void best_rows(T* acc, int64_t* index, const T* x, int64_t first_row,
                      int64_t rows, int64_t cols, int64_t row_stride,
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
