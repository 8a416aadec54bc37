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

// The layers for D dims: of x (N, C, ...) or (C, ...) for reflection and
// replication, of any x for the others.
#define TAPER_PADDINGS(D)                                                    \
  /** x mirrored without its edge. */                                        \
  TAPER_SIZED_LAYER(ReflectionPad##D##d, ReflectionPadOptions<D>,            \
                    ExpandingArray<D * 2>)                                   \
  /** The edge of x repeated. */                                             \
  TAPER_SIZED_LAYER(ReplicationPad##D##d, ReplicationPadOptions<D>,          \
                    ExpandingArray<D * 2>)                                   \
  TAPER_SIZED_LAYER(ZeroPad##D##d, ZeroPadOptions<D>, ExpandingArray<D * 2>) \
  TAPER_SIZED_LAYER(ConstantPad##D##d, ConstantPadOptions<D>,                \
                    ExpandingArray<D * 2>, double)
TAPER_PADDINGS(1)
TAPER_PADDINGS(2)
TAPER_PADDINGS(3)
#undef TAPER_PADDINGS

}  // namespace taper::nn
