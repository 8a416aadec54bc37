// Optimizer: parameter groups with their options, the state per parameter, and
// step(), which every optimiser defines. It never writes to a .grad.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/optim/options.h"
#include "taper/tensor/tensor.h"

namespace taper {
namespace optim {

struct StepPlan;

/// A function that computes and returns the loss, or nothing.
class LossClosure {
 public:
  LossClosure() = default;
  LossClosure(std::nullptr_t) {}
  template <typename F, typename = std::enable_if_t<
                            !std::is_same_v<std::decay_t<F>, LossClosure> &&
                            std::is_invocable_r_v<Tensor, std::decay_t<F>&>>>
  LossClosure(F&& function)
      : function_(std::make_shared<Holder<std::decay_t<F>>>(
            std::forward<F>(function))) {}
  Tensor operator()() const { return function_->call(); }
  explicit operator bool() const { return function_ != nullptr; }
  bool operator==(std::nullptr_t) const { return function_ == nullptr; }

 private:
  struct Function {
    virtual ~Function() = default;
    virtual Tensor call() = 0;
  };
  template <typename F>
  struct Holder final : Function {
    explicit Holder(F initial) : function(std::move(initial)) {}
    Tensor call() override { return function(); }
    F function;
  };

  std::shared_ptr<Function> function_;
};

/// Parameters with options of their own; without options they get those of
/// the optimiser. A copy has its own options and shares the tensors.
class TAPER_API OptimizerParamGroup {
 public:
  OptimizerParamGroup(std::vector<Tensor> params)
      : params_(std::move(params)) {}
  OptimizerParamGroup(std::vector<Tensor> params,
                      std::unique_ptr<OptimizerOptions> options)
      : params_(std::move(params)), options_(std::move(options)) {}
  OptimizerParamGroup(const OptimizerParamGroup& other)
      : params_(other.params_),
        options_(other.options_ ? other.options_->clone() : nullptr) {}
  OptimizerParamGroup(OptimizerParamGroup&&) noexcept = default;
  OptimizerParamGroup& operator=(const OptimizerParamGroup&) = delete;
  OptimizerParamGroup& operator=(OptimizerParamGroup&&) noexcept = default;

  bool has_options() const { return options_ != nullptr; }
  /// Throws when the group has none.
  OptimizerOptions& options() {
    check(has_options(), "[OptimizerParamGroup] the group has no options");
    return *options_;
  }
  const OptimizerOptions& options() const {
    check(has_options(), "[OptimizerParamGroup] the group has no options");
    return *options_;
  }
  void set_options(std::unique_ptr<OptimizerOptions> options) {
    options_ = std::move(options);
  }
  std::vector<Tensor>& params() { return params_; }
  const std::vector<Tensor>& params() const { return params_; }

 private:
  std::vector<Tensor> params_;
  std::unique_ptr<OptimizerOptions> options_;
};

/// The states by parameter, used like a map from TensorImpl* to a pointer. It
/// is a list in the order of the parameters, so that a step finds the state of
/// each without a search; parameters without a state are skipped.
class TAPER_API ParamStates {
 public:
  struct Entry {
    void* first;  // the TensorImpl of the parameter
    std::unique_ptr<OptimizerParamState> second;
  };
  template <typename E>
  class IteratorTo {
   public:
    IteratorTo(E* at, E* end) : at_(at), end_(end) { skip(); }
    E& operator*() const { return *at_; }
    E* operator->() const { return at_; }
    IteratorTo& operator++() {
      ++at_;
      skip();
      return *this;
    }
    bool operator==(const IteratorTo& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ != end_ && at_->second == nullptr) ++at_;
    }
    E* at_;
    E* end_;
  };
  using iterator = IteratorTo<Entry>;
  using const_iterator = IteratorTo<const Entry>;

  iterator begin() { return iterator(data(), data_end()); }
  iterator end() { return iterator(data_end(), data_end()); }
  const_iterator begin() const { return const_iterator(data(), data_end()); }
  const_iterator end() const { return const_iterator(data_end(), data_end()); }

