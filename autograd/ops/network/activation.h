// Activations beyond those in pointwise.h.
#pragma once

#include <optional>
#include <string_view>

#include "taper/tensor/random/generator.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// x * Phi(x), Phi the normal distribution function; `approximate` is "none" or
/// "tanh". Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016.
TAPER_API Tensor gelu(const Tensor& x, std::string_view approximate = "none");
/// x * sigmoid(x).
TAPER_API Tensor silu(const Tensor& x);
/// x * tanh(log(1 + e^x)). Misra, "Mish", 2019.
TAPER_API Tensor mish(const Tensor& x);
/// x * min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3",
/// 2019.
TAPER_API Tensor hardswish(const Tensor& x);
/// min(max(x + 3, 0), 6) / 6.
TAPER_API Tensor hardsigmoid(const Tensor& x);
/// a * sigmoid(b) for the halves a and b of dim, whose size must be even.
/// Dauphin et al., "Language Modeling with Gated Convolutional Networks", 2016.
TAPER_API Tensor glu(const Tensor& x, int64_t dim = -1);
/// log(1 + e^(beta * x)) / beta, and x itself where beta * x > threshold.
TAPER_API Tensor softplus(const Tensor& x, const Scalar& beta = 1,
                          const Scalar& threshold = 20);
/// log(sigmoid(x)).
TAPER_API Tensor log_sigmoid(const Tensor& x);
/// x / (1 + |x|).
TAPER_API Tensor softsign(const Tensor& x);
/// x - tanh(x).
TAPER_API Tensor tanhshrink(const Tensor& x);
/// scale * x where x > 0, else scale * alpha * (e^(input_scale * x) - 1).
/// Clevert, Unterthiner, Hochreiter, "Exponential Linear Units", 2015.
TAPER_API Tensor elu(const Tensor& x, const Scalar& alpha = 1,
                     const Scalar& scale = 1, const Scalar& input_scale = 1);
/// x where x > 0, else alpha * (e^(x / alpha) - 1). Barron, 2017.
TAPER_API Tensor celu(const Tensor& x, const Scalar& alpha = 1);
/// elu with alpha 1.6733 and scale 1.0507, which keep mean 0 and variance 1.
/// Klambauer et al., "Self-Normalizing Neural Networks", 2017.
TAPER_API Tensor selu(const Tensor& x);
/// x where x > 0, else negative_slope * x.
TAPER_API Tensor leaky_relu(const Tensor& x,
                            const Scalar& negative_slope = 0.01);
/// x where x > 0, else weight * x; `weight` has one element or one per channel
/// (dim 1) of x. He et al., "Delving Deep into Rectifiers", 2015.
TAPER_API Tensor prelu(const Tensor& x, const Tensor& weight);
/// x limited to [min_val, max_val]; no gradient at the limits and beyond.
TAPER_API Tensor hardtanh(const Tensor& x, const Scalar& min_val = -1,
                          const Scalar& max_val = 1);
/// x limited to [0, 6].
TAPER_API Tensor relu6(const Tensor& x);
/// x where x > threshold, else value.
TAPER_API Tensor threshold(const Tensor& x, const Scalar& threshold,
                           const Scalar& value);
/// x where |x| > lambd, else 0.
TAPER_API Tensor hardshrink(const Tensor& x, const Scalar& lambd = 0.5);
/// x moved towards 0 by lambd, at most to 0.
TAPER_API Tensor softshrink(const Tensor& x, const Scalar& lambd = 0.5);

/// x where x > 0, else r * x: while training r is drawn from [lower, upper) for
/// each x <= 0 in row-major order, else it is the middle. Xu et al., "Empirical
/// Evaluation of Rectified Activations", 2015.
TAPER_API Tensor rrelu(const Tensor& x, const Scalar& lower = 1.0 / 8,
                       const Scalar& upper = 1.0 / 3, bool training = false,
                       std::optional<Generator> generator = std::nullopt);
/// The same; the slopes, 1 where x > 0, are written into `noise`, which has the
/// shape of x, while training.
TAPER_API Tensor
rrelu_with_noise(const Tensor& x, Tensor& noise, const Scalar& lower = 1.0 / 8,
                 const Scalar& upper = 1.0 / 3, bool training = false,
                 std::optional<Generator> generator = std::nullopt);

// Forms that overwrite x
// -------------------------------------------------------

TAPER_API Tensor& silu_(Tensor& x);
TAPER_API Tensor& mish_(Tensor& x);
TAPER_API Tensor& hardswish_(Tensor& x);
TAPER_API Tensor& hardsigmoid_(Tensor& x);
TAPER_API Tensor& elu_(Tensor& x, const Scalar& alpha = 1,
                       const Scalar& scale = 1, const Scalar& input_scale = 1);
TAPER_API Tensor& celu_(Tensor& x, const Scalar& alpha = 1);
TAPER_API Tensor& selu_(Tensor& x);
TAPER_API Tensor& leaky_relu_(Tensor& x, const Scalar& negative_slope = 0.01);
TAPER_API Tensor& hardtanh_(Tensor& x, const Scalar& min_val = -1,
                            const Scalar& max_val = 1);
TAPER_API Tensor& relu6_(Tensor& x);
TAPER_API Tensor& threshold_(Tensor& x, const Scalar& threshold,
                             const Scalar& value);
TAPER_API Tensor& rrelu_(Tensor& x, const Scalar& lower = 1.0 / 8,
                         const Scalar& upper = 1.0 / 3, bool training = false,
                         std::optional<Generator> generator = std::nullopt);
TAPER_API Tensor& rrelu_with_noise_(
    Tensor& x, Tensor& noise, const Scalar& lower = 1.0 / 8,
    const Scalar& upper = 1.0 / 3, bool training = false,
    std::optional<Generator> generator = std::nullopt);

}  // namespace taper
