// The activation layers: what they print, check and call.
#include "taper/nn/layers/activation.h"

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
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

Tensor ReLUImpl::forward(const Tensor& input) {
  return functional::relu(input, options);
}

Tensor ReLU6Impl::forward(const Tensor& input) {
  return functional::relu6(input, options);
}

void HardtanhImpl::reset() {
  check<ValueError>(options.min_val() < options.max_val(),
                    "[Hardtanh] min_val {} must be below max_val {}",
                    options.min_val(), options.max_val());
}

Tensor HardtanhImpl::forward(const Tensor& input) {
  return functional::hardtanh(input, options);
}

Tensor LeakyReLUImpl::forward(const Tensor& input) {
  return functional::leaky_relu(input, options);
}

Tensor ELUImpl::forward(const Tensor& input) {
  return functional::elu(input, options);
}

void CELUImpl::reset() {
  check<ValueError>(options.alpha() != 0, "[CELU] alpha must not be 0");
}

Tensor CELUImpl::forward(const Tensor& input) {
  return functional::celu(input, options);
}

Tensor SELUImpl::forward(const Tensor& input) {
  return functional::selu(input, options);
}

void PReLUImpl::reset() {
  check_positive("PReLU", "num_parameters", options.num_parameters());
  weight = register_parameter("weight",
                              full(options.num_parameters(), options.init()));
}

Tensor PReLUImpl::forward(const Tensor& input) {
  return functional::prelu(input, weight);
}

Tensor ThresholdImpl::forward(const Tensor& input) {
  return functional::threshold(input, options);
}

Tensor GELUImpl::forward(const Tensor& input) {
  return functional::gelu(input, options);
}

Tensor SiLUImpl::forward(const Tensor& input) {
  return functional::silu(input);
}

Tensor MishImpl::forward(const Tensor& input) {
  return functional::mish(input);
}

Tensor HardswishImpl::forward(const Tensor& input) {
  return functional::hardswish(input, options);
}

Tensor SigmoidImpl::forward(const Tensor& input) {
  return input.sigmoid();
}

Tensor LogSigmoidImpl::forward(const Tensor& input) {
  return functional::logsigmoid(input);
}

Tensor TanhImpl::forward(const Tensor& input) {
  return input.tanh();
}

Tensor TanhshrinkImpl::forward(const Tensor& input) {
  return functional::tanhshrink(input);
}

Tensor SoftplusImpl::forward(const Tensor& input) {
  return functional::softplus(input, options);
}

Tensor SoftsignImpl::forward(const Tensor& input) {
  return functional::softsign(input);
}

Tensor HardshrinkImpl::forward(const Tensor& input) {
  return functional::hardshrink(input, options);
}

void SoftshrinkImpl::reset() {
  check<ValueError>(options.lambda() >= 0,
                    "[Softshrink] lambda must not be negative, got {}",
                    options.lambda());
}

Tensor SoftshrinkImpl::forward(const Tensor& input) {
  return functional::softshrink(input, options);
}

Tensor GLUImpl::forward(const Tensor& input) {
  return functional::glu(input, options);
}

Tensor SoftmaxImpl::forward(const Tensor& input) {
  return functional::softmax(input, options.dim());
}

Tensor Softmax2dImpl::forward(const Tensor& input) {
  check(input.dim() == 3 || input.dim() == 4,
        "[Softmax2d] expected an input (N, C, H, W) or (C, H, W), got shape {}",
        input.sizes());
  return input.softmax(-3);
}

Tensor SoftminImpl::forward(const Tensor& input) {
  return functional::softmin(input, options.dim());
}

Tensor LogSoftmaxImpl::forward(const Tensor& input) {
  return functional::log_softmax(input, options.dim());
}

template struct detail::DefineLayers<
    ReLUImpl, ReLU6Impl, HardtanhImpl, LeakyReLUImpl, ELUImpl, CELUImpl,
    SELUImpl, PReLUImpl, ThresholdImpl, GELUImpl, SiLUImpl, MishImpl,
    HardswishImpl, SigmoidImpl, LogSigmoidImpl, TanhImpl, TanhshrinkImpl,
    SoftplusImpl, SoftsignImpl, HardshrinkImpl, SoftshrinkImpl, GLUImpl,
    SoftmaxImpl, Softmax2dImpl, SoftminImpl, LogSoftmaxImpl>;

}  // namespace taper::nn
