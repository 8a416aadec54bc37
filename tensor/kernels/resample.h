// Resampling along dims: maps from the positions of a dim to those of a longer
// or shorter one, each result a weighted sum of neighbours. Values only.
#pragma once

#include <optional>
#include <vector>

#include "taper/tensor/kernels/simd/pool.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// How results are made of their neighbours: the nearest one, two, four, the
/// mean of those that a result covers; or, without aliases, of all within the
/// width of the filter, which grows with the scale.
enum class Filter {
  kNearest,
  kNearestExact,
  kLinear,
  kCubic,
  kArea,
  kSmoothLinear,
  kSmoothCubic
};

/// Rows j of `first` (int64) and columns j of `weights` (width, out) say how
/// result j is made; see Band in simd/resample.h.
struct DimMap {
  int64_t in = 0;
  Tensor first;
  Tensor weights;

  int64_t out() const { return first.numel(); }
  int64_t width() const { return weights.sizes()[0]; }
};

/// PyTorch's positions and weights, computed in `dtype`. in and out must be
/// positive. With align_corners the first and last positions of both agree;
/// else out = in * scale, or the ratio of the sizes if there is none.
DimMap filter_map(Filter filter, int64_t in, int64_t out, bool align_corners,
                  std::optional<double> scale, ScalarType dtype);
/// y[j] = factor * the sum of window j, none of which begins or ends before
/// the one before it.
DimMap window_map(int64_t in, const std::vector<Window>& windows, double factor,
                  ScalarType dtype);
/// The map by which gradients go back.
DimMap transposed(const DimMap& map);

/// Maps dims `dim`, `dim` + 1, ... of x, as many as there are maps: one, the
/// last two, or the last three. x is contiguous and of the dtype of the maps.
Tensor resample(const Tensor& x, int64_t dim, const std::vector<DimMap>& maps);
/// The same for one dim of uint8, by a map of float64, rounded as PyTorch does.
Tensor resample_bytes(const Tensor& x, int64_t dim, const DimMap& map);

}  // namespace taper::kernels
