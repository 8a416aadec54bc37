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

namespace {

/// The function that each layer applies.
struct Function {
  static auto of(const ReLUImpl&) { return functional::relu; }
  static auto of(const ReLU6Impl&) { return functional::relu6; }
  static auto of(const HardtanhImpl&) { return functional::hardtanh; }
  static auto of(const LeakyReLUImpl&) { return functional::leaky_relu; }
  static auto of(const ELUImpl&) { return functional::elu; }
  static auto of(const CELUImpl&) { return functional::celu; }
  static auto of(const SELUImpl&) { return functional::selu; }
  static auto of(const ThresholdImpl&) { return functional::threshold; }
  static auto of(const GELUImpl&) { return functional::gelu; }
  static auto of(const SiLUImpl&) { return functional::silu; }
  static auto of(const MishImpl&) { return functional::mish; }
  static auto of(const HardswishImpl&) { return functional::hardswish; }
  static auto of(const LogSigmoidImpl&) { return functional::logsigmoid; }
  static auto of(const TanhshrinkImpl&) { return functional::tanhshrink; }
  static auto of(const SoftplusImpl&) { return functional::softplus; }
  static auto of(const SoftsignImpl&) { return functional::softsign; }
  static auto of(const HardshrinkImpl&) { return functional::hardshrink; }
  static auto of(const SoftshrinkImpl&) { return functional::softshrink; }
  static auto of(const GLUImpl&) { return functional::glu; }
  static auto of(const SoftmaxImpl&) { return functional::softmax; }
  static auto of(const SoftminImpl&) { return functional::softmin; }
  static auto of(const LogSoftmaxImpl&) { return functional::log_softmax; }
};

}  // namespace

template <typename Derived, typename Options>
Tensor UnaryLayer<Derived, Options>::forward(const Tensor& input) {
  const auto function = Function::of(static_cast<const Derived&>(*this));
  if constexpr (std::is_same_v<Options, NoOptions>) {
    return function(input);
  } else {
    return function(input, this->options);
  }
}

void HardtanhImpl::reset() {
  check<ValueError>(options.min_val() < options.max_val(),
                    "[Hardtanh] min_val {} must be below max_val {}",
                    options.min_val(), options.max_val());
}

void CELUImpl::reset() {
  check<ValueError>(options.alpha() != 0, "[CELU] alpha must not be 0");
}

void PReLUImpl::reset() {
  check_positive("PReLU", "num_parameters", options.num_parameters());
  weight = register_parameter("weight",
                              full(options.num_parameters(), options.init()));
}

Tensor PReLUImpl::forward(const Tensor& input) {
  return functional::prelu(input, weight);
}

void SoftshrinkImpl::reset() {
  check<ValueError>(options.lambda() >= 0,
                    "[Softshrink] lambda must not be negative, got {}",
                    options.lambda());
}

Tensor Softmax2dImpl::forward(const Tensor& input) {
  check(input.dim() == 3 || input.dim() == 4,
        "[Softmax2d] expected an input (N, C, H, W) or (C, H, W), got shape {}",
        input.sizes());
  return input.softmax(-3);
}

template struct detail::DefineLayers<
    ReLUImpl, ReLU6Impl, HardtanhImpl, LeakyReLUImpl, ELUImpl, CELUImpl,
    SELUImpl, PReLUImpl, ThresholdImpl, GELUImpl, SiLUImpl, MishImpl,
    HardswishImpl, SigmoidImpl, LogSigmoidImpl, TanhImpl, TanhshrinkImpl,
    SoftplusImpl, SoftsignImpl, HardshrinkImpl, SoftshrinkImpl, GLUImpl,
    SoftmaxImpl, Softmax2dImpl, SoftminImpl, LogSoftmaxImpl>;

}  // namespace taper::nn
