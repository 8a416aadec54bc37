// Pooling of the last 1, 2 or 3 dims of x (N, C, ...) or (C, ...); see
// autograd/ops/network/pool.h for what the options mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "taper/nn/module/any_module.h"
#include "taper/nn/module/sized_layer.h"

namespace taper::nn {

// Options ---------------------------------------------------------------------

template <size_t D>
struct TAPER_API MaxPoolOptions {
  MaxPoolOptions(ExpandingArray<D> kernel_size)
      : kernel_size_(kernel_size), stride_(kernel_size) {}
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride);
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
  TAPER_ARG(bool, ceil_mode) = false;
};

template <size_t D>
struct TAPER_API AvgPoolOptions {
  AvgPoolOptions(ExpandingArray<D> kernel_size)
      : kernel_size_(kernel_size), stride_(kernel_size) {}
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride);
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
  TAPER_ARG(bool, ceil_mode) = false;
  TAPER_ARG(bool, count_include_pad) = true;
  TAPER_ARG(std::optional<int64_t>, divisor_override) = std::nullopt;
};

/// In 2d and 3d a size may be absent: that of the input.
template <typename output_size_t>
struct TAPER_API AdaptivePoolOptions {
  AdaptivePoolOptions(output_size_t output_size) : output_size_(output_size) {}
  TAPER_ARG(output_size_t, output_size);
};
template <typename output_size_t>
using AdaptiveMaxPoolOptions = AdaptivePoolOptions<output_size_t>;
template <typename output_size_t>
using AdaptiveAvgPoolOptions = AdaptivePoolOptions<output_size_t>;
template <size_t D>
using SomeSizes = ExpandingArrayWithOptionalElem<D>;

template <size_t D>
struct TAPER_API LPPoolOptions {
  LPPoolOptions(double norm_type, ExpandingArray<D> kernel_size)
      : norm_type_(norm_type),
        kernel_size_(kernel_size),
        stride_(kernel_size) {}
  TAPER_ARG(double, norm_type);
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride);
  TAPER_ARG(bool, ceil_mode) = false;
};

/// Either output_size or output_ratio, its share of the input's size between 0
/// and 1. `_random_samples` are drawn anew by each call unless they are given.
template <size_t D>
struct TAPER_API FractionalMaxPoolOptions {
  FractionalMaxPoolOptions(ExpandingArray<D> kernel_size)
      : kernel_size_(kernel_size) {}
  using ExpandingArrayDouble = ExpandingArray<D, double>;
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(std::optional<ExpandingArray<D>>, output_size) = std::nullopt;
  TAPER_ARG(std::optional<ExpandingArrayDouble>, output_ratio) = std::nullopt;
  TAPER_ARG(Tensor, _random_samples);
};

/// Those of the pooling that is undone.
template <size_t D>
struct TAPER_API MaxUnpoolOptions {
  MaxUnpoolOptions(ExpandingArray<D> kernel_size)
      : kernel_size_(kernel_size), stride_(kernel_size) {}
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride);
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
};

// Layers ----------------------------------------------------------------------

/// Layers that also have forward_with_indices, which returns beside the maxima
/// where in the pooled dims they are.
#define TAPER_INDEXED_LAYER(Name, OptionsType, ...)                       \
  using Name##Options = OptionsType;                                      \
  struct TAPER_API Name##Impl                                             \
      : detail::SizedLayer<Name##Impl, Name##Options, __VA_ARGS__> {      \
    using SizedLayer::SizedLayer;                                         \
    Tensor forward(const Tensor& input);                                  \
    std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input); \
  };                                                                      \
  using Name = ModuleHolder<Name##Impl>;

