// Normalisation within each sample: LayerNorm and GroupNorm.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

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
class TAPER_API LayerNormImpl : public Cloneable<LayerNormImpl> {
 public:
  LayerNormImpl(std::vector<int64_t> normalized_shape)
      : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
  explicit LayerNormImpl(LayerNormOptions options_);
  void reset() override;
  /// Weight 1 and bias 0.
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  LayerNormOptions options;
  /// Undefined, like bias, unless elementwise_affine.
  Tensor weight;
  Tensor bias;
};
extern template class Cloneable<LayerNormImpl>;
TAPER_MODULE(LayerNorm);

/// The same over each of num_groups groups of channels of x (N, C, ...), with
/// one weight and bias per channel.
class TAPER_API GroupNormImpl : public Cloneable<GroupNormImpl> {
 public:
  GroupNormImpl(int64_t num_groups, int64_t num_channels)
      : GroupNormImpl(GroupNormOptions(num_groups, num_channels)) {}
  explicit GroupNormImpl(const GroupNormOptions& options_);
  void reset() override;
  /// Weight 1 and bias 0.
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);

  GroupNormOptions options;
  /// Undefined, like bias, unless affine.
  Tensor weight;
  Tensor bias;
};
extern template class Cloneable<GroupNormImpl>;
TAPER_MODULE(GroupNorm);

}  // namespace nn
}  // namespace taper
