// Closure: a function of any kind whose copies share it.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace taper::detail {

/// A copyable reference to a function, or to nothing.
template <typename Signature>
class Closure;
template <typename R, typename... Args>
class Closure<R(Args...)> {
 public:
  Closure() = default;
  Closure(std::nullptr_t) {}
  template <typename F,
            typename = std::enable_if_t<
                !std::is_same_v<std::decay_t<F>, Closure> &&
                std::is_invocable_r_v<R, std::decay_t<F>&, Args...>>>
  Closure(F&& function)
      : function_(std::make_shared<std::decay_t<F>>(std::forward<F>(function))),
        call_([](void* f, Args... args) -> R {
          return (*static_cast<std::decay_t<F>*>(f))(
              std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const {
    return call_(function_.get(), std::forward<Args>(args)...);
  }
  explicit operator bool() const { return function_ != nullptr; }
  bool operator==(std::nullptr_t) const { return function_ == nullptr; }

 private:
  std::shared_ptr<void> function_;
  R (*call_)(void*, Args...) = nullptr;
};

}  // namespace taper::detail
