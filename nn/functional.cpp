#include "taper/nn/functional.h"

#include <vector>

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/tensor/shape.h"

namespace taper::nn::functional {
namespace detail {
namespace {

using Drop = Tensor (*)(const Tensor&, double, bool);
using DropInPlace = Tensor& (*)(Tensor&, double, bool);

Tensor drop(Drop f, DropInPlace f_in_place, const Tensor& input, double p,
            bool training, bool inplace) {
  if (!inplace) return f(input, p, training);
  Tensor self = input;
  f_in_place(self, p, training);
  return self;
}

// Drops whole channels; an input without the dim N is a batch of one.
Tensor drop_channels(const Tensor& input, int64_t dims, double p, bool training,
                     bool inplace) {
  const bool batched = input.dim() == dims;
  const Tensor batch = batched ? input : input.unsqueeze(0);
  const Tensor output = drop(taper::feature_dropout, taper::feature_dropout_,
                             batch, p, training, inplace);
  if (inplace) return input;
  return batched ? output : output.squeeze(0);
}

}  // namespace

Tensor dropout(const Tensor& input, double p, bool training, bool inplace) {
  return drop(taper::dropout, taper::dropout_, input, p, training, inplace);
}

Tensor dropout2d(const Tensor& input, double p, bool training, bool inplace) {
  return drop_channels(input, 4, p, training, inplace);
}

Tensor dropout3d(const Tensor& input, double p, bool training, bool inplace) {
  return drop_channels(input, 5, p, training, inplace);
}

Tensor alpha_dropout(const Tensor& input, double p, bool training,
                     bool inplace) {
  return drop(taper::alpha_dropout, taper::alpha_dropout_, input, p, training,
              inplace);
}

Tensor feature_alpha_dropout(const Tensor& input, double p, bool training,
                             bool inplace) {
  return drop(taper::feature_alpha_dropout, taper::feature_alpha_dropout_,
              input, p, training, inplace);
}

// Every (sample, channel) is a channel of its own in a batch of one.
Tensor instance_norm(const Tensor& input, const Tensor& running_mean,
                     const Tensor& running_var, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum,
                     double eps) {
  check(input.dim() >= 2,
        "[instance_norm] expected an input (N, C, ...), got shape {}",
        input.sizes());
  check_eps("instance_norm", eps);
  const int64_t n = input.size(0);
  const int64_t channels = input.size(1);
  for (const Tensor* one : {&running_mean, &running_var, &weight, &bias}) {
    check(!one->defined() || (one->dim() == 1 && one->size(0) == channels),
          "[instance_norm] an input of shape {} needs statistics, weight and "
          "bias of {} elements",
          input.sizes(), channels);
  }
  if (!use_input_stats) {
    return taper::batch_norm(input, weight, bias, running_mean, running_var,
                             /*training=*/false, momentum, eps);
  }
  check<ValueError>(input.numel() != n * channels || input.numel() == 0,
                    "[instance_norm] needs more than one value per channel, "
                    "got an input of shape {}",
                    input.sizes());
  if (input.numel() == 0) return input.clone();
  const auto repeated = [&](const Tensor& one) {
    return one.defined() ? one.repeat(n) : Tensor();
  };
  std::vector<int64_t> shape = input.sizes().vec();
  shape[0] = 1;
  shape[1] = n * channels;
  Tensor means = repeated(running_mean);
  Tensor vars = repeated(running_var);
  Tensor output = taper::batch_norm(input.reshape(shape), repeated(weight),
                                    repeated(bias), means, vars,
                                    /*training=*/true, momentum, eps)
                      .view(input.sizes());
  NoGradGuard no_grad;
  if (running_mean.defined()) {
    Tensor(running_mean).copy_(means.view({n, channels}).mean(0));
  }
  if (running_var.defined()) {
    Tensor(running_var).copy_(vars.view({n, channels}).mean(0));
  }
  return output;
}

namespace {

// How often each row is used.
std::vector<int64_t> count_rows(const Tensor& indices, int64_t rows) {
  check<TypeError>(indices.dtype() == kLong,
                   "[embedding] expected int64 indices, got {}",
                   indices.dtype());
  std::vector<int64_t> counts(static_cast<size_t>(rows), 0);
  const Tensor flat = indices.contiguous();
  const auto* index = flat.data_ptr<int64_t>();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    check<IndexError>(index[i] >= 0 && index[i] < rows,
                      "[embedding] index {} is out of range [0, {}]", index[i],
                      rows - 1);
    ++counts[static_cast<size_t>(index[i])];
  }
  return counts;
}

// Scales the used rows down to max_norm, as PyTorch does it.
void shorten_rows(const Tensor& weight, const std::vector<int64_t>& uses,
                  double max_norm, double norm_type) {
  NoGradGuard no_grad;
  for (size_t i = 0; i < uses.size(); ++i) {
    if (uses[i] == 0) continue;
    Tensor row = weight.select(0, static_cast<int64_t>(i));
    const auto norm = row.norm(norm_type).item<double>();
    if (norm > max_norm) row.mul_(max_norm / (norm + 1e-7));
  }
}

// y, whose gradient is divided by the number of uses of each row.
Tensor scale_by_frequency(const Tensor& y, const Tensor& indices,
                          const std::vector<int64_t>& uses) {
  const Tensor counts = tensor(uses).to(y.dtype());
  const Tensor divisor = taper::embedding(counts.unsqueeze(1), indices);
  y.register_hook([divisor](const Tensor& grad) { return grad / divisor; });
  // A view, so that the caller's hooks see the whole gradient.
  return y.view_as(y);
}

}  // namespace

Tensor embedding(const Tensor& input, const Tensor& weight,
                 std::optional<int64_t> padding_idx,
                 std::optional<double> max_norm, double norm_type,
                 bool scale_grad_by_freq) {
  int64_t padding = -1;
  if (padding_idx) {
    const int64_t rows = weight.size(0);
    check<IndexError>(*padding_idx >= -rows && *padding_idx < rows,
                      "[embedding] padding_idx {} is out of range for {} rows",
                      *padding_idx, rows);
    padding = *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
  }
  if (!max_norm && !scale_grad_by_freq) {
    return taper::embedding(weight, input, padding);
  }
  const auto uses = count_rows(input, weight.size(0));
  if (max_norm) shorten_rows(weight, uses, *max_norm, norm_type);
  Tensor output = taper::embedding(weight, input, padding);
  if (!scale_grad_by_freq || !output.requires_grad()) return output;
  return scale_by_frequency(output, input, uses);
}

}  // namespace detail

