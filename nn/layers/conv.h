// Convolutions and transposed convolutions of 1, 2 or 3 spatial dims. N is the
// batch size, which may be left out, C the number of channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <utility>
#include <variant>

#include "taper/nn/enum.h"
#include "taper/nn/expanding_array.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

// Options ---------------------------------------------------------------------

namespace detail {

using conv_padding_mode_t =
    std::variant<enumtype::kZeros, enumtype::kReflect, enumtype::kReplicate,
                 enumtype::kCircular>;
template <size_t D>
using conv_padding_t =
    std::variant<ExpandingArray<D>, enumtype::kValid, enumtype::kSame>;

/// Those of all convolutions. Channels are divided into `groups`, and outputs
/// see the inputs of their own group. `padding` is what goes on both sides of
/// each dim, or kValid, nothing, or kSame, which keeps the sizes;
/// `padding_mode` says what is put there. `output_padding` is added to the
/// sizes of a transposed convolution.
template <size_t D>
struct TAPER_API ConvNdOptions {
  using padding_t = conv_padding_t<D>;
  ConvNdOptions(int64_t in_channels, int64_t out_channels,
                ExpandingArray<D> kernel_size)
      : in_channels_(in_channels),
        out_channels_(out_channels),
        kernel_size_(kernel_size) {}
  TAPER_ARG(int64_t, in_channels);
  TAPER_ARG(int64_t, out_channels);
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride) = 1;
  TAPER_ARG(padding_t, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
  TAPER_ARG(bool, transposed) = false;
  TAPER_ARG(ExpandingArray<D>, output_padding) = 0;
  TAPER_ARG(int64_t, groups) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(conv_padding_mode_t, padding_mode) = kZeros;

 public:
  auto padding(std::initializer_list<int64_t> sizes) {
    return padding(IntArrayRef(sizes));
  }
};

}  // namespace detail

template <size_t D>
struct TAPER_API ConvOptions {
  using padding_t = detail::conv_padding_t<D>;
  using padding_mode_t = detail::conv_padding_mode_t;
  ConvOptions(int64_t in_channels, int64_t out_channels,
              ExpandingArray<D> kernel_size)
      : in_channels_(in_channels),
        out_channels_(out_channels),
        kernel_size_(kernel_size) {}
  TAPER_ARG(int64_t, in_channels);
  TAPER_ARG(int64_t, out_channels);
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride) = 1;
  TAPER_ARG(padding_t, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
  TAPER_ARG(int64_t, groups) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(padding_mode_t, padding_mode) = kZeros;

 public:
  auto padding(std::initializer_list<int64_t> sizes) {
    return padding(IntArrayRef(sizes));
  }
};

template <size_t D>
struct TAPER_API ConvTransposeOptions {
  using padding_mode_t = detail::conv_padding_mode_t;
  ConvTransposeOptions(int64_t in_channels, int64_t out_channels,
                       ExpandingArray<D> kernel_size)
      : in_channels_(in_channels),
        out_channels_(out_channels),
        kernel_size_(kernel_size) {}
  TAPER_ARG(int64_t, in_channels);
  TAPER_ARG(int64_t, out_channels);
  TAPER_ARG(ExpandingArray<D>, kernel_size);
  TAPER_ARG(ExpandingArray<D>, stride) = 1;
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, output_padding) = 0;
  TAPER_ARG(int64_t, groups) = 1;
  TAPER_ARG(bool, bias) = true;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
  TAPER_ARG(padding_mode_t, padding_mode) = kZeros;
};

// Modules ---------------------------------------------------------------------

/// What convolutions share: a weight (out_channels, in_channels / groups,
/// kernel...), or (in_channels, out_channels / groups, kernel...) for
/// transposed ones, and a bias (out_channels), undefined when the options have
/// none. Both start uniform in +-1 / sqrt(fan_in), the weight drawn first.
template <size_t D, typename Derived>
struct TAPER_API ConvNdImpl : Layer<Derived, detail::ConvNdOptions<D>> {
  explicit ConvNdImpl(detail::ConvNdOptions<D> o);
  /// Throws ValueError for channels or groups that are not positive or do not
  /// divide, and for kSame with a stride.
  void reset() override;
  /// Draws weight and bias anew.
  void reset_parameters();

  Tensor weight;
  Tensor bias;
};

#define TAPER_CONV(Name, D)                                                    \
  using Name##D##dOptions = Name##Options<D>;                                  \
  struct TAPER_API Name##D##dImpl : ConvNdImpl<D, Name##D##dImpl> {            \
    Name##D##dImpl(int64_t in_channels, int64_t out_channels,                  \
                   ExpandingArray<D> kernel_size)                              \
        : Name##D                                                              \
          ##dImpl(Name##D##dOptions(in_channels, out_channels, kernel_size)) { \
    }                                                                          \
    explicit Name##D##dImpl(Name##D##dOptions o);                              \
    TAPER_CONV_FORWARD                                                         \
  };                                                                           \
  using Name##D##d = ModuleHolder<Name##D##dImpl>;

#define TAPER_CONV_FORWARD Tensor forward(const Tensor& input);
TAPER_CONV(Conv, 1)
TAPER_CONV(Conv, 2)
TAPER_CONV(Conv, 3)
#undef TAPER_CONV_FORWARD

// `output_size`, of the spatial dims or of all, takes the place of
// output_padding; throws ValueError when it is not possible.
#define TAPER_CONV_FORWARD                                           \
  Tensor forward(                                                    \
      const Tensor& input,                                           \
      const std::optional<IntArrayRef>& output_size = std::nullopt); \
                                                                     \
 protected:                                                          \
  FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(std::optional<IntArrayRef>())})
TAPER_CONV(ConvTranspose, 1)
TAPER_CONV(ConvTranspose, 2)
TAPER_CONV(ConvTranspose, 3)
#undef TAPER_CONV_FORWARD
#undef TAPER_CONV

}  // namespace taper::nn
