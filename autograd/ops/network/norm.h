// Normalisations. Their last argument is LibTorch's choice of a backend; it is
// of no effect. N is the batch size, C the number of channels.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// (x - mean) / sqrt(var + eps) * weight + bias per channel of x (N, C) or
/// (N, C, ...). While training the biased statistics of the batch are used and
/// running_mean and running_var (unbiased) move towards them by `momentum`;
/// else the running ones are used. Throws when training on one value per
/// channel, and when running statistics require grad. Ioffe, Szegedy, "Batch
/// Normalization", 2015.
TAPER_API Tensor batch_norm(const Tensor& x, const Tensor& weight,
                            const Tensor& bias, const Tensor& running_mean,
                            const Tensor& running_var, bool training,
                            double momentum, double eps,
                            bool cudnn_enabled = true);
/// (x - mean) / sqrt(var + eps) * weight + bias over the last dims, whose
/// sizes are `normalized_shape`. Ba, Kiros, Hinton, "Layer Normalization",
/// 2016.
TAPER_API Tensor layer_norm(const Tensor& x, IntArrayRef normalized_shape,
                            const Tensor& weight = {}, const Tensor& bias = {},
                            double eps = 1e-5, bool cudnn_enable = true);
/// The same over each of `num_groups` groups of channels of x (N, C, ...), with
/// one weight and bias per channel. Wu, He, "Group Normalization", 2018.
TAPER_API Tensor group_norm(const Tensor& x, int64_t num_groups,
                            const Tensor& weight = {}, const Tensor& bias = {},
                            double eps = 1e-5, bool cudnn_enabled = true);
/// The same per sample and channel of x (N, C, ...), each a group of its own.
/// With use_input_stats the running statistics move as batch_norm's do, else
/// they are used. Ulyanov et al., "Instance Normalization", 2016.
TAPER_API Tensor instance_norm(const Tensor& x, const Tensor& weight = {},
                               const Tensor& bias = {},
                               const Tensor& running_mean = {},
                               const Tensor& running_var = {},
                               bool use_input_stats = true,
                               double momentum = 0.1, double eps = 1e-5,
                               bool cudnn_enabled = true);

}  // namespace taper
