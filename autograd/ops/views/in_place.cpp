// The views in place: a tensor gets another shape of its own elements.
#include "taper/autograd/extra.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

// Gives `self` the shape, strides and history of view(self).
template <class View>
Tensor& become(const char* op, Tensor& self, const View& view) {
  detail::check_in_place(op, self, false, true);
  // Elements do not change, so that the history is right in any grad mode.
  AutoGradMode recording(!self.is_leaf());
  const Tensor result = view(detail::old_self(self));
  NodePtr node(detail::history_of(result));
  TensorImpl* impl = self.impl();
  detail::copy_layout(impl, result.impl());
  // Whoever saved this very tensor would find another shape: make it notice.
  detail::bump_version(self);
  // What has no history stays out of date, see mark_view.
  impl->view_version =
      impl->storage->version.load() - (impl->requires_grad ? 0 : 1);
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
