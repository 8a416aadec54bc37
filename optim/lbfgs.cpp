// Two-loop recursion, search along the direction, and the state that both keep.
#include "taper/optim/lbfgs.h"

#include <algorithm>
#include <cmath>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/optim/line_search.h"
#include "taper/optim/members.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

namespace taper::optim {

template class OptimizerCloneableOptions<LBFGSOptions>;
template class OptimizerWith<LBFGSOptions, LBFGSParamState>;

const std::vector<Member>& LBFGSOptions::members() const {
  static const std::vector<Member> list = {
      {"lr", &LBFGSOptions::lr_, 0},
      {"max_iter", &LBFGSOptions::max_iter_, 1},
      {"max_eval", &LBFGSOptions::max_eval_, 1},
      {"tolerance_grad", &LBFGSOptions::tolerance_grad_, 0},
      {"tolerance_change", &LBFGSOptions::tolerance_change_, 0},
      {"history_size", &LBFGSOptions::history_size_, 1},
      {"line_search_fn", &LBFGSOptions::line_search_fn_}};
  return list;
}

const std::vector<Member>& LBFGSParamState::members() const {
  static const std::vector<Member> list = {
      {"func_evals", &LBFGSParamState::func_evals_},
      {"n_iter", &LBFGSParamState::n_iter_},
      {"t", &LBFGSParamState::t_},
      {"prev_loss", &LBFGSParamState::prev_loss_},
      {"d", &LBFGSParamState::d_},
      {"H_diag", &LBFGSParamState::H_diag_},
      {"prev_flat_grad", &LBFGSParamState::prev_flat_grad_},
      {"old_dirs", &LBFGSParamState::old_dirs_},
      {"old_stps", &LBFGSParamState::old_stps_},
      {"ro", &LBFGSParamState::ro_}};
  return list;
}

void LBFGSOptions::check_valid() const {
  OptimizerOptions::check_valid();
  check<ValueError>(!line_search_fn_ || *line_search_fn_ == "strong_wolfe",
                    "[LBFGS] line_search_fn has to be 'strong_wolfe', got '{}'",
                    line_search_fn_.value_or(""));
}

namespace {

int64_t evals_allowed(const LBFGSOptions& options) {
  const int64_t n = options.max_iter();
  return options.max_eval().value_or(std::max<int64_t>(counted(n, n / 4), 1));
}

/// All parameters as one point that can be moved and evaluated.
class Point {
 public:
  Point(std::vector<Tensor>& params, const LossClosure& closure)
      : params_(params), closure_(closure) {
    for (const Tensor& param : params) {
      check(param.dtype() == params[0].dtype(),
            "[LBFGS] parameters of different dtypes: {} and {}",
            params[0].dtype(), param.dtype());
      numel_ += param.numel();
    }
  }
  int64_t numel() const { return numel_; }

  /// Computes the loss and the gradients anew.
  double loss(Tensor* result = nullptr) const {
    AutoGradMode with_grad(true);
    const Tensor loss = closure_();
    if (result) *result = loss;
    return loss.item<double>();
  }
  Tensor gradient() const {
    std::vector<Tensor> parts;
    for (const Tensor& param : params_) {
      const Tensor& grad = param.grad();
      if (grad.defined()) {
        check(grad.dtype() == param.dtype() && grad.sizes() == param.sizes(),
              "[LBFGS] a parameter is {} of shape {} but its gradient is {} of "
              "shape {}",
              param.dtype(), param.sizes(), grad.dtype(), grad.sizes());
      }
      parts.push_back(grad.defined()
                          ? grad.detach().reshape({-1})
                          : kernels::zeros({param.numel()}, param.dtype()));
    }
    return cat(parts, 0);
  }
  /// x += t d
  void move(double t, const Tensor& d) {
    int64_t offset = 0;
    for (Tensor& param : params_) {
      const int64_t n = param.numel();
      param.add_(d.narrow(0, offset, n).view(param.sizes()), t);
      offset += n;
    }
  }
  std::vector<Tensor> values() const {
    std::vector<Tensor> copies;
    for (const Tensor& param : params_) {
      copies.push_back(param.detach().clone());
    }
    return copies;
  }
  void set(const std::vector<Tensor>& values) {
    for (size_t i = 0; i < params_.size(); ++i) params_[i].copy_(values[i]);
  }

