// Buffers are written in place, or become .grad themselves, if nobody else
// holds them.
#include "taper/autograd/accumulate.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/lock.h"
#include "taper/autograd/needed_ops.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper::autograd {
namespace {

// Guards .grad: threads may run backward through different graphs that end at
// the same leaf.
using LeafLock = AddressLock<struct LeafUse>;

// Whether nobody else can see the values of x.
bool is_unshared(const Tensor& x) {
  return x.impl()->refs.load(std::memory_order_acquire) == 1 &&
         x.impl()->storage->refs.load(std::memory_order_acquire) == 1;
}

}  // namespace

void make_fit(Tensor& grad, Node* node, uint32_t nr, const char* from) {
  const IntArrayRef shape = grad_shape(node, nr);
  const ScalarType dtype = grad_dtype(node, nr);
  if (!(grad.sizes() == shape)) {
    check(is_expandable(shape, grad.sizes()),
          "[backward] {} returned a gradient of shape {} but expected {}", from,
          grad.sizes(), shape);
    grad = sum_to(grad, shape);
  }
  if (grad.dtype() != dtype) grad = grad.to(dtype);
}

void add_to(Tensor& sum, Tensor&& grad) {
  if (!sum.defined()) {
    sum = std::move(grad);
  } else if (!GradMode::is_enabled() && is_unshared(sum) &&
             sum.is_contiguous()) {
    kernels::binary_into(sum, kernels::elementwise_table->add, "backward", sum,
                         grad);
  } else {
    sum = sum + grad;
  }
}

Tensor owned(Tensor&& grad) {
  bool is_free =
      is_unshared(grad) && grad.is_contiguous() && !grad.impl()->requires_grad;
  return is_free ? std::move(grad) : kernels::clone(grad);
}

void prepare(TensorImpl* tensor, Tensor& grad) {
  LeafLock lock(tensor);
  const Tensor& sum = tensor->grad.get();
  if (!sum.defined()) {
    if (!GradMode::is_enabled()) grad = owned(std::move(grad));
    return;
  }
  check(sum.sizes() == grad.sizes() && sum.dtype() == grad.dtype(),
        "[backward] a {} gradient of shape {} cannot be added to a .grad that "
        "is {} of shape {}",
        grad.dtype(), grad.sizes(), sum.dtype(), sum.sizes());
}

void accumulate(TensorImpl* tensor, Tensor&& grad) {
  LeafLock lock(tensor);
  Tensor& sum = tensor->grad.get();
  if (GradMode::is_enabled()) {
    sum = sum.defined() ? sum + grad : grad.clone();
  } else if (!sum.defined()) {
    sum = owned(std::move(grad));
  } else if (kernels::has_internal_overlap(sum)) {
    sum = sum + grad;
  } else {
    kernels::binary_into(sum, kernels::elementwise_table->add, "backward", sum,
                         grad);
    detail::bump_version(sum);
  }
}

void clear_grad(const Tensor& tensor, bool set_to_none) {
  Tensor& grad = tensor.mutable_grad();
  if (!grad.defined()) return;
  if (set_to_none) return grad.reset();
  const NoGradGuard no_grad;
  grad = grad.detach();
  grad.zero_();
}

}  // namespace taper::autograd
