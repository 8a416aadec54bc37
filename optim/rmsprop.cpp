// The settings of one RMSprop step for the fused kernel.
#include "taper/optim/rmsprop.h"

#include "taper/optim/members.h"
#include "taper/optim/step_plan.h"

namespace taper::optim {

template class OptimizerCloneableOptions<RMSpropOptions>;
template class OptimizerWith<RMSpropOptions, RMSpropParamState>;

const std::vector<Member>& RMSpropOptions::members() const {
  static const std::vector<Member> list = {
      {"lr", &RMSpropOptions::lr_, 0},
      {"alpha", &RMSpropOptions::alpha_, 0},
      {"eps", &RMSpropOptions::eps_, 0},
      {"weight_decay", &RMSpropOptions::weight_decay_, 0},
      {"momentum", &RMSpropOptions::momentum_, 0},
      {"centered", &RMSpropOptions::centered_}};
  return list;
}

const std::vector<Member>& RMSpropParamState::members() const {
  static const std::vector<Member> list = {
      {"step", &RMSpropParamState::step_},
      {"square_avg", &RMSpropParamState::square_avg_},
      {"momentum_buffer", &RMSpropParamState::momentum_buffer_},
      {"grad_avg", &RMSpropParamState::grad_avg_}};
  return list;
}

void RMSprop::prepare(StepItem& item, const StepItem*) {
  const RMSpropOptions& options = options_of(item);
  RMSpropParamState& state = state_of(item);
  use_buffer(item, 0, "square_avg", state.square_avg());
  if (options.centered()) use_buffer(item, 1, "grad_avg", state.grad_avg());
  if (options.momentum() > 0) {
    use_buffer(item, 2, "momentum_buffer", state.momentum_buffer());
  }
  item.step_count = &state.step();
  item.run(kernels::optim_table->rmsprop,
           {options.lr(), options.alpha(), options.eps(),
            options.weight_decay(), options.momentum()});
}

}  // namespace taper::optim
