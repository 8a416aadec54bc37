// SGD: stochastic gradient descent with momentum.
#pragma once

#include <tuple>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper {
namespace optim {

struct TAPER_API SGDOptions : public MemberwiseOptions<SGDOptions> {
  SGDOptions(double lr) : lr_(lr) {}
  TAPER_ARG(double, lr);
  TAPER_ARG(double, momentum) = 0;
  TAPER_ARG(double, dampening) = 0;
  TAPER_ARG(double, weight_decay) = 0;
  TAPER_ARG(bool, nesterov) = false;

 public:
  static constexpr const char* kNames[] = {"lr", "momentum", "dampening",
                                           "weight_decay", "nesterov"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.lr_, self.momentum_, self.dampening_,
                    self.weight_decay_, self.nesterov_);
  }
  /// lr, momentum, weight_decay >= 0; nesterov needs momentum > 0 and
  /// dampening = 0.
  void check_valid() const override;
  const char* optimizer_name() const override { return "SGD"; }
};

struct TAPER_API SGDParamState : public MemberwiseState<SGDParamState> {
  TAPER_ARG(Tensor, momentum_buffer);

 public:
  static constexpr const char* kNames[] = {"momentum_buffer"};
  template <typename Self>
  static auto members(Self& self) {
    return std::tie(self.momentum_buffer_);
  }
};

/// g += weight_decay p;  buf = momentum buf + (1 - dampening) g, at first g;
/// p -= lr buf, with nesterov lr (g + momentum buf), without momentum lr g.
class TAPER_API SGD : public Optimizer {
 public:
  explicit SGD(const std::vector<OptimizerParamGroup>& param_groups,
               const SGDOptions& defaults)
      : Optimizer(param_groups, defaults.clone()) {}
  explicit SGD(std::vector<Tensor> params, const SGDOptions& defaults)
      : Optimizer(std::move(params), defaults.clone()) {}

  Tensor step(LossClosure closure = nullptr) override;

 protected:
  std::unique_ptr<OptimizerParamState> make_state() const override;
};

extern template class OptimizerCloneableOptions<SGDOptions>;
extern template class MemberwiseOptions<SGDOptions>;
extern template class MemberwiseState<SGDParamState>;

}  // namespace optim
}  // namespace taper
