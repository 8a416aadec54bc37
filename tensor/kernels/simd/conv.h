// Convolution: single-threaded leaf kernels in one table per instruction set.
// They see rows of positions that are contiguous, and taps that say where in x
// the element begins that is multiplied with the first of them.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// Rows of y, which are channels, that a call takes at most.
inline constexpr int64_t conv_rows = 8;

/// y[r][p] = bias[r] + sum over t of weight[t][r] * x[at[t] + p], for
/// p < length. `bias` may be null. With `adds`, the sum is added to y.
struct ConvCall {
  int64_t rows, taps, length;
  bool adds;
  const int64_t* at;
  const void* x;
  const void* weight;
  const void* bias;
  void* y;
  int64_t y_row;
};

/// sums[r * taps + t] += sum over images i and positions p of
/// g[i * g_image + r * g_row + p] * x[i * x_image + at[t] + p].
struct ConvDotsCall {
  int64_t rows, taps, length, images;
  const int64_t* at;
  const void* x;
  int64_t x_image;
  const void* g;
  int64_t g_image, g_row;
  void* sums;
};

/// The same for many rows, with g transposed: g[(i * length + p) * g_pitch + r]
/// and sums[t * g_pitch + r]; the pitch is a multiple of a vector.
struct ConvOuterCall {
  int64_t taps, length, images;
  const int64_t* at;
  const void* x;
  int64_t x_image;
  const void* g;
  int64_t g_pitch;
  void* sums;
};

/// Rows of `width` contiguous elements of y, 0 but in [begin, end): y[r * width
/// + begin + i] = x[r * x_row + i * step].
struct ConvCopyCall {
  int64_t rows, width, begin, end;
  void* y;
  const void* x;
  int64_t x_row, step;
};

/// Index: ComputeType, all but boolean.
struct ConvTable {
  void (*rows[integer + 1])(const ConvCall& call);
  void (*dots[integer + 1])(const ConvDotsCall& call);
  PerReal<void (*)(const ConvOuterCall& call)> outer;
  void (*copy[integer + 1])(const ConvCopyCall& call);
  /// Elements of a vector.
  PerReal<int64_t> lanes;
};

TAPER_TABLE(ConvTable, conv_table)

}  // namespace taper::kernels
