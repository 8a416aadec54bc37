// Other resolutions and geometries, and normalisation over neighbouring
// channels, as functions under LibTorch's names and with its options.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "taper/nn/layers/resample.h"

namespace taper::nn::functional {

using PixelShuffleFuncOptions = PixelShuffleOptions;
using PixelUnshuffleFuncOptions = PixelUnshuffleOptions;
using LocalResponseNormFuncOptions = LocalResponseNormOptions;

/// Either `size` or `scale_factor`; with recompute_scale_factor positions
/// follow from the sizes alone. `antialias` is for kBilinear and kBicubic.
struct TAPER_API InterpolateFuncOptions {
  using mode_t =
      std::variant<enumtype::kNearest, enumtype::kLinear, enumtype::kBilinear,
                   enumtype::kBicubic, enumtype::kTrilinear, enumtype::kArea,
                   enumtype::kNearestExact>;
  TAPER_ARG(std::optional<std::vector<int64_t>>, size) = std::nullopt;
  TAPER_ARG(std::optional<std::vector<double>>, scale_factor) = std::nullopt;
  TAPER_ARG(mode_t, mode) = kNearest;
  TAPER_ARG(std::optional<bool>, align_corners) = std::nullopt;
  TAPER_ARG(std::optional<bool>, recompute_scale_factor) = std::nullopt;
  TAPER_ARG(bool, antialias) = false;
};

struct TAPER_API GridSampleFuncOptions {
  using mode_t =
      std::variant<enumtype::kBilinear, enumtype::kNearest, enumtype::kBicubic>;
  using padding_mode_t =
      std::variant<enumtype::kZeros, enumtype::kBorder, enumtype::kReflection>;
  TAPER_ARG(mode_t, mode) = kBilinear;
  TAPER_ARG(padding_mode_t, padding_mode) = kZeros;
  TAPER_ARG(std::optional<bool>, align_corners) = std::nullopt;
};

/// x (N, C, ...) with other sizes behind C; the modes are those of upsample_*
/// in autograd/ops/network/resample.h.
TAPER_API Tensor interpolate(const Tensor& input,
                             const InterpolateFuncOptions& options = {});
/// taper::grid_sampler.
TAPER_API Tensor grid_sample(const Tensor& input, const Tensor& grid,
                             const GridSampleFuncOptions& options = {});
/// taper::affine_grid_generator.
TAPER_API Tensor affine_grid(const Tensor& theta, const IntArrayRef& size,
                             bool align_corners = false);
TAPER_API Tensor pixel_shuffle(const Tensor& input,
                               const PixelShuffleFuncOptions& options);
TAPER_API Tensor pixel_unshuffle(const Tensor& input,
                                 const PixelUnshuffleFuncOptions& options);
TAPER_API Tensor local_response_norm(
    const Tensor& input, const LocalResponseNormFuncOptions& options);

}  // namespace taper::nn::functional
