// Pooling of x (N, C, ...) or (C, ...), whose last 1, 2 or 3 dims are pooled.
// Lists of sizes have one number per pooled dim or one for all. A window of
// `kernel_size` inputs, `dilation` apart, moves by `stride`, by default by its
// own size, over x with `padding` beside it, at most half of the window; with
// `ceil_mode` the last one may reach beyond. What does not fit throws.
#pragma once

#include <optional>
#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper {

/// The largest input of each window; nan wins. Not of bools.
TAPER_API Tensor max_pool1d(const Tensor& x, IntArrayRef kernel_size,
                            IntArrayRef stride = {}, IntArrayRef padding = 0,
                            IntArrayRef dilation = 1, bool ceil_mode = false);
TAPER_API Tensor max_pool2d(const Tensor& x, IntArrayRef kernel_size,
                            IntArrayRef stride = {}, IntArrayRef padding = 0,
                            IntArrayRef dilation = 1, bool ceil_mode = false);
TAPER_API Tensor max_pool3d(const Tensor& x, IntArrayRef kernel_size,
                            IntArrayRef stride = {}, IntArrayRef padding = 0,
                            IntArrayRef dilation = 1, bool ceil_mode = false);

/// The same and where it is, row-major in the pooled dims: the first of equal
/// inputs, the last nan.
TAPER_API std::tuple<Tensor, Tensor> max_pool1d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
    IntArrayRef padding = 0, IntArrayRef dilation = 1, bool ceil_mode = false);
TAPER_API std::tuple<Tensor, Tensor> max_pool2d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
    IntArrayRef padding = 0, IntArrayRef dilation = 1, bool ceil_mode = false);
TAPER_API std::tuple<Tensor, Tensor> max_pool3d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
    IntArrayRef padding = 0, IntArrayRef dilation = 1, bool ceil_mode = false);

/// The mean of each window of floats or int64. It is divided by the size of the
/// window, which counts the padding unless `count_include_pad` is false, or by
/// `divisor_override`.
TAPER_API Tensor avg_pool1d(const Tensor& x, IntArrayRef kernel_size,
                            IntArrayRef stride = {}, IntArrayRef padding = 0,
                            bool ceil_mode = false,
                            bool count_include_pad = true);
TAPER_API Tensor
avg_pool2d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
           IntArrayRef padding = 0, bool ceil_mode = false,
           bool count_include_pad = true,
           std::optional<int64_t> divisor_override = std::nullopt);
TAPER_API Tensor
avg_pool3d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride = {},
           IntArrayRef padding = 0, bool ceil_mode = false,
           bool count_include_pad = true,
           std::optional<int64_t> divisor_override = std::nullopt);

/// The mean of each of `output_size` windows that share the inputs: number o of
/// n begins at floor(o * size / n) and ends at ceil((o + 1) * size / n).
TAPER_API Tensor adaptive_avg_pool1d(const Tensor& x, IntArrayRef output_size);
TAPER_API Tensor adaptive_avg_pool2d(const Tensor& x, IntArrayRef output_size);
TAPER_API Tensor adaptive_avg_pool3d(const Tensor& x, IntArrayRef output_size);
/// The largest input of each of these windows, and where it is.
TAPER_API std::tuple<Tensor, Tensor> adaptive_max_pool1d(
    const Tensor& x, IntArrayRef output_size);
TAPER_API std::tuple<Tensor, Tensor> adaptive_max_pool2d(
    const Tensor& x, IntArrayRef output_size);
TAPER_API std::tuple<Tensor, Tensor> adaptive_max_pool3d(
    const Tensor& x, IntArrayRef output_size);

/// The largest input of each of `output_size` windows of `kernel_size` inputs
/// at irregular distances, and where it is. The distances follow, for each
/// sample and channel, from `random_samples` (N, C, 2 or 3) in [0, 1) for W and
/// H, or D, H and W; of x's dtype. Graham, "Fractional Max-Pooling", 2014.
TAPER_API std::tuple<Tensor, Tensor> fractional_max_pool2d(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef output_size,
    const Tensor& random_samples);
TAPER_API std::tuple<Tensor, Tensor> fractional_max_pool3d(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef output_size,
    const Tensor& random_samples);

/// (sum of x^norm_type)^(1 / norm_type) of each window, without padding. Where
/// the sum is 0 the gradient is 0.
TAPER_API Tensor lp_pool1d(const Tensor& x, double norm_type,
                           IntArrayRef kernel_size, IntArrayRef stride = {},
                           bool ceil_mode = false);
TAPER_API Tensor lp_pool2d(const Tensor& x, double norm_type,
                           IntArrayRef kernel_size, IntArrayRef stride = {},
                           bool ceil_mode = false);
TAPER_API Tensor lp_pool3d(const Tensor& x, double norm_type,
                           IntArrayRef kernel_size, IntArrayRef stride = {},
                           bool ceil_mode = false);

/// 0 but where `indices` (int64, as the pooling with indices returns them) say
/// that elements of x come from; of `output_size` in the pooled dims.
TAPER_API Tensor max_unpool2d(const Tensor& x, const Tensor& indices,
                              IntArrayRef output_size);
/// The same; `stride`, which must be positive, and `padding` change nothing.
TAPER_API Tensor max_unpool3d(const Tensor& x, const Tensor& indices,
                              IntArrayRef output_size, IntArrayRef stride,
                              IntArrayRef padding);

}  // namespace taper
