#include "taper/optim/adagrad.h"

#include "taper/optim/checks.h"
#include "taper/optim/memberwise.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

TAPER_OPTIMIZER_MEMBERS(Adagrad);

namespace taper::optim {

void AdagradOptions::check_valid() const {
  check_not_negative("Adagrad", "lr", lr_);
  check_not_negative("Adagrad", "lr_decay", lr_decay_);
  check_not_negative("Adagrad", "weight_decay", weight_decay_);
  check_not_negative("Adagrad", "initial_accumulator_value",
                     initial_accumulator_value_);
  check_not_negative("Adagrad", "eps", eps_);
}

std::unique_ptr<OptimizerParamState> Adagrad::make_state() const {
  return std::make_unique<AdagradParamState>();
}

std::unique_ptr<OptimizerParamState> Adagrad::first_state(
    const Tensor& param) const {
  const double initial = static_cast<const AdagradOptions&>(*defaults_)
                             .initial_accumulator_value();
  auto state = std::make_unique<AdagradParamState>();
  state->sum(kernels::full(param.sizes(), initial, param.dtype()));
  return state;
}

// The state is there from the start, as in LibTorch.
Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& param_groups,
                 const AdagradOptions& defaults)
    : Optimizer(param_groups, defaults.clone()) {
  size_t index = 0;
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) {
      state_at(index++) = first_state(param);
    }
  }
}

Tensor Adagrad::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "Adagrad.step");
  Tensor loss = evaluate(closure);
  StepPlan& plan = plan_step();
  for (StepItem& item : plan.items) {
    auto& slot = state_at(item.index);
    if (!slot) slot = first_state(Tensor::share(item.param));
    const auto& state = static_cast<AdagradParamState&>(*slot);
    item.state[0] = buffer_of("Adagrad", "sum", state.sum(), item);
    item.setting = static_cast<uint32_t>(plan.adagrad.size());
    const auto& options =
        static_cast<const AdagradOptions&>(param_groups_[item.group].options());
    const auto steps_before = static_cast<double>(state.step());
    plan.adagrad.push_back(
        {options.lr() / (1 + steps_before * options.lr_decay()), options.eps(),
         options.weight_decay()});
  }
  for (const StepItem& item : plan.items) {
    ++static_cast<AdagradParamState&>(*state_at(item.index)).step();
  }
  plan.run([&](const StepItem& item, int64_t first, int64_t count) {
    kernels::optim_table->adagrad[kernel_of(item)](
        advance(item, item.p, first), advance(item, item.g, first),
        advance(item, item.state[0], first), count, plan.adagrad[item.setting]);
  });
  plan.finish();
  return loss;
}

}  // namespace taper::optim
