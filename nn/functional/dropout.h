// Dropout as functions.
#pragma once

#include "taper/nn/layers/activation.h"

namespace taper::nn::functional {

/// As in LibTorch the alpha forms are not training unless told so.
template <bool training_at_first>
struct TAPER_API BasicDropoutFuncOptions {
  TAPER_ARG(double, p) = 0.5;
  TAPER_ARG(bool, training) = training_at_first;
  TAPER_ARG(bool, inplace) = false;
};

#define TAPER_DROPOUT(Name, f, OptionsType)                        \
  using Name##FuncOptions = OptionsType;                           \
  TAPER_API Tensor f(const Tensor& input,                          \
                     const Name##FuncOptions& options = {});       \
  namespace detail {                                               \
  TAPER_API Tensor f(const Tensor& input, double p, bool training, \
                     bool inplace);                                \
  }
#include "taper/nn/layers.inc"

}  // namespace taper::nn::functional
