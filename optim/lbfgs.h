// L-BFGS (Nocedal and Wright, Numerical Optimization, ch. 7), optionally with
// a line search for the strong Wolfe conditions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

struct TAPER_API LBFGSOptions : OptimizerCloneableOptions<LBFGSOptions> {
  LBFGSOptions(double lr = 1) : lr_(lr) {}
  const std::vector<Member>& members() const override;
  /// lr and tolerances >= 0, counts >= 1, line_search_fn known.
  void check_valid() const override;
  const char* optimizer_name() const override { return "LBFGS"; }
  TAPER_ARG(double, lr);
  TAPER_ARG(int64_t, max_iter) = 20;
  /// 5/4 of max_iter when left out.
  TAPER_ARG(std::optional<int64_t>, max_eval) = std::nullopt;
  TAPER_ARG(double, tolerance_grad) = 1e-7;
  TAPER_ARG(double, tolerance_change) = 1e-9;
  TAPER_ARG(int64_t, history_size) = 100;
  /// "strong_wolfe" or nothing (steps of length lr).
  TAPER_ARG(std::optional<std::string>, line_search_fn) = std::nullopt;
};

/// Of all parameters together, as one vector; kept for the first parameter.
struct TAPER_API LBFGSParamState
    : OptimizerCloneableParamState<LBFGSParamState> {
  const std::vector<Member>& members() const override;
  TAPER_ARG(int64_t, func_evals) = 0;
  TAPER_ARG(int64_t, n_iter) = 0;
  TAPER_ARG(double, t) = 0;
  TAPER_ARG(double, prev_loss) = 0;
  TAPER_ARG(Tensor, d);
  TAPER_ARG(Tensor, H_diag);
  TAPER_ARG(Tensor, prev_flat_grad);
  TAPER_ARG(std::vector<Tensor>, old_dirs);
  TAPER_ARG(std::vector<Tensor>, old_stps);
  TAPER_ARG(std::vector<Tensor>, ro);
};

/// Takes one parameter group; step needs a closure that computes the loss and
/// the gradients anew (zero_grad, forward, backward), and calls it often. When
/// the closure throws, the parameters are put back.
class TAPER_API LBFGS : public OptimizerWith<LBFGSOptions, LBFGSParamState> {
 public:
  explicit LBFGS(const std::vector<OptimizerParamGroup>& param_groups,
                 const LBFGSOptions& defaults = {});
  explicit LBFGS(std::vector<Tensor> params, const LBFGSOptions& defaults = {})
      : LBFGS({OptimizerParamGroup(std::move(params))}, defaults) {
    check_not_empty();
  }

  Tensor step(LossClosure closure) override;

 protected:
  void check_state(const OptimizerParamState& state,
                   const Tensor& param) const override;
};

extern template class OptimizerCloneableOptions<LBFGSOptions>;
extern template class OptimizerWith<LBFGSOptions, LBFGSParamState>;

}  // namespace taper::optim
