// Checks of a backward against central differences, in float64.
#pragma once

#include <type_traits>
#include <utility>

#include "taper/autograd/engine.h"

namespace taper {
namespace autograd {

struct GradcheckOptions {
  /// Half the distance between the two points of a difference.
  double eps = 1e-6;
  /// |analytical - numerical| <= atol + rtol * |numerical| must hold.
  double atol = 1e-5;
  double rtol = 1e-3;
  /// Throw a taper::Error that says where they differ, or return false.
  bool raise_exception = true;
};

/// A function of tensors, as the checks call it.
struct DifferentiableFunction {
  virtual ~DifferentiableFunction() = default;
  virtual variable_list operator()(const variable_list& inputs) const = 0;
};

/// See the templates below.
TAPER_API bool run_gradcheck(const DifferentiableFunction& function,
                             const variable_list& inputs,
                             const GradcheckOptions& options);
TAPER_API bool run_gradgradcheck(const DifferentiableFunction& function,
                                 const variable_list& inputs,
                                 const variable_list& grad_outputs,
                                 const GradcheckOptions& options);

namespace detail {

template <class F>
struct DifferentiableFunctionOf final : DifferentiableFunction {
  explicit DifferentiableFunctionOf(const F& f) : function(f) {}
  variable_list operator()(const variable_list& inputs) const override {
    if constexpr (std::is_same_v<std::decay_t<decltype(function(inputs))>,
                                 Tensor>) {
      return {function(inputs)};
    } else {
      return function(inputs);
    }
  }
  const F& function;
};

}  // namespace detail

/// Compares the gradients of function(inputs), which returns a Tensor or a
/// variable_list, with central differences (f(x + eps) - f(x - eps)) / (2 eps)
/// for every element of every input that requires grad. Also checks that the
/// backward gives the same gradients twice, that it is linear, that it does not
/// change its inputs and that a zero gradient gives zeros. Throws unless every
/// input that requires grad is a float64 leaf without overlapping elements, and
/// the outputs that require grad are float64.
template <class F>
bool gradcheck(const F& function, const variable_list& inputs,
               const GradcheckOptions& options = {}) {
  return run_gradcheck(detail::DifferentiableFunctionOf<F>(function), inputs,
                       options);
}

/// gradcheck of the backward: of the gradients as a function of the inputs and
/// of `grad_outputs` (fixed numbers in [-1, 1] unless given).
template <class F>
bool gradgradcheck(const F& function, const variable_list& inputs,
                   const variable_list& grad_outputs = {},
                   const GradcheckOptions& options = {}) {
  return run_gradgradcheck(detail::DifferentiableFunctionOf<F>(function),
                           inputs, grad_outputs, options);
}

}  // namespace autograd

using autograd::gradcheck;
using autograd::GradcheckOptions;
using autograd::gradgradcheck;

}  // namespace taper
