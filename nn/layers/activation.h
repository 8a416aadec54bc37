// Activations as modules. functional.h has them as functions.
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
using ELUOptions = AlphaOptions;
using CELUOptions = AlphaOptions;

/// Whether a layer overwrites its input.
struct TAPER_API InplaceOptions {
  InplaceOptions(bool inplace = false) : inplace_(inplace) {}
  TAPER_ARG(bool, inplace);
};
using ReLUOptions = InplaceOptions;
using ReLU6Options = InplaceOptions;
using SELUOptions = InplaceOptions;
using HardswishOptions = InplaceOptions;

/// The dim along which a layer works.
struct TAPER_API DimOptions {
  DimOptions(int64_t dim) : dim_(dim) {}
  TAPER_ARG(int64_t, dim);
};
using SoftmaxOptions = DimOptions;
using SoftminOptions = DimOptions;
using LogSoftmaxOptions = DimOptions;

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
using HardshrinkOptions = ShrinkOptions;
using SoftshrinkOptions = ShrinkOptions;

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

// Modules ---------------------------------------------------------------------

/// A layer that applies one function, which its source file names, to the input
/// with the options.
template <typename Derived, typename LayerOptions = NoOptions>
class TAPER_API UnaryLayer : public Layer<Derived, LayerOptions> {
 public:
  using Layer<Derived, LayerOptions>::Layer;
  Tensor forward(const Tensor& input);
};

/// max(x, 0).
struct TAPER_API ReLUImpl : UnaryLayer<ReLUImpl, ReLUOptions> {
  using UnaryLayer::UnaryLayer;
};
using ReLU = ModuleHolder<ReLUImpl>;

/// x limited to [0, 6].
struct TAPER_API ReLU6Impl : UnaryLayer<ReLU6Impl, ReLU6Options> {
  using UnaryLayer::UnaryLayer;
};
using ReLU6 = ModuleHolder<ReLU6Impl>;

/// x limited to [min_val, max_val].
struct TAPER_API HardtanhImpl : UnaryLayer<HardtanhImpl, HardtanhOptions> {
  explicit HardtanhImpl(const Options& o = {}) : UnaryLayer(o) { reset(); }
  void reset() override;
};
using Hardtanh = ModuleHolder<HardtanhImpl>;

/// x where x > 0, else negative_slope * x.
struct TAPER_API LeakyReLUImpl : UnaryLayer<LeakyReLUImpl, LeakyReLUOptions> {
  using UnaryLayer::UnaryLayer;
};
using LeakyReLU = ModuleHolder<LeakyReLUImpl>;

/// x where x > 0, else alpha * (exp(x) - 1).
struct TAPER_API ELUImpl : UnaryLayer<ELUImpl, ELUOptions> {
  using UnaryLayer::UnaryLayer;
};
using ELU = ModuleHolder<ELUImpl>;

/// x where x > 0, else alpha * (exp(x / alpha) - 1).
struct TAPER_API CELUImpl : UnaryLayer<CELUImpl, CELUOptions> {
  explicit CELUImpl(const Options& o = {}) : UnaryLayer(o) { reset(); }
  void reset() override;
};
using CELU = ModuleHolder<CELUImpl>;

/// ELU with the constants that keep mean 0 and variance 1: Klambauer et al.,
/// "Self-Normalizing Neural Networks", 2017.
struct TAPER_API SELUImpl : UnaryLayer<SELUImpl, SELUOptions> {
  using UnaryLayer::UnaryLayer;
};
using SELU = ModuleHolder<SELUImpl>;

/// x where x > 0, else weight * x with one learned weight, or one per channel
/// (dim 1).
struct TAPER_API PReLUImpl : Layer<PReLUImpl, PReLUOptions> {
  explicit PReLUImpl(const Options& o = {}) : Layer(o) { reset(); }
  void reset() override;
  Tensor forward(const Tensor& input);

  Tensor weight;
};
using PReLU = ModuleHolder<PReLUImpl>;

/// x where x > threshold, else value.
struct TAPER_API ThresholdImpl : UnaryLayer<ThresholdImpl, ThresholdOptions> {
  ThresholdImpl(double threshold, double value)
      : UnaryLayer(ThresholdOptions(threshold, value)) {}
  using UnaryLayer::UnaryLayer;
};
using Threshold = ModuleHolder<ThresholdImpl>;

