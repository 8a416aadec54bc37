// Dropout layers: active while training, the identity in evaluation mode.
#pragma once

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// The probability of a 0, in [0, 1], and whether the input is overwritten.
struct TAPER_API DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  TAPER_ARG(double, p);
  TAPER_ARG(bool, inplace) = false;
};
using Dropout2dOptions = DropoutOptions;
using Dropout3dOptions = DropoutOptions;
using AlphaDropoutOptions = DropoutOptions;
using FeatureAlphaDropoutOptions = DropoutOptions;

namespace detail {

/// Throws unless 0 <= p <= 1.
TAPER_API void check_dropout(double p);

/// What the dropout layers share: all but the function that drops.
template <typename Derived>
struct TAPER_API DropoutBase : Layer<Derived, DropoutOptions> {
  explicit DropoutBase(const DropoutOptions& o = {})
      : Layer<Derived, DropoutOptions>(o) {
    DropoutBase::reset();
  }
  void reset() override { check_dropout(this->options.p()); }
  Tensor forward(const Tensor& input);
};

}  // namespace detail

/// Sets elements to 0 with probability p and divides the others by 1 - p.
struct TAPER_API DropoutImpl : detail::DropoutBase<DropoutImpl> {
  using DropoutBase::DropoutBase;
};
using Dropout = ModuleHolder<DropoutImpl>;

/// The same for whole channels of (N, C, H, W).
struct TAPER_API Dropout2dImpl : detail::DropoutBase<Dropout2dImpl> {
  using DropoutBase::DropoutBase;
};
using Dropout2d = ModuleHolder<Dropout2dImpl>;

/// The same for whole channels of (N, C, D, H, W) or (C, D, H, W).
struct TAPER_API Dropout3dImpl : detail::DropoutBase<Dropout3dImpl> {
  using DropoutBase::DropoutBase;
};
using Dropout3d = ModuleHolder<Dropout3dImpl>;

/// Dropout that keeps mean and variance behind SELU.
struct TAPER_API AlphaDropoutImpl : detail::DropoutBase<AlphaDropoutImpl> {
  using DropoutBase::DropoutBase;
};
using AlphaDropout = ModuleHolder<AlphaDropoutImpl>;

/// The same for whole channels, dim 1.
struct TAPER_API FeatureAlphaDropoutImpl
    : detail::DropoutBase<FeatureAlphaDropoutImpl> {
  using DropoutBase::DropoutBase;
};
using FeatureAlphaDropout = ModuleHolder<FeatureAlphaDropoutImpl>;

}  // namespace taper::nn
