// all, any and count_nonzero.
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {

Tensor all(const Tensor& x) { return kernels::all(x, kernels::every_dim(x)); }
Tensor any(const Tensor& x) { return kernels::any(x, kernels::every_dim(x)); }
Tensor all(const Tensor& x, int64_t dim, bool keepdim) {
  return kernels::all(x, checked_dim("all", x, dim), keepdim);
}
Tensor any(const Tensor& x, int64_t dim, bool keepdim) {
  return kernels::any(x, checked_dim("any", x, dim), keepdim);
}
Tensor count_nonzero(const Tensor& x, IntArrayRef dim) {
  return kernels::count_nonzero(x, checked_dims("count_nonzero", x, dim));
}

}  // namespace taper
