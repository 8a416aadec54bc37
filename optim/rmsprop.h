// RMSprop (Hinton, 2012; centered: Graves, 2013).
#pragma once

#include <tuple>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper {
namespace optim {

struct TAPER_API RMSpropOptions : public MemberwiseOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2) : lr_(lr) {}
  TAPER_ARG(double, lr);
  TAPER_ARG(double, alpha) = 0.99;
  TAPER_ARG(double, eps) = 1e-8;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(double, momentum) = 0;
  TAPER_ARG(bool, centered) = false;

 public:
  static constexpr const char* kNames[] = {
      "lr", "alpha", "eps", "weight_decay", "momentum", "centered"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.lr_, self.alpha_, self.eps_, self.weight_decay_,
                    self.momentum_, self.centered_);
  }
  /// All numbers >= 0.
  void check_valid() const override;
  const char* optimizer_name() const override { return "RMSprop"; }
};

struct TAPER_API RMSpropParamState : public MemberwiseState<RMSpropParamState> {
  TAPER_ARG(int64_t, step) = 0;
  TAPER_ARG(Tensor, square_avg);
  TAPER_ARG(Tensor, momentum_buffer);
  TAPER_ARG(Tensor, grad_avg);

 public:
  static constexpr const char* kNames[] = {"step", "square_avg",
                                           "momentum_buffer", "grad_avg"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.step_, self.square_avg_, self.momentum_buffer_,
                    self.grad_avg_);
  }
};

/// g += weight_decay p;  v = alpha v + (1 - alpha) g^2;  centered subtracts
/// the square of the average of g from v;  d = g / (sqrt(v) + eps);
/// buf = momentum buf + d;  p -= lr buf, without momentum lr d.
class TAPER_API RMSprop : public Optimizer {
 public:
  explicit RMSprop(const std::vector<OptimizerParamGroup>& param_groups,
                   const RMSpropOptions& defaults = {})
      : Optimizer(param_groups, defaults.clone()) {}
  explicit RMSprop(std::vector<Tensor> params,
                   const RMSpropOptions& defaults = {})
      : Optimizer(std::move(params), defaults.clone()) {}

  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> make_state() const override;
};

extern template class OptimizerCloneableOptions<RMSpropOptions>;
extern template class MemberwiseOptions<RMSpropOptions>;
extern template class MemberwiseState<RMSpropParamState>;

}  // namespace optim
}  // namespace taper
