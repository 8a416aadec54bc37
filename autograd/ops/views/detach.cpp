// Tensors on the same elements that autograd does not follow, and leaving the
// graph in place.
#include "taper/autograd/extra.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

Tensor Tensor::detach() const {
  checked();
  return kernels::alias(*this);
}

Tensor Tensor::variable_data() const { return detach(); }

Tensor& Tensor::detach_() const {
  check(checked()->base == nullptr,
        "[detach_] a view cannot be detached in place; use detach()");
  Node* node = impl_->grad_fn;
  impl_->requires_grad = false;
  if (!node || node->is_accumulator()) return self();
  if (impl_->retains_grad) {
    node->forget_grad_of(impl_);
    impl_->retains_grad = false;
  }
  impl_->grad_fn = nullptr;
  impl_->output_nr = 0;
  release(node);
  return self();
}

void Tensor::set_data(const Tensor& other) const {
  check(checked()->base == nullptr,
        "[set_data] a view shares its elements with another tensor and cannot "
        "be given new ones");
  check<TypeError>(
      !impl_->requires_grad || is_floating(other.dtype()),
      "[set_data] a tensor that requires grad needs floating elements, got {}",
      other.dtype());
  if (impl_ == other.impl()) return;
  const uint32_t version = impl_->storage->version.load();
  detail::share_storage(impl_, other.impl());
  // Versions only grow, so that whoever saved this tensor notices.
  if (impl_->storage->version.load() <= version) {
    impl_->storage->version.store(version + 1);
  }
  // Gradients that arrive from now on have the new shape and dtype.
  if (impl_->grad_fn && impl_->grad_fn->is_accumulator()) {
    impl_->grad_fn->meta(0).set(*this);
  }
}

}  // namespace taper
