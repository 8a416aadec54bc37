// Dropout layers: active while training, the identity in evaluation mode.
#pragma once

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

/// The probability of a 0, in [0, 1], and whether the input is overwritten.
struct TAPER_API DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  TAPER_ARG(double, p);
  TAPER_ARG(bool, inplace) = false;
};

#define TAPER_DROPOUT(Name, f, FuncOptions) \
  TAPER_FUNCTION_LAYER(Name, DropoutOptions, const Tensor& input)
#include "taper/nn/layers.inc"

}  // namespace taper::nn
