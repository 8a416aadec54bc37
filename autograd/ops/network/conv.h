// Convolutions of 1, 2 or 3 spatial dims. N is the batch size, which may be
// left out, C the number of input channels, O of output channels.
#pragma once

#include <string_view>
#include <type_traits>

#include "taper/tensor/tensor.h"

namespace taper {

/// y[n, o, p] = bias[o] + sum over c and k of weight[o, c, k] *
/// x[n, c, stride * p + dilation * k - padding], 0 outside of x, for x (N, C,
/// L) and weight (O, C / groups, K); group g of the output channels sees group
/// g of the input channels. Lists have a number per dim, or one for all. Throws
/// ShapeError when the shapes do not fit or the kernel exceeds the padded x.
TAPER_API Tensor conv1d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias = {}, IntArrayRef stride = 1,
                        IntArrayRef padding = 0, IntArrayRef dilation = 1,
                        int64_t groups = 1);
/// x (N, C, H, W), weight (O, C / groups, kH, kW).
TAPER_API Tensor conv2d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias = {}, IntArrayRef stride = 1,
                        IntArrayRef padding = 0, IntArrayRef dilation = 1,
                        int64_t groups = 1);
/// x (N, C, D, H, W), weight (O, C / groups, kD, kH, kW).
TAPER_API Tensor conv3d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias = {}, IntArrayRef stride = 1,
                        IntArrayRef padding = 0, IntArrayRef dilation = 1,
                        int64_t groups = 1);

/// "valid", no padding, or "same", which keeps the sizes of x and asks for
/// stride 1. Made from strings alone, so that a padding of 0 is a number.
struct PaddingMode {
  template <class Text>
  requires(std::is_convertible_v<Text, std::string_view> &&
           !std::is_integral_v<Text>) PaddingMode(const Text& text)
      : name(text) {}
  std::string_view name;
};

TAPER_API Tensor conv1d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias, IntArrayRef stride,
                        PaddingMode padding, IntArrayRef dilation = 1,
                        int64_t groups = 1);
TAPER_API Tensor conv2d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias, IntArrayRef stride,
                        PaddingMode padding, IntArrayRef dilation = 1,
                        int64_t groups = 1);
TAPER_API Tensor conv3d(const Tensor& x, const Tensor& weight,
                        const Tensor& bias, IntArrayRef stride,
                        PaddingMode padding, IntArrayRef dilation = 1,
                        int64_t groups = 1);

/// The derivative of the convolution by its input, as a function of x (N, C,
/// L) in the place of its output, for weight (C, O / groups, K), plus bias (O).
/// The sizes are stride * (L - 1) + dilation * (K - 1) + 1 - 2 * padding +
/// output_padding. Dumoulin, Visin, "A guide to convolution arithmetic for deep
/// learning", 2016.
TAPER_API Tensor conv_transpose1d(const Tensor& x, const Tensor& weight,
                                  const Tensor& bias = {},
                                  IntArrayRef stride = 1,
                                  IntArrayRef padding = 0,
                                  IntArrayRef output_padding = 0,
                                  int64_t groups = 1, IntArrayRef dilation = 1);
TAPER_API Tensor conv_transpose2d(const Tensor& x, const Tensor& weight,
                                  const Tensor& bias = {},
                                  IntArrayRef stride = 1,
                                  IntArrayRef padding = 0,
                                  IntArrayRef output_padding = 0,
                                  int64_t groups = 1, IntArrayRef dilation = 1);
TAPER_API Tensor conv_transpose3d(const Tensor& x, const Tensor& weight,
                                  const Tensor& bias = {},
                                  IntArrayRef stride = 1,
                                  IntArrayRef padding = 0,
                                  IntArrayRef output_padding = 0,
                                  int64_t groups = 1, IntArrayRef dilation = 1);

/// All of the above, by the number of dims of the weight.
TAPER_API Tensor convolution(const Tensor& x, const Tensor& weight,
                             const Tensor& bias, IntArrayRef stride,
                             IntArrayRef padding, IntArrayRef dilation,
                             bool transposed, IntArrayRef output_padding,
                             int64_t groups);

}  // namespace taper
