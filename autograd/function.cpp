// What a user's Function saves and marks, and the node that calls it.
#include "taper/autograd/function.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

#include "taper/autograd/extra.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper::autograd {

struct AutogradContext::State {
  variable_list to_save;     // until the outputs are known
  std::vector<Saved> saved;  // afterwards
  bool is_released = false;
  variable_list dirty;
  variable_list non_differentiable;
  bool materialize_grads = true;
  std::vector<bool> needs_grad;
};

namespace {

bool contains(const variable_list& list, const Tensor& tensor) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Tensor& t) { return t.is_same(tensor); });
}

std::string readable(const char* name) {
  int status = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 ? text : name;
  std::free(text);
  return result;
}

}  // namespace

AutogradContext::AutogradContext() : state_(std::make_unique<State>()) {}
AutogradContext::~AutogradContext() = default;

void AutogradContext::save_for_backward(variable_list to_save) {
  state_->to_save = std::move(to_save);
}

variable_list AutogradContext::get_saved_variables() const {
  check(!state_->is_released,
        "[backward] trying to use the saved tensors of a custom function after "
        "they were freed; pass retain_graph=true the first time");
  if (state_->saved.empty()) return state_->to_save;
  variable_list list;
  for (const Saved& saved : state_->saved) list.push_back(saved());
  return list;
}

void AutogradContext::mark_dirty(const variable_list& inputs) {
  state_->dirty = inputs;
}
void AutogradContext::mark_non_differentiable(const variable_list& outputs) {
  state_->non_differentiable = outputs;
}
void AutogradContext::set_materialize_grads(bool value) {
  state_->materialize_grads = value;
}
bool AutogradContext::needs_input_grad(size_t index) const {
  check<IndexError>(index < state_->needs_grad.size(),
                    "[needs_input_grad] index {} is out of range [0, {})",
                    index, state_->needs_grad.size());
  return state_->needs_grad[index];
}

void FunctionNode::set_inputs(const char* name,
                              const std::vector<const Tensor*>& inputs) {
  owned_name_ = readable(name);
  static const Tensor none;
  std::vector<const Tensor*> tensors;
  for (const Tensor* input : inputs) {
    tensors.push_back(input ? input : &none);
    context_.state_->needs_grad.push_back(input && wants_grad(*input));
  }
  taper::detail::connect(this, owned_name_.c_str(), tensors.data(),
                         tensors.size());
}

void FunctionNode::apply(Tensor* grad_outputs, Tensor* grad_inputs) {
  variable_list grads(grad_outputs, grad_outputs + num_results_);
  if (context_.state_->materialize_grads) {
    for (uint32_t i = 0; i < num_results_; ++i) {
      if (grads[i].defined() || meta(i).dtype == ScalarType::Undefined)
        continue;
      grads[i] = kernels::zeros(meta(i).shape(), meta(i).dtype);
    }
  }
  variable_list results = run(&context_, std::move(grads));
  // Undefined entries beyond the arguments, or left out at the end for
  // arguments that are no tensors, are accepted as LibTorch does.
  while (results.size() > num_edges_ && !results.back().defined()) {
    results.pop_back();
  }
  while (results.size() < num_edges_ && !edges_[results.size()].node) {
    results.emplace_back();
  }
  check(results.size() == num_edges_,
        "[{}] backward returned {} gradients, expected {}", name_,
        results.size(), num_edges_);
  std::move(results.begin(), results.end(), grad_inputs);
}

void FunctionNode::release_saved() {
  released_ = true;
  context_.state_->is_released = true;
  context_.state_->saved.clear();
  context_.state_->to_save.clear();
}

namespace detail {

variable_list to_list(const Tensor& output) { return {output}; }
variable_list to_list(variable_list outputs) { return outputs; }
void from_list(Tensor& output, variable_list&& list) {
  output = std::move(list[0]);
}
void from_list(variable_list& output, variable_list&& list) {
  output = std::move(list);
}

bool should_record(const std::vector<const Tensor*>& inputs) {
  if (!GradMode::is_enabled()) return false;
  return std::any_of(inputs.begin(), inputs.end(), [](const Tensor* input) {
    return input && wants_grad(*input);
  });
}

}  // namespace detail

namespace {

// Makes `output` a view of what `input` is or looks into: its backward is the
// Function's, which knows nothing of later edits through either.
void forbid_edits(Tensor& output, const Tensor& input) {
  output = own(std::move(output));
  mark_view(output, input);
  output.impl()->untracked_view = true;
  output.impl()->view_version = output.impl()->storage->version.load();
}

}  // namespace

void FunctionNode::finish(variable_list& outputs, const variable_list& inputs,
                          bool recording) {
  AutogradContext::State& state = *context_.state_;
  for (const Tensor& dirty : state.dirty) {
    check(contains(outputs, dirty),
          "[{}] an input marked dirty was not returned", name_);
    if (recording) taper::detail::check_in_place(name_, dirty, true);
    taper::detail::bump_version(dirty);
  }
  if (!recording) return;
  set_num_results(static_cast<uint32_t>(outputs.size()));
  for (uint32_t i = 0; i < outputs.size(); ++i) {
    Tensor& output = outputs[i];
    if (!output.defined()) {
      meta(i).dtype = ScalarType::Undefined;
      continue;
    }
    meta(i).set(output);
    if (contains(state.non_differentiable, output) ||
        !is_floating(output.dtype())) {
      continue;
    }
    bool is_dirty = contains(state.dirty, output);
    if (!is_dirty && (contains(inputs, output) || output.requires_grad())) {
      // An input handed through gets a handle of its own.
      output = kernels::alias(output);
    }
    retain(this);
    if (is_dirty && output.is_view()) {
      taper::detail::rebase_view(output, this, i);
    } else {
      taper::detail::adopt_node(output, this, i);
      if (is_dirty) continue;
      for (const Tensor& input : inputs) {
        if (input.defined() && input.is_alias_of(output)) {
          forbid_edits(output, input);
          break;
        }
      }
    }
  }
  for (const Tensor& tensor : state.to_save) {
    auto it = std::find_if(
        outputs.begin(), outputs.end(),
        [&](const Tensor& o) { return tensor.defined() && o.is_same(tensor); });
    // Keeping such an output itself would close a cycle.
    bool is_output = it != outputs.end() && tensor.requires_grad();
    state.saved.push_back(
        is_output
            ? save_output(tensor, static_cast<uint32_t>(it - outputs.begin()))
            : save(tensor));
  }
  // The lists would keep outputs, and so this node, alive.
  state.to_save.clear();
  state.dirty.clear();
  state.non_differentiable.clear();
}

}  // namespace taper::autograd
