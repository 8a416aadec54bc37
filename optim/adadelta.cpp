// One Adadelta step by tensor operations, in PyTorch's order.
#include "taper/optim/adadelta.h"

#include "taper/autograd/ops.h"
#include "taper/optim/members.h"

namespace taper::optim {

template class OptimizerCloneableOptions<AdadeltaOptions>;
template class OptimizerWith<AdadeltaOptions, AdadeltaParamState>;

const std::vector<Member>& AdadeltaOptions::members() const {
  static const std::vector<Member> list = {
      {"lr", &AdadeltaOptions::lr_, 0},
      {"rho", &AdadeltaOptions::rho_, 0},
      {"eps", &AdadeltaOptions::eps_, 0},
      {"weight_decay", &AdadeltaOptions::weight_decay_, 0}};
  return list;
}

void AdadeltaOptions::check_valid() const {
  OptimizerOptions::check_valid();
  check<ValueError>(rho_ <= 1, "[Adadelta] rho has to be <= 1, got {}", rho_);
}

const std::vector<Member>& AdadeltaParamState::members() const {
  static const std::vector<Member> list = {
      {"step", &AdadeltaParamState::step_},
      {"square_avg", &AdadeltaParamState::square_avg_},
      {"acc_delta", &AdadeltaParamState::acc_delta_}};
  return list;
}

Tensor Adadelta::new_value(const AdadeltaOptions& options,
                           AdadeltaParamState& state, const Tensor& param,
                           const Tensor& grad) const {
  const double rho = options.rho(), eps = options.eps();
  const Tensor g = options.weight_decay() == 0
                       ? grad
                       : grad.add(param, options.weight_decay());
  if (!state.square_avg().defined()) state.square_avg(zeros_like(param));
  if (!state.acc_delta().defined()) state.acc_delta(zeros_like(param));
  const Tensor squares = state.square_avg().mul(rho).addcmul(g, g, 1 - rho);
  const Tensor delta =
      state.acc_delta().add(eps).sqrt().div(squares.add(eps).sqrt()).mul(g);
  state.acc_delta(state.acc_delta().mul(rho).addcmul(delta, delta, 1 - rho));
  state.square_avg(squares);
  state.step(counted(state.step()));
  return param.add(delta, -options.lr());
}

}  // namespace taper::optim
