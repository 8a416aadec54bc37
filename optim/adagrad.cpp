// The first state of Adagrad, and the settings of one step for the fused
// kernel.
#include "taper/optim/adagrad.h"

#include "taper/optim/members.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"

namespace taper::optim {

template class OptimizerCloneableOptions<AdagradOptions>;
template class OptimizerWith<AdagradOptions, AdagradParamState>;

const std::vector<Member>& AdagradOptions::members() const {
  static const std::vector<Member> list = {
      {"lr", &AdagradOptions::lr_, 0},
      {"lr_decay", &AdagradOptions::lr_decay_, 0},
      {"weight_decay", &AdagradOptions::weight_decay_, 0},
      {"initial_accumulator_value", &AdagradOptions::initial_accumulator_value_,
       0},
      {"eps", &AdagradOptions::eps_, 0}};
  return list;
}

const std::vector<Member>& AdagradParamState::members() const {
  static const std::vector<Member> list = {{"sum", &AdagradParamState::sum_},
                                           {"step", &AdagradParamState::step_}};
  return list;
}

// The state is there from the start, as in LibTorch.
Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& param_groups,
                 const AdagradOptions& defaults)
    : OptimizerWith(param_groups, defaults) {
  size_t index = 0;
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) {
      AdagradParamState state;
      state.sum(kernels::full(param.sizes(),
                              defaults.initial_accumulator_value(),
                              compute_type(param.dtype())));
      state_at(index++) = state.clone();
    }
  }
}

void Adagrad::prepare(StepItem& item, const StepItem*) {
  const AdagradOptions& options = options_of(item);
  AdagradParamState& state = state_of(item);
  use_buffer(
      item, 0, "sum", state.sum(),
      static_cast<AdagradOptions&>(*defaults_).initial_accumulator_value());
  item.step_count = &state.step();
  const auto steps_before = static_cast<double>(state.step());
  item.run(kernels::optim_table->adagrad,
           {options.lr() / (1 + steps_before * options.lr_decay()),
            options.eps(), options.weight_decay()});
}

}  // namespace taper::optim
