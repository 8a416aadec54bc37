// Adagrad (Duchi, Hazan and Singer, 2011).
#pragma once

#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// All numbers have to be >= 0.
struct TAPER_API AdagradOptions : OptimizerCloneableOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  const char* optimizer_name() const override { return "Adagrad"; }
  TAPER_ARG(double, lr);
  TAPER_ARG(double, lr_decay) = 0;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(double, initial_accumulator_value) = 0;
  TAPER_ARG(double, eps) = 1e-10;
};

struct TAPER_API AdagradParamState
    : OptimizerCloneableParamState<AdagradParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(Tensor, sum);
  TAPER_ARG(int64_t, step) = 0;
};

/// g += weight_decay p;  sum += g^2;
/// p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps).
class TAPER_API Adagrad
    : public OptimizerWith<AdagradOptions, AdagradParamState> {
 public:
  explicit Adagrad(const std::vector<OptimizerParamGroup>& param_groups,
                   const AdagradOptions& defaults = {});
  explicit Adagrad(std::vector<Tensor> params,
                   const AdagradOptions& defaults = {})
      : Adagrad({OptimizerParamGroup(std::move(params))}, defaults) {
    check_not_empty();
  }

 protected:
  void prepare(StepItem& item, const StepItem* previous) override;
};

extern template class OptimizerCloneableOptions<AdagradOptions>;
extern template class OptimizerWith<AdagradOptions, AdagradParamState>;

}  // namespace taper::optim
