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
#define TAPER_POOLS(D)                                               \
  TAPER_INDEXED_POOL(MaxPool##D##d, max_pool##D##d)                  \
  TAPER_POOL(AvgPool##D##d, avg_pool##D##d)                          \
  TAPER_INDEXED_POOL(AdaptiveMaxPool##D##d, adaptive_max_pool##D##d) \
  TAPER_POOL(AdaptiveAvgPool##D##d, adaptive_avg_pool##D##d)         \
  TAPER_POOL(LPPool##D##d, lp_pool##D##d)                            \
  TAPER_API Tensor max_unpool##D##d(                                 \
      const Tensor& input, const Tensor& indices,                    \
      const MaxUnpool##D##dFuncOptions& options);
TAPER_POOLS(1)
TAPER_POOLS(2)
TAPER_POOLS(3)
TAPER_INDEXED_POOL(FractionalMaxPool2d, fractional_max_pool2d)
TAPER_INDEXED_POOL(FractionalMaxPool3d, fractional_max_pool3d)
#undef TAPER_POOLS
#undef TAPER_INDEXED_POOL
#undef TAPER_POOL

}  // namespace taper::nn::functional
