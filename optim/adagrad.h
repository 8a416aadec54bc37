// Adagrad (Duchi, Hazan and Singer, 2011).
#pragma once

#include <tuple>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper {
namespace optim {

struct TAPER_API AdagradOptions : public MemberwiseOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2) : lr_(lr) {}
  TAPER_ARG(double, lr);
  TAPER_ARG(double, lr_decay) = 0;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(double, initial_accumulator_value) = 0;
  TAPER_ARG(double, eps) = 1e-10;

 public:
  static constexpr const char* kNames[] = {"lr", "lr_decay", "weight_decay",
                                           "initial_accumulator_value", "eps"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.lr_, self.lr_decay_, self.weight_decay_,
                    self.initial_accumulator_value_, self.eps_);
  }
  /// All numbers >= 0.
  void check_valid() const override;
  const char* optimizer_name() const override { return "Adagrad"; }
};

struct TAPER_API AdagradParamState : public MemberwiseState<AdagradParamState> {
  TAPER_ARG(Tensor, sum);
  TAPER_ARG(int64_t, step) = 0;

 public:
  static constexpr const char* kNames[] = {"sum", "step"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.sum_, self.step_);
  }
};

/// g += weight_decay p;  sum += g^2;
/// p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps).
class TAPER_API Adagrad : public Optimizer {
 public:
  explicit Adagrad(const std::vector<OptimizerParamGroup>& param_groups,
                   const AdagradOptions& defaults = {});
  explicit Adagrad(std::vector<Tensor> params,
                   const AdagradOptions& defaults = {})
      : Adagrad({OptimizerParamGroup(std::move(params))}, defaults) {}

  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> make_state() const override;

 private:
  std::unique_ptr<OptimizerParamState> first_state(const Tensor& param) const;
};

extern template class OptimizerCloneableOptions<AdagradOptions>;
extern template class MemberwiseOptions<AdagradOptions>;
extern template class MemberwiseState<AdagradParamState>;

}  // namespace optim
}  // namespace taper
