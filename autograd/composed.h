// Second derivatives of fused operations: when the backward itself is recorded,
// the fused formula gives way to the operation composed of differentiable ones.
#pragma once

#include <functional>

#include "taper/autograd/engine.h"
#include "taper/autograd/record.h"

namespace taper {

/// `x` as a result of its own, so that a gradient can be asked for exactly
/// here, not for what x was made from.
Tensor identity(const Tensor& x);

/// `x` in the dtype that kernels compute its own in, as a differentiable cast;
/// an undefined tensor stays so.
inline Tensor computed(const Tensor& x) {
  return x.defined() ? x.to(compute_type(x.dtype())) : x;
}

/// Fills `grads` with the recorded gradients of composed(inputs) for the
/// upstream gradient `grad`.
void composed_backward(
    const InputGrads& grads, const std::vector<Tensor>& inputs,
    const Tensor& grad,
    const std::function<Tensor(const std::vector<Tensor>&)>& composed);

/// The recorded gradients of composed(inputs) for the upstream gradient `grad`,
/// one per input (undefined for those without).
template <size_t N, class Composed>
Grads<N> composed_backward(const std::array<Tensor, N>& inputs,
                           const Tensor& grad, const Composed& composed) {
  std::array<Tensor, N> proxies;
  std::vector<Tensor> wanted;
  for (size_t i = 0; i < N; ++i) {
    proxies[i] = wants_grad(inputs[i]) ? identity(inputs[i]) : inputs[i];
    if (wants_grad(proxies[i])) wanted.push_back(proxies[i]);
  }
  Tensor y = composed(proxies);
  std::vector<Tensor> found =
      autograd::grad(TensorList(y), wanted, TensorList(grad),
                     /*retain_graph=*/true,
                     /*create_graph=*/true,
                     /*allow_unused=*/true);
  Grads<N> grads;
  size_t next = 0;
  for (size_t i = 0; i < N; ++i) {
    if (wants_grad(proxies[i])) grads[i] = found[next++];
  }
  return grads;
}

}  // namespace taper
