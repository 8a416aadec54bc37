// Drivers of the normalisation leaf kernels. Values only: x is contiguous and
// floating, and every tensor of parameters or statistics has its dtype.
// N batch size, C channels, L elements per channel, G groups.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Mean and reciprocal standard deviation, one entry per row, group or channel.
struct Statistics {
  Tensor mean;
  Tensor rstd;
};

/// The three gradients of a normalisation; those not wanted are undefined.
struct NormGrads {
  Tensor x;
  Tensor weight;
  Tensor bias;
};

/// y of x (rows, n) row by row; weight and bias (n) may be undefined.
Tensor layer_norm(const Tensor& x, int64_t n, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics);
NormGrads layer_norm_backward(const Tensor& grad, const Tensor& x, int64_t n,
                              const Tensor& weight,
                              const Statistics& statistics, bool wants_x,
                              bool wants_weight, bool wants_bias);

/// y of x (N, C, L...) per group of C / G channels; weight and bias (C) may be
/// undefined. Batch size and channels may be regrouped by the caller.
Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight,
                  const Tensor& bias, double eps, Statistics& statistics);
NormGrads group_norm_backward(const Tensor& grad, const Tensor& x,
                              int64_t groups, const Tensor& weight,
                              const Statistics& statistics, bool wants_x,
                              bool wants_weight, bool wants_bias);

/// Mean and biased variance (C) of x (N, C, L...) per channel.
void channel_mean_var(const Tensor& x, Tensor& mean, Tensor& var);
/// (x - mean) * rstd * weight + bias per channel.
Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const Statistics& statistics);
/// `training`: the statistics were those of x and carry gradient.
NormGrads batch_norm_backward(const Tensor& grad, const Tensor& x,
                              const Tensor& weight,
                              const Statistics& statistics, bool training);

/// 1 / sqrt(var + eps) per channel; var is contiguous.
Tensor reciprocal_std(const Tensor& var, double eps);
/// running <- (1 - momentum) * running + momentum * factor * batch, per
/// channel; batch is contiguous.
void move_running(const Tensor& running, const Tensor& batch, double momentum,
                  double factor);

}  // namespace taper::kernels
