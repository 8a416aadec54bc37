#include "taper/optim/optimizer.h"

#include <algorithm>
#include <typeinfo>

#include "taper/autograd/grad_mode.h"
#include "taper/io/archive.h"
#include "taper/optim/step_plan.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace optim {

ParamStates::iterator ParamStates::find(const void* key) {
  for (Entry& entry : entries_) {
    if (entry.first == key && entry.second) return {&entry, data_end()};
  }
  return end();
}
ParamStates::const_iterator ParamStates::find(const void* key) const {
  for (const Entry& entry : entries_) {
    if (entry.first == key && entry.second) return {&entry, data_end()};
  }
  return end();
}

std::unique_ptr<OptimizerParamState>& ParamStates::operator[](void* key) {
  for (Entry& entry : entries_) {
    if (entry.first == key) return entry.second;
  }
  entries_.push_back({key, nullptr});
  return entries_.back().second;
}

std::unique_ptr<OptimizerParamState>& ParamStates::at(const void* key) {
  const iterator found = find(key);
  check<IndexError>(!(found == end()),
                    "[Optimizer] there is no state for this parameter");
  return found->second;
}
const std::unique_ptr<OptimizerParamState>& ParamStates::at(
    const void* key) const {
  return const_cast<ParamStates*>(this)->at(key);
}

size_t ParamStates::erase(const void* key) {
  const iterator found = find(key);
  if (found == end()) return 0;
  found->second.reset();
  return 1;
}

void ParamStates::clear() {
  for (Entry& entry : entries_) entry.second.reset();
}

size_t ParamStates::size() const {
  size_t count = 0;
  for (const Entry& entry : entries_) count += entry.second != nullptr;
  return count;
}

Optimizer::Optimizer(const std::vector<OptimizerParamGroup>& param_groups,
                     std::unique_ptr<OptimizerOptions> defaults)
    : defaults_(std::move(defaults)), plan_(std::make_unique<StepPlan>()) {
  check(defaults_ != nullptr, "[Optimizer] there are no default options");
  defaults_->check_valid();
  check<ValueError>(!param_groups.empty(),
                    "[{}] there are no parameters to optimise", op_name());
  for (const auto& group : param_groups) add_param_group(group);
}

Optimizer::Optimizer(std::vector<Tensor> parameters,
                     std::unique_ptr<OptimizerOptions> defaults)
    : Optimizer({OptimizerParamGroup(std::move(parameters))},
                std::move(defaults)) {}

Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;
Optimizer::~Optimizer() = default;

void Optimizer::check_params(const std::vector<Tensor>& params) const {
  std::vector<const void*> seen;
  seen.reserve(size() + params.size());
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) seen.push_back(param.impl());
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
    seen.push_back(param.impl());
  }
  std::sort(seen.begin(), seen.end());
  const auto twice = std::adjacent_find(seen.begin(), seen.end());
  if (twice == seen.end()) return;
  for (size_t i = 0; i < params.size(); ++i) {
    check<ValueError>(params[i].impl() != *twice,
                      "[{}] parameter {} of shape {} is given twice", op_name(),
                      i, params[i].sizes());
  }
}

void Optimizer::add_param_group(const OptimizerParamGroup& param_group) {
  OptimizerParamGroup group(param_group);
  check<ValueError>(!group.params().empty(), "[{}] a parameter group is empty",
                    op_name());
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
  return param_groups_.at(0).params();
}
std::vector<Tensor>& Optimizer::parameters() {
  return param_groups_.at(0).params();
}

size_t Optimizer::size() const noexcept {
  size_t count = 0;
  for (const auto& group : param_groups_) count += group.params().size();
  return count;
}

void Optimizer::zero_grad(bool set_to_none) {
  for (auto& group : param_groups_) {
    for (Tensor& param : group.params()) {
      Tensor& grad = param.mutable_grad();
      if (!grad.defined()) continue;
      if (set_to_none) {
        grad.reset();
      } else {
        NoGradGuard no_grad;
        grad = grad.detach();
        grad.zero_();
      }
    }
  }
}

Tensor Optimizer::evaluate(const LossClosure& closure) {
  if (!closure) return Tensor();
  AutoGradMode with_grad(true);
  return closure();
}

