// Activation and dropout layers: what they print, check and call.
#include "taper/nn/layers/activation.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

TAPER_SHOW(InplaceOptions, .flag("inplace", o.inplace()))
TAPER_SHOW(DimOptions, ("dim", o.dim()))
TAPER_SHOW(GLUOptions, ("dim", o.dim()))
TAPER_SHOW(ShrinkOptions, (o.lambda()))
TAPER_SHOW(AlphaOptions, ("alpha", o.alpha()).flag("inplace", o.inplace()))
TAPER_SHOW(HardtanhOptions, ("min_val", o.min_val())("max_val", o.max_val())
                                .flag("inplace", o.inplace()))
TAPER_SHOW(LeakyReLUOptions,
           ("negative_slope", o.negative_slope()).flag("inplace", o.inplace()))
TAPER_SHOW(PReLUOptions, ("num_parameters", o.num_parameters()))
TAPER_SHOW(SoftplusOptions, ("beta", o.beta())("threshold", o.threshold()))
TAPER_SHOW(ThresholdOptions, ("threshold", o.threshold())("value", o.value())
                                 .flag("inplace", o.inplace()))
TAPER_SHOW(RReLUOptions, ("lower", o.lower())("upper", o.upper())
                             .flag("inplace", o.inplace()))
TAPER_SHOW(DropoutOptions, ("p", o.p())("inplace", o.inplace()))

template <>
void check_options<HardtanhImpl>(const HardtanhOptions& options) {
  check<ValueError>(options.min_val() < options.max_val(),
                    "[Hardtanh] min_val {} must be below max_val {}",
                    options.min_val(), options.max_val());
}

template <>
void check_options<CELUImpl>(const CELUOptions& options) {
  check<ValueError>(options.alpha() != 0, "[CELU] alpha must not be 0");
}

template <>
void check_options<SoftshrinkImpl>(const SoftshrinkOptions& options) {
  check<ValueError>(options.lambda() >= 0,
                    "[Softshrink] lambda must not be negative, got {}",
                    options.lambda());
}

void PReLUImpl::reset() {
  check_size("PReLU", "num_parameters", options.num_parameters());
  weight = register_parameter("weight",
                              full(options.num_parameters(), options.init()));
}

Tensor PReLUImpl::forward(const Tensor& input) {
  return functional::prelu(input, weight);
}

Tensor RReLUImpl::forward(const Tensor& input) {
  const double lower = options.lower(), upper = options.upper();
  Tensor x = input;
  return options.inplace() ? rrelu_(x, lower, upper, is_training())
                           : rrelu(x, lower, upper, is_training());
}

Tensor ThresholdImpl::forward(const Tensor& input) {
  return functional::threshold(input, options);
}

Tensor Softmax2dImpl::forward(const Tensor& input) {
  check(input.dim() == 3 || input.dim() == 4,
        "[Softmax2d] expected an input (N, C, H, W) or (C, H, W), got shape {}",
        input.sizes());
  return input.softmax(-3);
}

#define TAPER_ACTIVATION TAPER_ACTIVATION_LAYER
#define TAPER_ACTIVATION_LAYER(Name, f, OptionsType) \
  Tensor Name##Impl::forward(const Tensor& input) {  \
    return functional::f(input, options);            \
  }                                                  \
  template class Layer<Name##Impl, Name##Options>;
#define TAPER_PLAIN_ACTIVATION(Name, f)                                       \
  Tensor Name##Impl::forward(const Tensor& input) { return taper::f(input); } \
  template class Layer<Name##Impl>;
#define TAPER_DROPOUT(Name, f, FuncOptions)                         \
  template <>                                                       \
  void check_options<Name##Impl>(const DropoutOptions& options) {   \
    check_probability("Dropout", options.p());                      \
  }                                                                 \
  Tensor Name##Impl::forward(const Tensor& input) {                 \
    return functional::detail::f(input, options.p(), is_training(), \
                                 options.inplace());                \
  }                                                                 \
  template class Layer<Name##Impl, Name##Options>;
#include "taper/nn/layers.inc"

template class Layer<PReLUImpl, PReLUOptions>;
template class Layer<RReLUImpl, RReLUOptions>;
template class Layer<ThresholdImpl, ThresholdOptions>;
template class Layer<Softmax2dImpl>;

}  // namespace taper::nn
