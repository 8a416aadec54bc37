// Copies that change the layout: single-threaded leaf kernels in one table per
// instruction set. Strides count items, not bytes.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

struct CopyTable {
  /// y[j * y_stride + i] = x[i * x_stride + j] for i < rows and j < cols; x
  /// and y do not overlap. `stream` writes around the cache: use it when the
  /// whole output is larger than about 8 MiB.
  void (*transpose[kElementSizes])(void* y, int64_t y_stride, const void* x,
                                   int64_t x_stride, int64_t rows, int64_t cols,
                                   bool stream);
  /// y[i] = x[i * stride]; the stride may be zero or negative.
  void (*gather_strided[kElementSizes])(void* y, const void* x, int64_t stride,
                                        int64_t n);
  /// y[i * stride] = x[i].
  void (*scatter_strided[kElementSizes])(void* y, int64_t stride, const void* x,
                                         int64_t n);
};

TAPER_TABLE(CopyTable, copy_table)

}  // namespace taper::kernels
