// Normalisation per channel with running statistics: BatchNorm over the batch,
// InstanceNorm over each sample. N is the batch size, C = num_features.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

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

/// The parameters and buffers that both kinds have. What the options leave out
/// is undefined.
template <size_t D, typename Derived, typename DerivedOptions>
class TAPER_API NormImplBase : public Cloneable<Derived> {
 public:
  NormImplBase(const DerivedOptions& options_);
  void reset() override;
  /// Running mean 0 and variance 1, no batches tracked.
  void reset_running_stats();
  /// The same, and weight 1 and bias 0.
  void reset_parameters();

  DerivedOptions options;
  Tensor weight;
  Tensor bias;
  Tensor running_mean;
  Tensor running_var;
  Tensor num_batches_tracked;

 protected:
  /// Throws unless the input has one of these numbers of dims and C channels
  /// in dim `channel_dim`.
  void check_input(const Tensor& input, int64_t least_dims, int64_t most_dims,
                   int64_t channel_dim) const;
};

template <size_t D, typename Derived>
class TAPER_API BatchNormImplBase
    : public NormImplBase<D, Derived, BatchNormOptions> {
 public:
  using NormImplBase<D, Derived, BatchNormOptions>::NormImplBase;
  void pretty_print(std::ostream& stream) const override;
  /// A call that throws changes no buffer.
  Tensor forward(const Tensor& input);
};

template <size_t D, typename Derived>
class TAPER_API InstanceNormImpl
    : public NormImplBase<D, Derived, InstanceNormOptions> {
 public:
  using NormImplBase<D, Derived, InstanceNormOptions>::NormImplBase;
  void pretty_print(std::ostream& stream) const override;
  /// The dim of the samples may be left out.
  Tensor forward(const Tensor& input);
};

/// For inputs (N, C) and (N, C, L).
class TAPER_API BatchNorm1dImpl : public BatchNormImplBase<1, BatchNorm1dImpl> {
 public:
  using BatchNormImplBase<1, BatchNorm1dImpl>::BatchNormImplBase;
};
extern template class Cloneable<BatchNorm1dImpl>;
extern template class NormImplBase<1, BatchNorm1dImpl, BatchNormOptions>;
extern template class BatchNormImplBase<1, BatchNorm1dImpl>;
TAPER_MODULE(BatchNorm1d);

/// For inputs (N, C, H, W).
class TAPER_API BatchNorm2dImpl : public BatchNormImplBase<2, BatchNorm2dImpl> {
 public:
  using BatchNormImplBase<2, BatchNorm2dImpl>::BatchNormImplBase;
};
extern template class Cloneable<BatchNorm2dImpl>;
extern template class NormImplBase<2, BatchNorm2dImpl, BatchNormOptions>;
extern template class BatchNormImplBase<2, BatchNorm2dImpl>;
TAPER_MODULE(BatchNorm2d);

/// For inputs (N, C, D, H, W).
class TAPER_API BatchNorm3dImpl : public BatchNormImplBase<3, BatchNorm3dImpl> {
 public:
  using BatchNormImplBase<3, BatchNorm3dImpl>::BatchNormImplBase;
};
extern template class Cloneable<BatchNorm3dImpl>;
extern template class NormImplBase<3, BatchNorm3dImpl, BatchNormOptions>;
extern template class BatchNormImplBase<3, BatchNorm3dImpl>;
TAPER_MODULE(BatchNorm3d);

/// For inputs (N, C, L).
class TAPER_API InstanceNorm1dImpl
    : public InstanceNormImpl<1, InstanceNorm1dImpl> {
 public:
  using InstanceNormImpl<1, InstanceNorm1dImpl>::InstanceNormImpl;
};
extern template class Cloneable<InstanceNorm1dImpl>;
extern template class NormImplBase<1, InstanceNorm1dImpl, InstanceNormOptions>;
extern template class InstanceNormImpl<1, InstanceNorm1dImpl>;
TAPER_MODULE(InstanceNorm1d);

/// For inputs (N, C, H, W).
class TAPER_API InstanceNorm2dImpl
    : public InstanceNormImpl<2, InstanceNorm2dImpl> {
 public:
  using InstanceNormImpl<2, InstanceNorm2dImpl>::InstanceNormImpl;
};
extern template class Cloneable<InstanceNorm2dImpl>;
extern template class NormImplBase<2, InstanceNorm2dImpl, InstanceNormOptions>;
extern template class InstanceNormImpl<2, InstanceNorm2dImpl>;
TAPER_MODULE(InstanceNorm2d);

/// For inputs (N, C, D, H, W).
class TAPER_API InstanceNorm3dImpl
    : public InstanceNormImpl<3, InstanceNorm3dImpl> {
 public:
  using InstanceNormImpl<3, InstanceNorm3dImpl>::InstanceNormImpl;
};
extern template class Cloneable<InstanceNorm3dImpl>;
extern template class NormImplBase<3, InstanceNorm3dImpl, InstanceNormOptions>;
extern template class InstanceNormImpl<3, InstanceNorm3dImpl>;
TAPER_MODULE(InstanceNorm3d);

}  // namespace nn
}  // namespace taper
