// How the dims of tensors lie in memory. PyTorch keeps the order of the dims
// through elementwise operations; random streams follow it.
#pragma once

#include <initializer_list>

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Whether the elements of x fill a stretch of memory, in any order of dims.
bool is_dense(const Tensor& x);
/// Whether a and b have one shape and are dense in one order of dims, so that
/// their elements correspond in the order of memory.
bool same_layout(const Tensor& a, const Tensor& b);

/// Undefined elements in the broadcast shape of the operands (`shape`), dense
/// in the order that PyTorch chooses: that of the first operand, where its
/// strides do not decide that of the second, and so on.
Tensor empty_result(IntArrayRef shape,
                    std::initializer_list<const Tensor*> operands,
                    ScalarType dtype);
/// The same for one operand (torch::preserve_format): the strides of x if it is
/// dense, else dense ones in the same order.
Tensor empty_preserved(const Tensor& x, ScalarType dtype);

}  // namespace taper::kernels
