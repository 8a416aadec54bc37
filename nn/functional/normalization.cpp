// Normalisations as functions.
#include "taper/nn/functional/normalization.h"

#include "taper/autograd/ops/network/distance.h"
#include "taper/autograd/ops/network/norm.h"

namespace taper::nn::functional {

Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                  const Tensor& running_var,
                  const BatchNormFuncOptions& options) {
  return taper::batch_norm(input, options.weight(), options.bias(),
                           running_mean, running_var, options.training(),
                           options.momentum(), options.eps());
}
Tensor instance_norm(const Tensor& input,
                     const InstanceNormFuncOptions& options) {
  return detail::instance_norm(input, options.running_mean(),
                               options.running_var(), options.weight(),
                               options.bias(), options.use_input_stats(),
                               options.momentum(), options.eps());
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& options) {
  return taper::layer_norm(input, options.normalized_shape(), options.weight(),
                           options.bias(), options.eps());
}
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& options) {
  return taper::group_norm(input, options.num_groups(), options.weight(),
                           options.bias(), options.eps());
}
Tensor normalize(const Tensor& input, const NormalizeFuncOptions& options) {
  const Tensor y =
      taper::normalize(input, options.p(), options.dim(), options.eps());
  return options.out() ? Tensor(*options.out()).copy_(y) : y;
}
Tensor detail::instance_norm(const Tensor& input, const Tensor& running_mean,
                             const Tensor& running_var, const Tensor& weight,
                             const Tensor& bias, bool use_input_stats,
                             double momentum, double eps) {
  return taper::instance_norm(input, weight, bias, running_mean, running_var,
                              use_input_stats, momentum, eps);
}

}  // namespace taper::nn::functional
