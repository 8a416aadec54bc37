// Second derivatives of fused operations: when the backward itself is recorded,
// the fused formula gives way to the operation composed of differentiable ones.
#pragma once

#include <functional>

#include "taper/autograd/engine.h"
#include "taper/autograd/record.h"

namespace taper {

/// `x` in the dtype that kernels compute its own in, as a differentiable cast;
/// an undefined tensor stays so.
inline Tensor computed(const Tensor& x) {
  return x.defined() ? x.to(compute_type(x.dtype())) : x;
}

/// Fills `grads` with the gradients of composed(inputs) for the upstream
/// gradient `grad`, recorded if grad mode is on.
void composed_backward(
    const InputGrads& grads, const std::vector<Tensor>& inputs,
    const Tensor& grad,
    const std::function<Tensor(const std::vector<Tensor>&)>& composed);

/// `value` with the history that input i of the node had whose backward runs,
/// which may have been edited since.
Tensor with_history_of_input(const Tensor& value, size_t i = 0);

}  // namespace taper
