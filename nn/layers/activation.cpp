#include "taper/nn/layers/activation.h"

#include <ostream>
#include <utility>

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"

namespace taper {
namespace nn {

template class Cloneable<ReLUImpl>;
template class Cloneable<ReLU6Impl>;
template class Cloneable<HardtanhImpl>;
template class Cloneable<LeakyReLUImpl>;
template class Cloneable<ELUImpl>;
template class Cloneable<CELUImpl>;
template class Cloneable<SELUImpl>;
template class Cloneable<PReLUImpl>;
template class Cloneable<ThresholdImpl>;
template class Cloneable<GELUImpl>;
template class Cloneable<SiLUImpl>;
template class Cloneable<MishImpl>;
template class Cloneable<SigmoidImpl>;
template class Cloneable<LogSigmoidImpl>;
template class Cloneable<TanhImpl>;
template class Cloneable<TanhshrinkImpl>;
template class Cloneable<SoftplusImpl>;
template class Cloneable<SoftsignImpl>;
template class Cloneable<HardshrinkImpl>;
template class Cloneable<SoftshrinkImpl>;
template class Cloneable<GLUImpl>;
template class Cloneable<SoftmaxImpl>;
template class Cloneable<Softmax2dImpl>;
template class Cloneable<SoftminImpl>;
template class Cloneable<LogSoftmaxImpl>;

namespace {

// ", inplace=true" or nothing, behind other options.
const char* and_inplace(bool inplace) {
  return inplace ? ", inplace=true)" : ")";
}

}  // namespace

ReLUImpl::ReLUImpl(const ReLUOptions& options_) : options(options_) {}

void ReLUImpl::reset() {}

void ReLUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("ReLU")
         << (options.inplace() ? "(inplace=true)" : "()");
}

Tensor ReLUImpl::forward(const Tensor& input) {
  return functional::relu(input, options);
}

ReLU6Impl::ReLU6Impl(const ReLU6Options& options_) : options(options_) {}

void ReLU6Impl::reset() {}

void ReLU6Impl::pretty_print(std::ostream& stream) const {
  stream << module_text("ReLU6")
         << (options.inplace() ? "(inplace=true)" : "()");
}

Tensor ReLU6Impl::forward(const Tensor& input) {
  return functional::relu6(input, options);
}

HardtanhImpl::HardtanhImpl(const HardtanhOptions& options_)
    : options(options_) {
  HardtanhImpl::reset();
}

void HardtanhImpl::reset() {
  check<ValueError>(options.min_val() < options.max_val(),
                    "[Hardtanh] min_val {} must be below max_val {}",
                    options.min_val(), options.max_val());
}

void HardtanhImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Hardtanh") << "(min_val=" << options.min_val()
         << ", max_val=" << options.max_val() << and_inplace(options.inplace());
}

Tensor HardtanhImpl::forward(const Tensor& input) {
  return functional::hardtanh(input, options);
}

LeakyReLUImpl::LeakyReLUImpl(const LeakyReLUOptions& options_)
    : options(options_) {}

void LeakyReLUImpl::reset() {}

void LeakyReLUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("LeakyReLU")
         << "(negative_slope=" << options.negative_slope()
         << and_inplace(options.inplace());
}

Tensor LeakyReLUImpl::forward(const Tensor& input) {
  return functional::leaky_relu(input, options);
}

ELUImpl::ELUImpl(const ELUOptions& options_) : options(options_) {}

void ELUImpl::reset() {}

void ELUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("ELU") << "(alpha=" << options.alpha()
         << and_inplace(options.inplace());
}

Tensor ELUImpl::forward(const Tensor& input) {
  return functional::elu(input, options);
}

CELUImpl::CELUImpl(const CELUOptions& options_) : options(options_) {
  CELUImpl::reset();
}

void CELUImpl::reset() {
  check<ValueError>(options.alpha() != 0, "[CELU] alpha must not be 0");
}

void CELUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("CELU") << "(alpha=" << options.alpha()
         << and_inplace(options.inplace());
}

Tensor CELUImpl::forward(const Tensor& input) {
  return functional::celu(input, options);
}

SELUImpl::SELUImpl(const SELUOptions& options_) : options(options_) {}

void SELUImpl::reset() {}

void SELUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("SELU")
         << (options.inplace() ? "(inplace=true)" : "()");
}

Tensor SELUImpl::forward(const Tensor& input) {
  return functional::selu(input, options);
}

PReLUImpl::PReLUImpl(const PReLUOptions& options_) : options(options_) {
  PReLUImpl::reset();
}

void PReLUImpl::reset() {
  check_positive("PReLU", "num_parameters", options.num_parameters());
  weight = register_parameter("weight",
                              full(options.num_parameters(), options.init()));
}

void PReLUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("PReLU")
         << "(num_parameters=" << options.num_parameters() << ')';
}

Tensor PReLUImpl::forward(const Tensor& input) {
  return functional::prelu(input, weight);
}

ThresholdImpl::ThresholdImpl(const ThresholdOptions& options_)
    : options(options_) {}

