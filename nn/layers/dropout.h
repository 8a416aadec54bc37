// Dropout layers: active while training, the identity in evaluation mode.
#pragma once

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

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

/// What the dropout layers share.
template <typename Derived>
class TAPER_API DropoutBase : public Cloneable<Derived> {
 public:
  DropoutBase(double p) : DropoutBase(DropoutOptions(p)) {}
  explicit DropoutBase(const DropoutOptions& options_ = {});
  void reset() override;

  DropoutOptions options;
};

}  // namespace detail

/// Sets elements to 0 with probability p and divides the others by 1 - p.
class TAPER_API DropoutImpl : public detail::DropoutBase<DropoutImpl> {
 public:
  using detail::DropoutBase<DropoutImpl>::DropoutBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<DropoutImpl>;
extern template class detail::DropoutBase<DropoutImpl>;
TAPER_MODULE(Dropout);

/// The same for whole channels of (N, C, H, W).
class TAPER_API Dropout2dImpl : public detail::DropoutBase<Dropout2dImpl> {
 public:
  using detail::DropoutBase<Dropout2dImpl>::DropoutBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<Dropout2dImpl>;
extern template class detail::DropoutBase<Dropout2dImpl>;
TAPER_MODULE(Dropout2d);

/// The same for whole channels of (N, C, D, H, W) or (C, D, H, W).
class TAPER_API Dropout3dImpl : public detail::DropoutBase<Dropout3dImpl> {
 public:
  using detail::DropoutBase<Dropout3dImpl>::DropoutBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<Dropout3dImpl>;
extern template class detail::DropoutBase<Dropout3dImpl>;
TAPER_MODULE(Dropout3d);

/// Dropout that keeps mean and variance behind SELU.
class TAPER_API AlphaDropoutImpl
    : public detail::DropoutBase<AlphaDropoutImpl> {
 public:
  using detail::DropoutBase<AlphaDropoutImpl>::DropoutBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<AlphaDropoutImpl>;
extern template class detail::DropoutBase<AlphaDropoutImpl>;
TAPER_MODULE(AlphaDropout);

/// The same for whole channels, dim 1.
class TAPER_API FeatureAlphaDropoutImpl
    : public detail::DropoutBase<FeatureAlphaDropoutImpl> {
 public:
  using detail::DropoutBase<FeatureAlphaDropoutImpl>::DropoutBase;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
};
extern template class Cloneable<FeatureAlphaDropoutImpl>;
extern template class detail::DropoutBase<FeatureAlphaDropoutImpl>;
TAPER_MODULE(FeatureAlphaDropout);

}  // namespace nn
}  // namespace taper
