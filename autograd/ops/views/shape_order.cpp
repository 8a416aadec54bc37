// Views that reorder or repeat dims, and the views in place.
#include "taper/autograd/extra.h"
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

// The order of dims that undoes `order`.
SmallShape inverse(IntArrayRef order) {
  SmallShape result;
  result.size = static_cast<int>(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    result.data[order[i]] = static_cast<int64_t>(i);
  }
  return result;
}

// Dims already wrapped.
Tensor permuted(const Tensor& x, const SmallShape& order) {
  NewView view(x);
  for (int64_t dim : IntArrayRef(order)) {
    view.add(x.sizes()[static_cast<size_t>(dim)],
             x.strides()[static_cast<size_t>(dim)]);
  }
  Tensor y = view.finish(x);
  return record(y, "PermuteBackward0", x, [order](const Tensor& grad) {
    return permuted(grad, inverse(order));
  });
}

Tensor swapped(const Tensor& x, int64_t dim0, int64_t dim1, const char* name) {
  TensorImpl* impl = detail::new_view_impl(x.impl());
  const TensorImpl* from = x.impl();
  impl->ndim = from->ndim;
  for (int i = 0; i < from->ndim; ++i) {
    impl->sizes[i] = from->sizes[i];
    impl->strides[i] = from->strides[i];
  }
  if (impl->ndim > 0) {
    std::swap(impl->sizes[dim0], impl->sizes[dim1]);
    std::swap(impl->strides[dim0], impl->strides[dim1]);
  }
  detail::refresh_layout(impl);
  Tensor y = Tensor::adopt(impl);
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
  unsigned seen = 0;
  for (int64_t dim : dims) {
    order.push_back(wrap_dim("permute", dim, ndim));
    const unsigned bit = 1U << order[order.size - 1];
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

Tensor broadcast_to(const Tensor& x, IntArrayRef sizes) {
  const auto lead = static_cast<int64_t>(sizes.size()) - x.dim();
  check_ndim("expand", sizes.size(), sizes);
  SmallShape shape(sizes);
  SmallShape strides;
  strides.size = shape.size;
  for (int64_t d = 0; d < static_cast<int64_t>(sizes.size()); ++d) {
    const auto own = static_cast<size_t>(d - lead);
    const int64_t size = d < lead ? -2 : x.sizes()[own];
    int64_t& wanted = shape.data[d];
    if (wanted == -1 && d >= lead) wanted = size;
    check(lead >= 0 && wanted >= 0 && (d < lead || size == wanted || size == 1),
          "[expand] shape {} cannot be expanded to {}", x.sizes(), sizes);
    const bool repeats = d < lead || size != wanted;
    strides.data[d] = repeats ? 0 : x.strides()[own];
  }
  check(lead >= 0, "[expand] shape {} cannot be expanded to {}", x.sizes(),
        sizes);
  numel_of(shape);
  NewView view(x);
  for (int d = 0; d < shape.size; ++d) view.add(shape[d], strides[d]);
  Tensor y = view.finish(x);

  // The engine sums over the dims that were expanded.
  return record(y, "ExpandBackward0", x, pass_grad);
}
namespace {

// Gives `self` the shape, strides and history of view(self).
template <class View>
Tensor& become(const char* op, Tensor& self, const View& view) {
  detail::check_in_place(op, self, needs_grad(self));
  const Tensor result = view(detail::old_self(self));
  NodePtr node(detail::history_of(result));
  TensorImpl* impl = self.impl();
  const TensorImpl* from = result.impl();
  impl->ndim = from->ndim;
  for (int d = 0; d < from->ndim; ++d) {
    impl->sizes[d] = from->sizes[d];
    impl->strides[d] = from->strides[d];
  }
  detail::refresh_layout(impl);
  // Whoever saved this very tensor would find another shape: make it notice.
  detail::bump_version(self);
  impl->view_version = impl->storage->version.load();
  if (node) {
    retain(node.get());
    detail::adopt_node(self, node.get(), result.impl()->output_nr);
  } else if (impl->grad_fn && impl->grad_fn->is_accumulator()) {
    // A leaf, reshaped while nothing is recorded.
    impl->grad_fn->meta(0).set(self);
  }
  return self;
}

}  // namespace

Tensor& Tensor::squeeze_() const {
  return become("squeeze_", self(),
                [](const Tensor& x) { return x.squeeze(); });
}
Tensor& Tensor::squeeze_(int64_t dim) const {
  return become("squeeze_", self(),
                [&](const Tensor& x) { return x.squeeze(dim); });
}
Tensor& Tensor::unsqueeze_(int64_t dim) const {
  return become("unsqueeze_", self(),
                [&](const Tensor& x) { return x.unsqueeze(dim); });
}
Tensor& Tensor::transpose_(int64_t dim0, int64_t dim1) const {
  return become("transpose_", self(),
                [&](const Tensor& x) { return x.transpose(dim0, dim1); });
}
Tensor& Tensor::t_() const {
  return become("t_", self(), [](const Tensor& x) { return x.t(); });
}

}  // namespace taper
