// Reductions of contiguous rows and of matrix columns: single-threaded leaf
// kernels in one table per instruction set. Index of a dtype in the arrays:
// 0 float32, 1 float64, 2 int64, 3 bool; a null entry is unsupported.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// Elements per partial sum. Callers that split a sum between threads cut it
/// at multiples of this, so that the bits do not depend on the split.
constexpr int64_t reduce_block = 4096;

/// A sum over n elements in double, in two forms with equal bits: `whole` does
/// all of them, `blocks` writes one partial per started block of `reduce_block`
/// elements, which `combine` adds. X are the rows and parameters of the terms.
template <class... X>
struct SumKernels {
  PerReal<double (*)(X... x, int64_t n)> whole;
  PerReal<void (*)(double* partials, X... x, int64_t n)> blocks;
};

/// `sum`, too, has a form `sum_blocks` that writes partials, of double for
/// floating types and int64 for int64 and bool. Partials of other reductions
/// (prod, max, any, ...) over fixed chunks are combined by running the same
/// kernel over the chunk results.
struct ReduceTable {
  using Row = void (*)(void* out, const void* x, int64_t n);
  using Rows = void (*)(void* acc, const void* x, int64_t rows, int64_t cols,
                        int64_t row_stride);
  using ArgRows = void (*)(void* acc, int64_t* index, const void* x,
                           int64_t first_row, int64_t rows, int64_t cols,
                           int64_t row_stride);

  /// Sum of a row; out has x's type, int64 for bool.
  PerType<Row> sum;
  /// out points to (n + reduce_block - 1) / reduce_block partials.
  PerType<Row> sum_blocks;
  /// Sum of n partials, rounded to the type that `sum` writes.
  PerType<Row> sum_combine;
  /// Sum of partials without rounding, in a fixed pairwise tree.
  double (*combine)(const double* partials, int64_t count);

  /// The sum before it is rounded to x's type, and that of |x|.
  SumKernels<const void*> wide_sum, abs_sum;
  /// sum (x - center)^2.
  SumKernels<const void*, double> sum_sq;
  /// sum x * y and (x - y)^2.
  SumKernels<const void*, const void*> dot, sum_sq_diff;

  /// Product; out has x's type, int64 for bool. Empty rows give 1.
  PerType<Row> prod;
  /// Largest and smallest element, n >= 1; any nan gives nan.
  PerType<Row> max;
  PerType<Row> min;
  /// int64 position of the first largest or smallest; the first nan wins.
  PerType<Row> argmax;
  PerType<Row> argmin;
  /// bool: some, or every, element differs from zero (nan does).
  PerType<Row> any;
  PerType<Row> all;
  /// int64 number of elements that differ from zero.
  PerType<Row> count_nonzero;
  /// Running sum and product, n outputs; int64 for bool. Accumulates in double.
  PerType<Row> cumsum;
  PerType<Row> cumprod;

  /// acc[c] += sum over rows of x[r * row_stride + c]; acc is int64 for bool.
  /// Callers pass blocks of at most 64 rows and add the results in order.
  PerType<Rows> add_rows;
  /// acc[c] *= every row; acc is int64 for bool.
  PerType<Rows> mul_rows;
  /// acc[c] = max or min of acc[c] and every row; nan propagates.
  PerType<Rows> max_rows;
  PerType<Rows> min_rows;
  /// Like max_rows and min_rows, also sets index[c] = first_row + r where row
  /// r is strictly better than acc[c], or is the first nan of the column.
  PerType<ArgRows> argmax_rows;
  PerType<ArgRows> argmin_rows;
};

TAPER_TABLE(ReduceTable, reduce_table)

}  // namespace taper::kernels
