// Optimizer: parameter groups with their options, the state per parameter, and
// step(), which every optimiser defines. It never writes to a .grad.
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "taper/optim/options.h"
#include "taper/tensor/closure.h"
#include "taper/tensor/tensor.h"

namespace taper::optim {

struct StepItem;
struct StepPlan;

using detail::Closure;
/// Computes and returns the loss.
using LossClosure = Closure<Tensor()>;

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
  OptimizerParamGroup& operator=(OptimizerParamGroup&&) noexcept = default;

  bool has_options() const { return options_ != nullptr; }
  /// Throws when the group has none.
  OptimizerOptions& options() {
    check(has_options(), "[OptimizerParamGroup] the group has no options");
    return *options_;
  }
  const OptimizerOptions& options() const {
    return const_cast<OptimizerParamGroup*>(this)->options();
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
  using key_type = void*;  // the TensorImpl of the parameter
  using mapped_type = std::unique_ptr<OptimizerParamState>;
  using value_type = std::pair<key_type, mapped_type>;

  template <typename E>
  class IteratorTo {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = ParamStates::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = E*;
    using reference = E&;

    IteratorTo() = default;
    IteratorTo(E* at, E* end) : at_(at), end_(end) { skip(); }
    operator IteratorTo<const E>() const { return {at_, end_}; }
    E& operator*() const { return *at_; }
    E* operator->() const { return at_; }
    IteratorTo& operator++() {
      ++at_;
      skip();
      return *this;
    }
    IteratorTo operator++(int) {
      IteratorTo before = *this;
      ++*this;
      return before;
    }
    bool operator==(const IteratorTo& other) const { return at_ == other.at_; }

   private:
    void skip() {
      while (at_ != end_ && at_->second == nullptr) ++at_;
    }
    E* at_ = nullptr;
    E* end_ = nullptr;
  };
  using iterator = IteratorTo<value_type>;
  using const_iterator = IteratorTo<const value_type>;

  iterator begin() { return {entries_.data(), past_last()}; }
  iterator end() { return {past_last(), past_last()}; }
  const_iterator begin() const { return {entries_.data(), past_last()}; }
  const_iterator end() const { return {past_last(), past_last()}; }

  /// The look-ups take time proportional to the number of parameters.
  iterator find(const void* key);
  const_iterator find(const void* key) const;
  size_t count(const void* key) const { return find(key) == end() ? 0 : 1; }
  bool contains(const void* key) const { return count(key) == 1; }
  mapped_type& operator[](void* key);
  /// Throws IndexError when the parameter has no state.
  mapped_type& at(const void* key);
  const mapped_type& at(const void* key) const;
  /// Where the state is now, and whether it is the new one: a state that was
  /// there stays.
  std::pair<iterator, bool> emplace(void* key, mapped_type state);
  std::pair<iterator, bool> insert(value_type entry) {
    return emplace(entry.first, std::move(entry.second));
  }
  size_t erase(const void* key);
  /// Returns the position behind it.
  iterator erase(iterator at);
  void clear();
  size_t size() const;
  bool empty() const { return size() == 0; }

 private:
  friend class Optimizer;
  value_type* past_last() { return entries_.data() + entries_.size(); }
  const value_type* past_last() const {
    return entries_.data() + entries_.size();
  }

  std::vector<value_type> entries_;
};

/// The constructors and add_param_group throw, with nothing changed, for
/// options that make no sense, and parameters that are undefined, not floating,
/// not leaves or there twice. Groups may be empty and may be added later, but a
/// list of no parameters throws, and so does a step when there are none.
class TAPER_API Optimizer {
 public:
  using LossClosure = optim::LossClosure;

  explicit Optimizer(const std::vector<OptimizerParamGroup>& param_groups,
                     std::unique_ptr<OptimizerOptions> defaults);
  explicit Optimizer(std::vector<Tensor> parameters,
                     std::unique_ptr<OptimizerOptions> defaults);
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
  /// One step by prepare() for every parameter with a gradient. Parameters and
  /// states change when nothing has thrown.
  Tensor update_all(const LossClosure& closure);
  /// Says what the step does to one parameter: for a fused kernel, by what
  /// StepItem offers; the base computes it by apply(). `previous` is the item
  /// before, to share numbers with, or null.
  virtual void prepare(StepItem& item, const StepItem* previous);
  /// The new value of a parameter. `state` is a copy that becomes the state:
  /// its tensors are replaced, never written to. The base throws.
  virtual Tensor apply(const OptimizerOptions& options,
                       OptimizerParamState& state, const Tensor& param,
                       const Tensor& grad) const;
  /// Options and state of an item; a new state counts from the end of the step.
  const OptimizerOptions& group_options(const StepItem& item) const;
  OptimizerParamState& param_state(const StepItem& item);
  /// Hands the kernel a tensor of the state. One that is not there yet is
  /// filled with `initial`, and becomes part of the state with the step.
  void use_buffer(StepItem& item, int place, const char* name, Tensor& buffer,
                  double initial = 0);

  /// A new state. The base throws.
  virtual std::unique_ptr<OptimizerParamState> make_state() const;
  /// Throws unless a loaded state can be that of `param`: every tensor has its
  /// shape and dtype.
  virtual void check_state(const OptimizerParamState& state,
                           const Tensor& param) const;
  /// The loss of the closure, computed with grad mode on.
  static Tensor evaluate(const LossClosure& closure);
  /// The state of parameter `index`, counted over all groups.
  std::unique_ptr<OptimizerParamState>& state_at(size_t index) {
    return state_.entries_[index].second;
  }
  /// Throws ValueError when there are no parameters in any group.
  void check_not_empty() const;
  /// Gives every parameter its place in the list of states.
  void align_states();
  const char* op_name() const { return defaults_->optimizer_name(); }

  std::vector<OptimizerParamGroup> param_groups_;
  ParamStates state_;
  std::unique_ptr<OptimizerOptions> defaults_;

 private:
  void load_all(serialize::InputArchive& archive);
  void check_params(const std::vector<Tensor>& params) const;
  void plan_step();
  std::unique_ptr<StepPlan> plan_;
};

/// An optimiser with options and a state per parameter of its own. It defines
/// new_value() or, for a fused kernel, prepare().
template <typename Options, typename State>
class TAPER_API OptimizerWith : public Optimizer {
 public:
  explicit OptimizerWith(const std::vector<OptimizerParamGroup>& param_groups,
                         const Options& defaults = {})
      : Optimizer(param_groups, defaults.clone()) {}
  explicit OptimizerWith(std::vector<Tensor> params,
                         const Options& defaults = {})
      : Optimizer(std::move(params), defaults.clone()) {}

  Tensor step(LossClosure closure = nullptr) override {
    return update_all(closure);
  }

 protected:
  /// apply() with the types of this optimiser.
  virtual Tensor new_value(const Options& options, State& state,
                           const Tensor& param, const Tensor& grad) const {
    return Optimizer::apply(options, state, param, grad);
  }
  Tensor apply(const OptimizerOptions& options, OptimizerParamState& state,
               const Tensor& param, const Tensor& grad) const override {
    return new_value(static_cast<const Options&>(options),
                     static_cast<State&>(state), param, grad);
  }
  std::unique_ptr<OptimizerParamState> make_state() const override {
    return std::make_unique<State>();
  }
  const Options& options_of(const StepItem& item) const {
    return static_cast<const Options&>(group_options(item));
  }
  State& state_of(const StepItem& item) {
    return static_cast<State&>(param_state(item));
  }
};

}  // namespace taper::optim
