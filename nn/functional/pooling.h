// Pooling as functions; those of maxima have a form that also returns where in
// the pooled dims the maxima are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "taper/nn/layers/pooling.h"

namespace taper::nn::functional {

/// MaxUnpoolOptions, and the size of the result in the pooled dims, by default
/// the one that the others let expect.
template <size_t D>
struct TAPER_API MaxUnpoolFuncOptions {
  MaxUnpoolFuncOptions(ExpandingArray<D> kernel_size)
      : kernel_size_(kernel_size), stride_(kernel_size) {}
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride);
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
  TAPER_ARG(std::optional<std::vector<int64_t>>, output_size) = std::nullopt;
};
using MaxUnpool1dFuncOptions = MaxUnpoolFuncOptions<1>;
using MaxUnpool2dFuncOptions = MaxUnpoolFuncOptions<2>;
using MaxUnpool3dFuncOptions = MaxUnpoolFuncOptions<3>;

#define TAPER_POOL(Name, f)                \
  using Name##FuncOptions = Name##Options; \
  TAPER_API Tensor f(const Tensor& input, const Name##FuncOptions& options);
#define TAPER_INDEXED_POOL(Name, f)                      \
  TAPER_POOL(Name, f)                                    \
  TAPER_API std::tuple<Tensor, Tensor> f##_with_indices( \
      const Tensor& input, const Name##FuncOptions& options);
TAPER_INDEXED_POOL(MaxPool1d, max_pool1d)
TAPER_INDEXED_POOL(MaxPool2d, max_pool2d)
TAPER_INDEXED_POOL(MaxPool3d, max_pool3d)
TAPER_POOL(AvgPool1d, avg_pool1d)
TAPER_POOL(AvgPool2d, avg_pool2d)
TAPER_POOL(AvgPool3d, avg_pool3d)
TAPER_INDEXED_POOL(AdaptiveMaxPool1d, adaptive_max_pool1d)
TAPER_INDEXED_POOL(AdaptiveMaxPool2d, adaptive_max_pool2d)
TAPER_INDEXED_POOL(AdaptiveMaxPool3d, adaptive_max_pool3d)
TAPER_POOL(AdaptiveAvgPool1d, adaptive_avg_pool1d)
TAPER_POOL(AdaptiveAvgPool2d, adaptive_avg_pool2d)
TAPER_POOL(AdaptiveAvgPool3d, adaptive_avg_pool3d)
TAPER_POOL(LPPool1d, lp_pool1d)
TAPER_POOL(LPPool2d, lp_pool2d)
TAPER_POOL(LPPool3d, lp_pool3d)
TAPER_INDEXED_POOL(FractionalMaxPool2d, fractional_max_pool2d)
TAPER_INDEXED_POOL(FractionalMaxPool3d, fractional_max_pool3d)
#undef TAPER_INDEXED_POOL
#undef TAPER_POOL

TAPER_API Tensor max_unpool1d(const Tensor& input, const Tensor& indices,
                              const MaxUnpool1dFuncOptions& options);
TAPER_API Tensor max_unpool2d(const Tensor& input, const Tensor& indices,
                              const MaxUnpool2dFuncOptions& options);
TAPER_API Tensor max_unpool3d(const Tensor& input, const Tensor& indices,
                              const MaxUnpool3dFuncOptions& options);

}  // namespace taper::nn::functional
