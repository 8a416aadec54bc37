// Padding by what is there already. Values only: x is contiguous, (..., D, H,
// W), and dims D and H that its shape lacks have one entry.
#pragma once

#include <cstdint>

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Along D, H and W: how many entries x has, and which of them each entry of
/// the padded tensor is, int64.
struct PadSources {
  int64_t size[3];
  Tensor source[3];

  const int64_t* at(int dim) const { return source[dim].data_as<int64_t>(); }
};

/// y[..][d][h][w] = x[..][source of d][source of h][source of w], of shape
/// `sizes`.
Tensor pad_from(const Tensor& x, const PadSources& pad, IntArrayRef sizes);
/// The gradient of x, of shape `sizes`, given that of y; float32 or float64.
Tensor pad_from_backward(const Tensor& grad, const PadSources& pad,
                         IntArrayRef sizes);

}  // namespace taper::kernels
