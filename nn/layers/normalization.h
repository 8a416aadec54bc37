// Normalisation within each sample: LayerNorm and GroupNorm; per channel with
// running statistics: BatchNorm over the batch, InstanceNorm over each sample.
// N is the batch size, C = num_features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

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

/// With momentum std::nullopt (of BatchNorm) the running statistics are the
/// averages over all batches; else they move towards those of the batch by
/// `momentum`.
template <typename Momentum, bool affine_and_tracking>
struct TAPER_API ChannelNormOptions {
  ChannelNormOptions(int64_t num_features) : num_features_(num_features) {}
  TAPER_ARG(int64_t, num_features);
  TAPER_ARG(double, eps) = 1e-5;
  TAPER_ARG(Momentum, momentum) = 0.1;
  TAPER_ARG(bool, affine) = affine_and_tracking;
  TAPER_ARG(bool, track_running_stats) = affine_and_tracking;
};
using BatchNormOptions = ChannelNormOptions<std::optional<double>, true>;
using InstanceNormOptions = ChannelNormOptions<double, false>;

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

/// The parameters and buffers that both kinds have. What the options leave out
/// is undefined.
class TAPER_API ChannelNorm : public AffineLayer {
 public:
  using AffineLayer::AffineLayer;
  /// Running mean 0 and variance 1, no batches tracked.
  void reset_running_stats();
  /// The same, and weight 1 and bias 0.
  void reset_parameters();

  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;

 protected:
  template <typename Options>
  void register_all(size_t d, const Options& options);
  Tensor normalise(size_t d, const BatchNormOptions& options,
                   const Tensor& input);
  Tensor normalise(size_t d, const InstanceNormOptions& options,
                   const Tensor& input);
};

}  // namespace detail

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

/// A layer for D dims behind N and C; its options say of which kind.
template <size_t D, typename Derived, typename DerivedOptions>
class TAPER_API NormImplBase
    : public Layer<Derived, DerivedOptions, detail::ChannelNorm> {
 public:
  NormImplBase(const DerivedOptions& o)
      : Layer<Derived, DerivedOptions, detail::ChannelNorm>(o) {
    NormImplBase::reset();
  }
  void reset() override { this->register_all(D, this->options); }
  /// A call that throws changes no buffer. For InstanceNorm the dim of the
  /// samples may be left out.
  Tensor forward(const Tensor& input) {
    return this->normalise(D, this->options, input);
  }
};

/// Declares the layer for D dims behind N and C, its holder and its options.
#define TAPER_CHANNEL_NORM(Kind, D)                          \
  using Kind##D##dOptions = Kind##Options;                   \
  struct TAPER_API Kind##D##dImpl                            \
      : NormImplBase<D, Kind##D##dImpl, Kind##D##dOptions> { \
    using NormImplBase::NormImplBase;                        \
  };                                                         \
  using Kind##D##d = ModuleHolder<Kind##D##dImpl>;

/// For inputs (N, C) and (N, C, L).
TAPER_CHANNEL_NORM(BatchNorm, 1)
/// For inputs (N, C, H, W).
TAPER_CHANNEL_NORM(BatchNorm, 2)
/// For inputs (N, C, D, H, W).
TAPER_CHANNEL_NORM(BatchNorm, 3)
/// For inputs (N, C, L).
TAPER_CHANNEL_NORM(InstanceNorm, 1)
/// For inputs (N, C, H, W).
TAPER_CHANNEL_NORM(InstanceNorm, 2)
/// For inputs (N, C, D, H, W).
TAPER_CHANNEL_NORM(InstanceNorm, 3)

#undef TAPER_CHANNEL_NORM

}  // namespace taper::nn
