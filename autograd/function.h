// Function: an operation of the user's own, with its backward.
//
//   struct Cube : autograd::Function<Cube> {
//     static Tensor forward(AutogradContext* ctx, const Tensor& x) {
//       ctx->save_for_backward({x});
//       return x * x * x;
//     }
//     static variable_list backward(AutogradContext* ctx, variable_list grad) {
//       Tensor x = ctx->get_saved_variables()[0];
//       return {grad[0] * 3 * x * x};
//     }
//   };
//   Tensor y = Cube::apply(x);
#pragma once

#include <iterator>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <variant>

#include "taper/autograd/engine.h"
#include "taper/autograd/saved_data.h"
#include "taper/tensor/random/generator.h"

namespace taper::autograd {

/// What forward leaves for backward. Tensors go through save_for_backward,
/// which notices in-place edits; other values into saved_data.
class TAPER_API AutogradContext {
 public:
  AutogradContext();
  AutogradContext(const AutogradContext&) = delete;
  AutogradContext& operator=(const AutogradContext&) = delete;
  ~AutogradContext();

  /// Inputs and outputs of this function, or anything else; may be undefined.
  void save_for_backward(variable_list to_save);
  /// Throws when one was edited in place, or after the graph was freed.
  variable_list get_saved_variables() const;
  SavedData saved_data;

  /// Inputs that forward edits in place; it must return them.
  void mark_dirty(const variable_list& inputs);
  /// Outputs that have no gradient.
  void mark_non_differentiable(const variable_list& outputs);
  /// With false, gradients that did not arrive stay undefined in backward
  /// instead of becoming zeros.
  void set_materialize_grads(bool value);
  /// Whether the gradient of argument `index` of forward (counting tensors
  /// only) is wanted.
  bool needs_input_grad(size_t index) const;

 private:
  friend class FunctionNode;
  struct State;
  std::unique_ptr<State> state_;
};

/// The node of a custom function; the part that no template is needed for.
class TAPER_API FunctionNode : public Node {
 public:
  void apply(Tensor* grad_outputs, Tensor* grad_inputs) override;
  void release_saved() override;

  /// Connects the node to the inputs; null for the ones that are no tensors.
  void set_inputs(const char* name, const std::vector<const Tensor*>& inputs);
  /// Gives the outputs their history, or the saved tensors back to the void
  /// when nothing is recorded.
  void finish(variable_list& outputs, const variable_list& inputs,
              bool recording);
  AutogradContext* context() { return &context_; }

 protected:
  virtual variable_list run(AutogradContext* context, variable_list grads) = 0;

