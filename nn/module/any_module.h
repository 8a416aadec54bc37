// AnyValue and AnyModule: a value of any type, and a module with any forward,
// whose types are known at run time only. Sequential is made of them.
#pragma once

#include <any>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "taper/nn/module/module.h"

/// In a module whose forward has default arguments: the position and the value
/// of each, which AnyModule and Sequential use where fewer are given.
///   FORWARD_HAS_DEFAULT_ARGS({1, nn::AnyValue(2)}, {2, nn::AnyValue(3.0)})
#ifndef FORWARD_HAS_DEFAULT_ARGS
#define FORWARD_HAS_DEFAULT_ARGS(...)                                         \
  template <typename M, typename R, typename... Args>                         \
  friend class ::taper::nn::detail::AnyModuleHolder;                          \
  std::vector<std::pair<unsigned, ::taper::nn::AnyValue>> forward_defaults_() \
      const {                                                                 \
    return {__VA_ARGS__};                                                     \
  }
#endif

namespace taper::nn {

/// Holds one copyable value of any type.
class AnyValue {
 public:
  template <typename T, typename = std::enable_if_t<
                            !std::is_same_v<std::decay_t<T>, AnyValue>>>
  explicit AnyValue(T&& value)
      : content_(std::in_place_type<std::decay_t<T>>, std::forward<T>(value)) {}

  /// Pointer to the value, or null when it is not a T.
  template <typename T>
  T* try_get() {
    static_assert(!std::is_reference_v<T> && !std::is_array_v<T>,
                  "AnyValue holds decayed types");
    return std::any_cast<T>(&content_);
  }
  /// A copy of the value; throws TypeError when it is not a T.
  template <typename T>
  T get() {
    if (T* value = try_get<T>()) return *value;
    fail<TypeError>("[AnyValue] cannot be read as {}, it is {}",
                    detail::type_name(typeid(T)),
                    detail::type_name(type_info()));
  }
  const std::type_info& type_info() const noexcept { return content_.type(); }

 private:
  std::any content_;
};

namespace detail {

/// A module behind an interface that does not know its type.
struct AnyModuleBase {
  AnyModuleBase(const std::type_info& module_type, bool tensor_to_tensor)
      : type(module_type), takes_tensor(tensor_to_tensor) {}
  virtual ~AnyModuleBase() = default;
  /// Moves from the arguments.
  virtual AnyValue forward(AnyValue* arguments, size_t count) = 0;
  /// The short way, when takes_tensor.
  virtual Tensor forward_tensor(const Tensor& input) = 0;
  virtual std::shared_ptr<Module> ptr() const = 0;
  virtual std::shared_ptr<AnyModuleBase> clone(
      const std::optional<Device>& device) const = 0;

  const std::type_info& type;
  const bool takes_tensor;
};

/// A function, or an object that is called like one and is no module.
template <typename F>
concept PlainFunction =
    !is_module<F> && !is_module_holder<F> &&
    (std::is_function_v<std::remove_pointer_t<std::decay_t<F>>> ||
     std::is_invocable_v<F, Tensor>);

[[noreturn]] TAPER_API void fail_argument_count(const std::type_info& module,
                                                size_t least, size_t most,
                                                size_t count);
/// The arguments, with the defaults that `count` of them leave out.
TAPER_API std::vector<AnyValue> with_defaults(
    const std::type_info& module,
    std::vector<std::pair<unsigned, AnyValue>> defaults, AnyValue* arguments,
    size_t count, size_t most);
[[noreturn]] TAPER_API void fail_argument_type(const std::type_info& module,
                                               size_t index,
                                               const std::type_info& expected,
                                               const std::type_info& got);

template <typename M, typename R, typename... Args>
class AnyModuleHolder final : public AnyModuleBase {
 public:
  static_assert(!std::is_void_v<R>,
                "AnyModule needs a forward that returns something");
  static_assert(((!std::is_lvalue_reference_v<Args> ||
                  std::is_const_v<std::remove_reference_t<Args>>)&&...),
                "AnyModule cannot call a forward that takes references to "
                "non-const; use pointers");

  explicit AnyModuleHolder(std::shared_ptr<M> owned)
      : AnyModuleBase(typeid(M), kTakesTensor), module(std::move(owned)) {}

  AnyValue forward(AnyValue* arguments, size_t count) override {
    constexpr auto all = std::index_sequence_for<Args...>();
    if constexpr (requires { module->forward_defaults_(); }) {
      auto values = with_defaults(type, module->forward_defaults_(), arguments,
                                  count, sizeof...(Args));
      return call(values.data(), all);
    } else {
      if (count != sizeof...(Args)) {
        fail_argument_count(type, sizeof...(Args), sizeof...(Args), count);
      }
      return call(arguments, all);
    }
  }
  Tensor forward_tensor(const Tensor& input) override {
    if constexpr (kTakesTensor) {
      return module->forward(input);
    } else {
      fail("[AnyModule] forward does not map a tensor to a tensor");
    }
  }
  std::shared_ptr<Module> ptr() const override { return module; }
  std::shared_ptr<AnyModuleBase> clone(
      const std::optional<Device>& device) const override {
    auto copy = std::dynamic_pointer_cast<M>(module->clone(device));
    check(copy != nullptr, "[AnyModule] clone() of {} gave another type",
          type_name(type));
    return std::make_shared<AnyModuleHolder>(std::move(copy));
  }

  std::shared_ptr<M> module;

 private:
  template <size_t I>
  using Argument = std::tuple_element_t<I, std::tuple<std::decay_t<Args>...>>;

  static constexpr bool kTakesTensor =
      std::is_same_v<R, Tensor> &&
      std::is_same_v<std::tuple<std::decay_t<Args>...>, std::tuple<Tensor>>;

