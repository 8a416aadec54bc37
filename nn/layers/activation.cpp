// Activation and dropout layers: what they print, check and call.
#include "taper/nn/layers/activation.h"

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print, const InplaceOptions& options) {
  print.flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print, const DimOptions& options) {
  print("dim", options.dim());
}

static void print_options(OptionPrinter& print, const GLUOptions& options) {
  print("dim", options.dim());
}

static void print_options(OptionPrinter& print, const ShrinkOptions& options) {
  print(options.lambda());
}

static void print_options(OptionPrinter& print, const AlphaOptions& options) {
  print("alpha", options.alpha()).flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print,
                          const HardtanhOptions& options) {
  print("min_val", options.min_val())("max_val", options.max_val());
  print.flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print,
                          const LeakyReLUOptions& options) {
  print("negative_slope", options.negative_slope());
  print.flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print, const PReLUOptions& options) {
  print("num_parameters", options.num_parameters());
}

static void print_options(OptionPrinter& print,
                          const SoftplusOptions& options) {
  print("beta", options.beta())("threshold", options.threshold());
}

static void print_options(OptionPrinter& print,
                          const ThresholdOptions& options) {
  print("threshold", options.threshold())("value", options.value());
  print.flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print, const RReLUOptions& options) {
  print("lower", options.lower())("upper", options.upper());
  print.flag("inplace", options.inplace());
}

static void print_options(OptionPrinter& print, const DropoutOptions& options) {
  print("p", options.p())("inplace", options.inplace());
}

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
  return functional::rrelu(input, functional::RReLUFuncOptions()
                                      .lower(options.lower())
                                      .upper(options.upper())
                                      .training(is_training())
                                      .inplace(options.inplace()));
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
