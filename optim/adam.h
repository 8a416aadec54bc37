// Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019).
#pragma once

#include <tuple>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper {
namespace optim {

struct TAPER_API AdamOptions : public MemberwiseOptions<AdamOptions> {
  using betas_t = std::tuple<double, double>;
  AdamOptions(double lr = 1e-3) : lr_(lr) {}
  TAPER_ARG(double, lr);
  TAPER_ARG(betas_t, betas) = betas_t(0.9, 0.999);
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(bool, amsgrad) = false;

 public:
  static constexpr const char* kNames[] = {"lr", "betas", "eps", "weight_decay",
                                           "amsgrad"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.lr_, self.betas_, self.eps_, self.weight_decay_,
                    self.amsgrad_);
  }
  /// lr, eps, weight_decay >= 0; betas in [0, 1).
  void check_valid() const override;
  const char* optimizer_name() const override { return "Adam"; }
};

struct TAPER_API AdamParamState : public MemberwiseState<AdamParamState> {
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, exp_avg);
  TAPER_ARG(Tensor, exp_avg_sq);
  TAPER_ARG(Tensor, max_exp_avg_sq);

 public:
  static constexpr const char* kNames[] = {"step", "exp_avg", "exp_avg_sq",
                                           "max_exp_avg_sq"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.step_, self.exp_avg_, self.exp_avg_sq_,
                    self.max_exp_avg_sq_);
  }
};

/// g += weight_decay p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps); amsgrad puts the
/// largest v so far in the place of v.
class TAPER_API Adam : public Optimizer {
 public:
  explicit Adam(const std::vector<OptimizerParamGroup>& param_groups,
                const AdamOptions& defaults = {})
      : Optimizer(param_groups, defaults.clone()) {}
  explicit Adam(std::vector<Tensor> params, const AdamOptions& defaults = {})
      : Optimizer(std::move(params), defaults.clone()) {}

  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> make_state() const override;
};

struct TAPER_API AdamWOptions : public MemberwiseOptions<AdamWOptions> {
  using betas_t = std::tuple<double, double>;
  AdamWOptions(double lr = 1e-3) : lr_(lr) {}
  TAPER_ARG(double, lr);
  TAPER_ARG(betas_t, betas) = betas_t(0.9, 0.999);
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_ARG(double, weight_decay) = 1e-2;
  TAPER_ARG(bool, amsgrad) = false;

 public:
  static constexpr const char* kNames[] = {"lr", "betas", "eps", "weight_decay",
                                           "amsgrad"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.lr_, self.betas_, self.eps_, self.weight_decay_,
                    self.amsgrad_);
  }
  /// lr, eps, weight_decay >= 0; betas in [0, 1).
  void check_valid() const override;
  const char* optimizer_name() const override { return "AdamW"; }
};

struct TAPER_API AdamWParamState : public MemberwiseState<AdamWParamState> {
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, exp_avg);
  TAPER_ARG(Tensor, exp_avg_sq);
  TAPER_ARG(Tensor, max_exp_avg_sq);

 public:
  static constexpr const char* kNames[] = {"step", "exp_avg", "exp_avg_sq",
                                           "max_exp_avg_sq"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.step_, self.exp_avg_, self.exp_avg_sq_,
                    self.max_exp_avg_sq_);
  }
};

/// As Adam, but the weight decay does not pass through the averages:
/// p *= 1 - lr weight_decay comes first.
class TAPER_API AdamW : public Optimizer {
 public:
  explicit AdamW(const std::vector<OptimizerParamGroup>& param_groups,
                 const AdamWOptions& defaults = {})
      : Optimizer(param_groups, defaults.clone()) {}
  explicit AdamW(std::vector<Tensor> params, const AdamWOptions& defaults = {})
      : Optimizer(std::move(params), defaults.clone()) {}

  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> make_state() const override;
};

extern template class OptimizerCloneableOptions<AdamOptions>;
extern template class MemberwiseOptions<AdamOptions>;
extern template class MemberwiseState<AdamParamState>;
extern template class OptimizerCloneableOptions<AdamWOptions>;
extern template class MemberwiseOptions<AdamWOptions>;
extern template class MemberwiseState<AdamWParamState>;

}  // namespace optim
}  // namespace taper
