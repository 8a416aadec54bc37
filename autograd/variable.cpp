// The autograd methods of Tensor.
#include "taper/autograd/engine.h"
#include "taper/autograd/extra.h"
#include "taper/autograd/record.h"

namespace taper {

const Tensor& Tensor::requires_grad_(bool requires_grad) const {
  check<TypeError>(
      !requires_grad || is_floating(dtype()),
      "[requires_grad_] only floating tensors can require grad, this one is {}",
      dtype());
  check(!requires_grad || !is_inference() || InferenceMode::is_enabled(),
        "[requires_grad_] an inference tensor (shape {}) cannot require grad "
        "outside InferenceMode",
        sizes());
  check(requires_grad || is_leaf(),
        "[requires_grad_] only a leaf can stop requiring grad; use detach()");
  impl_->requires_grad = requires_grad;
  // A view that is a leaf of its own does not follow its base.
  impl_->view_version = impl_->storage->version.load(std::memory_order_relaxed);
  return *this;
}

Tensor& Tensor::set_requires_grad(bool requires_grad) {
  requires_grad_(requires_grad);
  return *this;
}

bool Tensor::is_leaf() const {
  checked();
  return detail::history_of(*this) == nullptr;
}

NodePtr Tensor::grad_fn() const {
  checked();
  return NodePtr(detail::history_of(*this));
}

Tensor Tensor::_base() const {
  check(is_view(), "[_base] a tensor of shape {} is not a view", sizes());
  return share(impl_->base);
}

void Tensor::backward(const Tensor& gradient, std::optional<bool> retain_graph,
                      bool create_graph,
                      std::optional<TensorList> inputs) const {
  check(!inputs || !inputs->empty(),
        "[backward] the list of inputs must not be empty");
  autograd::backward(TensorList(*this),
                     gradient.defined() ? TensorList(gradient) : TensorList(),
                     retain_graph, create_graph, inputs.value_or(TensorList()));
}

void Tensor::retain_grad() const {
  check(requires_grad(),
        "[retain_grad] the tensor does not require grad (shape {})", sizes());
  Node* node = detail::history_of(*this);
  if (!node || impl_->retains_grad) return;
  node->retain_grad_of(impl_);
  impl_->retains_grad = true;
}

unsigned Tensor::add_hook(std::unique_ptr<TensorHook> hook) const {
  check(requires_grad(),
        "[register_hook] the tensor does not require grad (shape {})", sizes());
  Node* node = detail::history_of(*this);
  if (!node) node = detail::accumulator_of(impl_);
  NodeExtra& extra = node->extra();
  extra.hooks.push_back({extra.next_handle, impl_->output_nr, std::move(hook)});
  return extra.next_handle++;
}

void Tensor::remove_hook(unsigned handle) const {
  Node* node = detail::node_of(checked());
  check(node && node->extra_ && handle < node->extra_->next_handle,
        "[remove_hook] there is no hook {}", handle);
  for (HookEntry& entry : node->extra_->hooks) {
    // The entry stays, so that a hook may remove itself while hooks run.
    if (entry.handle == handle) entry.hook.reset();
  }
}

}  // namespace taper
