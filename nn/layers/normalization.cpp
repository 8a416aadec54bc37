// LayerNorm and GroupNorm: their parameters, what they print and call.
#include "taper/nn/layers/normalization.h"

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print,
                          const LayerNormOptions& options) {
  print.sizes(nullptr, options.normalized_shape(), "[]");
  print("eps", options.eps());
  print("elementwise_affine", options.elementwise_affine());
}

static void print_options(OptionPrinter& print,
                          const GroupNormOptions& options) {
  print(options.num_groups())(options.num_channels());
  print("eps", options.eps())("affine", options.affine());
}

void detail::AffineLayer::register_affine(IntArrayRef shape, bool affine) {
  weight =
      register_parameter("weight", affine ? empty(shape) : Tensor(), affine);
  bias = register_parameter("bias", affine ? empty(shape) : Tensor(), affine);
}

void detail::AffineLayer::reset_parameters() {
  if (!weight.defined()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

void LayerNormImpl::reset() {
  const auto& shape = options.normalized_shape();
  check<ValueError>(!shape.empty(),
                    "[LayerNorm] normalized_shape must have at least one dim");
  for (const int64_t size : shape) {
    check_positive("LayerNorm", "normalized_shape", size);
  }
  check_eps("LayerNorm", options.eps());
  register_affine(shape, options.elementwise_affine());
  reset_parameters();
}

Tensor LayerNormImpl::forward(const Tensor& input) {
  return layer_norm(input, options.normalized_shape(), weight, bias,
                    options.eps());
}

void GroupNormImpl::reset() {
  const int64_t groups = options.num_groups();
  const int64_t channels = options.num_channels();
  check_positive("GroupNorm", "num_groups", groups);
  check_positive("GroupNorm", "num_channels", channels);
  check<ValueError>(channels % groups == 0,
                    "[GroupNorm] {} channels cannot be divided into {} groups",
                    channels, groups);
  check_eps("GroupNorm", options.eps());
  register_affine(channels, options.affine());
  reset_parameters();
}

Tensor GroupNormImpl::forward(const Tensor& input) {
  check(input.dim() < 2 || input.sizes()[1] == options.num_channels(),
        "[GroupNorm] expected {} channels, got an input of shape {}",
        options.num_channels(), input.sizes());
  return group_norm(input, options.num_groups(), weight, bias, options.eps());
}

template class Layer<LayerNormImpl, LayerNormOptions, detail::AffineLayer>;
template class Layer<GroupNormImpl, GroupNormOptions, detail::AffineLayer>;

}  // namespace taper::nn
