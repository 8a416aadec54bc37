// Pooling: single-threaded leaf kernels in one table per instruction set. x is
// (planes, D, H, W) and y (planes, OD, OH, OW), both contiguous; dims[0] to
// dims[2] say which inputs the outputs see along D, H and W.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// What an output sees along a dim: begin, begin + step, ... before end. A
/// window of a maximum sees something.
struct Window {
  int64_t begin;
  int64_t end;
};

struct PoolDim {
  int64_t size = 1;
  int64_t outputs = 1;
  const Window* windows = nullptr;
  /// From one input of a window to the next.
  int64_t step = 1;
  /// Unless it is 0, window i is what the dim has of [i * stride - padding,
  /// i * stride - padding + extent).
  int64_t stride = 0;
  int64_t padding = 0;
  int64_t extent = 0;
};

/// Elements that kernels work on at a time where rows are short.
inline constexpr int64_t kPoolPiece = 1024;
/// Elements in each of the two buffers of a kernel.
constexpr int64_t pool_room(const PoolDim& w) {
  return w.size + (w.outputs + 16) * w.stride + w.extent + kPoolPiece;
}

struct PoolTable {
  /// Rows [begin, end) of y, and where in its plane each maximum is: the first
  /// of equal ones, or the last NaN.
  void (*max[kRealTypes + 1])(void* y, int32_t* places, const void* x,
                              const PoolDim* dims, int64_t begin, int64_t end,
                              void* room);
};

TAPER_TABLE(PoolTable, pool_table)

}  // namespace taper::kernels
