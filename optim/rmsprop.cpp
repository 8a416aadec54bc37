#include "taper/optim/rmsprop.h"

#include "taper/optim/checks.h"
#include "taper/optim/memberwise.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

TAPER_OPTIMIZER_MEMBERS(RMSprop);

namespace taper::optim {

void RMSpropOptions::check_valid() const {
  check_not_negative("RMSprop", "lr", lr_);
  check_not_negative("RMSprop", "eps", eps_);
  check_not_negative("RMSprop", "momentum", momentum_);
  check_not_negative("RMSprop", "weight_decay", weight_decay_);
  check_not_negative("RMSprop", "alpha", alpha_);
}

std::unique_ptr<OptimizerParamState> RMSprop::make_state() const {
  return std::make_unique<RMSpropParamState>();
}

namespace {

/// The elements of a buffer of zeros that is made when it is first needed.
char* zeros_or(const char* name, Tensor& buffer, const StepItem& item) {
  if (!buffer.defined()) {
    buffer = kernels::zeros(IntArrayRef(item.param->sizes, item.param->ndim),
                            item.param->dtype);
  }
  return buffer_of("RMSprop", name, buffer, item);
}

void prepare(StepItem& item, const RMSpropOptions& options,
             std::unique_ptr<OptimizerParamState>& slot) {
  if (!slot) slot = std::make_unique<RMSpropParamState>();
  auto& state = static_cast<RMSpropParamState&>(*slot);
  item.setting = item.group;
  item.state[0] = zeros_or("square_avg", state.square_avg(), item);
  if (options.centered()) {
    item.state[1] = zeros_or("grad_avg", state.grad_avg(), item);
  }
  if (options.momentum() > 0) {
    item.state[2] = zeros_or("momentum_buffer", state.momentum_buffer(), item);
  }
}

}  // namespace

Tensor RMSprop::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "RMSprop.step");
  Tensor loss = evaluate(closure);
  StepPlan& plan = plan_step();
  for (const auto& group : param_groups_) {
    const auto& options = static_cast<const RMSpropOptions&>(group.options());
    plan.rmsprop.push_back({options.lr(), options.alpha(), options.eps(),
                            options.weight_decay(), options.momentum()});
  }
  for (StepItem& item : plan.items) {
    prepare(
        item,
        static_cast<const RMSpropOptions&>(param_groups_[item.group].options()),
        state_at(item.index));
  }
  for (const StepItem& item : plan.items) {
    ++static_cast<RMSpropParamState&>(*state_at(item.index)).step();
  }
  plan.run([&](const StepItem& item, int64_t first, int64_t count) {
    kernels::optim_table->rmsprop[kernel_of(item)](
        advance(item, item.p, first), advance(item, item.g, first),
        advance(item, item.state[0], first),
        advance(item, item.state[1], first),
        advance(item, item.state[2], first), count, plan.rmsprop[item.setting]);
  });
  plan.finish();
  return loss;
}

}  // namespace taper::optim