 private:
  std::vector<Tensor>& params_;
  const LossClosure& closure_;
  int64_t numel_ = 0;
};

/// Puts the parameters back unless the step was completed.
struct Rollback {
  Point& point;
  std::vector<Tensor> values;
  bool completed = false;
  ~Rollback() {
    if (!completed) point.set(values);
  }
};

double largest(const Tensor& x) {
  return x.numel() == 0 ? 0 : x.abs().max().item<double>();
}

void remember(LBFGSParamState& state, const Tensor& grad, int64_t capacity) {
  const Tensor y = grad.sub(state.prev_flat_grad());
  const Tensor s = state.d().mul(state.t());
  const Tensor ys = y.dot(s);
  if (!(ys.item<double>() > 1e-10)) return;
  auto& dirs = state.old_dirs();
  auto& steps = state.old_stps();
  auto& ro = state.ro();
  while (static_cast<int64_t>(dirs.size()) >= capacity) {
    dirs.erase(dirs.begin());
    steps.erase(steps.begin());
    ro.erase(ro.begin());
  }
  dirs.push_back(y);
  steps.push_back(s);
  ro.push_back(1.0 / ys);
  state.H_diag(ys / y.dot(y));
}

/// -H grad by the two-loop recursion over the history.
Tensor direction(const LBFGSParamState& state, const Tensor& grad) {
  const auto& dirs = state.old_dirs();
  const auto& steps = state.old_stps();
  const size_t count = dirs.size();
  std::vector<Tensor> al(count);
  Tensor q = grad.neg();
  for (size_t i = count; i-- > 0;) {
    al[i] = steps[i].dot(q) * state.ro()[i];
    q.add_(dirs[i], -al[i].item<double>());
  }
  Tensor r = q.mul(state.H_diag());
  for (size_t i = 0; i < count; ++i) {
    const Tensor be = dirs[i].dot(r) * state.ro()[i];
    r.add_(steps[i], (al[i] - be).item<double>());
  }
  return r;
}

void update_direction(LBFGSParamState& state, const Tensor& grad,
                      int64_t capacity) {
  if (state.n_iter() == 1) {
    state.d(grad.neg());
    state.old_dirs().clear();
    state.old_stps().clear();
    state.ro().clear();
    state.H_diag(kernels::full({}, 1, grad.dtype()));
  } else {
    remember(state, grad, capacity);
    state.d(direction(state, grad));
  }
}

void check_sizes(const LBFGSParamState& state, int64_t numel,
                 ScalarType dtype) {
  const auto fits = [&](const Tensor& x) {
    return !x.defined() ||
           (x.dim() == 1 && x.numel() == numel && x.dtype() == dtype);
  };
  bool all = fits(state.d()) && fits(state.prev_flat_grad());
  for (const Tensor& x : state.old_dirs()) all = all && x.defined() && fits(x);
  for (const Tensor& x : state.old_stps()) all = all && x.defined() && fits(x);
  for (const Tensor& x : state.ro()) all = all && x.defined();
  all = all && state.old_dirs().size() == state.old_stps().size() &&
        state.old_dirs().size() == state.ro().size();
  const bool started = state.d().defined() &&
                       state.prev_flat_grad().defined() &&
                       state.H_diag().defined();
  check(all && (state.n_iter() == 0 || started),
        "[LBFGS] the state does not fit parameters of {} elements", numel);
}

/// One search along the current direction, with or without a line search.
struct Search {
  const LBFGSOptions& options;
  Point& point;
  LBFGSParamState& state;
  double loss;
  Tensor grad;

