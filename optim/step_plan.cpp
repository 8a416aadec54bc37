#include "taper/optim/step_plan.h"

#include "taper/tensor/kernels/copy.h"

namespace taper::optim {

void StepPlan::clear() {
  items.clear();
  total = 0;
  copies.clear();
  gradients.clear();
  fresh.clear();
  sgd.clear();
  adam.clear();
  rmsprop.clear();
  adagrad.clear();
}

void StepPlan::finish() {
  for (auto& [param, copy] : copies) kernels::copy_into(param, copy);
  for (const StepItem& item : items) {
    item.param->storage->version.fetch_add(1, std::memory_order_relaxed);
  }
  copies.clear();
  gradients.clear();
  fresh.clear();
}

void fail_buffer(const char* optimizer, const char* name,
                 const StepItem& item) {
  fail(
      "[{}] the state {} of parameter {} does not fit the parameter of {} "
      "elements",
      optimizer, name, item.index, item.n);
}

}  // namespace taper::optim
