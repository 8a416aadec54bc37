// The leaf kernel of each row, for any dim and dtype.
#include "taper/tensor/kernels/softmax.h"

#include "taper/tensor/kernels/rows_along.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

using Leaf = void (*)(void*, const void*, int64_t);
using BackwardLeaf = void (*)(void*, const void*, const void*, int64_t);

Tensor forward(const PerReal<Leaf>& leaf, const Tensor& x, int64_t dim) {
  if (is_narrow(x)) return cast(forward(leaf, widened(x), dim), x.dtype());
  return map_along(dim, x.dtype(), leaf[index_of(x.dtype())], x);
}

Tensor backward(const PerReal<BackwardLeaf>& leaf, const Tensor& g,
                const Tensor& y, int64_t dim) {
  if (is_narrow(y)) {
    return cast(backward(leaf, widened(g), widened(y), dim), y.dtype());
  }
  return map_along(dim, y.dtype(), leaf[index_of(y.dtype())], g, y);
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim) {
  const profiler::OpScope scope("softmax", x);
  return forward(norm_table->softmax, x, dim);
}

Tensor log_softmax(const Tensor& x, int64_t dim) {
  const profiler::OpScope scope("log_softmax", x);
  return forward(norm_table->log_softmax, x, dim);
}

Tensor softmax_backward(const Tensor& g, const Tensor& y, int64_t dim) {
  const profiler::OpScope scope("softmax_backward", g, y);
  return backward(norm_table->softmax_backward, g, y, dim);
}

Tensor log_softmax_backward(const Tensor& g, const Tensor& y, int64_t dim) {
  const profiler::OpScope scope("log_softmax_backward", g, y);
  return backward(norm_table->log_softmax_backward, g, y, dim);
}

}  // namespace taper::kernels
