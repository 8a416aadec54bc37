// Padding.
#pragma once

#include <optional>
#include <string_view>

#include "taper/tensor/tensor.h"

namespace taper {

/// Longer dims: `pad` has what goes before and behind the last dim, then the
/// one before it, and so on; negative numbers cut off. `mode` is "constant"
/// (`value`, 0 if left out), "reflect" (x mirrored without its edge),
/// "replicate" (its edge repeated) or "circular" (x over and over).
TAPER_API Tensor pad(const Tensor& x, IntArrayRef pad,
                     std::string_view mode = "constant",
                     std::optional<double> value = std::nullopt);
TAPER_API Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad,
                                 const Scalar& value = 0);

// The paddings that repeat what is there, by the number of dims that they pad:
// x is (N, C, ...) or (C, ...), and `padding` is that of pad().

/// x mirrored without its edge; shorter than the dim.
TAPER_API Tensor reflection_pad1d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor reflection_pad2d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor reflection_pad3d(const Tensor& x, IntArrayRef padding);
/// The edge of x repeated.
TAPER_API Tensor replication_pad1d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor replication_pad2d(const Tensor& x, IntArrayRef padding);
TAPER_API Tensor replication_pad3d(const Tensor& x, IntArrayRef padding);

}  // namespace taper
