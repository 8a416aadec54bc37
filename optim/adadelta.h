// Adadelta (Zeiler, 2012).
#pragma once

#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// All numbers have to be >= 0, and rho <= 1.
struct TAPER_API AdadeltaOptions : OptimizerCloneableOptions<AdadeltaOptions> {
  AdadeltaOptions(double lr = 1.0) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  void check_valid() const override;
  const char* optimizer_name() const override { return "Adadelta"; }
  TAPER_ARG(double, lr);
  TAPER_ARG(double, rho) = 0.9;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_ARG(double, weight_decay) = 0;
};

struct TAPER_API AdadeltaParamState
    : OptimizerCloneableParamState<AdadeltaParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, square_avg);
  TAPER_ARG(Tensor, acc_delta);
};

/// g += weight_decay p;  v = rho v + (1 - rho) g^2;
/// d = sqrt(u + eps) / sqrt(v + eps) g;  u = rho u + (1 - rho) d^2;
/// p -= lr d. LibTorch has none; the names and defaults are Python's.
class TAPER_API Adadelta
    : public OptimizerWith<AdadeltaOptions, AdadeltaParamState> {
 public:
  using OptimizerWith::OptimizerWith;

 protected:
  Tensor new_value(const AdadeltaOptions& options, AdadeltaParamState& state,
                   const Tensor& param, const Tensor& grad) const override;
};

extern template class OptimizerCloneableOptions<AdadeltaOptions>;
extern template class OptimizerWith<AdadeltaOptions, AdadeltaParamState>;

}  // namespace taper::optim