void Optimizer::align_states() {
  std::vector<ParamStates::Entry> aligned;
  aligned.reserve(size());
  for (const auto& group : param_groups_) {
    for (const Tensor& param : group.params()) {
      aligned.push_back({param.impl(), nullptr});
    }
  }
  for (auto& entry : aligned) {
    const auto found = state_.find(entry.first);
    if (!(found == state_.end())) entry.second = std::move(found->second);
  }
  state_.entries_.swap(aligned);
}

namespace {

bool same_shape(const TensorImpl* a, const TensorImpl* b) {
  if (a->ndim != b->ndim) return false;
  for (int i = 0; i < a->ndim; ++i) {
    if (a->sizes[i] != b->sizes[i]) return false;
  }
  return true;
}

[[noreturn, gnu::cold]] void fail_gradient(const char* optimizer, size_t index,
                                           const Tensor& param) {
  fail("[{}] parameter {} is {} of shape {} but its gradient is {} of shape {}",
       optimizer, index, param.dtype(), param.sizes(), param.grad().dtype(),
       param.grad().sizes());
}

[[gnu::cold]] void use_copies(StepPlan& plan, StepItem& item,
                              const Tensor& param) {
  if (!param.is_contiguous()) {
    check(!kernels::has_internal_overlap(param),
          "[optimizer] parameter {} of shape {} has elements that share memory",
          item.index, param.sizes());
    plan.copies.emplace_back(param, kernels::contiguous(param));
    item.p = plan.copies.back().second.impl()->data;
  }
  plan.gradients.push_back(kernels::contiguous(param.grad()));
  item.g = plan.gradients.back().impl()->data;
}

}  // namespace

StepPlan& Optimizer::plan_step() {
  StepPlan& plan = *plan_;
  plan.clear();
  size_t index = 0;
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
            !same_shape(impl, grad)) [[unlikely]] {
          fail_gradient(op_name(), index, param);
        }
        StepItem item{impl,
                      impl->data,
                      grad->data,
                      {},
                      impl->numel,
                      plan.total,
                      static_cast<uint32_t>(index),
                      group_number,
                      0};
        if (!impl->contiguous || !grad->contiguous) [[unlikely]] {
          use_copies(plan, item, param);
        }
        plan.total += item.n;
        plan.items.push_back(item);
      }
      ++index;
    }
    ++group_number;
  }
  return plan;
}

std::unique_ptr<OptimizerParamState> Optimizer::make_state() const {
  fail<NotImplementedError>("[{}] the state cannot be loaded", op_name());
}

void Optimizer::check_state(const OptimizerParamState& state,
                            const Tensor& param) const {
  state.check_fits(op_name(), param);
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
      if (!(found == state_.end())) {
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

namespace {

int64_t read_int(serialize::InputArchive& archive, const std::string& key) {
  IValue value;
  archive.read(key, value);
  return value.toInt();
}

}  // namespace

void Optimizer::load(serialize::InputArchive& archive) {
  IValue name;
  archive.read("optimizer", name);
  check(name.toStringRef() == op_name(),
        "[{}] the archive holds the state of {}", op_name(),
        name.toStringRef());
  serialize::InputArchive groups;
  serialize::InputArchive states;
  archive.read("param_groups", groups);
  archive.read("state", states);
  check(groups.keys().size() == param_groups_.size(),
        "[{}] {} parameter groups in the archive, {} in the program", op_name(),
        groups.keys().size(), param_groups_.size());

  std::vector<std::unique_ptr<OptimizerOptions>> new_options;
  std::vector<ParamStates::Entry> new_states;
  for (size_t i = 0; i < param_groups_.size(); ++i) {
    serialize::InputArchive group;
    serialize::InputArchive options;
    groups.read(std::to_string(i), group);
    group.read("options", options);
    const auto& params = param_groups_[i].params();
    const int64_t count = read_int(group, "params");
    check(count == static_cast<int64_t>(params.size()),
          "[{}] group {} has {} parameters in the archive, {} in the program",
          op_name(), i, count, params.size());
    new_options.push_back(param_groups_[i].options().clone());
    new_options.back()->serialize(options);
    new_options.back()->check_valid();
    for (const Tensor& param : params) {
      ParamStates::Entry entry{param.impl(), nullptr};
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

}  // namespace optim
}  // namespace taper
