// What networks are made of: activations beyond those in pointwise.h, softmax,
// dropout, normalisations, embeddings, distances, padding and losses. N is the
// batch size, C the number of channels or classes.
#pragma once

#include <optional>
#include <string_view>

#include "taper/autograd/ops/network/attention.h"
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
/// x * tanh(log(1 + e^x)). Misra, "Mish", 2019.
TAPER_API Tensor mish(const Tensor& x);
/// x * min(max(x + 3, 0), 6) / 6. Howard et al., "Searching for MobileNetV3",
/// 2019.
TAPER_API Tensor hardswish(const Tensor& x);
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
TAPER_API Tensor& elu_(Tensor& x, const Scalar& alpha = 1,
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

// Softmax ---------------------------------------------------------------------

/// e^x / sum(e^x) along dim, without overflow. `dtype` casts first; throws
/// TypeError unless x is floating by then.
TAPER_API Tensor softmax(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);
/// softmax(-x).
TAPER_API Tensor softmin(const Tensor& x, int64_t dim,
                         std::optional<ScalarType> dtype = std::nullopt);
/// log(softmax(x)), computed as x - logsumexp(x).
TAPER_API Tensor log_softmax(const Tensor& x, int64_t dim,
                             std::optional<ScalarType> dtype = std::nullopt);
/// A sample of the distribution softmax(logits) that can be differentiated:
/// softmax((logits + g) / tau), g drawn from Gumbel's distribution; `hard`
/// makes it one-hot, with the same gradient. Jang, Gu, Poole, "Categorical
/// Reparameterization with Gumbel-Softmax", 2017.
TAPER_API Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard,
                                int64_t dim);

// Dropout ---------------------------------------------------------------------

/// While training: elements set to 0 with probability p, the others divided by
/// 1 - p. Otherwise x itself.
TAPER_API Tensor dropout(const Tensor& x, double p, bool train);
/// The same with one draw per (sample, channel), the first two dims of x.
TAPER_API Tensor feature_dropout(const Tensor& x, double p, bool train);
/// Dropout that keeps mean and variance behind SELU (Klambauer et al., 2017).
TAPER_API Tensor alpha_dropout(const Tensor& x, double p, bool train);
TAPER_API Tensor feature_alpha_dropout(const Tensor& x, double p, bool train);
TAPER_API Tensor& dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& feature_dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& alpha_dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train);

// Linear maps, look-up, distances, padding ------------------------------------

/// y_k = sum_ij a_i weight_kij b_j + bias_k for vectors a and b along the last
/// dims of x1 and x2, weight (out, in1, in2) and bias (out).
TAPER_API Tensor bilinear(const Tensor& x1, const Tensor& x2,
                          const Tensor& weight, const Tensor& bias = {});
/// Rows of weight (V, D): shape (indices' shape, D). The row padding_idx gets
/// no gradient (-1: every row does). With scale_grad_by_freq the gradient of a
/// row is divided by how often it occurs. Gradients are dense, also if sparse.
TAPER_API Tensor embedding(const Tensor& weight, const Tensor& indices,
                           int64_t padding_idx = -1,
                           bool scale_grad_by_freq = false,
                           bool sparse = false);
/// Shortens the rows of weight that are listed and whose norm exceeds max_norm.
TAPER_API Tensor& embedding_renorm_(Tensor& weight, const Tensor& indices,
                                    double max_norm, double norm_type);
/// int64 (..., num_classes), 1 at the given numbers and 0 elsewhere; the
/// largest number counts when num_classes is -1.
TAPER_API Tensor one_hot(const Tensor& x, int64_t num_classes = -1);
/// sum(x1 * x2) / (|x1| * |x2|) along dim, no norm taken below eps.
TAPER_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                                   int64_t dim = 1, double eps = 1e-8);
/// The p-norm of x1 - x2 + eps along the last dim.
TAPER_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                                   double p = 2, double eps = 1e-6,
                                   bool keepdim = false);
