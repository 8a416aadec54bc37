// Softmax and its logarithm along any dim. Values only, floating tensors.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// exp(x - max) / sum(exp(x - max)) along dim.
Tensor softmax(const Tensor& x, int64_t dim);
/// x - logsumexp(x) along dim.
Tensor log_softmax(const Tensor& x, int64_t dim);
/// y * (g - sum(g * y)), y being the softmax.
Tensor softmax_backward(const Tensor& g, const Tensor& y, int64_t dim);
/// g - exp(y) * sum(g), y being the log_softmax.
Tensor log_softmax_backward(const Tensor& g, const Tensor& y, int64_t dim);

}  // namespace taper::kernels