/// The largest input of each window.
TAPER_INDEXED_LAYER(MaxPool1d, MaxPoolOptions<1>, ExpandingArray<1>)
TAPER_INDEXED_LAYER(MaxPool2d, MaxPoolOptions<2>, ExpandingArray<2>)
TAPER_INDEXED_LAYER(MaxPool3d, MaxPoolOptions<3>, ExpandingArray<3>)
/// The mean of each window.
TAPER_SIZED_LAYER(AvgPool1d, AvgPoolOptions<1>, ExpandingArray<1>)
TAPER_SIZED_LAYER(AvgPool2d, AvgPoolOptions<2>, ExpandingArray<2>)
TAPER_SIZED_LAYER(AvgPool3d, AvgPoolOptions<3>, ExpandingArray<3>)
/// The largest input of each of output_size windows that share the inputs.
TAPER_INDEXED_LAYER(AdaptiveMaxPool1d, AdaptivePoolOptions<ExpandingArray<1>>,
                    ExpandingArray<1>)
TAPER_INDEXED_LAYER(AdaptiveMaxPool2d, AdaptivePoolOptions<SomeSizes<2>>,
                    SomeSizes<2>)
TAPER_INDEXED_LAYER(AdaptiveMaxPool3d, AdaptivePoolOptions<SomeSizes<3>>,
                    SomeSizes<3>)
/// The mean of each of these windows.
TAPER_SIZED_LAYER(AdaptiveAvgPool1d, AdaptivePoolOptions<ExpandingArray<1>>,
                  ExpandingArray<1>)
TAPER_SIZED_LAYER(AdaptiveAvgPool2d, AdaptivePoolOptions<SomeSizes<2>>,
                  SomeSizes<2>)
TAPER_SIZED_LAYER(AdaptiveAvgPool3d, AdaptivePoolOptions<SomeSizes<3>>,
                  SomeSizes<3>)
/// (sum of x^norm_type)^(1 / norm_type) of each window.
TAPER_SIZED_LAYER(LPPool1d, LPPoolOptions<1>, double, ExpandingArray<1>)
TAPER_SIZED_LAYER(LPPool2d, LPPoolOptions<2>, double, ExpandingArray<2>)
TAPER_SIZED_LAYER(LPPool3d, LPPoolOptions<3>, double, ExpandingArray<3>)

/// The largest input of each of output_size windows at random distances.
#define TAPER_FRACTIONAL_LAYER(Name, D)                                   \
  using Name##Options = FractionalMaxPoolOptions<D>;                      \
  struct TAPER_API Name##Impl : Layer<Name##Impl, Name##Options> {        \
    Name##Impl(ExpandingArray<D> kernel_size)                             \
        : Name##Impl(Name##Options(kernel_size)) {}                       \
    explicit Name##Impl(const Options& o) : Layer(o) { reset(); }         \
    void reset() override;                                                \
    Tensor forward(const Tensor& input);                                  \
    std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input); \
                                                                          \
    Tensor _random_samples;                                               \
  };                                                                      \
  using Name = ModuleHolder<Name##Impl>;
TAPER_FRACTIONAL_LAYER(FractionalMaxPool2d, 2)
TAPER_FRACTIONAL_LAYER(FractionalMaxPool3d, 3)

/// The input of a MaxPool where `indices` say that its output was, and 0
/// elsewhere; of `output_size` or what the options let expect.
#define TAPER_UNPOOL_LAYER(Name, D)                                         \
  using Name##Options = MaxUnpoolOptions<D>;                                \
  struct TAPER_API Name##Impl                                               \
      : detail::SizedLayer<Name##Impl, Name##Options, ExpandingArray<D>> {  \
    using SizedLayer::SizedLayer;                                           \
    Tensor forward(const Tensor& input, const Tensor& indices,              \
                   const std::optional<std::vector<int64_t>>& output_size = \
                       std::nullopt);                                       \
                                                                            \
   protected:                                                               \
    FORWARD_HAS_DEFAULT_ARGS(                                               \
        {2, AnyValue(std::optional<std::vector<int64_t>>())})               \
  };                                                                        \
  using Name = ModuleHolder<Name##Impl>;
TAPER_UNPOOL_LAYER(MaxUnpool1d, 1)
TAPER_UNPOOL_LAYER(MaxUnpool2d, 2)
TAPER_UNPOOL_LAYER(MaxUnpool3d, 3)

#undef TAPER_INDEXED_LAYER
#undef TAPER_FRACTIONAL_LAYER
#undef TAPER_UNPOOL_LAYER

}  // namespace taper::nn
