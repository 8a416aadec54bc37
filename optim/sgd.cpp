// The settings of one SGD step for the fused kernel.
#include "taper/optim/sgd.h"

#include <cmath>

#include "taper/optim/members.h"
#include "taper/optim/step_plan.h"

namespace taper::optim {

template class OptimizerCloneableOptions<SGDOptions>;
template class OptimizerWith<SGDOptions, SGDParamState>;

const std::vector<Member>& SGDOptions::members() const {
  static const std::vector<Member> list = {
      {"lr", &SGDOptions::lr_, 0},
      {"momentum", &SGDOptions::momentum_, 0},
      {"dampening", &SGDOptions::dampening_},
      {"weight_decay", &SGDOptions::weight_decay_, 0},
      {"nesterov", &SGDOptions::nesterov_}};
  return list;
}

void SGDOptions::check_valid() const {
  OptimizerOptions::check_valid();
  check<ValueError>(!std::isnan(dampening_), "[SGD] dampening is NaN");
  check<ValueError>(
      !nesterov_ || (momentum_ > 0 && dampening_ == 0),
      "[SGD] nesterov needs momentum > 0 and dampening = 0, got {} and {}",
      momentum_, dampening_);
}

const std::vector<Member>& SGDParamState::members() const {
  static const std::vector<Member> list = {
      {"momentum_buffer", &SGDParamState::momentum_buffer_}};
  return list;
}

void SGD::prepare(StepItem& item, const StepItem*) {
  const SGDOptions& options = options_of(item);
  bool first = false;
  if (options.momentum() != 0) {
    Tensor& buffer = state_of(item).momentum_buffer();
    first = !buffer.defined();
    use_buffer(item, 0, "momentum_buffer", buffer);
  }
  item.run(kernels::optim_table->sgd,
           {options.lr(), options.momentum(), options.dampening(),
            options.weight_decay(), options.nesterov(), first});
}

}  // namespace taper::optim
