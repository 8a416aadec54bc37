// Drivers of the pooling leaf kernels. Values only: x is contiguous, (..., D,
// H, W) with a dim D or H of size 1 where the shape has less, so that all but
// the pooled dims count its planes.
#pragma once

#include <array>
#include <vector>

#include "taper/tensor/kernels/simd/pool.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// What the outputs see along D, H and W; `dims` points into `windows`.
struct Pooling {
  Pooling() = default;
  Pooling(Pooling&&) = default;
  Pooling& operator=(Pooling&&) = default;

  int64_t inputs() const { return dims[0].size * dims[1].size * dims[2].size; }
  int64_t outputs() const {
    return dims[0].outputs * dims[1].outputs * dims[2].outputs;
  }

  std::array<PoolDim, 3> dims;
  std::array<std::vector<Window>, 3> windows;
};

/// y of shape `sizes`, and in `places` (int32) where in its plane each maximum
/// is. x is float32, float64 or int64. With three `starts` each plane has
/// windows of its own: number o of dim d begins at starts[d][plane][o] and is
/// extent long.
Tensor max_pool(const Tensor& x, const Pooling& pooling, const Tensor* starts,
                IntArrayRef sizes, Tensor& places);
/// Zeros of shape `sizes`, whose last `dims` dims are planes, to which each
/// element of x was added at the place that it has in its plane.
Tensor add_to_places(const Tensor& x, const Tensor& places, IntArrayRef sizes,
                     int dims);

}  // namespace taper::kernels
