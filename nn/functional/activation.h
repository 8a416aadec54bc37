// Activations as functions, with the options of the modules of the same name;
// only those that differ are declared here.
#pragma once

#include <cstdint>
#include <optional>

#include "taper/autograd/ops/network/activation.h"
#include "taper/nn/layers/activation.h"

namespace taper::nn::functional {

using ReLUFuncOptions = ReLUOptions;
using ThresholdFuncOptions = ThresholdOptions;

/// `dtype` is what the input is cast to first.
struct TAPER_API DimFuncOptions {
  DimFuncOptions(int64_t dim) : dim_(dim) {}
  DimFuncOptions(const DimOptions& options) : dim_(options.dim()) {}
  TAPER_ARG(int64_t, dim);
  TAPER_ARG(std::optional<Dtype>, dtype) = std::nullopt;
};
using SoftmaxFuncOptions = DimFuncOptions;
using SoftminFuncOptions = DimFuncOptions;
using LogSoftmaxFuncOptions = DimFuncOptions;

/// tau is the temperature; `hard` gives one-hot vectors.
struct TAPER_API GumbelSoftmaxFuncOptions {
  TAPER_ARG(double, tau) = 1.0;
  TAPER_ARG(bool, hard) = false;
  TAPER_ARG(int, dim) = -1;
};

struct TAPER_API RReLUFuncOptions {
  TAPER_ARG(double, lower) = 1.0 / 8.0;
  TAPER_ARG(double, upper) = 1.0 / 3.0;
  TAPER_ARG(bool, training) = false;
  TAPER_ARG(bool, inplace) = false;
};

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_ACTIVATION(Name, f, OptionsType) \
  using Name##FuncOptions = Name##Options;     \
  TAPER_API Tensor f(const Tensor& input,      \
                     const Name##FuncOptions& options = {});
#include "taper/nn/layers.inc"

// The others ------------------------------------------------------------------

using taper::mish;
using taper::prelu;
using taper::silu;
using taper::softsign;
using taper::tanhshrink;

TAPER_API Tensor relu(const Tensor& input, const ReLUFuncOptions& options = {});
TAPER_API Tensor rrelu(const Tensor& input,
                       const RReLUFuncOptions& options = {});
TAPER_API Tensor threshold(const Tensor& input,
                           const ThresholdFuncOptions& options);
TAPER_API Tensor logsigmoid(const Tensor& input);
TAPER_API Tensor softmax(const Tensor& input,
                         const SoftmaxFuncOptions& options);
TAPER_API Tensor softmin(const Tensor& input,
                         const SoftminFuncOptions& options);
TAPER_API Tensor log_softmax(const Tensor& input,
                             const LogSoftmaxFuncOptions& options);
TAPER_API Tensor gumbel_softmax(const Tensor& logits,
                                const GumbelSoftmaxFuncOptions& options = {});

}  // namespace taper::nn::functional