Tensor dropout(const Tensor& input, const DropoutFuncOptions& options) {
  return detail::dropout(input, options.p(), options.training(),
                         options.inplace());
}

Tensor dropout2d(const Tensor& input, const Dropout2dFuncOptions& options) {
  return detail::dropout2d(input, options.p(), options.training(),
                           options.inplace());
}

Tensor dropout3d(const Tensor& input, const Dropout3dFuncOptions& options) {
  return detail::dropout3d(input, options.p(), options.training(),
                           options.inplace());
}

Tensor alpha_dropout(const Tensor& input,
                     const AlphaDropoutFuncOptions& options) {
  return detail::alpha_dropout(input, options.p(), options.training(),
                               options.inplace());
}

Tensor feature_alpha_dropout(const Tensor& input,
                             const FeatureAlphaDropoutFuncOptions& options) {
  return detail::feature_alpha_dropout(input, options.p(), options.training(),
                                       options.inplace());
}

Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                  const Tensor& running_var,
                  const BatchNormFuncOptions& options) {
  check_eps("batch_norm", options.eps());
  return taper::batch_norm(input, options.weight(), options.bias(),
                           running_mean, running_var, options.training(),
                           options.momentum(), options.eps());
}

Tensor instance_norm(const Tensor& input,
                     const InstanceNormFuncOptions& options) {
  return detail::instance_norm(input, options.running_mean(),
                               options.running_var(), options.weight(),
                               options.bias(), options.use_input_stats(),
                               options.momentum(), options.eps());
}

Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& options) {
  check_eps("layer_norm", options.eps());
  return taper::layer_norm(input, options.normalized_shape(), options.weight(),
                           options.bias(), options.eps());
}

Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& options) {
  check_eps("group_norm", options.eps());
  return taper::group_norm(input, options.num_groups(), options.weight(),
                           options.bias(), options.eps());
}

