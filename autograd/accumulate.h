// Adding a gradient to the .grad of a tensor, from any thread.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::autograd {

/// Whether nobody else can see the values of x.
bool is_unshared(const Tensor& x);

/// `grad` in a buffer that nobody else can see.
Tensor owned(Tensor&& grad);

/// What may fail in accumulate(), done before any .grad changes: throws when
/// `grad` does not fit the .grad that is there.
void prepare(TensorImpl* tensor, Tensor& grad);

/// Adds a prepared `grad` to the .grad of a tensor; takes the buffer over when
/// it can.
void accumulate(TensorImpl* tensor, Tensor&& grad);

}  // namespace taper::autograd
