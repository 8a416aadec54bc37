// Convolutions of one, two or three spatial dims and their transposes. Values
// only: tensors are contiguous, of one compute type and fit each other. N batch
// size, C input channels, O output channels, G groups, K kernel sizes.
#pragma once

#include <array>
#include <cstdint>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Of three dims; those that are missing come first, with stride and dilation
/// 1 and padding 0.
struct ConvGeometry {
  std::array<int64_t, 3> stride, padding, dilation;
  int64_t groups;
};

/// The product of x (N, C, in...), weight (O, C / G, K...) and y (N, O, out...)
/// is linear in each: sum over n, o, c, k and positions p of
/// x[n, c, stride * p + dilation * k - padding] * weight[o, c, k] * y[n, o, p].
/// These are its derivatives, each of the given sizes.

/// By y: the convolution, plus bias (O), which may be undefined.
Tensor conv(const Tensor& x, const Tensor& weight, const Tensor& bias,
            IntArrayRef sizes, const ConvGeometry& geometry);
/// By x: the transposed convolution.
Tensor conv_by_input(const Tensor& y, const Tensor& weight, IntArrayRef sizes,
                     const ConvGeometry& geometry);
/// By weight.
Tensor conv_by_weight(const Tensor& x, const Tensor& y, IntArrayRef sizes,
                      const ConvGeometry& geometry);

}  // namespace taper::kernels
