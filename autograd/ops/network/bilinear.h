// Linear maps of two inputs; that of one is in linalg.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// y_k = sum_ij a_i weight_kij b_j + bias_k for vectors a and b along the last
/// dims of x1 and x2, weight (out, in1, in2) and bias (out).
TAPER_API Tensor bilinear(const Tensor& x1, const Tensor& x2,
                          const Tensor& weight, const Tensor& bias = {});

}  // namespace taper
