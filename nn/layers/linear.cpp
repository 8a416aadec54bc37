// The linear layers: their parameters, what they print and call.
#include "taper/nn/layers/linear.h"

#include <cmath>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

TAPER_SHOW(LinearOptions,
           ("in_features", o.in_features())("out_features",
                                            o.out_features())("bias", o.bias()))
TAPER_SHOW(FlattenOptions, ("start_dim", o.start_dim())("end_dim", o.end_dim()))
TAPER_SHOW(UnflattenOptions,
           ("dim", o.dim()).sizes("unflattened_size", o.sizes(), "{}"))
TAPER_SHOW(BilinearOptions,
           ("in1_features", o.in1_features())("in2_features", o.in2_features())(
               "out_features", o.out_features())("bias", o.bias()))

// Draws from +-1 / sqrt(the number of (first) inputs), 0 if there are none.
static void draw(const Tensor& tensor, const Tensor& weight) {
  const auto inputs = static_cast<double>(weight.size(1));
  const double bound = inputs > 0 ? 1 / std::sqrt(inputs) : 0;
  init::uniform_(tensor, -bound, bound);
}

void LinearImpl::reset() {
  const int64_t in = options.in_features();
  const int64_t out = options.out_features();
  check_size("Linear", "in_features", in);
  check_size("Linear", "out_features", out);
  weight = register_parameter("weight", empty({out, in}));
  bias = register_parameter("bias", options.bias() ? empty(out) : Tensor());
  reset_parameters();
}

void LinearImpl::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (bias.defined()) draw(bias, weight);
}

Tensor LinearImpl::forward(const Tensor& input) {
  return linear(input, weight, bias);
}

Tensor FlattenImpl::forward(const Tensor& input) {
  return input.flatten(options.start_dim(), options.end_dim());
}

Tensor UnflattenImpl::forward(const Tensor& input) {
  return input.unflatten(options.dim(), options.sizes());
}

void BilinearImpl::reset() {
  const int64_t in1 = options.in1_features();
  const int64_t in2 = options.in2_features();
  const int64_t out = options.out_features();
  check_positive("Bilinear", "in1_features", in1);
  check_size("Bilinear", "in2_features", in2);
  check_size("Bilinear", "out_features", out);
  weight = register_parameter("weight", empty({out, in1, in2}));
  bias = register_parameter("bias", options.bias() ? empty(out) : Tensor());
  reset_parameters();
}

void BilinearImpl::reset_parameters() {
  draw(weight, weight);
  if (bias.defined()) draw(bias, weight);
}

Tensor BilinearImpl::forward(const Tensor& input1, const Tensor& input2) {
  return functional::bilinear(input1, input2, weight, bias);
}

template class Layer<IdentityImpl>;
template class Layer<LinearImpl, LinearOptions>;
template class Layer<FlattenImpl, FlattenOptions>;
template class Layer<UnflattenImpl, UnflattenOptions>;
template class Layer<BilinearImpl, BilinearOptions>;

}  // namespace taper::nn
