// Normalisations as functions.
#include "taper/nn/functional/normalization.h"

#include "taper/autograd/ops/network/distance.h"
#include "taper/autograd/ops/network/norm.h"

namespace taper::nn::functional {

Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                  const Tensor& running_var, const BatchNormFuncOptions& o) {
  return taper::batch_norm(input, o.weight(), o.bias(), running_mean,
                           running_var, o.training(), o.momentum(), o.eps());
}
Tensor instance_norm(const Tensor& input, const InstanceNormFuncOptions& o) {
  return taper::instance_norm(input, o.weight(), o.bias(), o.running_mean(),
                              o.running_var(), o.use_input_stats(),
                              o.momentum(), o.eps());
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& o) {
  return taper::layer_norm(input, o.normalized_shape(), o.weight(), o.bias(),
                           o.eps());
}
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& o) {
  return taper::group_norm(input, o.num_groups(), o.weight(), o.bias(),
                           o.eps());
}
Tensor normalize(const Tensor& input, const NormalizeFuncOptions& o) {
  const Tensor y = taper::normalize(input, o.p(), o.dim(), o.eps());
  return o.out() ? Tensor(*o.out()).copy_(y) : y;
}
Tensor detail::instance_norm(const Tensor& input, const Tensor& running_mean,
                             const Tensor& running_var, const Tensor& weight,
                             const Tensor& bias, bool use_input_stats,
                             double momentum, double eps) {
  return taper::instance_norm(input, weight, bias, running_mean, running_var,
                              use_input_stats, momentum, eps);
}

}  // namespace taper::nn::functional