  /// Returns the number of evaluations.
  int64_t along_line(double slope, int64_t max_evals) {
    const std::vector<Tensor> x = point.values();
    const Tensor& d = state.d();
    auto evaluate = [&](double t) -> LinePoint {
      point.move(t, d);
      const double new_loss = point.loss();
      Tensor new_grad = point.gradient();
      point.set(x);
      const auto new_slope = new_grad.dot(d).item<double>();
      return {t, new_loss, std::move(new_grad), new_slope};
    };
    LineResult result =
        strong_wolfe({options.tolerance_change(), max_evals, largest(d)},
                     evaluate, {0, loss, grad, slope}, state.t());
    loss = result.point.loss;
    grad = std::move(result.point.grad);
    state.t(result.point.t);
    point.move(state.t(), d);
    return result.evals;
  }
  int64_t one_step(bool last) {
    point.move(state.t(), state.d());
    if (last) return 0;
    loss = point.loss();
    grad = point.gradient();
    return 1;
  }
  bool optimal() const { return largest(grad) <= options.tolerance_grad(); }

  void run() {
    int64_t evals = 1;
    for (int64_t i = 1; i <= options.max_iter(); ++i) {
      state.n_iter(counted(state.n_iter()));
      update_direction(state, grad, options.history_size());
      state.prev_flat_grad(grad);
      state.prev_loss(loss);
      const double sum =
          state.n_iter() == 1 ? grad.abs().sum().item<double>() : 0;
      state.t(state.n_iter() == 1 ? std::min(1.0, 1.0 / sum) * options.lr()
                                  : options.lr());
      const auto slope = grad.dot(state.d()).item<double>();
      if (slope > -options.tolerance_change()) return;
      const int64_t max_eval = evals_allowed(options);
      const bool last = i == options.max_iter();
      const int64_t made = options.line_search_fn()
                               ? along_line(slope, max_eval - evals)
                               : one_step(last);
      evals += made;
      state.func_evals(counted(state.func_evals(), made));
      if (last || evals >= max_eval || optimal()) return;
      if (largest(state.d().mul(state.t())) <= options.tolerance_change() ||
          std::abs(loss - state.prev_loss()) < options.tolerance_change()) {
        return;
      }
    }
  }
};

}  // namespace

LBFGS::LBFGS(const std::vector<OptimizerParamGroup>& param_groups,
             const LBFGSOptions& defaults)
    : OptimizerWith(param_groups, defaults) {
  check<ValueError>(param_groups_.size() == 1,
                    "[LBFGS] it takes one parameter group, got {}",
                    param_groups_.size());
  for (OptimizerOptions* each : {&*defaults_, &param_groups_[0].options()}) {
    auto& options = static_cast<LBFGSOptions&>(*each);
    options.max_eval(evals_allowed(options));
  }
}

void LBFGS::check_state(const OptimizerParamState& state,
                        const Tensor& param) const {
  int64_t numel = 0;
  for (const Tensor& p : parameters()) numel += p.numel();
  check_sizes(static_cast<const LBFGSParamState&>(state), numel, param.dtype());
}

Tensor LBFGS::step(LossClosure closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, "LBFGS.step");
  check(static_cast<bool>(closure), "[LBFGS] step needs a closure");
  check(param_groups_.size() == 1, "[LBFGS] it takes one parameter group");
  check_not_empty();
  auto& params = param_groups_[0].params();
  const auto& options =
      static_cast<const LBFGSOptions&>(param_groups_[0].options());
  options.check_valid();
  NoGradGuard no_grad;
  align_states();
  Point point(params, closure);
  auto& slot = state_at(0);
  LBFGSParamState state;
  if (slot) state = static_cast<const LBFGSParamState&>(*slot);
  check_sizes(state, point.numel(), params[0].dtype());

  Rollback rollback{point, point.values()};
  Tensor first_loss;
  const double loss = point.loss(&first_loss);
  state.func_evals(counted(state.func_evals()));
  Search search{options, point, state, loss, point.gradient()};
  if (!search.optimal()) search.run();
  slot = std::make_unique<LBFGSParamState>(std::move(state));
  rollback.completed = true;
  return first_loss;
}

}  // namespace taper::optim
