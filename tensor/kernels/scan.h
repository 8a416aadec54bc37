// Running sums and products along one dim. Values only.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// y[i] = x[0] + ... + x[i] (cumprod: times) along dim; int64 for int64 and
/// bool.
Tensor cumsum(const Tensor& x, int64_t dim);
Tensor cumprod(const Tensor& x, int64_t dim);
/// Gradient of cumprod along dim, right where x has zeros; floating, g like x.
Tensor cumprod_backward(const Tensor& g, const Tensor& x, int64_t dim);
/// y[i] = product of the x[j], j != i, along dim; floating x.
Tensor prod_of_others(const Tensor& x, int64_t dim);

}  // namespace taper::kernels
