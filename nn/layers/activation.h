// Activations, and dropout (the identity in evaluation mode), as modules.
// functional.h has them as functions.
#pragma once

#include <cstdint>
#include <string>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

// Options ---------------------------------------------------------------------

/// The value for x towards -infinity is -alpha.
struct TAPER_API AlphaOptions {
  TAPER_ARG(double, alpha) = 1.0;
  TAPER_ARG(bool, inplace) = false;
};

/// Whether a layer overwrites its input.
struct TAPER_API InplaceOptions {
  InplaceOptions(bool inplace = false) : inplace_(inplace) {}
  TAPER_ARG(bool, inplace);
};

/// The dim along which a layer works.
struct TAPER_API DimOptions {
  DimOptions(int64_t dim) : dim_(dim) {}
  TAPER_ARG(int64_t, dim);
};

struct TAPER_API GLUOptions {
  GLUOptions(int64_t dim = -1) : dim_(dim) {}
  TAPER_ARG(int64_t, dim);
};

/// `approximate` is "none" or "tanh".
struct TAPER_API GELUOptions {
  TAPER_ARG(std::string, approximate) = "none";
};

/// The half width of the interval around 0.
struct TAPER_API ShrinkOptions {
  ShrinkOptions(double lambda = 0.5) : lambda_(lambda) {}
  TAPER_ARG(double, lambda);
};

struct TAPER_API HardtanhOptions {
  TAPER_ARG(double, min_val) = -1.0;
  TAPER_ARG(double, max_val) = 1.0;
  TAPER_ARG(bool, inplace) = false;
};

struct TAPER_API LeakyReLUOptions {
  TAPER_ARG(double, negative_slope) = 1e-2;
  TAPER_ARG(bool, inplace) = false;
};

/// `num_parameters` is 1 or the number of channels.
struct TAPER_API PReLUOptions {
  TAPER_ARG(int64_t, num_parameters) = 1;
  TAPER_ARG(double, init) = 0.25;
};

/// The limits of the slopes of negative inputs.
struct TAPER_API RReLUOptions {
  TAPER_ARG(double, lower) = 1.0 / 8.0;
  TAPER_ARG(double, upper) = 1.0 / 3.0;
  TAPER_ARG(bool, inplace) = false;
};

struct TAPER_API SoftplusOptions {
  TAPER_ARG(double, beta) = 1.0;
  TAPER_ARG(double, threshold) = 20.0;
};

struct TAPER_API ThresholdOptions {
  ThresholdOptions(double threshold, double value)
      : threshold_(threshold), value_(value) {}
  TAPER_ARG(double, threshold);
  TAPER_ARG(double, value);
  TAPER_ARG(bool, inplace) = false;
};

/// The probability of a 0, in [0, 1], and whether the input is overwritten.
struct TAPER_API DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  TAPER_ARG(double, p);
  TAPER_ARG(bool, inplace) = false;
};

// Modules ---------------------------------------------------------------------

#define TAPER_ACTIVATION TAPER_ACTIVATION_LAYER
#define TAPER_ACTIVATION_LAYER(Name, f, OptionsType) \
  TAPER_FUNCTION_LAYER(Name, OptionsType, const Tensor& input)
#define TAPER_PLAIN_ACTIVATION(Name, f)             \
  struct TAPER_API Name##Impl : Layer<Name##Impl> { \
    Tensor forward(const Tensor& input);            \
  };                                                \
  using Name = ModuleHolder<Name##Impl>;
#define TAPER_DROPOUT(Name, f, FuncOptions) \
  TAPER_FUNCTION_LAYER(Name, DropoutOptions, const Tensor& input)
#include "taper/nn/layers.inc"

/// x where x > 0, else weight * x with one learned weight, or one per channel
/// (dim 1).
struct TAPER_API PReLUImpl : Layer<PReLUImpl, PReLUOptions> {
  explicit PReLUImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input);

  Tensor weight;
};
using PReLU = ModuleHolder<PReLUImpl>;

/// x where x > 0, else r * x, r drawn from [lower, upper) for each such x while
/// training, else their middle.
TAPER_FUNCTION_LAYER(RReLU, RReLUOptions, const Tensor& input)

/// x where x > threshold, else value.
struct TAPER_API ThresholdImpl : Layer<ThresholdImpl, ThresholdOptions> {
  ThresholdImpl(double threshold, double value)
      : Layer(ThresholdOptions(threshold, value)) {}
  using Layer::Layer;
  Tensor forward(const Tensor& input);
};
using Threshold = ModuleHolder<ThresholdImpl>;

/// Softmax over the channels of (N, C, H, W) or (C, H, W).
struct TAPER_API Softmax2dImpl : Layer<Softmax2dImpl> {
  Tensor forward(const Tensor& input);
};
using Softmax2d = ModuleHolder<Softmax2dImpl>;

}  // namespace taper::nn