/// x / max(p-norm along dim, eps).
TAPER_API Tensor normalize(const Tensor& x, double p, int64_t dim, double eps);
/// Longer dims: `pad` has what goes before and behind the last dim, then the
/// one before it, and so on; negative numbers cut off. `mode` is "constant"
/// (`value`, 0 if left out), "reflect" (x mirrored without its edge),
/// "replicate" (its edge repeated) or "circular" (x over and over).
TAPER_API Tensor pad(const Tensor& x, IntArrayRef pad,
                     std::string_view mode = "constant",
                     std::optional<double> value = std::nullopt);
TAPER_API Tensor constant_pad_nd(const Tensor& x, IntArrayRef pad,
                                 const Scalar& value = 0);

// Losses ----------------------------------------------------------------------
// Each reduces the losses of the elements as `reduction` says.

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
/// x and t lie in [0, 1]; t broadcasts to x, dims of size 1 left out of both.
TAPER_API Tensor binary_cross_entropy(const Tensor& x, const Tensor& target,
                                      const Tensor& weight = {},
                                      int64_t reduction = Reduction::Mean);
/// The same of sigmoid(x), exact for large |x|; pos_weight scales the term of
/// t.
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
/// target * (log(target) - x) for log-probabilities x, 0 where target is 0;
/// with `log_target` the targets are logarithms as well.
TAPER_API Tensor kl_div(const Tensor& x, const Tensor& target,
                        int64_t reduction = Reduction::Mean,
                        bool log_target = false);
/// log(1 + e^(-target * x)) for targets 1 and -1.
TAPER_API Tensor soft_margin_loss(const Tensor& x, const Tensor& target,
                                  int64_t reduction = Reduction::Mean);
/// x where target = 1, max(0, margin - x) where it is -1.
TAPER_API Tensor hinge_embedding_loss(const Tensor& x, const Tensor& target,
                                      double margin = 1,
                                      int64_t reduction = Reduction::Mean);
/// 1 - cos(x1, x2) where target = 1, max(0, cos(x1, x2) - margin) where it is
/// -1, for vectors along the last dim.
TAPER_API Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2,
                                       const Tensor& target, double margin = 0,
                                       int64_t reduction = Reduction::Mean);
/// max(0, -target * (x1 - x2) + margin) for targets 1 and -1.
TAPER_API Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2,
                                     const Tensor& target, double margin = 0,
                                     int64_t reduction = Reduction::Mean);
/// max(0, d(anchor, positive) - d(anchor, negative) + margin), d being
/// pairwise_distance; `swap` takes d(positive, negative) where it is smaller.
/// Balntas et al., "Learning Shallow Convolutional Feature Descriptors with
/// Triplet Losses", 2016.
TAPER_API Tensor triplet_margin_loss(const Tensor& anchor,
                                     const Tensor& positive,
                                     const Tensor& negative, double margin = 1,
                                     double p = 2, double eps = 1e-6,
                                     bool swap = false,
                                     int64_t reduction = Reduction::Mean);

// Normalisations --------------------------------------------------------------
// The last argument is LibTorch's choice of a backend; it is of no effect.

/// (x - mean) / sqrt(var + eps) * weight + bias per channel of x (N, C) or
/// (N, C, ...). While training the biased statistics of the batch are used and
/// running_mean and running_var (unbiased) move towards them by `momentum`;
/// else the running ones are used. Throws when training on one value per
/// channel, and when running statistics require grad. Ioffe, Szegedy, "Batch
/// Normalization", 2015.
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
/// The same per sample and channel of x (N, C, ...), each a group of its own.
/// With use_input_stats the running statistics move as batch_norm's do, else
/// they are used. Ulyanov et al., "Instance Normalization", 2016.
TAPER_API Tensor instance_norm(const Tensor& x, const Tensor& weight = {},
                               const Tensor& bias = {},
                               const Tensor& running_mean = {},
                               const Tensor& running_var = {},
                               bool use_input_stats = true,
                               double momentum = 0.1, double eps = 1e-5,
                               bool cudnn_enabled = true);

}  // namespace taper
