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
/// is. x is float32, float64 or int64.
Tensor max_pool(const Tensor& x, const Pooling& pooling, IntArrayRef sizes,
                Tensor& places);
/// The same with windows of each plane's own: window o of dim d begins at
/// starts[d][plane][o] and is extent long.
Tensor fractional_max_pool(const Tensor& x, const Pooling& pooling,
                           const Tensor (&starts)[3], IntArrayRef sizes,
                           Tensor& places);

/// The sum of each window of x, float32 or float64.
Tensor sum_pool(const Tensor& x, const Pooling& pooling, IntArrayRef sizes);

/// y = 0, of shape `sizes` with planes of `plane_size`, then y[plane][place] +=
/// x for each element of x and the place it has; and what is at the places.
Tensor add_to_places(const Tensor& x, const Tensor& places, IntArrayRef sizes,
                     int64_t plane_size);
Tensor from_places(const Tensor& x, const Tensor& places, int64_t plane_size);

}  // namespace taper::kernels
