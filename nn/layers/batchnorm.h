// Normalisation per channel with running statistics: BatchNorm over the batch,
// InstanceNorm over each sample. N is the batch size, C = num_features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "taper/nn/layers/normalization.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// With momentum std::nullopt the running statistics are the averages over all
/// batches; else they move towards those of the batch by `momentum`.
struct TAPER_API BatchNormOptions {
  BatchNormOptions(int64_t num_features) : num_features_(num_features) {}
  TAPER_ARG(int64_t, num_features);
  TAPER_ARG(double, eps) = 1e-5;
  TAPER_ARG(std::optional<double>, momentum) = 0.1;
  TAPER_ARG(bool, affine) = true;
  TAPER_ARG(bool, track_running_stats) = true;
};
using BatchNorm1dOptions = BatchNormOptions;
using BatchNorm2dOptions = BatchNormOptions;
using BatchNorm3dOptions = BatchNormOptions;

struct TAPER_API InstanceNormOptions {
  InstanceNormOptions(int64_t num_features) : num_features_(num_features) {}
  TAPER_ARG(int64_t, num_features);
  TAPER_ARG(double, eps) = 1e-5;
  TAPER_ARG(double, momentum) = 0.1;
  TAPER_ARG(bool, affine) = false;
  TAPER_ARG(bool, track_running_stats) = false;
};
using InstanceNorm1dOptions = InstanceNormOptions;
using InstanceNorm2dOptions = InstanceNormOptions;
using InstanceNorm3dOptions = InstanceNormOptions;

namespace detail {

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

/// For inputs (N, C) and (N, C, L).
struct TAPER_API BatchNorm1dImpl
    : NormImplBase<1, BatchNorm1dImpl, BatchNormOptions> {
  using NormImplBase::NormImplBase;
};
using BatchNorm1d = ModuleHolder<BatchNorm1dImpl>;

/// For inputs (N, C, H, W).
struct TAPER_API BatchNorm2dImpl
    : NormImplBase<2, BatchNorm2dImpl, BatchNormOptions> {
  using NormImplBase::NormImplBase;
};
using BatchNorm2d = ModuleHolder<BatchNorm2dImpl>;

/// For inputs (N, C, D, H, W).
struct TAPER_API BatchNorm3dImpl
    : NormImplBase<3, BatchNorm3dImpl, BatchNormOptions> {
  using NormImplBase::NormImplBase;
};
using BatchNorm3d = ModuleHolder<BatchNorm3dImpl>;

/// For inputs (N, C, L).
struct TAPER_API InstanceNorm1dImpl
    : NormImplBase<1, InstanceNorm1dImpl, InstanceNormOptions> {
  using NormImplBase::NormImplBase;
};
using InstanceNorm1d = ModuleHolder<InstanceNorm1dImpl>;

/// For inputs (N, C, H, W).
struct TAPER_API InstanceNorm2dImpl
    : NormImplBase<2, InstanceNorm2dImpl, InstanceNormOptions> {
  using NormImplBase::NormImplBase;
};
using InstanceNorm2d = ModuleHolder<InstanceNorm2dImpl>;

/// For inputs (N, C, D, H, W).
struct TAPER_API InstanceNorm3dImpl
    : NormImplBase<3, InstanceNorm3dImpl, InstanceNormOptions> {
  using NormImplBase::NormImplBase;
};
using InstanceNorm3d = ModuleHolder<InstanceNorm3dImpl>;

}  // namespace taper::nn
