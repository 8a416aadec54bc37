// Sums of elements or rows with weights: single-threaded leaf kernels in one
// table per instruction set. Array index: 0 float32, 1 float64.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// A linear map of `in` positions to `out` ones: y[j] is the sum over k < width
/// of weights[k * out + j] * x[first[j] + k]. `first` never decreases, and no
/// position lies outside of x. What has weight 0 does not count, nan or not.
struct Band {
  int64_t in, out, width;
  const int64_t* first;
  const void* weights;
};

struct ResampleTable {
  /// Maps each of `rows` contiguous rows of x. `readable` elements from x on,
  /// which may be more than those rows, are there to be read.
  void (*along[kRealTypes])(void* y, const void* x, int64_t rows,
                            int64_t readable, const Band& band);
  /// y[j - begin] = the sum of rows of x, n elements each, for begin <= j <
  /// end. x begins with row number `x_row`.
  void (*across[kRealTypes])(void* y, const void* x, int64_t n, int64_t x_row,
                             int64_t begin, int64_t end, const Band& band);
};

TAPER_TABLE(ResampleTable, resample_table)

}  // namespace taper::kernels
