// Strides in the memory order that the operands agree on.
#include "taper/tensor/kernels/layout.h"

#include <utility>

#include "taper/tensor/kernels/copy.h"

namespace taper::kernels {
namespace {

using Operands = std::initializer_list<const Tensor*>;

// The stride of x along dim d of the shape that it broadcasts to.
int64_t stride_along(const Tensor& x, IntArrayRef shape, int64_t d) {
  const TensorImpl* impl = x.impl();
  const int64_t own = d - static_cast<int64_t>(shape.size()) + impl->ndim;
  if (own < 0 || impl->sizes[own] != shape[d]) return 0;
  return impl->strides[own];
}

// Dims from the smallest stride to the largest, sorted exactly as PyTorch does
// (TensorIterator, reorder_dimensions), also where strides are 0 or equal.
SmallShape memory_order(IntArrayRef shape, Operands operands) {
  const auto after = [&](int64_t a, int64_t b) -> int64_t {
    for (const Tensor* x : operands) {
      const int64_t stride_a = stride_along(*x, shape, a);
      const int64_t stride_b = stride_along(*x, shape, b);
      if (stride_a == 0 || stride_b == 0) continue;
      if (stride_a != stride_b) return stride_a - stride_b;
      if (shape[a] > shape[b]) return 1;
    }
    return 0;
  };
  SmallShape order;
  for (size_t i = shape.size(); i-- > 0;) {
    order.push_back(static_cast<int64_t>(i));
  }
  for (int i = 1; i < order.size; ++i) {
    int at = i;
    for (int j = i - 1; j >= 0; --j) {
      const int64_t comparison = after(order[j], order[at]);
      if (comparison < 0) break;
      if (comparison == 0) continue;
      std::swap(order[j], order[at]);
      at = j;
    }
  }
  return order;
}

SmallShape dense_strides(IntArrayRef shape, Operands operands) {
  const SmallShape order = memory_order(shape, operands);
  SmallShape strides;
  strides.resize(shape.size());
  int64_t stride = 1;
  for (int i = 0; i < order.size; ++i) {
    const int64_t dim = order[i];
    strides[static_cast<int>(dim)] = stride;
    if (shape[dim] > 1) stride *= shape[dim];
  }
  return strides;
}

}  // namespace

bool is_dense(const Tensor& x) {
  if (x.is_contiguous()) return true;
  const SmallShape strides = dense_strides(x.sizes(), {&x});
  for (int i = 0; i < strides.size; ++i) {
    if (x.impl()->sizes[i] > 1 && x.impl()->strides[i] != strides[i]) {
      return false;
    }
  }
  return true;
}

bool same_layout(const Tensor& a, const Tensor& b) {
  const TensorImpl* x = a.impl();
  const TensorImpl* y = b.impl();
  if (x->contiguous && y->contiguous) return x->numel == y->numel;
  if (x->ndim != y->ndim) return false;
  for (int i = 0; i < x->ndim; ++i) {
    if (x->sizes[i] != y->sizes[i]) return false;
    if (x->sizes[i] > 1 && x->strides[i] != y->strides[i]) return false;
  }
  return is_dense(a);
}

Tensor empty_result(IntArrayRef shape, Operands operands, ScalarType dtype) {
  Tensor result = empty(shape, dtype);
  bool is_plain = true;
  for (const Tensor* x : operands) {
    is_plain &= x->is_contiguous() || is_constant(*x);
  }
  if (is_plain) return result;
  const SmallShape strides = dense_strides(shape, operands);
  for (int i = 0; i < strides.size; ++i) {
    result.impl()->strides[i] = strides[i];
  }
  detail::refresh_layout(result.impl());
  return result;
}

Tensor empty_preserved(const Tensor& x, ScalarType dtype) {
  if (x.is_contiguous()) return empty_like(x, dtype);
  return empty_result(x.sizes(), {&x}, dtype);
}

}  // namespace taper::kernels
