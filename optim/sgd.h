// SGD: stochastic gradient descent with momentum.
#pragma once

#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

struct TAPER_API SGDOptions : OptimizerCloneableOptions<SGDOptions> {
  SGDOptions(double lr) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  /// lr, momentum, weight_decay >= 0; nesterov needs momentum > 0 and
  /// dampening = 0.
  void check_valid() const override;
  const char* optimizer_name() const override { return "SGD"; }
  TAPER_ARG(double, lr);
  TAPER_ARG(double, momentum) = 0;
  TAPER_ARG(double, dampening) = 0;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(bool, nesterov) = false;
};

struct TAPER_API SGDParamState : OptimizerCloneableParamState<SGDParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(Tensor, momentum_buffer);
};

/// g += weight_decay p;  buf = momentum buf + (1 - dampening) g, at first g;
/// p -= lr buf, with nesterov lr (g + momentum buf), without momentum lr g.
class TAPER_API SGD : public OptimizerWith<SGDOptions, SGDParamState> {
 public:
  using OptimizerWith::OptimizerWith;

 protected:
  void prepare(StepItem& item, const StepItem* previous) override;
};

extern template class OptimizerCloneableOptions<SGDOptions>;
extern template class OptimizerWith<SGDOptions, SGDParamState>;

}  // namespace taper::optim
