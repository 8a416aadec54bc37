// Images and volumes of other sizes or with other geometry: resampling,
// sampling at given places, channels traded for resolution, and normalisation
// over neighbouring channels. N is the batch size, C the number of channels, H
// and W are height and width, D is depth, L a length.
#pragma once

#include <optional>

#include "taper/tensor/tensor.h"

namespace taper {

// Resampling ------------------------------------------------------------------
// Of x (N, C, L), (N, C, H, W) or (N, C, D, H, W) to `output_size`, the sizes
// behind C. With align_corners the centers of the corner elements of both
// agree, else their edges do, and positions follow from the `scales` (output
// per input) or, without those, from the sizes. float16 and bfloat16 too, and
// uint8 of images and of nearest neighbours.

/// The nearest input; scales and sizes round downwards.
TAPER_API Tensor
upsample_nearest1d(const Tensor& x, IntArrayRef output_size,
                   std::optional<double> scales = std::nullopt);
TAPER_API Tensor
upsample_nearest2d(const Tensor& x, IntArrayRef output_size,
                   std::optional<double> scales_h = std::nullopt,
                   std::optional<double> scales_w = std::nullopt);
TAPER_API Tensor
upsample_nearest3d(const Tensor& x, IntArrayRef output_size,
                   std::optional<double> scales_d = std::nullopt,
                   std::optional<double> scales_h = std::nullopt,
                   std::optional<double> scales_w = std::nullopt);
/// The input whose center is nearest.
TAPER_API Tensor
_upsample_nearest_exact1d(const Tensor& x, IntArrayRef output_size,
                          std::optional<double> scales = std::nullopt);
TAPER_API Tensor
_upsample_nearest_exact2d(const Tensor& x, IntArrayRef output_size,
                          std::optional<double> scales_h = std::nullopt,
                          std::optional<double> scales_w = std::nullopt);
TAPER_API Tensor
_upsample_nearest_exact3d(const Tensor& x, IntArrayRef output_size,
                          std::optional<double> scales_d = std::nullopt,
                          std::optional<double> scales_h = std::nullopt,
                          std::optional<double> scales_w = std::nullopt);
/// The two nearest inputs of each dim, by their distances.
TAPER_API Tensor upsample_linear1d(const Tensor& x, IntArrayRef output_size,
                                   bool align_corners,
                                   std::optional<double> scales = std::nullopt);
TAPER_API Tensor upsample_bilinear2d(
    const Tensor& x, IntArrayRef output_size, bool align_corners,
    std::optional<double> scales_h = std::nullopt,
    std::optional<double> scales_w = std::nullopt);
TAPER_API Tensor upsample_trilinear3d(
    const Tensor& x, IntArrayRef output_size, bool align_corners,
    std::optional<double> scales_d = std::nullopt,
    std::optional<double> scales_h = std::nullopt,
    std::optional<double> scales_w = std::nullopt);
/// The four nearest inputs of each dim by cubic convolution with slope -0.75:
/// Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981.
TAPER_API Tensor
upsample_bicubic2d(const Tensor& x, IntArrayRef output_size, bool align_corners,
                   std::optional<double> scales_h = std::nullopt,
                   std::optional<double> scales_w = std::nullopt);
/// The same, over all inputs within the width of the filter, which grows where
/// the output is smaller; cubic slope -0.5.
TAPER_API Tensor _upsample_bilinear2d_aa(
    const Tensor& x, IntArrayRef output_size, bool align_corners,
    std::optional<double> scales_h = std::nullopt,
    std::optional<double> scales_w = std::nullopt);
TAPER_API Tensor _upsample_bicubic2d_aa(
    const Tensor& x, IntArrayRef output_size, bool align_corners,
    std::optional<double> scales_h = std::nullopt,
    std::optional<double> scales_w = std::nullopt);
/// The means of the inputs that an output covers; 1 to 3 sizes.
TAPER_API Tensor upsample_area(const Tensor& x, IntArrayRef output_size);

// Sampling at given places ----------------------------------------------------

/// Values of x (N, C, H, W) or (N, C, D, H, W) at the places in grid (N, ...,
/// 2 or 3): y (N, C, ...). A place is (x, y[, z]) with -1 and 1 at the edges of
/// the image, or with align_corners at the centers of its corner elements.
/// interpolation_mode is 0 (linear), 1 (nearest) or 2 (cubic, images only).
/// Outside, x is 0, goes on as at its edge or is reflected: padding_mode 0, 1
/// or 2. Jaderberg et al., "Spatial Transformer Networks", 2015.
TAPER_API Tensor grid_sampler(const Tensor& x, const Tensor& grid,
                              int64_t interpolation_mode, int64_t padding_mode,
                              bool align_corners);
TAPER_API Tensor grid_sampler_2d(const Tensor& x, const Tensor& grid,
                                 int64_t interpolation_mode,
                                 int64_t padding_mode, bool align_corners);
TAPER_API Tensor grid_sampler_3d(const Tensor& x, const Tensor& grid,
                                 int64_t interpolation_mode,
                                 int64_t padding_mode, bool align_corners);
/// The grid (N, H, W, 2) or (N, D, H, W, 3) of theta (N, 2, 3) or (N, 3, 4)
/// times the homogeneous places of an output of `size` (N, C, [D,] H, W).
TAPER_API Tensor affine_grid_generator(const Tensor& theta, IntArrayRef size,
                                       bool align_corners);

// Channels --------------------------------------------------------------------

/// (..., C r^2, H, W) to (..., C, H r, W r), r being upscale_factor. Shi et
/// al., "Real-Time Single Image and Video Super-Resolution", 2016.
TAPER_API Tensor pixel_shuffle(const Tensor& x, int64_t upscale_factor);
/// The way back: (..., C, H r, W r) to (..., C r^2, H, W).
TAPER_API Tensor pixel_unshuffle(const Tensor& x, int64_t downscale_factor);
/// Channel c of group g becomes number g of the channels c: (N, C, ...) is
/// transposed as (N, groups, C / groups, ...). Zhang et al., "ShuffleNet",
/// 2018.
TAPER_API Tensor channel_shuffle(const Tensor& x, int64_t groups);
TAPER_API Tensor native_channel_shuffle(const Tensor& x, int64_t groups);

/// x / (k + alpha / size * s)^beta, s being the sum of x^2 over `size`
/// neighbouring channels of x (N, C, ...): from size / 2 before to (size - 1) /
/// 2 behind. Krizhevsky et al., "ImageNet Classification with Deep
/// Convolutional Neural Networks", 2012.
TAPER_API Tensor local_response_norm(const Tensor& x, int64_t size,
                                     double alpha = 1e-4, double beta = 0.75,
                                     double k = 1);
/// The same over (size - 1) / 2 channels before and behind.
TAPER_API Tensor cross_map_lrn2d(const Tensor& x, int64_t size,
                                 double alpha = 1e-4, double beta = 0.75,
                                 double k = 1);

}  // namespace taper
