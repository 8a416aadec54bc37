// Functions on tensors that networks are made of: activations beyond those in
// pointwise.h, losses and normalisations. N is the batch size, C the number of
// channels or classes, L the elements per channel.
#pragma once

#include <optional>
#include <string_view>

#include "taper/tensor/tensor.h"

namespace taper {

/// What a loss does with the values of the elements.
namespace Reduction {
enum Reduction : int64_t { None, Mean, Sum };
}

// Activations -----------------------------------------------------------------

/// x * Phi(x), Phi the normal distribution function; `approximate` is "none" or
/// "tanh". Hendrycks, Gimpel, "Gaussian Error Linear Units", 2016.
TAPER_API Tensor gelu(const Tensor& x, std::string_view approximate = "none");
/// x * sigmoid(x).
TAPER_API Tensor silu(const Tensor& x);
/// log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.
TAPER_API Tensor softplus(const Tensor& x, const Scalar& beta = 1,
                          const Scalar& threshold = 20);
/// log(sigmoid(x)).
TAPER_API Tensor log_sigmoid(const Tensor& x);
/// x where x > 0, else negative_slope * x.
TAPER_API Tensor leaky_relu(const Tensor& x,
                            const Scalar& negative_slope = 0.01);
/// x where x > 0, else alpha * (exp(x) - 1).
TAPER_API Tensor elu(const Tensor& x, const Scalar& alpha = 1);

// Losses ----------------------------------------------------------------------

/// (x - target)^2.
TAPER_API Tensor mse_loss(const Tensor& x, const Tensor& target,
                          int64_t reduction = Reduction::Mean);
/// |x - target|.
TAPER_API Tensor l1_loss(const Tensor& x, const Tensor& target,
                         int64_t reduction = Reduction::Mean);
/// d^2 / (2 beta) where d = |x - target| < beta, else d - beta / 2.
TAPER_API Tensor smooth_l1_loss(const Tensor& x, const Tensor& target,
                                int64_t reduction = Reduction::Mean,
                                double beta = 1);
/// d^2 / 2 where d = |x - target| <= delta, else delta * (d - delta / 2).
TAPER_API Tensor huber_loss(const Tensor& x, const Tensor& target,
                            int64_t reduction = Reduction::Mean,
                            double delta = 1);
/// -weight * (t log x + (1 - t) log(1 - x)), the logarithms not below -100;
/// x and t lie in [0, 1].
TAPER_API Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                                      const Tensor& weight = {},
                                      int64_t reduction = Reduction::Mean);
/// The same of sigmoid(x), without overflow; pos_weight scales the term of t.
TAPER_API Tensor binary_cross_entropy_with_logits(
    const Tensor& x, const Tensor& target, const Tensor& weight = {},
    const Tensor& pos_weight = {}, int64_t reduction = Reduction::Mean);
/// -weight[t] * x[t] for log-probabilities x (C), (N, C) or (N, C, ...) and
/// int64 targets of x's shape without C. Entries equal to ignore_index count
/// nothing; the mean divides by the weights counted. Throws IndexError when a
/// target is outside [0, C).
TAPER_API Tensor nll_loss(const Tensor& x, const Tensor& target,
                          const Tensor& weight = {},
                          int64_t reduction = Reduction::Mean,
                          int64_t ignore_index = -100);
/// nll_loss of log_softmax(x), with `label_smoothing` of the target spread over
/// all classes. Floating targets of x's shape are class probabilities.
TAPER_API Tensor cross_entropy_loss(const Tensor& x, const Tensor& target,
                                    const Tensor& weight = {},
                                    int64_t reduction = Reduction::Mean,
                                    int64_t ignore_index = -100,
                                    double label_smoothing = 0);

// Normalisations --------------------------------------------------------------
// The last argument is LibTorch's choice of a backend; it is of no effect.

/// (x - mean) / sqrt(var + eps) * weight + bias per channel of x (N, C) or
/// (N, C, ...). While training the biased statistics of the batch are used and
/// running_mean and running_var (unbiased) move towards them by `momentum`;
/// else the running ones are used. Throws when training on one value per
/// channel. Ioffe, Szegedy, "Batch Normalization", 2015.
TAPER_API Tensor batch_norm(const Tensor& x, const Tensor& weight,
                            const Tensor& bias, const Tensor& running_mean,
                            const Tensor& running_var, bool training,
                            double momentum, double eps,
                            bool cudnn_enabled = true);
/// (x - mean) / sqrt(var + eps) * weight + bias over the last dims, whose
/// sizes are `normalized_shape`. Ba, Kiros, Hinton, "Layer Normalization",
/// 2016.
TAPER_API Tensor layer_norm(const Tensor& x, IntArrayRef normalized_shape,
                            const Tensor& weight = {}, const Tensor& bias = {},
                            double eps = 1e-5, bool cudnn_enable = true);
/// The same over each of `num_groups` groups of channels of x (N, C, ...), with
/// one weight and bias per channel. Wu, He, "Group Normalization", 2018.
TAPER_API Tensor group_norm(const Tensor& x, int64_t num_groups,
                            const Tensor& weight = {}, const Tensor& bias = {},
                            double eps = 1e-5, bool cudnn_enabled = true);

}  // namespace taper
