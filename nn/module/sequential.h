// Sequential: modules called one after the other. Functional: a function as a
// module, for use inside it.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/nn/module/any_module.h"
#include "taper/nn/module/module_list.h"

namespace taper::nn {

/// forward(x) = last(...second(first(x))). The first module may take several
/// arguments and any of them may pass on any type; a module is found by its
/// position, and in named_parameters() by its name, which is the position
/// unless one is given: Sequential({{"fc", Linear(3, 4)}, {"act", ReLU()}}).
class TAPER_API SequentialImpl
    : public detail::ModuleRow<SequentialImpl, AnyModule> {
 public:
  SequentialImpl() = default;
  template <typename... Modules>
  explicit SequentialImpl(Modules&&... modules) {
    (push_back(std::forward<Modules>(modules)), ...);
  }
  explicit SequentialImpl(OrderedDict<std::string, AnyModule>&& modules);
  explicit SequentialImpl(std::initializer_list<NamedAnyModule> modules);

  std::shared_ptr<Module> clone(
      const std::optional<Device>& device = std::nullopt) const override;

  /// Throws when empty, and when the last module does not return an R.
  template <typename R = Tensor, typename... Inputs>
  R forward(Inputs&&... inputs) {
    constexpr bool one_tensor =
        sizeof...(Inputs) == 1 &&
        (std::is_same_v<std::decay_t<Inputs>, Tensor> && ...);
    if constexpr (one_tensor && std::is_same_v<R, Tensor>) {
      return forward_tensor(inputs...);
    } else {
      // One more, because an array cannot be empty.
      AnyValue values[] = {AnyValue(std::forward<Inputs>(inputs))...,
                           AnyValue(0)};
      return forward_any(0, values, sizeof...(Inputs)).template get<R>();
    }
  }

  /// Appends a module by holder, shared_ptr, value or AnyModule, under its
  /// position or the given name, which has to be new.
  void push_back(std::string name, AnyModule module);
  void push_back(AnyModule module) {
    push_back(std::to_string(size()), std::move(module));
  }
  template <typename M>
  requires std::is_constructible_v<AnyModule, M>
  void push_back(std::string name, M&& module) {
    push_back(std::move(name), AnyModule(std::forward<M>(module)));
  }
  template <typename M>
  requires std::is_constructible_v<AnyModule, M>
  void push_back(M&& module) { push_back(AnyModule(std::forward<M>(module))); }

  std::shared_ptr<Module> ptr(size_t index) const {
    return checked(index).ptr();
  }
  template <typename T>
  std::shared_ptr<T> ptr(size_t index) const {
    return checked(index).template ptr<T>();
  }

 private:
  AnyModule& checked(size_t index) const {
    check<IndexError>(index < size(),
                      "[Sequential] index {} is out of range of {} modules",
                      index, size());
    return const_cast<AnyModule&>(modules_[index]);
  }
  Tensor forward_tensor(const Tensor& input);
  AnyValue forward_any(size_t first, AnyValue* inputs, size_t count);
};

class Sequential : public ModuleHolder<SequentialImpl> {
 public:
  using ModuleHolder<SequentialImpl>::ModuleHolder;
  using Impl [[maybe_unused]] = SequentialImpl;
  Sequential() = default;
  TAPER_API Sequential(std::initializer_list<NamedAnyModule> modules);
};

/// forward(x) = function(x, arguments...). It is not saved.
class TAPER_API FunctionalImpl : public Layer<FunctionalImpl> {
 public:
  template <typename F, typename... Args,
            typename = std::enable_if_t<std::is_invocable_v<
                std::decay_t<F>&, Tensor, std::decay_t<Args>&...>>>
  explicit FunctionalImpl(F&& function, Args&&... args) {
    function_ = [f = std::forward<F>(function),
                 ... a = std::forward<Args>(args)](Tensor x) mutable {
      return Tensor(f(std::move(x), a...));
    };
  }

  Tensor forward(Tensor input) { return function_(std::move(input)); }
  Tensor operator()(Tensor input) { return forward(std::move(input)); }
  bool is_serializable() const override { return false; }

 private:
  taper::detail::Closure<Tensor(Tensor)> function_;
};
using Functional = ModuleHolder<FunctionalImpl>;

}  // namespace taper::nn
