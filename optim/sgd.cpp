#include "taper/optim/sgd.h"

#include <cmath>

#include "taper/optim/checks.h"
#include "taper/optim/memberwise.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

TAPER_OPTIMIZER_MEMBERS(SGD);

namespace taper::optim {

void SGDOptions::check_valid() const {
  check_not_negative("SGD", "lr", lr_);
  check_not_negative("SGD", "momentum", momentum_);
  check_not_negative("SGD", "weight_decay", weight_decay_);
  check<ValueError>(!std::isnan(dampening_), "[SGD] dampening is NaN");
  check<ValueError>(
      !nesterov_ || (momentum_ > 0 && dampening_ == 0),
      "[SGD] nesterov needs momentum > 0 and dampening = 0, got {} and {}",
      momentum_, dampening_);
}

std::unique_ptr<OptimizerParamState> SGD::make_state() const {
  return std::make_unique<SGDParamState>();
}

namespace {

void add_settings(StepPlan& plan, const SGDOptions& options) {
  kernels::SgdStep step{options.lr(),        options.momentum(),
                        options.dampening(), options.weight_decay(),
                        options.nesterov(),  false};
  plan.sgd.push_back(step);
  step.first = true;
  plan.sgd.push_back(step);
}

}  // namespace

Tensor SGD::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "SGD.step");
  Tensor loss = evaluate(closure);
  StepPlan& plan = plan_step();
  for (const auto& group : param_groups_) {
    add_settings(plan, static_cast<const SGDOptions&>(group.options()));
  }
  for (StepItem& item : plan.items) {
    item.setting = 2 * item.group;
    if (plan.sgd[item.setting].momentum == 0) continue;
    auto& state = state_at(item.index);
    if (!state) state = std::make_unique<SGDParamState>();
    const Tensor& buffer =
        static_cast<SGDParamState&>(*state).momentum_buffer();
    if (buffer.defined()) {
      item.state[0] = buffer_of("SGD", "momentum_buffer", buffer, item);
    } else {
      ++item.setting;
      plan.fresh.push_back(kernels::empty(
          IntArrayRef(item.param->sizes, item.param->ndim), item.param->dtype));
      item.state[0] = plan.fresh.back().impl()->data;
    }
  }
  plan.run([&](const StepItem& item, int64_t first, int64_t count) {
    kernels::optim_table->sgd[kernel_of(item)](
        advance(item, item.p, first), advance(item, item.g, first),
        advance(item, item.state[0], first), count, plan.sgd[item.setting]);
  });
  auto fresh = plan.fresh.begin();
  for (const StepItem& item : plan.items) {
    if (item.setting % 2 == 0) continue;
    static_cast<SGDParamState&>(*state_at(item.index)).momentum_buffer() =
        std::move(*fresh++);
  }
  plan.finish();
  return loss;
}

}  // namespace taper::optim
