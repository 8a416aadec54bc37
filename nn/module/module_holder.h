// ModuleHolder: a module by shared pointer with value syntax, so that Linear
// stands for shared_ptr<LinearImpl>. The library writes using Linear =
// ModuleHolder<LinearImpl>, which programs pay for where they use it;
// TAPER_MODULE declares a class.
#pragma once

#include <iosfwd>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "taper/tensor/export.h"
#include "taper/tensor/profiler.h"

namespace taper {
namespace serialize {
class InputArchive;
class OutputArchive;
}  // namespace serialize

namespace nn {

class Module;

namespace detail {

struct ModuleHolderIndicator {};

template <typename T>
inline constexpr bool is_module_holder =
    std::is_base_of_v<ModuleHolderIndicator, std::decay_t<T>>;

/// Whether T is a ModuleHolder of C (or of a class derived from it).
template <typename T, typename C, bool = is_module_holder<T>>
inline constexpr bool is_module_holder_of = false;
template <typename T, typename C>
inline constexpr bool is_module_holder_of<T, C, true> =
    std::is_same_v<typename std::decay_t<T>::ContainedType, C>;

template <typename T>
inline constexpr bool is_module = std::is_base_of_v<Module, std::decay_t<T>>;

template <typename T>
using enable_if_module_t = std::enable_if_t<is_module<T>>;

[[noreturn]] TAPER_API void fail_empty_holder(const std::type_info& module);

/// A module that is given by holder, shared_ptr or value, as a shared_ptr.
template <typename M>
auto shared_module(M&& module) {
  if constexpr (is_module_holder<M>) {
    return module.ptr();
  } else if constexpr (is_module<M>) {
    return std::make_shared<std::decay_t<M>>(std::forward<M>(module));
  } else {
    return std::forward<M>(module);
  }
}

}  // namespace detail

/// Owns a module together with all copies of the holder. Constructed with the
/// arguments of the module's constructor; `= nullptr` makes an empty holder,
/// on which everything but is_empty() and assignment throws.
template <typename Contained>
class ModuleHolder : nn::detail::ModuleHolderIndicator {
 protected:
  std::shared_ptr<Contained> impl_;

 public:
  using ContainedType = Contained;
  using Impl = Contained;

  ModuleHolder() : impl_(default_construct()) {}
  ModuleHolder(std::nullptr_t) {}
  ModuleHolder(std::shared_ptr<Contained> module) : impl_(std::move(module)) {}
  template <typename Head, typename... Tail,
            typename = std::enable_if_t<
                !(nn::detail::is_module_holder_of<Head, Contained> &&
                  sizeof...(Tail) == 0)>>
  explicit ModuleHolder(Head&& head, Tail&&... tail)
      : impl_(std::make_shared<Contained>(std::forward<Head>(head),
                                          std::forward<Tail>(tail)...)) {}

  explicit operator bool() const noexcept { return !is_empty(); }
  bool is_empty() const noexcept { return impl_ == nullptr; }

  Contained* operator->() { return get(); }
  const Contained* operator->() const { return get(); }
  Contained& operator*() { return *get(); }
  const Contained& operator*() const { return *get(); }
  const std::shared_ptr<Contained>& ptr() const {
    require();
    return impl_;
  }
  Contained* get() {
    require();
    return impl_.get();
  }
  const Contained* get() const {
    require();
    return impl_.get();
  }

  /// Calls the module's forward.
  template <typename... Args>
  decltype(auto) operator()(Args&&... args) {
    require();
    const profiler::Scope scope(profiler::Kind::kModule,
                                [this] { return impl_->name(); });
    return impl_->forward(std::forward<Args>(args)...);
  }
  template <typename Arg>
  decltype(auto) operator[](Arg&& arg) {
    require();
    return (*impl_)[std::forward<Arg>(arg)];
  }

 private:
  template <typename T = Contained>
  static std::shared_ptr<Contained> default_construct() {
    static_assert(std::is_default_constructible_v<T>,
                  "this module has no default constructor; write "
                  "`Name module = nullptr;` for an empty holder");
    return std::make_shared<T>();
  }
  void require() const {
    if (impl_ == nullptr) [[unlikely]] {
      nn::detail::fail_empty_holder(typeid(Contained));
    }
  }
};

/// Prints the module as LibTorch does.
template <typename ModuleType>
std::ostream& operator<<(std::ostream& stream,
                         const ModuleHolder<ModuleType>& module) {
  return stream << *module;
}
template <typename ModuleType>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive,
                                     const ModuleHolder<ModuleType>& module) {
  return archive << module.ptr();
}
template <typename ModuleType>
serialize::InputArchive& operator>>(serialize::InputArchive& archive,
                                    ModuleHolder<ModuleType>& module) {
  return archive >> module.ptr();
}

}  // namespace nn
}  // namespace taper

/// Declares `Name`, the holder of the module class `ImplType`.
#define TAPER_MODULE_IMPL(Name, ImplType)                    \
  class Name : public ::taper::nn::ModuleHolder<ImplType> {  \
   public:                                                   \
    using ::taper::nn::ModuleHolder<ImplType>::ModuleHolder; \
    using Impl [[maybe_unused]] = ImplType;                  \
  }

/// Declares `Name`, the holder of the module class `Name`Impl.
#define TAPER_MODULE(Name) TAPER_MODULE_IMPL(Name, Name##Impl)

// LibTorch's spellings, so that its programs compile unchanged.
#ifndef TORCH_MODULE
#define TORCH_MODULE(Name) TAPER_MODULE(Name)
#define TORCH_MODULE_IMPL(Name, ImplType) TAPER_MODULE_IMPL(Name, ImplType)
#endif