  /// The look-ups take time proportional to the number of parameters.
  iterator find(const void* key);
  const_iterator find(const void* key) const;
  size_t count(const void* key) const { return find(key) == end() ? 0 : 1; }
  bool contains(const void* key) const { return count(key) == 1; }
  std::unique_ptr<OptimizerParamState>& operator[](void* key);
  /// Throws IndexError when the parameter has no state.
  std::unique_ptr<OptimizerParamState>& at(const void* key);
  const std::unique_ptr<OptimizerParamState>& at(const void* key) const;
  size_t erase(const void* key);
  void clear();
  size_t size() const;
  bool empty() const { return size() == 0; }

 private:
  friend class Optimizer;
  Entry* data() { return entries_.data(); }
  Entry* data_end() { return entries_.data() + entries_.size(); }
  const Entry* data() const { return entries_.data(); }
  const Entry* data_end() const { return entries_.data() + entries_.size(); }

  std::vector<Entry> entries_;
};

/// The constructors and add_param_group throw, with nothing changed, for
/// options that make no sense, an empty list of parameters, and parameters
/// that are undefined, not floating, not leaves or there twice.
class TAPER_API Optimizer {
 public:
  using LossClosure = optim::LossClosure;

  explicit Optimizer(const std::vector<OptimizerParamGroup>& param_groups,
                     std::unique_ptr<OptimizerOptions> defaults);
  explicit Optimizer(std::vector<Tensor> parameters,
                     std::unique_ptr<OptimizerOptions> defaults);
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(Optimizer&&) noexcept;
  virtual ~Optimizer();

  /// One update of all parameters that have a gradient. The closure, if there
  /// is one, is called first and its loss returned. When it throws because a
  /// gradient or an option is wrong, no parameter has changed.
  virtual Tensor step(LossClosure closure = nullptr) = 0;
  /// Drops all gradients, or fills them with zeros.
  void zero_grad(bool set_to_none = true);

  /// Options that the group leaves at their defaults become the optimiser's.
  void add_param_group(const OptimizerParamGroup& param_group);
  /// Adds to the first group.
  void add_parameters(const std::vector<Tensor>& parameters);
  /// Of the first group.
  const std::vector<Tensor>& parameters() const;
  std::vector<Tensor>& parameters();
  /// The number of parameters in all groups.
  size_t size() const noexcept;

  OptimizerOptions& defaults() noexcept { return *defaults_; }
  const OptimizerOptions& defaults() const noexcept { return *defaults_; }
  std::vector<OptimizerParamGroup>& param_groups() noexcept {
    return param_groups_;
  }
  const std::vector<OptimizerParamGroup>& param_groups() const noexcept {
    return param_groups_;
  }
  ParamStates& state() noexcept { return state_; }
  const ParamStates& state() const noexcept { return state_; }

  /// Writes options and state, not the parameters.
  virtual void save(serialize::OutputArchive& archive) const;
  /// Reads what save() wrote for an optimiser of the same kind with the same
  /// groups and shapes; throws, with nothing changed, when it does not fit.
  virtual void load(serialize::InputArchive& archive);

 protected:
  /// A new state, for load(). The base throws.
  virtual std::unique_ptr<OptimizerParamState> make_state() const;
  /// Throws unless a loaded state can be that of `param`.
  virtual void check_state(const OptimizerParamState& state,
                           const Tensor& param) const;
  /// The loss of the closure, computed with grad mode on.
  static Tensor evaluate(const LossClosure& closure);
  /// Checks options, parameters and gradients and lists what to update.
  StepPlan& plan_step();
  /// The state of parameter `index`, counted over all groups.
  std::unique_ptr<OptimizerParamState>& state_at(size_t index) {
    return state_.entries_[index].second;
  }
  /// Gives every parameter its place in the list of states.
  void align_states();
  const char* op_name() const { return defaults_->optimizer_name(); }

  std::vector<OptimizerParamGroup> param_groups_;
  ParamStates state_;
  std::unique_ptr<OptimizerOptions> defaults_;

 private:
  void check_params(const std::vector<Tensor>& params) const;
  std::unique_ptr<StepPlan> plan_;
};

}  // namespace optim
}  // namespace taper
