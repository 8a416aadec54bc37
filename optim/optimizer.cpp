// The checks of parameters and gradients, the order of a step, save and load.
#include "taper/optim/optimizer.h"

#include <typeinfo>
#include <unordered_set>
#include <utility>

#include "taper/autograd/accumulate.h"
#include "taper/autograd/grad_mode.h"
#include "taper/io/archive.h"
#include "taper/optim/members.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/profiler.h"

namespace taper::optim {

Optimizer::Optimizer(const std::vector<OptimizerParamGroup>& param_groups,
                     std::unique_ptr<OptimizerOptions> defaults)
    : defaults_(std::move(defaults)), plan_(std::make_unique<StepPlan>()) {
  check(defaults_ != nullptr, "[Optimizer] there are no default options");
  defaults_->check_valid();
  for (const auto& group : param_groups) add_param_group(group);
}

Optimizer::Optimizer(std::vector<Tensor> parameters,
                     std::unique_ptr<OptimizerOptions> defaults)
    : Optimizer({OptimizerParamGroup(std::move(parameters))},
                std::move(defaults)) {
  check_not_empty();
}

Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;
Optimizer::~Optimizer() = default;

void Optimizer::check_not_empty() const {
  check<ValueError>(size() > 0,
                    "[{}] there are no parameters to optimise: does the model "
                    "call register_module or register_parameter for each?",
                    op_name());
}

void Optimizer::check_params(const std::vector<Tensor>& params) const {
  std::unordered_set<const void*> seen;
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) seen.insert(param.impl());
  }
  for (size_t i = 0; i < params.size(); ++i) {
    const Tensor& param = params[i];
    check<ValueError>(param.defined(),
                      "[{}] parameter {} is an undefined tensor", op_name(), i);
    check<TypeError>(param.is_floating_point(),
                     "[{}] parameter {} is {}, expected a floating dtype",
                     op_name(), i, param.dtype());
    check<ValueError>(param.is_leaf(),
                      "[{}] parameter {} of shape {} is not a leaf: it was "
                      "computed by an operation that is recorded",
                      op_name(), i, param.sizes());
    check<ValueError>(seen.insert(param.impl()).second,
                      "[{}] parameter {} of shape {} is given twice", op_name(),
                      i, param.sizes());
  }
}

void Optimizer::add_param_group(const OptimizerParamGroup& param_group) {
  OptimizerParamGroup group(param_group);
  check_params(group.params());
  if (group.has_options()) {
    const OptimizerOptions& options = group.options();
    const OptimizerOptions& defaults = *defaults_;
    check<TypeError>(typeid(options) == typeid(defaults),
                     "[{}] a parameter group has the options of {}", op_name(),
                     options.optimizer_name());
    group.options().inherit(defaults);
  } else {
    group.set_options(defaults_->clone());
  }
  group.options().check_valid();
  param_groups_.reserve(param_groups_.size() + 1);
  state_.entries_.reserve(size() + group.params().size());
  param_groups_.push_back(std::move(group));
  align_states();
}

void Optimizer::add_parameters(const std::vector<Tensor>& parameters) {
  check_params(parameters);
  auto& params = this->parameters();
  params.insert(params.end(), parameters.begin(), parameters.end());
  align_states();
}

const std::vector<Tensor>& Optimizer::parameters() const {
  check<IndexError>(!param_groups_.empty(), "[{}] there is no parameter group",
                    op_name());
  return param_groups_[0].params();
}
std::vector<Tensor>& Optimizer::parameters() {
  return const_cast<std::vector<Tensor>&>(std::as_const(*this).parameters());
}

size_t Optimizer::size() const noexcept {
  size_t count = 0;
  for (const auto& group : param_groups_) count += group.params().size();
  return count;
}

void Optimizer::zero_grad(bool set_to_none) {
  for (auto& group : param_groups_) {
    for (const Tensor& param : group.params()) {
      autograd::clear_grad(param, set_to_none);
    }
  }
}

Tensor Optimizer::evaluate(const LossClosure& closure) {
  if (!closure) return Tensor();
  AutoGradMode with_grad(true);
  return closure();
}

void Optimizer::align_states() {
  std::vector<ParamStates::value_type> aligned;
  aligned.reserve(size());
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) {
      aligned.emplace_back(param.impl(), nullptr);
    }
  }
  for (auto& entry : aligned) {
    const auto found = state_.find(entry.first);
    if (found != state_.end()) entry.second = std::move(found->second);
  }
  state_.entries_.swap(aligned);
}