/// x * Phi(x), Phi the normal distribution function.
struct TAPER_API GELUImpl : UnaryLayer<GELUImpl, GELUOptions> {
  using UnaryLayer::UnaryLayer;
};
using GELU = ModuleHolder<GELUImpl>;

/// x * sigmoid(x).
struct TAPER_API SiLUImpl : UnaryLayer<SiLUImpl> {};
using SiLU = ModuleHolder<SiLUImpl>;

/// x * tanh(softplus(x)).
struct TAPER_API MishImpl : UnaryLayer<MishImpl> {};
using Mish = ModuleHolder<MishImpl>;

/// x * min(max(x + 3, 0), 6) / 6.
struct TAPER_API HardswishImpl : UnaryLayer<HardswishImpl, HardswishOptions> {
  using UnaryLayer::UnaryLayer;
};
using Hardswish = ModuleHolder<HardswishImpl>;

/// 1 / (1 + exp(-x)).
struct TAPER_API SigmoidImpl : Layer<SigmoidImpl> {
  Tensor forward(const Tensor& input) { return input.sigmoid(); }
};
using Sigmoid = ModuleHolder<SigmoidImpl>;

/// log(sigmoid(x)).
struct TAPER_API LogSigmoidImpl : UnaryLayer<LogSigmoidImpl> {};
using LogSigmoid = ModuleHolder<LogSigmoidImpl>;

/// The hyperbolic tangent.
struct TAPER_API TanhImpl : Layer<TanhImpl> {
  Tensor forward(const Tensor& input) { return input.tanh(); }
};
using Tanh = ModuleHolder<TanhImpl>;

/// x - tanh(x).
struct TAPER_API TanhshrinkImpl : UnaryLayer<TanhshrinkImpl> {};
using Tanhshrink = ModuleHolder<TanhshrinkImpl>;

/// log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.
struct TAPER_API SoftplusImpl : UnaryLayer<SoftplusImpl, SoftplusOptions> {
  using UnaryLayer::UnaryLayer;
};
using Softplus = ModuleHolder<SoftplusImpl>;

/// x / (1 + |x|).
struct TAPER_API SoftsignImpl : UnaryLayer<SoftsignImpl> {};
using Softsign = ModuleHolder<SoftsignImpl>;

/// 0 where |x| <= lambda, else x.
struct TAPER_API HardshrinkImpl : UnaryLayer<HardshrinkImpl, ShrinkOptions> {
  using UnaryLayer::UnaryLayer;
};
using Hardshrink = ModuleHolder<HardshrinkImpl>;

/// x moved towards 0 by lambda, but not beyond it.
struct TAPER_API SoftshrinkImpl : UnaryLayer<SoftshrinkImpl, ShrinkOptions> {
  explicit SoftshrinkImpl(const Options& o = {}) : UnaryLayer(o) { reset(); }
  void reset() override;
};
using Softshrink = ModuleHolder<SoftshrinkImpl>;

/// a * sigmoid(b) for the two halves a and b of x along dim.
struct TAPER_API GLUImpl : UnaryLayer<GLUImpl, GLUOptions> {
  using UnaryLayer::UnaryLayer;
};
using GLU = ModuleHolder<GLUImpl>;

/// exp(x) / sum(exp(x)) along dim.
struct TAPER_API SoftmaxImpl : UnaryLayer<SoftmaxImpl, DimOptions> {
  using UnaryLayer::UnaryLayer;
};
using Softmax = ModuleHolder<SoftmaxImpl>;

/// Softmax over the channels of (N, C, H, W) or (C, H, W).
struct TAPER_API Softmax2dImpl : Layer<Softmax2dImpl> {
  Tensor forward(const Tensor& input);
};
using Softmax2d = ModuleHolder<Softmax2dImpl>;

/// Softmax of -x.
struct TAPER_API SoftminImpl : UnaryLayer<SoftminImpl, DimOptions> {
  using UnaryLayer::UnaryLayer;
};
using Softmin = ModuleHolder<SoftminImpl>;

/// log(softmax(x)).
struct TAPER_API LogSoftmaxImpl : UnaryLayer<LogSoftmaxImpl, DimOptions> {
  using UnaryLayer::UnaryLayer;
};
using LogSoftmax = ModuleHolder<LogSoftmaxImpl>;

}  // namespace taper::nn
