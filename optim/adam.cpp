// The settings of one Adam step for the fused kernel.
#include "taper/optim/adam.h"

#include <cmath>

#include "taper/optim/members.h"
#include "taper/optim/step_plan.h"

namespace taper::optim {

template class OptimizerCloneableOptions<AdamOptions>;
template class OptimizerWith<AdamOptions, AdamParamState>;
template class OptimizerCloneableOptions<AdamWOptions>;
template class OptimizerWith<AdamWOptions, AdamParamState>;

template <bool decoupled>
const std::vector<Member>& BasicAdamOptions<decoupled>::members() const {
  static const std::vector<Member> list = {
      {"lr", &BasicAdamOptions::lr_, 0},
      {"betas", &BasicAdamOptions::betas_},
      {"eps", &BasicAdamOptions::eps_, 0},
      {"weight_decay", &BasicAdamOptions::weight_decay_, 0},
      {"amsgrad", &BasicAdamOptions::amsgrad_}};
  return list;
}

template <bool decoupled>
void BasicAdamOptions<decoupled>::check_valid() const {
  OptimizerOptions::check_valid();
  check_fraction(optimizer_name(), "beta1", std::get<0>(betas_));
  check_fraction(optimizer_name(), "beta2", std::get<1>(betas_));
}

const std::vector<Member>& AdamParamState::members() const {
  static const std::vector<Member> list = {
      {"step", &AdamParamState::step_},
      {"exp_avg", &AdamParamState::exp_avg_},
      {"exp_avg_sq", &AdamParamState::exp_avg_sq_},
      {"max_exp_avg_sq", &AdamParamState::max_exp_avg_sq_}};
  return list;
}

template <bool decoupled>
void BasicAdam<decoupled>::prepare(StepItem& item, const StepItem* previous) {
  const auto& options = this->options_of(item);
  AdamParamState& state = this->state_of(item);
  this->use_buffer(item, 0, "exp_avg", state.exp_avg());
  this->use_buffer(item, 1, "exp_avg_sq", state.exp_avg_sq());
  if (options.amsgrad()) {
    this->use_buffer(item, 2, "max_exp_avg_sq", state.max_exp_avg_sq());
  }
  item.step_count = &state.step();
  const auto& kernel = kernels::optim_table->adam;
  // All parameters of a group usually are at the same step, so that the powers
  // are computed once.
  if (previous && previous->group == item.group &&
      *previous->step_count == state.step()) {
    return item.run_like(*previous, kernel);
  }
  const auto t = static_cast<double>(state.step()) + 1;
  const auto [beta1, beta2] = options.betas();
  item.run(kernel,
           {options.lr(), beta1, beta2, options.eps(), options.weight_decay(),
            1 - std::pow(beta1, t), 1 - std::pow(beta2, t), decoupled});
}

template struct BasicAdamOptions<false>;
template struct BasicAdamOptions<true>;
template class BasicAdam<false>;
template class BasicAdam<true>;

}  // namespace taper::optim
