// One recurrent layer in one direction: a node with a fused backward, and the
// same composed of differentiable ops for gradients of gradients; and a check
// of packed data. Internal.
#pragma once

#include "taper/tensor/kernels/recurrent.h"

namespace taper {

/// Runs the layer on inputs of fitting shapes, in a dtype with kernels.
kernels::RecurrentOutputs recurrent_layer(const kernels::Direction& direction,
                                          kernels::RecurrentInputs in);

namespace detail {

/// Throws unless the steps of packed data add up to its rows.
void check_batch_sizes(const char* op, const Tensor& data,
                       const Tensor& batch_sizes);

}  // namespace detail

}  // namespace taper
