// Images and volumes read at given places, and the way back. Values only: x (N,
// C, H, W) or (N, C, D, H, W) and grid (N, ..., 2 or 3) are contiguous and of
// one real dtype.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

enum class Sampling : int64_t { kLinear, kNearest, kCubic };
enum class Outside : int64_t { kZeros, kBorder, kReflection };

/// How places between and outside of elements are read.
struct GridOptions {
  Sampling sampling;
  Outside outside;
  bool align_corners;
};

/// The gradients that are wanted; the others are undefined.
struct GridGrads {
  Tensor x;
  Tensor grid;
};

Tensor grid_sample(const Tensor& x, const Tensor& grid,
                   const GridOptions& options);
GridGrads grid_sample_backward(const Tensor& grad, const Tensor& x,
                               const Tensor& grid, const GridOptions& options,
                               bool wants_x, bool wants_grid);

}  // namespace taper::kernels
