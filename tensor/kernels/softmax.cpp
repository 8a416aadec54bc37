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
  const Tensor rows = dim_to_end(x, dim);
  Tensor y = empty_like(rows);
  const int64_t n = rows.size(-1);
  const int64_t size = x.element_size();
  const Leaf row = leaf[index_of(x.dtype())];
  for_rows(rows, n, [&](int64_t first) {
    row(y.data_as<char>() + first * size, rows.data_as<char>() + first * size,
        n);
  });
  return end_to_dim(y, dim, x.dim());
}

Tensor backward(const PerReal<BackwardLeaf>& leaf, const Tensor& g,
                const Tensor& y, int64_t dim) {
  if (is_narrow(y)) {
    return cast(backward(leaf, widened(g), widened(y), dim), y.dtype());
  }
  const Tensor rows = dim_to_end(y, dim);
  const Tensor grads = dim_to_end(g, dim);
  Tensor gx = empty_like(rows);
  const int64_t n = rows.size(-1);
  const int64_t size = y.element_size();
  const BackwardLeaf row = leaf[index_of(y.dtype())];
  for_rows(rows, n, [&](int64_t first) {
    row(gx.data_as<char>() + first * size, grads.data_as<char>() + first * size,
        rows.data_as<char>() + first * size, n);
  });
  return end_to_dim(gx, dim, y.dim());
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
