// Inside the factories: layouts like those of other tensors.
#pragma once

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::detail {

/// Whether the elements of x fill a stretch of memory, in any order of dims.
bool is_dense(const Tensor& x);
/// Undefined elements in the shape of x, with its strides if it is dense and
/// else with dense ones in the same order. Where numbers are drawn in the order
/// of x's memory, this tensor's memory has that order without gaps.
Tensor like(const Tensor& x, ScalarType dtype);
/// Throws unless tensors of this dtype can require gradients.
void check_grad_dtype(ScalarType dtype);
/// `x`, requiring gradients if the options say so.
Tensor with_options(Tensor&& x, const TensorOptions& options);

}  // namespace taper::detail
