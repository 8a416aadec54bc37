// Layers that pad the last 1, 2 or 3 dims: with a number, with x mirrored, or
// with its edge repeated.
#pragma once

#include <cstddef>

#include "taper/nn/module/sized_layer.h"

namespace taper::nn {

/// `padding` is what goes before and behind the last dim, then the one before
/// it, and so on; negative numbers cut off.
template <size_t D>
struct TAPER_API PadOptions {
  PadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  TAPER_ARG(ExpandingArray<D * 2>, padding);
};
template <size_t D>
using ReflectionPadOptions = PadOptions<D>;
template <size_t D>
using ReplicationPadOptions = PadOptions<D>;
template <size_t D>
using ZeroPadOptions = PadOptions<D>;

/// The same, and what to pad with.
template <size_t D>
struct TAPER_API ConstantPadOptions {
  ConstantPadOptions(ExpandingArray<D * 2> padding, double value)
      : padding_(padding), value_(value) {}
  TAPER_ARG(ExpandingArray<D * 2>, padding);
  TAPER_ARG(double, value);
};

/// x (N, C, ...) or (C, ...) mirrored without its edge.
TAPER_SIZED_LAYER(ReflectionPad1d, PadOptions<1>, ExpandingArray<2>)
TAPER_SIZED_LAYER(ReflectionPad2d, PadOptions<2>, ExpandingArray<4>)
TAPER_SIZED_LAYER(ReflectionPad3d, PadOptions<3>, ExpandingArray<6>)
/// The edge of x (N, C, ...) or (C, ...) repeated.
TAPER_SIZED_LAYER(ReplicationPad1d, PadOptions<1>, ExpandingArray<2>)
TAPER_SIZED_LAYER(ReplicationPad2d, PadOptions<2>, ExpandingArray<4>)
TAPER_SIZED_LAYER(ReplicationPad3d, PadOptions<3>, ExpandingArray<6>)
/// 0 around any x.
TAPER_SIZED_LAYER(ZeroPad1d, PadOptions<1>, ExpandingArray<2>)
TAPER_SIZED_LAYER(ZeroPad2d, PadOptions<2>, ExpandingArray<4>)
TAPER_SIZED_LAYER(ZeroPad3d, PadOptions<3>, ExpandingArray<6>)
/// A number around any x.
TAPER_SIZED_LAYER(ConstantPad1d, ConstantPadOptions<1>, ExpandingArray<2>,
                  double)
TAPER_SIZED_LAYER(ConstantPad2d, ConstantPadOptions<2>, ExpandingArray<4>,
                  double)
TAPER_SIZED_LAYER(ConstantPad3d, ConstantPadOptions<3>, ExpandingArray<6>,
                  double)

}  // namespace taper::nn
