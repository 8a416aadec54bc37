// Views with the dims in another order.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {
namespace {

// The order of dims that undoes `order`.
SmallShape inverse(IntArrayRef order) {
  SmallShape result;
  result.resize(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    result[order[i]] = static_cast<int64_t>(i);
  }
  return result;
}

// Dims already wrapped.
Tensor permuted(const Tensor& x, const SmallShape& order) {
  NewView view(x);
  for (int64_t dim : IntArrayRef(order)) {
    view.add(x.sizes()[dim], x.strides()[dim]);
  }
  Tensor y = view.finish(x);
  if (!needs_grad(x)) return y;
  return record(y, "PermuteBackward0", x,
                [order = SmallShape(order)](const Tensor& grad) {
                  return permuted(grad, inverse(order));
                });
}

Tensor swapped(const Tensor& x, int64_t dim0, int64_t dim1, const char* name) {
  Tensor y = Tensor::adopt(detail::new_view_impl(x.impl()));
  TensorImpl* impl = y.impl();
  detail::copy_layout(impl, x.impl());
  if (impl->ndim > 0) {
    std::swap(impl->sizes[dim0], impl->sizes[dim1]);
    std::swap(impl->strides[dim0], impl->strides[dim1]);
  }
  detail::refresh_layout(impl);
  mark_view(y, x);
  return record(y, name, x, [dim0, dim1, name](const Tensor& grad) {
    return swapped(grad, dim0, dim1, name);
  });
}

}  // namespace

Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1) {
  const int64_t ndim = x.dim();
  return swapped(x, wrap_dim("transpose", dim0, ndim),
                 wrap_dim("transpose", dim1, ndim), "TransposeBackward0");
}
Tensor t(const Tensor& x) {
  const int64_t ndim = x.dim();
  check(ndim <= 2,
        "[t] expected at most 2 dims, got shape {}; use transpose or mT",
        x.sizes());
  return swapped(x, 0, ndim == 2 ? 1 : 0, "TBackward0");
}
Tensor permute(const Tensor& x, IntArrayRef dims) {
  const int64_t ndim = x.dim();
  check(static_cast<int64_t>(dims.size()) == ndim,
        "[permute] the order {} must name every dim of shape {} once", dims,
        x.sizes());
  SmallShape order;
  uint64_t seen = 0;
  for (int64_t dim : dims) {
    order.push_back(wrap_dim("permute", dim, ndim));
    const uint64_t bit = uint64_t{1} << order[order.size - 1];
    check((seen & bit) == 0, "[permute] dim {} is named twice in {}", dim,
          dims);
    seen |= bit;
  }
  return permuted(x, order);
}
Tensor movedim(const Tensor& x, int64_t source, int64_t destination) {
  const int64_t ndim = x.dim();
  source = wrap_dim("movedim", source, ndim);
  destination = wrap_dim("movedim", destination, ndim);
  SmallShape order;
  for (int64_t d = 0, from = 0; d < ndim; ++d) {
    if (d == destination) {
      order.push_back(source);
      continue;
    }
    if (from == source) ++from;
    order.push_back(from++);
  }
  return permuted(x, order);
}

}  // namespace taper
