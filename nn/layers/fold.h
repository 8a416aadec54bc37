// Fold and Unfold: sliding patches of images as columns, and back.
#pragma once

#include "taper/nn/module/sized_layer.h"

namespace taper::nn {

/// Patches of kernel_size elements, `dilation` apart, moved by `stride` over
/// images of `output_size` with `padding` beside them.
struct TAPER_API FoldOptions {
  FoldOptions(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size)
      : output_size_(output_size), kernel_size_(kernel_size) {}
  TAPER_ARG(ExpandingArray<2>, output_size);
  TAPER_ARG(ExpandingArray<2>, kernel_size);
  TAPER_ARG(ExpandingArray<2>, dilation) = 1;
  TAPER_ARG(ExpandingArray<2>, padding) = 0;
  TAPER_ARG(ExpandingArray<2>, stride) = 1;
};

struct TAPER_API UnfoldOptions {
  UnfoldOptions(ExpandingArray<2> kernel_size) : kernel_size_(kernel_size) {}
  TAPER_ARG(ExpandingArray<2>, kernel_size);
  TAPER_ARG(ExpandingArray<2>, dilation) = 1;
  TAPER_ARG(ExpandingArray<2>, padding) = 0;
  TAPER_ARG(ExpandingArray<2>, stride) = 1;
};

/// The images (N, C, H, W) that patches (N, C * kernel elements, blocks) add
/// up to.
TAPER_SIZED_LAYER(Fold, FoldOptions, ExpandingArray<2>, ExpandingArray<2>)
/// The patches of images (N, C, H, W) as (N, C * kernel elements, blocks).
TAPER_SIZED_LAYER(Unfold, UnfoldOptions, ExpandingArray<2>)

}  // namespace taper::nn
