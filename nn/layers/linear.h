// Linear and bilinear layers, and the layers that only reshape.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// Sizes of Linear; both are at least 1.
struct TAPER_API LinearOptions {
  LinearOptions(int64_t in_features, int64_t out_features)
      : in_features_(in_features), out_features_(out_features) {}
  TAPER_ARG(int64_t, in_features);
  TAPER_ARG(int64_t, out_features);
  TAPER_ARG(bool, bias) = true;
};

/// The first and the last of the dims that Flatten merges.
struct TAPER_API FlattenOptions {
  TAPER_ARG(int64_t, start_dim) = 1;
  TAPER_ARG(int64_t, end_dim) = -1;
};

/// The dim that Unflatten splits and the sizes of its parts.
struct TAPER_API UnflattenOptions {
  UnflattenOptions(int64_t dim, std::vector<int64_t> sizes)
      : dim_(dim), sizes_(std::move(sizes)) {}
  TAPER_ARG(int64_t, dim);
  TAPER_ARG(std::vector<int64_t>, sizes);
};

/// Sizes of Bilinear; all are at least 1.
struct TAPER_API BilinearOptions {
  BilinearOptions(int64_t in1_features, int64_t in2_features,
                  int64_t out_features)
      : in1_features_(in1_features),
        in2_features_(in2_features),
        out_features_(out_features) {}
  TAPER_ARG(int64_t, in1_features);
  TAPER_ARG(int64_t, in2_features);
  TAPER_ARG(int64_t, out_features);
  TAPER_ARG(bool, bias) = true;
};

/// forward(x) = x.
struct TAPER_API IdentityImpl : Layer<IdentityImpl> {
  Tensor forward(const Tensor& input) { return input; }
};
using Identity = ModuleHolder<IdentityImpl>;

/// forward(x) = x weight^T + bias for x (..., in_features), weight
/// (out_features, in_features) and bias (out_features). Both start uniform in
/// +-1 / sqrt(in_features), the weight drawn first.
struct TAPER_API LinearImpl : Layer<LinearImpl, LinearOptions> {
  LinearImpl(int64_t in_features, int64_t out_features)
      : LinearImpl(LinearOptions(in_features, out_features)) {}
  explicit LinearImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  /// Draws weight and bias anew.
  void reset_parameters();
  Tensor forward(const Tensor& input);

  Tensor weight;
  /// Undefined when the options have no bias.
  Tensor bias;
};
using Linear = ModuleHolder<LinearImpl>;

/// Merges dims start_dim to end_dim into one.
TAPER_FUNCTION_LAYER(Flatten, FlattenOptions, const Tensor& input)

/// Splits a dim into several.
struct TAPER_API UnflattenImpl : Layer<UnflattenImpl, UnflattenOptions> {
  UnflattenImpl(int64_t dim, std::vector<int64_t> sizes)
      : Layer(UnflattenOptions(dim, std::move(sizes))) {}
  using Layer::Layer;
  Tensor forward(const Tensor& input);
};
using Unflatten = ModuleHolder<UnflattenImpl>;

/// forward(a, b)_k = a^T weight_k b + bias_k for a (..., in1_features), b (...,
/// in2_features) and weight (out_features, in1_features, in2_features).
struct TAPER_API BilinearImpl : Layer<BilinearImpl, BilinearOptions> {
  BilinearImpl(int64_t in1_features, int64_t in2_features, int64_t out_features)
      : BilinearImpl(
            BilinearOptions(in1_features, in2_features, out_features)) {}
  explicit BilinearImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  /// Draws weight and bias anew.
  void reset_parameters();
  Tensor forward(const Tensor& input1, const Tensor& input2);

  Tensor weight;
  /// Undefined when the options have no bias.
  Tensor bias;
};
using Bilinear = ModuleHolder<BilinearImpl>;

}  // namespace taper::nn