void ThresholdImpl::reset() {}

void ThresholdImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Threshold") << "(threshold=" << options.threshold()
         << ", value=" << options.value() << and_inplace(options.inplace());
}

Tensor ThresholdImpl::forward(const Tensor& input) {
  return functional::threshold(input, options);
}

GELUImpl::GELUImpl(GELUOptions options_) : options(std::move(options_)) {}

void GELUImpl::reset() {}

void GELUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("GELU") << "()";
}

Tensor GELUImpl::forward(const Tensor& input) {
  return gelu(input, options.approximate());
}

void SiLUImpl::reset() {}

void SiLUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("SiLU") << "()";
}

Tensor SiLUImpl::forward(const Tensor& input) {
  return silu(input);
}

void MishImpl::reset() {}

void MishImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Mish") << "()";
}

Tensor MishImpl::forward(const Tensor& input) {
  return functional::mish(input);
}

void SigmoidImpl::reset() {}

void SigmoidImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Sigmoid") << "()";
}

Tensor SigmoidImpl::forward(const Tensor& input) {
  return input.sigmoid();
}

void LogSigmoidImpl::reset() {}

void LogSigmoidImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("LogSigmoid") << "()";
}

Tensor LogSigmoidImpl::forward(const Tensor& input) {
  return log_sigmoid(input);
}

void TanhImpl::reset() {}

void TanhImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Tanh") << "()";
}

Tensor TanhImpl::forward(const Tensor& input) {
  return input.tanh();
}

void TanhshrinkImpl::reset() {}

void TanhshrinkImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Tanhshrink") << "()";
}

Tensor TanhshrinkImpl::forward(const Tensor& input) {
  return functional::tanhshrink(input);
}

SoftplusImpl::SoftplusImpl(const SoftplusOptions& options_)
    : options(options_) {}

void SoftplusImpl::reset() {}

void SoftplusImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softplus") << "(beta=" << options.beta()
         << ", threshold=" << options.threshold() << ')';
}

Tensor SoftplusImpl::forward(const Tensor& input) {
  return functional::softplus(input, options);
}

void SoftsignImpl::reset() {}

void SoftsignImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softsign") << "()";
}

Tensor SoftsignImpl::forward(const Tensor& input) {
  return functional::softsign(input);
}

HardshrinkImpl::HardshrinkImpl(const HardshrinkOptions& options_)
    : options(options_) {}

void HardshrinkImpl::reset() {}

void HardshrinkImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Hardshrink") << '(' << options.lambda() << ')';
}

Tensor HardshrinkImpl::forward(const Tensor& input) {
  return functional::hardshrink(input, options);
}

SoftshrinkImpl::SoftshrinkImpl(const SoftshrinkOptions& options_)
    : options(options_) {
  SoftshrinkImpl::reset();
}

void SoftshrinkImpl::reset() {
  check<ValueError>(options.lambda() >= 0,
                    "[Softshrink] lambda must not be negative, got {}",
                    options.lambda());
}

void SoftshrinkImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softshrink") << '(' << options.lambda() << ')';
}

Tensor SoftshrinkImpl::forward(const Tensor& input) {
  return functional::softshrink(input, options);
}

GLUImpl::GLUImpl(const GLUOptions& options_) : options(options_) {}

void GLUImpl::reset() {}

void GLUImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("GLU") << "(dim=" << options.dim() << ')';
}

Tensor GLUImpl::forward(const Tensor& input) {
  return functional::glu(input, options);
}

SoftmaxImpl::SoftmaxImpl(const SoftmaxOptions& options_) : options(options_) {}

void SoftmaxImpl::reset() {}

void SoftmaxImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softmax") << "(dim=" << options.dim() << ')';
}

Tensor SoftmaxImpl::forward(const Tensor& input) {
  return input.softmax(options.dim());
}

void Softmax2dImpl::reset() {}

void Softmax2dImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softmax2d") << "()";
}

Tensor Softmax2dImpl::forward(const Tensor& input) {
  check(input.dim() == 3 || input.dim() == 4,
        "[Softmax2d] expected an input (N, C, H, W) or (C, H, W), got shape {}",
        input.sizes());
  return input.softmax(-3);
}

SoftminImpl::SoftminImpl(const SoftminOptions& options_) : options(options_) {}

void SoftminImpl::reset() {}

void SoftminImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Softmin") << "(dim=" << options.dim() << ')';
}

Tensor SoftminImpl::forward(const Tensor& input) {
  return functional::softmin(input, options.dim());
}

LogSoftmaxImpl::LogSoftmaxImpl(const LogSoftmaxOptions& options_)
    : options(options_) {}

void LogSoftmaxImpl::reset() {}

void LogSoftmaxImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("LogSoftmax") << "(dim=" << options.dim() << ')';
}

Tensor LogSoftmaxImpl::forward(const Tensor& input) {
  return input.log_softmax(options.dim());
}

}  // namespace nn
}  // namespace taper
