// Functional: a function as a module, for use inside Sequential.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "taper/nn/module/layer.h"
#include "taper/nn/module/module.h"

namespace taper::nn {

/// forward(x) = function(x, arguments...). It is not saved.
class TAPER_API FunctionalImpl : public Layer<FunctionalImpl> {
 public:
  template <typename F, typename... Args,
            typename = std::enable_if_t<std::is_invocable_v<
                std::decay_t<F>&, Tensor, std::decay_t<Args>&...>>>
  explicit FunctionalImpl(F&& function, Args&&... args) {
    auto bound = [f = std::forward<F>(function),
                  ... a = std::forward<Args>(args)](Tensor x) mutable {
      return Tensor(f(std::move(x), a...));
    };
    function_ = std::make_shared<Bound<decltype(bound)>>(std::move(bound));
  }

  Tensor forward(Tensor input) { return function_->call(std::move(input)); }
  Tensor operator()(Tensor input) { return forward(std::move(input)); }
  bool is_serializable() const override { return false; }

 private:
  struct Function {
    virtual ~Function() = default;
    virtual Tensor call(Tensor input) = 0;
  };
  template <typename F>
  struct Bound final : Function {
    explicit Bound(F&& bound) : function(std::move(bound)) {}
    Tensor call(Tensor input) override { return function(std::move(input)); }
    F function;
  };

  std::shared_ptr<Function> function_;
};
using Functional = ModuleHolder<FunctionalImpl>;

}  // namespace taper::nn
