// Inside the factories: layouts like those of other tensors.
#pragma once

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::detail {

/// Dims from the largest stride to the smallest.
SmallShape memory_order(const Tensor& x);
/// Undefined elements in the shape of x, with its strides if these are dense.
Tensor like(const Tensor& x, ScalarType dtype);
/// Throws unless tensors of this dtype can require gradients.
void check_grad_dtype(ScalarType dtype);
/// `x`, requiring gradients if the options say so.
Tensor with_options(Tensor&& x, const TensorOptions& options);

}  // namespace taper::detail
