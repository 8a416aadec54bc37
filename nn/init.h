// Initialisers: each fills a tensor in place, outside the graph, with the
// numbers that PyTorch draws from the same seed, and returns it.
#pragma once

#include <cstdint>
#include <tuple>
#include <variant>

#include "taper/nn/enum.h"
#include "taper/tensor/tensor.h"

namespace taper::nn::init {

using NonlinearityType =
    std::variant<enumtype::kLinear, enumtype::kConv1D, enumtype::kConv2D,
                 enumtype::kConv3D, enumtype::kConvTranspose1D,
                 enumtype::kConvTranspose2D, enumtype::kConvTranspose3D,
                 enumtype::kSigmoid, enumtype::kTanh, enumtype::kReLU,
                 enumtype::kLeakyReLU>;
using FanModeType = std::variant<enumtype::kFanIn, enumtype::kFanOut>;

/// The factor that keeps the variance through a nonlinearity: 1 for linear
/// layers and sigmoid, 5/3 for tanh, sqrt(2) for ReLU, and
/// sqrt(2 / (1 + param^2)) for leaky ReLU with slope `param`.
TAPER_API double calculate_gain(NonlinearityType nonlinearity,
                                double param = 0.01);

TAPER_API Tensor constant_(const Tensor& tensor, Scalar value);
TAPER_API Tensor ones_(const Tensor& tensor);
TAPER_API Tensor zeros_(const Tensor& tensor);
/// Ones on the diagonal of a matrix.
TAPER_API Tensor eye_(const Tensor& matrix);
/// The kernel (out, in, ...) of 3 to 5 dims of a convolution that passes on as
/// many channels as it can unchanged.
TAPER_API Tensor dirac_(const Tensor& tensor);
TAPER_API Tensor uniform_(const Tensor& tensor, double low = 0,
                          double high = 1);
TAPER_API Tensor normal_(const Tensor& tensor, double mean = 0, double std = 1);

// fan_in and fan_out are the numbers of inputs per output and of outputs per
// input of a weight (out, in, ...): Glorot and Bengio, "Understanding the
// difficulty of training deep feedforward neural networks", 2010, and He et
// al., "Delving deep into rectifiers", 2015. They throw below 2 dims ----------

/// Uniform in +-gain * sqrt(6 / (fan_in + fan_out)).
TAPER_API Tensor xavier_uniform_(const Tensor& tensor, double gain = 1);
/// Normal with standard deviation gain * sqrt(2 / (fan_in + fan_out)).
TAPER_API Tensor xavier_normal_(const Tensor& tensor, double gain = 1);
/// Uniform in +-gain * sqrt(3 / fan), the gain being that of `nonlinearity`
/// with slope `a`; it is kLeakyReLU in the forms without it, which spare a
/// program the large variant.
TAPER_API Tensor kaiming_uniform_(const Tensor& tensor, double a,
                                  FanModeType mode,
                                  NonlinearityType nonlinearity);
TAPER_API Tensor kaiming_uniform_(const Tensor& tensor, double a = 0,
                                  FanModeType mode = kFanIn);
/// Normal with standard deviation gain / sqrt(fan).
TAPER_API Tensor kaiming_normal_(const Tensor& tensor, double a,
                                 FanModeType mode,
                                 NonlinearityType nonlinearity);
TAPER_API Tensor kaiming_normal_(const Tensor& tensor, double a = 0,
                                 FanModeType mode = kFanIn);
/// gain times a matrix with orthonormal rows or columns (dims behind the first
/// count as one): Saxe et al., "Exact solutions to the nonlinear dynamics of
/// learning in deep linear neural networks", 2013.
TAPER_API Tensor orthogonal_(const Tensor& tensor, double gain = 1);
/// Normal with mean 0, except that in every column of the matrix a share
/// `sparsity`, rounded up, of the elements is 0.
TAPER_API Tensor sparse_(const Tensor& tensor, double sparsity,
                         double std = 0.01);

/// (fan_in, fan_out) of a weight.
TAPER_API std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(
    const Tensor& tensor);

}  // namespace taper::nn::init
