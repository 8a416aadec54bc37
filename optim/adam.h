// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019): one rule
// that differs in where the weight decay enters.
#pragma once

#include <tuple>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// `decoupled` for AdamW, whose weight_decay is 1e-2 when left out.
template <bool decoupled>
struct TAPER_API BasicAdamOptions
    : OptimizerCloneableOptions<BasicAdamOptions<decoupled>> {
  using betas_t = std::tuple<double, double>;
  BasicAdamOptions(double lr = 1e-3) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  /// lr, eps, weight_decay >= 0; betas in [0, 1).
  void check_valid() const override;
  const char* optimizer_name() const override {
    return decoupled ? "AdamW" : "Adam";
  }
  TAPER_ARG(double, lr);
  TAPER_ARG(betas_t, betas) = betas_t(0.9, 0.999);
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_ARG(double, weight_decay) = decoupled ? 1e-2 : 0;
  TAPER_ARG(bool, amsgrad) = false;
};
using AdamOptions = BasicAdamOptions<false>;
using AdamWOptions = BasicAdamOptions<true>;

struct TAPER_API AdamParamState : OptimizerCloneableParamState<AdamParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, exp_avg);
  TAPER_ARG(Tensor, exp_avg_sq);
  TAPER_ARG(Tensor, max_exp_avg_sq);
};
using AdamWParamState = AdamParamState;

/// g += weight_decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps); amsgrad puts the
/// largest v so far in the place of v. In AdamW the weight decay does not pass
/// through the averages: p *= 1 - lr weight_decay comes first.
template <bool decoupled>
class TAPER_API BasicAdam
    : public OptimizerWith<BasicAdamOptions<decoupled>, AdamParamState> {
 public:
  using OptimizerWith<BasicAdamOptions<decoupled>,
                      AdamParamState>::OptimizerWith;

 protected:
  void prepare(StepItem& item, const StepItem* previous) override;
};
using Adam = BasicAdam<false>;
using AdamW = BasicAdam<true>;

extern template class OptimizerCloneableOptions<AdamOptions>;
extern template class OptimizerWith<AdamOptions, AdamParamState>;
extern template class OptimizerCloneableOptions<AdamWOptions>;
extern template class OptimizerWith<AdamWOptions, AdamParamState>;
extern template struct BasicAdamOptions<false>;
extern template struct BasicAdamOptions<true>;
extern template class BasicAdam<false>;
extern template class BasicAdam<true>;

}  // namespace taper::optim
