// Normalisation within each sample: LayerNorm and GroupNorm.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

namespace detail {

/// A layer with a weight and a bias that scale and shift what is normalised.
class TAPER_API AffineLayer : public LayerBase {
 public:
  using LayerBase::LayerBase;
  /// Weight 1 and bias 0.
  void reset_parameters();

  /// Undefined, like bias, when the options say that it is not affine.
  Tensor weight;
  Tensor bias;

 protected:
  void register_affine(IntArrayRef shape, bool affine);
};

}  // namespace detail

/// `normalized_shape` are the sizes of the last dims.
struct TAPER_API LayerNormOptions {
  LayerNormOptions(std::vector<int64_t> normalized_shape)
      : normalized_shape_(std::move(normalized_shape)) {}
  TAPER_ARG(std::vector<int64_t>, normalized_shape);
  TAPER_ARG(double, eps) = 1e-5;
  TAPER_ARG(bool, elementwise_affine) = true;
};

/// `num_channels` is a multiple of `num_groups`.
struct TAPER_API GroupNormOptions {
  GroupNormOptions(int64_t num_groups, int64_t num_channels)
      : num_groups_(num_groups), num_channels_(num_channels) {}
  TAPER_ARG(int64_t, num_groups);
  TAPER_ARG(int64_t, num_channels);
  TAPER_ARG(double, eps) = 1e-5;
  TAPER_ARG(bool, affine) = true;
};

/// (x - mean) / sqrt(var + eps) * weight + bias over the last dims, var being
/// the biased variance and weight and bias of shape normalized_shape.
struct TAPER_API LayerNormImpl
    : Layer<LayerNormImpl, LayerNormOptions, detail::AffineLayer> {
  LayerNormImpl(std::vector<int64_t> normalized_shape)
      : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
  explicit LayerNormImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input);
};
using LayerNorm = ModuleHolder<LayerNormImpl>;

/// The same over each of num_groups groups of channels of x (N, C, ...), with
/// one weight and bias per channel.
struct TAPER_API GroupNormImpl
    : Layer<GroupNormImpl, GroupNormOptions, detail::AffineLayer> {
  GroupNormImpl(int64_t num_groups, int64_t num_channels)
      : GroupNormImpl(GroupNormOptions(num_groups, num_channels)) {}
  explicit GroupNormImpl(const Options& o) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input);
};
using GroupNorm = ModuleHolder<GroupNormImpl>;

}  // namespace taper::nn