  template <size_t... I>
  AnyValue call([[maybe_unused]] AnyValue* arguments,
                std::index_sequence<I...>) {
    return AnyValue(module->forward(argument<Argument<I>>(arguments, I)...));
  }
  template <typename T>
  T&& argument(AnyValue* arguments, size_t index) {
    T* value = arguments[index].template try_get<T>();
    if (value == nullptr) {
      fail_argument_type(type, index, typeid(T), arguments[index].type_info());
    }
    return std::move(*value);
  }
};

template <typename M, typename R, typename C, typename... Args>
auto make_any(std::shared_ptr<M>&& module, R (C::*)(Args...)) {
  return std::make_shared<AnyModuleHolder<M, R, Args...>>(std::move(module));
}
template <typename M, typename R, typename C, typename... Args>
auto make_any(std::shared_ptr<M>&& module, R (C::*)(Args...) const) {
  return std::make_shared<AnyModuleHolder<M, R, Args...>>(std::move(module));
}

/// A forward that is overloaded or a template is called with one tensor.
template <typename M>
std::shared_ptr<AnyModuleBase> make_any(std::shared_ptr<M> module) {
  static_assert(is_module<M>, "AnyModule holds classes derived from Module");
  check(module != nullptr, "[AnyModule] the module is null");
  if constexpr (requires { &M::forward; }) {
    return make_any(std::move(module), &M::forward);
  } else {
    using R = decltype(module->forward(std::declval<const Tensor&>()));
    return std::make_shared<AnyModuleHolder<M, R, Tensor>>(std::move(module));
  }
}

}  // namespace detail

/// A module of any type with a forward of any signature. Copies share the
/// module. Everything but is_empty() and assignment throws on an empty one.
class TAPER_API AnyModule {
 public:
  AnyModule() = default;
  template <typename M>
  explicit AnyModule(std::shared_ptr<M> module)
      : content_(detail::make_any(std::move(module))) {}
  template <typename M, typename = detail::enable_if_module_t<M>>
  explicit AnyModule(M&& module)
      : AnyModule(std::make_shared<std::decay_t<M>>(std::forward<M>(module))) {}
  template <typename M>
  explicit AnyModule(const ModuleHolder<M>& module) : AnyModule(module.ptr()) {}
  template <detail::PlainFunction F>
  explicit AnyModule(const F&) {
    static_assert(!detail::PlainFunction<F>,
                  "Sequential and AnyModule hold modules: wrap a function in "
                  "nn::Functional, as in Sequential(Functional(f))");
  }
  template <typename M>
  AnyModule& operator=(std::shared_ptr<M> module) {
    return *this = AnyModule(std::move(module));
  }

  /// An AnyModule around a deep copy.
  AnyModule clone(std::optional<Device> device = std::nullopt) const;

  /// Calls forward with exactly the types that it declares (decayed), and
  /// throws TypeError when they differ.
  template <typename... Args>
  AnyValue any_forward(Args&&... args) {
    // One more, because an array cannot be empty.
    AnyValue values[] = {as_value(std::forward<Args>(args))..., AnyValue(0)};
    return content().forward(values, sizeof...(Args));
  }
  template <typename R = Tensor, typename... Args>
  R forward(Args&&... args) {
    if constexpr (std::is_same_v<R, Tensor> && sizeof...(Args) == 1) {
      if constexpr ((std::is_same_v<std::decay_t<Args>, Tensor> && ...)) {
        if (content().takes_tensor) return content_->forward_tensor(args...);
      }
    }
    return any_forward(std::forward<Args>(args)...).template get<R>();
  }
  bool takes_tensor() const { return content().takes_tensor; }

  /// The module as T, which has to be its very type.
  template <typename T, typename = detail::enable_if_module_t<T>>
  T& get() {
    check_type(typeid(T));
    return static_cast<T&>(*content_->ptr());
  }
  template <typename T, typename = detail::enable_if_module_t<T>>
  const T& get() const {
    return const_cast<AnyModule*>(this)->get<T>();
  }
  template <typename T, typename C = typename T::ContainedType>
  T get() const {
    return T(ptr<C>());
  }
  std::shared_ptr<Module> ptr() const { return content().ptr(); }
  template <typename T, typename = detail::enable_if_module_t<T>>
  std::shared_ptr<T> ptr() const {
    check_type(typeid(T));
    return std::static_pointer_cast<T>(content_->ptr());
  }
  const std::type_info& type_info() const { return content().type; }
  bool is_empty() const noexcept { return content_ == nullptr; }

 private:
  friend class SequentialImpl;

  template <typename T>
  static AnyValue as_value(T&& value) {
    if constexpr (std::is_same_v<std::decay_t<T>, AnyValue>) {
      return std::forward<T>(value);
    } else {
      return AnyValue(std::forward<T>(value));
    }
  }
  detail::AnyModuleBase& content() const {
    check(content_ != nullptr, "[AnyModule] it is empty");
    return *content_;
  }
  void check_type(const std::type_info& expected) const;

  std::shared_ptr<detail::AnyModuleBase> content_;
};

/// A name and a module: {"fc1", Linear(3, 4)}.
class NamedAnyModule {
 public:
  template <typename M>
  requires std::is_constructible_v<AnyModule, M> NamedAnyModule(
      std::string name, M&& module)
      : name_(std::move(name)), module_(std::forward<M>(module)) {}

  const std::string& name() const noexcept { return name_; }
  AnyModule& module() noexcept { return module_; }
  const AnyModule& module() const noexcept { return module_; }

 private:
  std::string name_;
  AnyModule module_;
};

}  // namespace taper::nn
