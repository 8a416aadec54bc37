// Inside the factories: what TensorOptions ask for.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::detail {

/// Throws unless tensors of this dtype can require gradients.
void check_grad_dtype(ScalarType dtype);
/// `x`, requiring gradients if the options say so.
Tensor with_options(Tensor&& x, const TensorOptions& options);

}  // namespace taper::detail