 private:
  AutogradContext context_;
  std::string owned_name_;
};

namespace detail {
template <class T>
constexpr bool has_no_tensors();
}  // namespace detail

/// Whether an argument of type T holds no tensors, so that Function::apply need
/// not look into it. It knows containers, pointers and aggregates; of other
/// classes it takes those that have nothing to destroy. Specialize it for a
/// type of yours that it judges wrongly.
template <class T>
inline constexpr bool holds_no_tensors = detail::has_no_tensors<T>();
template <>
inline constexpr bool holds_no_tensors<Generator> = true;

template <class T>
class Function {
 public:
  /// Runs T::forward(ctx, args...) without recording and makes T::backward
  /// its backward. T::backward gets one gradient per output and returns one
  /// per argument of forward, undefined for those that are no tensors. The
  /// elements of lists, optionals and tuples with tensors count one by one, as
  /// do the keys and the values of maps.
  template <class... Args>
  static auto apply(Args&&... args);
};

namespace detail {

template <class T>
class FunctionNodeOf final : public FunctionNode {
 protected:
  variable_list run(AutogradContext* context, variable_list grads) override {
    return T::backward(context, std::move(grads));
  }
};

template <class T>
concept Optional = requires(const T& x) {
  x.has_value(), *x;
};
template <class T>
concept List = requires(const T& x) {
  std::begin(x), std::end(x);
};
template <class T>
concept Tuple = requires {
  std::tuple_size<T>::value;
};

template <List T>
using ElementOf =
    std::remove_cvref_t<decltype(*std::begin(std::declval<const T&>()))>;

template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
/// A smart pointer or a reference_wrapper.
template <class T>
concept Reference = requires(const T& x) {
  x.get();
};
template <Reference T>
using ReferredBy = std::remove_cv_t<std::remove_pointer_t<
    std::remove_cvref_t<decltype(std::declval<const T&>().get())>>>;

template <class T>
inline constexpr bool none_hold_tensors = false;
template <template <class...> class Parts, class... T>
inline constexpr bool none_hold_tensors<Parts<T...>> =
    (holds_no_tensors<std::remove_cv_t<T>> && ...);

/// Initialises a field of any type; noexcept tells of which.
struct Field {
  template <class T>
  operator T() const noexcept(holds_no_tensors<T>);
};

/// The same for the fields of an aggregate; false when they cannot be told.
template <class T, class... Found>
constexpr bool fields_have_no_tensors() {
  if constexpr (sizeof...(Found) < 24 && requires { T{Found()..., Field()}; }) {
    return fields_have_no_tensors<T, Found..., Field>();
  } else if constexpr (requires { T{Found()..., {}}; }) {
    return false;
  } else {
    return requires { requires noexcept(T{Found()...}); };
  }
}

template <class T>
constexpr bool has_no_tensors() {
  if constexpr (std::is_base_of_v<Tensor, T>) {
    return false;
  } else if constexpr (Optional<T>) {
    return holds_no_tensors<typename T::value_type>;
  } else if constexpr (List<T>) {
    return holds_no_tensors<ElementOf<T>>;
  } else if constexpr (Tuple<T> || is_variant<T>) {
    return none_hold_tensors<T>;
  } else if constexpr (Reference<T>) {
    return holds_no_tensors<ReferredBy<T>>;
  } else if constexpr (std::is_pointer_v<T>) {
    return holds_no_tensors<std::remove_cv_t<std::remove_pointer_t<T>>>;
  } else if constexpr (!std::is_class_v<T> || !requires { sizeof(T); }) {
    return true;
  } else if constexpr (std::is_aggregate_v<T> && !std::is_empty_v<T>) {
    return fields_have_no_tensors<T>();
  } else {
    return std::is_trivially_destructible_v<T>;
  }
}

/// Appends the tensors in an argument of forward, null for what is none.
template <class T>
void collect(std::vector<const Tensor*>& inputs, const T& argument) {
  if constexpr (std::is_base_of_v<Tensor, T>) {
    inputs.push_back(&argument);
  } else if constexpr (Optional<T>) {
    if (argument.has_value()) return collect(inputs, *argument);
    inputs.push_back(nullptr);
  } else if constexpr (holds_no_tensors<T>) {
    inputs.push_back(nullptr);
  } else if constexpr (List<T>) {
    for (const auto& element : argument) collect(inputs, element);
  } else if constexpr (Tuple<T>) {
    std::apply([&](const auto&... part) { (collect(inputs, part), ...); },
               argument);
  } else if constexpr (is_variant<T>) {
    std::visit([&](const auto& held) { collect(inputs, held); }, argument);
  } else {
    static_assert(holds_no_tensors<T>,
                  "a Function cannot look into this argument: pass its tensors "
                  "themselves, or set autograd::holds_no_tensors for its type");
  }
}

TAPER_API variable_list to_list(const Tensor& output);
TAPER_API variable_list to_list(variable_list outputs);
TAPER_API void from_list(Tensor& output, variable_list&& list);
TAPER_API void from_list(variable_list& output, variable_list&& list);

/// Whether one of the inputs (null: no tensor) requires grad while recording.
TAPER_API bool should_record(const std::vector<const Tensor*>& inputs);

}  // namespace detail

template <class T>
template <class... Args>
auto Function<T>::apply(Args&&... args) {
  std::vector<const Tensor*> inputs;
  (detail::collect(inputs, args), ...);
  bool recording = detail::should_record(inputs);
  auto* node =
      taper::detail::new_node<detail::FunctionNodeOf<T>>(inputs.size());
  NodePtr owner = NodePtr::adopt(node);
  node->set_inputs(typeid(T).name(), inputs);
  using Result =
      decltype(T::forward(node->context(), std::forward<Args>(args)...));
  variable_list held;
  for (const Tensor* input : inputs) held.push_back(input ? *input : Tensor());
  Result result = [&] {
    AutoGradMode guard(false);
    return T::forward(node->context(), std::forward<Args>(args)...);
  }();
  variable_list outputs = detail::to_list(std::move(result));
  node->finish(outputs, held, recording);
  Result final_result;
  detail::from_list(final_result, std::move(outputs));
  return final_result;
}

}  // namespace taper::autograd
