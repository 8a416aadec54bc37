// Normalisations as functions.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/tensor/arg.h"
#include "taper/tensor/tensor.h"

namespace taper::nn::functional {

struct TAPER_API BatchNormFuncOptions {
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(bool, training) = false;
  TAPER_ARG(double, momentum) = 0.1;
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API InstanceNormFuncOptions {
  TAPER_ARG(Tensor, running_mean);
  TAPER_ARG(Tensor, running_var);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(bool, use_input_stats) = true;
  TAPER_ARG(double, momentum) = 0.1;
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API LayerNormFuncOptions {
  LayerNormFuncOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TAPER_ARG(std::vector<int64_t>, normalized_shape);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API GroupNormFuncOptions {
  GroupNormFuncOptions(int64_t num_groups) : num_groups_(num_groups) {}
  TAPER_ARG(int64_t, num_groups);
  TAPER_ARG(Tensor, weight);
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(double, eps) = 1e-5;
};

struct TAPER_API NormalizeFuncOptions {
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(int64_t, dim) = 1;
  TAPER_ARG(double, eps) = 1e-12;
  /// Takes the result, too.
  TAPER_ARG(std::optional<Tensor>, out) = std::nullopt;
};

/// The running statistics are updated while training.
TAPER_API Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                            const Tensor& running_var,
                            const BatchNormFuncOptions& options = {});
TAPER_API Tensor instance_norm(const Tensor& input,
                               const InstanceNormFuncOptions& options = {});
TAPER_API Tensor layer_norm(const Tensor& input,
                            const LayerNormFuncOptions& options);
TAPER_API Tensor group_norm(const Tensor& input,
                            const GroupNormFuncOptions& options);
TAPER_API Tensor normalize(const Tensor& input,
                           const NormalizeFuncOptions& options = {});

namespace detail {

TAPER_API Tensor instance_norm(const Tensor& input, const Tensor& running_mean,
                               const Tensor& running_var, const Tensor& weight,
                               const Tensor& bias, bool use_input_stats,
                               double momentum, double eps);

}  // namespace detail

}  // namespace taper::nn::functional
