// The views in place: a tensor gets another shape of its own elements.
#include <cstring>

#include "taper/autograd/extra.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// What follows from another shape of `self`.
void note_shape(const Tensor& self) {
  // Whoever saved this very tensor would find another shape: make it notice.
  detail::bump_version(self);
  TensorImpl* impl = self.impl();
  // What has no history stays out of date, see mark_view.
  impl->view_version =
      impl->storage->version.load() - (impl->requires_grad ? 0 : 1);
  if (impl->grad_fn && impl->grad_fn->is_accumulator()) {
    impl->grad_fn->meta(0).set(self);
  }
}

// Gives `self` the shape, strides and history of view(self).
template <class View>
Tensor& become(const char* op, Tensor& self, const View& view) {
  detail::check_in_place(op, self, false, true);
  // Elements do not change, so that the history is right in any grad mode.
  const bool is_leaf = self.is_leaf();
  AutoGradMode recording(!is_leaf);
  const Tensor result = view(detail::old_self(self));
  NodePtr node(is_leaf ? nullptr : detail::history_of(result));
  TensorImpl* impl = self.impl();
  detail::copy_layout(impl, result.impl());
  note_shape(self);
  if (node) {
    retain(node.get());
    detail::adopt_node(self, node.get(), result.impl()->output_nr);
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

namespace {

// A storage of `bytes` for `self`, which alone has its old one.
void grow_storage(const Tensor& self, int64_t bytes) {
  TensorImpl* impl = self.impl();
  const Storage* old = impl->storage;
  check(!old->is_blob && old->refs.load() == 1,
        "[resize_] {} bytes do not fit the storage of {}, which cannot grow: a "
        "view or somebody else uses it too",
        bytes, old->bytes);
  const int64_t first = impl->data - old->data;
  const Tensor grown = kernels::empty(bytes, kByte);
  std::memcpy(grown.data_ptr(), old->data, old->bytes);
  grown.impl()->storage->version = old->version.load();
  grown.impl()->storage->is_inference = old->is_inference;
  const ScalarType dtype = self.scalar_type();
  detail::share_storage(impl, grown.impl());
  impl->dtype = dtype;
  impl->data += first;
}

}  // namespace

Tensor& Tensor::resize_(IntArrayRef sizes,
                        std::optional<MemoryFormat> format) const {
  check(!requires_grad(),
        "[resize_] a tensor that requires grad (shape {}) cannot be resized",
        this->sizes());
  detail::check_in_place("resize_", *this, false, true);
  check(format.value_or(MemoryFormat::Contiguous) == MemoryFormat::Contiguous,
        "[resize_] the memory format must be contiguous");
  const SmallShape shape(sizes);  // also a copy, should they be this tensor's
  const int64_t numel = numel_of(shape);
  if (format || IntArrayRef(shape) != this->sizes()) {
    const int64_t bytes =
        impl_->data - impl_->storage->data + numel * element_size();
    detail::reserve_dims(impl_, sizes.size());
    if (numel > 0 && bytes > static_cast<int64_t>(impl_->storage->bytes)) {
      grow_storage(*this, bytes);
    }
    detail::set_contiguous_shape(impl_, shape);
  }
  note_shape(*this);
  return self();
}

}  // namespace taper
