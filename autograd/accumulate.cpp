#include "taper/autograd/accumulate.h"

#include <atomic>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper::autograd {
namespace {

// Guards .grad of the leaves that hash to it: threads may run backward through
// different graphs that end at the same leaf.
class LeafLock {
 public:
  explicit LeafLock(const void* leaf)
      : flag_(flags[reinterpret_cast<uintptr_t>(leaf) / 64 % kCount]) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
      while (flag_.test(std::memory_order_relaxed)) {
      }
    }
  }
  LeafLock(const LeafLock&) = delete;
  LeafLock& operator=(const LeafLock&) = delete;
  ~LeafLock() { flag_.clear(std::memory_order_release); }

 private:
  static constexpr size_t kCount = 64;
  static inline std::atomic_flag flags[kCount];
  std::atomic_flag& flag_;
};

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
  const auto& sum = reinterpret_cast<const Tensor&>(tensor->grad);
  if (!sum.defined()) {
    if (!GradMode::is_enabled()) grad = owned(std::move(grad));
    return;
  }
  check(sum.sizes() == grad.sizes() && sum.dtype() == grad.dtype(),
        "[backward] a ",
        grad.dtype(),
        " gradient of shape ",
        grad.sizes(),
        " cannot be added to a .grad that is ",
        sum.dtype(),
        " of shape ",
        sum.sizes());
}

void accumulate(TensorImpl* tensor, Tensor&& grad) {
  LeafLock lock(tensor);
  auto& sum = reinterpret_cast<Tensor&>(tensor->grad);
  if (GradMode::is_enabled()) {
    sum = sum.defined() ? sum + grad : grad.clone();
  } else if (!sum.defined()) {
    sum = owned(std::move(grad));
  } else if (kernels::has_internal_overlap(sum)) {
    sum = sum + grad;
  } else {
    kernels::binary_into(sum, kernels::elementwise->add, "backward", sum, grad);
    detail::bump_version(sum);
  }
}

}  // namespace taper::autograd
