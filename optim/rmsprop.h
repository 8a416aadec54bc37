// RMSprop (Hinton, 2012; centered: Graves, 2013).
#pragma once

#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// All numbers have to be >= 0.
struct TAPER_API RMSpropOptions : OptimizerCloneableOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  const char* optimizer_name() const override { return "RMSprop"; }
  TAPER_ARG(double, lr);
  TAPER_ARG(double, alpha) = 0.99;
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(double, momentum) = 0;
  TAPER_ARG(bool, centered) = false;
};

struct TAPER_API RMSpropParamState
    : OptimizerCloneableParamState<RMSpropParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, square_avg);
  TAPER_ARG(Tensor, momentum_buffer);
  TAPER_ARG(Tensor, grad_avg);
};

/// g += weight_decay p;  v = alpha v + (1 - alpha) g^2;  centered subtracts
/// the square of the average of g from v;  d = g / (sqrt(v) + eps);
/// buf = momentum buf + d;  p -= lr buf, without momentum lr d.
class TAPER_API RMSprop
    : public OptimizerWith<RMSpropOptions, RMSpropParamState> {
 public:
  using OptimizerWith::OptimizerWith;

 protected:
  void prepare(StepItem& item, const StepItem* previous) override;
};

extern template class OptimizerCloneableOptions<RMSpropOptions>;
extern template class OptimizerWith<RMSpropOptions, RMSpropParamState>;

}  // namespace taper::optim
