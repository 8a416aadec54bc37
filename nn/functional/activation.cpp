// Activations as functions.
#include "taper/nn/functional/activation.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional/call.h"

namespace taper::nn::functional {
namespace {

// What an operation takes behind its tensors, in its order --------------------

auto arguments(const InplaceOptions&) { return std::tuple(); }
auto arguments(const AlphaOptions& o) { return std::tuple(o.alpha()); }
auto arguments(const HardtanhOptions& o) {
  return std::tuple(o.min_val(), o.max_val());
}
auto arguments(const LeakyReLUOptions& o) {
  return std::tuple(o.negative_slope());
}
auto arguments(const ThresholdOptions& o) {
  return std::tuple(o.threshold(), o.value());
}
auto arguments(const GELUOptions& o) { return std::tuple(o.approximate()); }
auto arguments(const SoftplusOptions& o) {
  return std::tuple(o.beta(), o.threshold());
}
auto arguments(const ShrinkOptions& o) { return std::tuple(o.lambda()); }
auto arguments(const GLUOptions& o) { return std::tuple(o.dim()); }

/// operation(x, what the options say), written over x if the options say so.
template <typename F, typename Options>
Tensor activate(const F& operation, const Options& options, const Tensor& x) {
  if constexpr (requires { options.inplace(); }) {
    // The copy is what the backward keeps, since the elements of x change.
    if (options.inplace())
      return x.copy_(call(operation, arguments(options), x.clone()));
  }
  return call(operation, arguments(options), x);
}

}  // namespace

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_ACTIVATION(Name, f, OptionsType)                      \
  Tensor f(const Tensor& input, const Name##FuncOptions& options) { \
    return activate(TAPER_OPERATION(f), options, input);            \
  }
#include "taper/nn/layers.inc"

// The others ------------------------------------------------------------------

Tensor relu(const Tensor& input, const ReLUFuncOptions& options) {
  return options.inplace() ? input.relu_() : input.relu();
}
Tensor rrelu(const Tensor& input, const RReLUFuncOptions& o) {
  Tensor x = input;
  return o.inplace() ? rrelu_(x, o.lower(), o.upper(), o.training())
                     : taper::rrelu(x, o.lower(), o.upper(), o.training());
}
Tensor threshold(const Tensor& input, const ThresholdFuncOptions& options) {
  return activate(TAPER_OPERATION(threshold), options, input);
}
Tensor logsigmoid(const Tensor& input) { return log_sigmoid(input); }
Tensor softmax(const Tensor& input, const DimFuncOptions& o) {
  return taper::softmax(input, o.dim(), o.dtype());
}
Tensor softmin(const Tensor& input, const DimFuncOptions& o) {
  return taper::softmin(input, o.dim(), o.dtype());
}
Tensor log_softmax(const Tensor& input, const DimFuncOptions& o) {
  return taper::log_softmax(input, o.dim(), o.dtype());
}
Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmaxFuncOptions& o) {
  return taper::gumbel_softmax(logits, o.tau(), o.hard(), o.dim());
}

}  // namespace taper::nn::functional
