#include "taper/nn/layers/linear.h"

#include <cmath>
#include <ostream>

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"

namespace taper {
namespace nn {

template class Cloneable<IdentityImpl>;
template class Cloneable<LinearImpl>;
template class Cloneable<FlattenImpl>;
template class Cloneable<UnflattenImpl>;
template class Cloneable<BilinearImpl>;

void IdentityImpl::reset() {}

void IdentityImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Identity") << "()";
}

Tensor IdentityImpl::forward(const Tensor& input) {
  return input;
}

LinearImpl::LinearImpl(const LinearOptions& options_) : options(options_) {
  LinearImpl::reset();
}

void LinearImpl::reset() {
  const int64_t in = options.in_features();
  const int64_t out = options.out_features();
  check_positive("Linear", "in_features", in);
  check_positive("Linear", "out_features", out);
  weight = register_parameter("weight", empty({out, in}));
  if (options.bias()) {
    bias = register_parameter("bias", empty(out));
  } else {
    bias = register_parameter("bias", {}, /*requires_grad=*/false);
  }
  reset_parameters();
}

void LinearImpl::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (bias.defined()) {
    const auto fan_in = static_cast<double>(weight.size(1));
    const double bound = 1 / std::sqrt(fan_in);
    init::uniform_(bias, -bound, bound);
  }
}

void LinearImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Linear") << "(in_features=" << options.in_features()
         << ", out_features=" << options.out_features()
         << ", bias=" << true_or_false(options.bias()) << ')';
}

Tensor LinearImpl::forward(const Tensor& input) {
  return linear(input, weight, bias);
}

FlattenImpl::FlattenImpl(const FlattenOptions& options_) : options(options_) {}

void FlattenImpl::reset() {}

void FlattenImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Flatten") << "(start_dim=" << options.start_dim()
         << ", end_dim=" << options.end_dim() << ')';
}

Tensor FlattenImpl::forward(const Tensor& input) {
  return input.flatten(options.start_dim(), options.end_dim());
}

UnflattenImpl::UnflattenImpl(UnflattenOptions options_)
    : options(std::move(options_)) {}

void UnflattenImpl::reset() {}

void UnflattenImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Unflatten") << "(dim=" << options.dim()
         << ", unflattened_size={";
  const char* separator = "";
  for (const int64_t size : options.sizes()) {
    stream << separator << size;
    separator = ", ";
  }
  stream << "})";
}

Tensor UnflattenImpl::forward(const Tensor& input) {
  return input.unflatten(options.dim(), options.sizes());
}

BilinearImpl::BilinearImpl(const BilinearOptions& options_)
    : options(options_) {
  BilinearImpl::reset();
}

void BilinearImpl::reset() {
  const int64_t in1 = options.in1_features();
  const int64_t in2 = options.in2_features();
  const int64_t out = options.out_features();
  check_positive("Bilinear", "in1_features", in1);
  check_positive("Bilinear", "in2_features", in2);
  check_positive("Bilinear", "out_features", out);
  weight = register_parameter("weight", empty({out, in1, in2}));
  if (options.bias()) {
    bias = register_parameter("bias", empty(out));
  } else {
    bias = register_parameter("bias", {}, /*requires_grad=*/false);
  }
  reset_parameters();
}

void BilinearImpl::reset_parameters() {
  const auto fan_in = static_cast<double>(weight.size(1));
  const double bound = 1 / std::sqrt(fan_in);
  init::uniform_(weight, -bound, bound);
  if (bias.defined()) init::uniform_(bias, -bound, bound);
}

void BilinearImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("Bilinear")
         << "(in1_features=" << options.in1_features()
         << ", in2_features=" << options.in2_features()
         << ", out_features=" << options.out_features()
         << ", bias=" << true_or_false(options.bias()) << ')';
}

Tensor BilinearImpl::forward(const Tensor& input1, const Tensor& input2) {
  return functional::bilinear(input1, input2, weight, bias);
}

}  // namespace nn
}  // namespace taper