namespace {

IntArrayRef sizes_of(const TensorImpl& impl) {
  return IntArrayRef(impl.sizes, impl.ndim);
}

[[noreturn, gnu::cold]] void fail_gradient(const char* optimizer, size_t index,
                                           const Tensor& param) {
  fail("[{}] parameter {} is {} of shape {} but its gradient is {} of shape {}",
       optimizer, index, param.dtype(), param.sizes(), param.grad().dtype(),
       param.grad().sizes());
}

[[gnu::cold]] void use_copies(StepPlan& plan, StepItem& item,
                              const Tensor& param) {
  if (!param.is_contiguous() || item.dtype != param.dtype()) {
    check(!kernels::has_internal_overlap(param),
          "[optimizer] parameter {} of shape {} has elements that share memory",
          item.index, param.sizes());
    plan.results.emplace_back(
        param, kernels::contiguous(kernels::cast(param, item.dtype)));
    item.range.p = plan.results.back().second.impl()->data;
  }
  plan.gradients.push_back(
      kernels::contiguous(kernels::cast(param.grad(), item.dtype)));
  item.range.g = plan.gradients.back().impl()->data;
}

}  // namespace

void Optimizer::plan_step() {
  StepPlan& plan = *plan_;
  plan.clear();
  uint32_t index = 0;
  uint32_t group_number = 0;
  for (const auto& group : param_groups_) {
    group.options().check_valid();
    for (const Tensor& param : group.params()) {
      TensorImpl* impl = param.impl();
      // The lists of parameters are open to the user, who may have changed
      // them since the last step.
      if (index >= state_.entries_.size() ||
          state_.entries_[index].first != impl) [[unlikely]] {
        align_states();
      }
      const TensorImpl* grad = impl ? impl->grad.get().impl() : nullptr;
      if (grad != nullptr) {
        if (grad->dtype != impl->dtype || !is_floating(impl->dtype) ||
            !(sizes_of(*impl) == sizes_of(*grad))) [[unlikely]] {
          fail_gradient(op_name(), index, param);
        }
        StepItem& item = plan.items.emplace_back(impl, grad->data, plan.total,
                                                 index, group_number);
        if (!impl->contiguous || !grad->contiguous || item.dtype != impl->dtype)
            [[unlikely]] {
          use_copies(plan, item, param);
        }
        plan.total += impl->numel;
      }
      ++index;
    }
    ++group_number;
  }
}

Tensor Optimizer::update_all(const LossClosure& closure) {
  const profiler::Scope scope(profiler::Kind::kOptimizer, [this] {
    return op_name() + std::string(".step");
  });
  check_not_empty();
  Tensor loss = evaluate(closure);
  StepPlan& plan = *plan_;
  plan_step();
  const StepItem* previous = nullptr;
  for (StepItem& item : plan.items) {
    prepare(item, previous);
    previous = &item;
  }
  for (auto& [index, state] : plan.states) state_at(index) = std::move(state);
  for (auto& [buffer, value] : plan.buffers) *buffer = std::move(value);
  for (const StepItem& item : plan.items) {
    if (item.step_count != nullptr)
      *item.step_count = counted(*item.step_count);
  }
  plan.run();
  plan.finish();
  return loss;
}

void Optimizer::prepare(StepItem& item, const StepItem*) {
  const auto& slot = state_at(item.index);
  auto state = slot ? slot->clone() : make_state();
  Tensor param = Tensor::share(item.param);
  NoGradGuard no_grad;
  Tensor value = apply(group_options(item), *state, param, param.grad());
  check(value.dtype() == param.dtype() && value.sizes() == param.sizes(),
        "[{}] the new value of parameter {} is {} of shape {}, the old {} of "
        "shape {}",
        op_name(), item.index, value.dtype(), value.sizes(), param.dtype(),
        param.sizes());
  plan_->results.emplace_back(std::move(param), std::move(value));
  plan_->states.emplace_back(item.index, std::move(state));
}

Tensor Optimizer::apply(const OptimizerOptions&, OptimizerParamState&,
                        const Tensor&, const Tensor&) const {
  fail<NotImplementedError>("[{}] the class has no rule for a step", op_name());
}

const OptimizerOptions& Optimizer::group_options(const StepItem& item) const {
  return param_groups_[item.group].options();
}

OptimizerParamState& Optimizer::param_state(const StepItem& item) {
  const auto& slot = state_at(item.index);
  if (slot) return *slot;
  return *plan_->states.emplace_back(item.index, make_state()).second;
}

