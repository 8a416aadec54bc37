// The first gradient becomes .grad itself if nobody else holds it.
#include "taper/autograd/accumulate.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/lock.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper::autograd {
namespace {

// Guards .grad: threads may run backward through different graphs that end at
// the same leaf.
using LeafLock = AddressLock<struct LeafUse>;

}  // namespace

bool is_unshared(const Tensor& x) {
  return x.impl()->refs.load(std::memory_order_acquire) == 1 &&
         x.impl()->storage->refs.load(std::memory_order_acquire) == 1;
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

}  // namespace taper::autograd
