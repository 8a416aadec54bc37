#include "taper/optim/adam.h"

#include <cmath>

#include "taper/optim/checks.h"
#include "taper/optim/memberwise.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

TAPER_OPTIMIZER_MEMBERS(Adam);
TAPER_OPTIMIZER_MEMBERS(AdamW);

namespace taper::optim {
namespace {

template <class Options>
void check_adam(const Options& options) {
  const char* name = options.optimizer_name();
  check_not_negative(name, "lr", options.lr());
  check_not_negative(name, "eps", options.eps());
  check_fraction(name, "beta1", std::get<0>(options.betas()));
  check_fraction(name, "beta2", std::get<1>(options.betas()));
  check_not_negative(name, "weight_decay", options.weight_decay());
}

template <class State>
State& adam_state(std::unique_ptr<OptimizerParamState>& slot,
                  const StepItem& item) {
  if (!slot) {
    const IntArrayRef sizes(item.param->sizes, item.param->ndim);
    auto state = std::make_unique<State>();
    state->exp_avg(kernels::zeros(sizes, item.param->dtype));
    state->exp_avg_sq(kernels::zeros(sizes, item.param->dtype));
    slot = std::move(state);
  }
  return static_cast<State&>(*slot);
}

// All parameters of a group usually are at the same step, so that the powers
// are computed once.
template <class Options>
uint32_t setting_of(StepPlan& plan, const Options& options, bool decoupled,
                    bool same_group, int64_t step, int64_t& last_step) {
  if (!same_group || step != last_step) {
    const auto [beta1, beta2] = options.betas();
    const auto t = static_cast<double>(step);
    plan.adam.push_back({options.lr(), beta1, beta2, options.eps(),
                         options.weight_decay(), 1 - std::pow(beta1, t),
                         1 - std::pow(beta2, t), decoupled});
    last_step = step;
  }
  return static_cast<uint32_t>(plan.adam.size() - 1);
}

template <class Options, class State>
void prepare(StepItem& item, const Options& options,
             std::unique_ptr<OptimizerParamState>& slot) {
  const char* name = options.optimizer_name();
  auto& state = adam_state<State>(slot, item);
  item.state[0] = buffer_of(name, "exp_avg", state.exp_avg(), item);
  item.state[1] = buffer_of(name, "exp_avg_sq", state.exp_avg_sq(), item);
  if (!options.amsgrad()) return;
  if (!state.max_exp_avg_sq().defined()) {
    state.max_exp_avg_sq(
        kernels::zeros(state.exp_avg().sizes(), item.param->dtype));
  }
  item.state[2] =
      buffer_of(name, "max_exp_avg_sq", state.max_exp_avg_sq(), item);
}

void run_adam(const StepPlan& plan) {
  plan.run([&](const StepItem& item, int64_t first, int64_t count) {
    kernels::optim_table->adam[kernel_of(item)](
        advance(item, item.p, first), advance(item, item.g, first),
        advance(item, item.state[0], first),
        advance(item, item.state[1], first),
        advance(item, item.state[2], first), count, plan.adam[item.setting]);
  });
}

// `state_at` gives the state of a parameter by its index.
template <class Options, class State, class StateAt>
void adam_step(StepPlan& plan, const std::vector<OptimizerParamGroup>& groups,
               bool decoupled, const StateAt& state_at) {
  int64_t last_step = -1;
  uint32_t last_group = ~0u;
  for (StepItem& item : plan.items) {
    const auto& options =
        static_cast<const Options&>(groups[item.group].options());
    auto& slot = state_at(item.index);
    prepare<Options, State>(item, options, slot);
    item.setting =
        setting_of(plan, options, decoupled, item.group == last_group,
                   static_cast<State&>(*slot).step() + 1, last_step);
    last_group = item.group;
  }
  for (const StepItem& item : plan.items) {
    ++static_cast<State&>(*state_at(item.index)).step();
  }
  run_adam(plan);
  plan.finish();
}

}  // namespace

void AdamOptions::check_valid() const {
  check_adam(*this);
}
void AdamWOptions::check_valid() const {
  check_adam(*this);
}

std::unique_ptr<OptimizerParamState> Adam::make_state() const {
  return std::make_unique<AdamParamState>();
}
std::unique_ptr<OptimizerParamState> AdamW::make_state() const {
  return std::make_unique<AdamWParamState>();
}

Tensor Adam::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "Adam.step");
  Tensor loss = evaluate(closure);
  adam_step<AdamOptions, AdamParamState>(
      plan_step(), param_groups_,
      false, [this](size_t i) -> auto& { return state_at(i); });
  return loss;
}

Tensor AdamW::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "AdamW.step");
  Tensor loss = evaluate(closure);
  adam_step<AdamWOptions, AdamWParamState>(
      plan_step(), param_groups_,
      true, [this](size_t i) -> auto& { return state_at(i); });
  return loss;
}

}  // namespace taper::optim