// Users can reach the states, so that nothing is taken for granted.
void Optimizer::use_buffer(StepItem& item, int place, const char* name,
                           Tensor& buffer, double initial) {
  const TensorImpl& param = *item.param;
  const TensorImpl* impl = buffer.impl();
  if (impl == nullptr) [[unlikely]] {
    plan_->buffers.emplace_back(
        &buffer, kernels::full(sizes_of(param), initial, item.dtype));
    impl = plan_->buffers.back().second.impl();
  }
  check(impl->numel == param.numel && impl->dtype == item.dtype &&
            impl->contiguous,
        "[{}] the state {} of parameter {} does not fit the parameter of {} "
        "elements",
        op_name(), name, item.index, param.numel);
  item.range.state[place] = impl->data;
}

std::unique_ptr<OptimizerParamState> Optimizer::make_state() const {
  fail<NotImplementedError>("[{}] the state cannot be loaded", op_name());
}

void Optimizer::check_state(const OptimizerParamState& state,
                            const Tensor& param) const {
  for (const Member& member : state.members()) {
    const auto* at = std::get_if<Member::Of<Tensor>>(&member.pointer);
    if (at == nullptr || !(state.**at).defined()) continue;
    const Tensor& tensor = state.**at;
    check((tensor.dtype() == param.dtype() ||
           tensor.dtype() == compute_type(param.dtype())) &&
              tensor.sizes() == param.sizes(),
          "[{}] {} has shape {} and the parameter {}, or they differ in dtype",
          op_name(), member.name, tensor.sizes(), param.sizes());
  }
}

void Optimizer::save(serialize::OutputArchive& archive) const {
  archive.write("optimizer", IValue(op_name()));
  serialize::OutputArchive groups;
  serialize::OutputArchive states;
  size_t index = 0;
  for (size_t i = 0; i < param_groups_.size(); ++i) {
    serialize::OutputArchive group;
    serialize::OutputArchive options;
    param_groups_[i].options().serialize(options);
    group.write("options", options);
    group.write("params", IValue(param_groups_[i].params().size()));
    groups.write(std::to_string(i), group);
    for (const Tensor& param : param_groups_[i].params()) {
      const auto found = state_.find(param.impl());
      if (found != state_.end()) {
        serialize::OutputArchive state;
        found->second->serialize(state);
        states.write(std::to_string(index), state);
      }
      ++index;
    }
  }
  archive.write("param_groups", groups);
  archive.write("state", states);
}

void Optimizer::load(serialize::InputArchive& archive) {
  archive.read_naming([&] { load_all(archive); });
}

void Optimizer::load_all(serialize::InputArchive& archive) {
  const IValue name = read_value(archive, "optimizer");
  check(name.toStringRef() == op_name(),
        "[{}] the archive holds the state of {}", op_name(),
        name.toStringRef());
  serialize::InputArchive groups = read_archive(archive, "param_groups");
  serialize::InputArchive states = read_archive(archive, "state");
  check(groups.keys().size() == param_groups_.size(),
        "[{}] {} parameter groups in the archive, {} in the program", op_name(),
        groups.keys().size(), param_groups_.size());

  std::vector<std::unique_ptr<OptimizerOptions>> new_options;
  std::vector<ParamStates::value_type> new_states;
  for (size_t i = 0; i < param_groups_.size(); ++i) {
    serialize::InputArchive group = read_archive(groups, std::to_string(i));
    serialize::InputArchive options = read_archive(group, "options");
    const auto& params = param_groups_[i].params();
    const int64_t count = read_value(group, "params").toInt();
    check(count == static_cast<int64_t>(params.size()),
          "[{}] group {} has {} parameters in the archive, {} in the program",
          op_name(), i, count, params.size());
    new_options.push_back(param_groups_[i].options().clone());
    new_options.back()->serialize(options);
    new_options.back()->check_valid();
    for (const Tensor& param : params) {
      ParamStates::value_type entry{param.impl(), nullptr};
      serialize::InputArchive state;
      if (states.try_read(std::to_string(new_states.size()), state)) {
        entry.second = make_state();
        entry.second->serialize(state);
        check_state(*entry.second, param);
      }
      new_states.push_back(std::move(entry));
    }
  }
  for (size_t i = 0; i < param_groups_.size(); ++i) {
    param_groups_[i].set_options(std::move(new_options[i]));
  }
  state_.entries_.swap(new_states);
}

}  // namespace taper::optim
