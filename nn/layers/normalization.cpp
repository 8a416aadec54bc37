#include "taper/nn/layers/normalization.h"

#include <ostream>

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/init.h"

namespace taper {
namespace nn {

template class Cloneable<LayerNormImpl>;
template class Cloneable<GroupNormImpl>;

LayerNormImpl::LayerNormImpl(LayerNormOptions options_)
    : options(std::move(options_)) {
  LayerNormImpl::reset();
}

void LayerNormImpl::reset() {
  const auto& shape = options.normalized_shape();
  check<ValueError>(!shape.empty(),
                    "[LayerNorm] normalized_shape must have at least one dim");
  for (const int64_t size : shape) {
    check_positive("LayerNorm", "normalized_shape", size);
  }
  check_eps("LayerNorm", options.eps());
  const bool affine = options.elementwise_affine();
  weight = register_parameter("weight", affine ? taper::empty(shape) : Tensor(),
                              affine);
  bias = register_parameter("bias", affine ? taper::empty(shape) : Tensor(),
                            affine);
  reset_parameters();
}

void LayerNormImpl::reset_parameters() {
  if (!options.elementwise_affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

void LayerNormImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("LayerNorm") << "([";
  const char* separator = "";
  for (const int64_t size : options.normalized_shape()) {
    stream << separator << size;
    separator = ", ";
  }
  stream << "], eps=" << options.eps() << ", elementwise_affine="
         << true_or_false(options.elementwise_affine()) << ')';
}

Tensor LayerNormImpl::forward(const Tensor& input) {
  return layer_norm(input, options.normalized_shape(), weight, bias,
                    options.eps());
}

GroupNormImpl::GroupNormImpl(const GroupNormOptions& options_)
    : options(options_) {
  GroupNormImpl::reset();
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
  const bool affine = options.affine();
  weight =
      register_parameter("weight", affine ? empty(channels) : Tensor(), affine);
  bias =
      register_parameter("bias", affine ? empty(channels) : Tensor(), affine);
  reset_parameters();
}

void GroupNormImpl::reset_parameters() {
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

void GroupNormImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("GroupNorm") << '(' << options.num_groups() << ", "
         << options.num_channels() << ", eps=" << options.eps()
         << ", affine=" << true_or_false(options.affine()) << ')';
}

Tensor GroupNormImpl::forward(const Tensor& input) {
  check(input.dim() < 2 || input.sizes()[1] == options.num_channels(),
        "[GroupNorm] expected {} channels, got an input of shape {}",
        options.num_channels(), input.sizes());
  return group_norm(input, options.num_groups(), weight, bias, options.eps());
}

}  // namespace nn
}  // namespace taper
