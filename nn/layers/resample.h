// Layers that change the resolution of images and volumes, and those that
// normalise over neighbouring channels. They have no parameters.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "taper/nn/enum.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// Either `size`, the sizes behind N and C of the output, or what to multiply
/// those of the input by.
struct TAPER_API UpsampleOptions {
  using mode_t =
      std::variant<enumtype::kNearest, enumtype::kLinear, enumtype::kBilinear,
                   enumtype::kBicubic, enumtype::kTrilinear>;
  TAPER_ARG(std::optional<std::vector<int64_t>>, size) = std::nullopt;
  TAPER_ARG(std::optional<std::vector<double>>, scale_factor) = std::nullopt;
  TAPER_ARG(mode_t, mode) = kNearest;
  TAPER_ARG(std::optional<bool>, align_corners) = std::nullopt;
};

struct TAPER_API PixelShuffleOptions {
  PixelShuffleOptions(int64_t upscale_factor)
      : upscale_factor_(upscale_factor) {}
  TAPER_ARG(int64_t, upscale_factor);
};

struct TAPER_API PixelUnshuffleOptions {
  PixelUnshuffleOptions(int64_t downscale_factor)
      : downscale_factor_(downscale_factor) {}
  TAPER_ARG(int64_t, downscale_factor);
};

/// `size` is the number of channels that are summed over.
struct TAPER_API LocalResponseNormOptions {
  LocalResponseNormOptions(int64_t size) : size_(size) {}
  TAPER_ARG(int64_t, size);
  TAPER_ARG(double, alpha) = 1e-4;
  TAPER_ARG(double, beta) = 0.75;
  TAPER_ARG(double, k) = 1.;
};

struct TAPER_API CrossMapLRN2dOptions {
  CrossMapLRN2dOptions(int64_t size) : size_(size) {}
  TAPER_ARG(int64_t, size);
  TAPER_ARG(double, alpha) = 1e-4;
  TAPER_ARG(double, beta) = 0.75;
  TAPER_ARG(int64_t, k) = 1;
};

/// functional::interpolate.
struct TAPER_API UpsampleImpl : Layer<UpsampleImpl, UpsampleOptions> {
  explicit UpsampleImpl(const Options& o = {}) : Layer(o) {}
  Tensor forward(const Tensor& input);
};
using Upsample = ModuleHolder<UpsampleImpl>;

/// (..., C r^2, H, W) to (..., C, H r, W r) with r = upscale_factor.
TAPER_FUNCTION_LAYER(PixelShuffle, PixelShuffleOptions, const Tensor& input)
/// (..., C, H r, W r) to (..., C r^2, H, W) with r = downscale_factor.
TAPER_FUNCTION_LAYER(PixelUnshuffle, PixelUnshuffleOptions, const Tensor& input)
/// x / (k + alpha / size * sum of x^2)^beta, over `size` channels.
TAPER_FUNCTION_LAYER(LocalResponseNorm, LocalResponseNormOptions,
                     const Tensor& input)
/// The same for x (N, C, H, W), over (size - 1) / 2 channels on either side.
TAPER_FUNCTION_LAYER(CrossMapLRN2d, CrossMapLRN2dOptions, const Tensor& input)

}  // namespace taper::nn
