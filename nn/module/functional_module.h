// Functional: a function as a module, for use inside Sequential.
#pragma once

#include <type_traits>
#include <utility>

#include "taper/nn/module/layer.h"
#include "taper/nn/module/module.h"
#include "taper/tensor/closure.h"

namespace taper::nn {

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
