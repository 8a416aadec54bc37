// One recurrent layer in one direction: a node with a fused backward, and the
// same composed of differentiable ops for gradients of gradients. Internal.
#pragma once

#include <array>

#include "taper/tensor/kernels/recurrent.h"

namespace taper {

/// The inputs, see kernels::CellWeights; some may be undefined. x is (..., I),
/// the states have N rows.
enum RecurrentInput : size_t {
  kX,
  kH,
  kC,
  kIH,
  kHH,
  kBiasIH,
  kBiasHH,
  kHR,
  kRecurrentInputs
};
using RecurrentInputs = std::array<Tensor, kRecurrentInputs>;

/// The outputs (..., R) and the states after the last step, shaped as before
/// the first.
struct RecurrentOutputs {
  Tensor y, h, c;
};

/// Runs the layer on inputs of fitting shapes, in a dtype with kernels.
RecurrentOutputs recurrent_layer(const kernels::Direction& direction,
                                 RecurrentInputs in);

}  // namespace taper
