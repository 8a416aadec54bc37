// The leaf kernel of each row, for any dim and dtype.
#include "taper/tensor/kernels/softmax.h"

#include "taper/tensor/kernels/rows_along.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// The rows along `dim` of y, by the kernel for the dtype of x.
template <class Leaf, class... X>
Tensor along(const char* op, const PerReal<Leaf>& leaf, int64_t dim,
             const Tensor& x, const X&... others) {
  if (is_narrow(x)) {
    return cast(along(op, leaf, dim, widened(x), widened(others)...),
                x.dtype());
  }
  const profiler::OpScope scope(op, x, others...);
  return map_along(dim, x.dtype(), leaf[index_of(x.dtype())], x, others...);
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim) {
  return along("softmax", norm_table->softmax, dim, x);
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  return along("log_softmax", norm_table->log_softmax, dim, x);
}

Tensor softmax_backward(const Tensor& g, const Tensor& y, int64_t dim) {
  return along("softmax_backward", norm_table->softmax_backward, dim, g, y);
}

Tensor log_softmax_backward(const Tensor& g, const Tensor& y, int64_t dim) {
  return along("log_softmax_backward", norm_table->log_softmax_backward, dim, g,
               y);
}

}  // namespace taper::kernels