Tensor normalize(const Tensor& input, const NormalizeFuncOptions& options) {
  const Tensor norms =
      input.norm(Scalar(options.p()), options.dim(), /*keepdim=*/true);
  return input / norms.clamp_min(options.eps());
}

Tensor linear(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  return taper::linear(input, weight, bias);
}

Tensor bilinear(const Tensor& input1, const Tensor& input2,
                const Tensor& weight, const Tensor& bias) {
  check(weight.dim() == 3 && input1.dim() >= 1 &&
            input1.dim() == input2.dim() && input1.size(-1) == weight.size(1) &&
            input2.size(-1) == weight.size(2),
        "[bilinear] shapes {} and {} do not fit the weight (out, in1, in2) {}",
        input1.sizes(), input2.sizes(), weight.sizes());
  // sum_i a_i w_kij per b, then times b: (out, rows, in2) * (rows, in2).
  const Tensor a = input1.reshape({-1, weight.size(1)});
  const Tensor b = input2.reshape({-1, weight.size(2)});
  check(a.size(0) == b.size(0) || weight.size(1) == 0,
        "[bilinear] shapes {} and {} differ before the last dim",
        input1.sizes(), input2.sizes());
  Tensor output = (matmul(a, weight) * b).sum(-1).t().contiguous();
  if (bias.defined()) output = output + bias;
  std::vector<int64_t> shape = input1.sizes().vec();
  shape.back() = weight.size(0);
  return output.reshape(shape);
}

Tensor embedding(const Tensor& input, const Tensor& weight,
                 const EmbeddingFuncOptions& options) {
  return detail::embedding(input, weight, options.padding_idx(),
                           options.max_norm(), options.norm_type(),
                           options.scale_grad_by_freq());
}

Tensor one_hot(const Tensor& tensor, int64_t num_classes) {
  check<TypeError>(tensor.dtype() == kLong,
                   "[one_hot] expected int64 numbers, got {}", tensor.dtype());
  check<ValueError>(tensor.numel() > 0 || num_classes > 0,
                    "[one_hot] an empty tensor needs num_classes, got {}",
                    num_classes);
  const bool empty = tensor.numel() == 0;
  const int64_t least = empty ? 0 : tensor.min().item<int64_t>();
  const int64_t most = empty ? 0 : tensor.max().item<int64_t>();
  const int64_t classes = num_classes == -1 ? most + 1 : num_classes;
  check<IndexError>(least >= 0 && most < classes,
                    "[one_hot] numbers from {} to {} are not in [0, {}]", least,
                    most, classes - 1);
  std::vector<int64_t> shape = tensor.sizes().vec();
  shape.push_back(classes);
  return zeros(shape, kLong).scatter(-1, tensor.unsqueeze(-1), 1);
}

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                         const CosineSimilarityFuncOptions& options) {
  // The norms of what the inputs broadcast to, not of the inputs.
  const SmallShape sizes =
      broadcast_shapes("cosine_similarity", x1.sizes(), x2.sizes());
  const auto unit = [&](const Tensor& input) {
    const Tensor x = input.expand(sizes);
    const Tensor norms = x.norm(Scalar(2), options.dim(), /*keepdim=*/true);
    return x / norms.clamp_min(options.eps());
  };
  return (unit(x1) * unit(x2)).sum(options.dim());
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                         const PairwiseDistanceFuncOptions& options) {
  return (x1 - x2 + options.eps())
      .norm(Scalar(options.p()), -1, options.keepdim());
}

}  // namespace taper::nn::functional
