// Activations as functions.
#include "taper/nn/functional/activation.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional/call.h"

namespace taper::nn::functional {
namespace {

// What an operation takes behind its tensors, in its order --------------------

auto arguments(const InplaceOptions&) { return std::tuple(); }
auto arguments(const AlphaOptions& options) {
  return std::tuple(options.alpha());
}
auto arguments(const HardtanhOptions& options) {
  return std::tuple(options.min_val(), options.max_val());
}
auto arguments(const LeakyReLUOptions& options) {
  return std::tuple(options.negative_slope());
}
auto arguments(const ThresholdOptions& options) {
  return std::tuple(options.threshold(), options.value());
}
auto arguments(const GELUOptions& options) {
  return std::tuple(options.approximate());
}
auto arguments(const SoftplusOptions& options) {
  return std::tuple(options.beta(), options.threshold());
}
auto arguments(const ShrinkOptions& options) {
  return std::tuple(options.lambda());
}
auto arguments(const GLUOptions& options) { return std::tuple(options.dim()); }

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
Tensor rrelu(const Tensor& input, const RReLUFuncOptions& options) {
  Tensor x = input;
  return options.inplace()
             ? rrelu_(x, options.lower(), options.upper(), options.training())
             : taper::rrelu(x, options.lower(), options.upper(),
                            options.training());
}
Tensor threshold(const Tensor& input, const ThresholdFuncOptions& options) {
  return activate(TAPER_OPERATION(threshold), options, input);
}
Tensor logsigmoid(const Tensor& input) { return log_sigmoid(input); }
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return taper::softmax(input, options.dim(), options.dtype());
}
Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return taper::softmin(input, options.dim(), options.dtype());
}
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options) {
  return taper::log_softmax(input, options.dim(), options.dtype());
}
Tensor gumbel_softmax(const Tensor& logits,
                      const GumbelSoftmaxFuncOptions& options) {
  return taper::gumbel_softmax(logits, options.tau(), options.hard(),
                               options.dim());
}

}  // namespace taper::nn::functional
