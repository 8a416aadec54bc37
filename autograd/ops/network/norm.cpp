// Normalisations: fused kernels, and the same composed of differentiable ops
// for gradients of gradients.
#include "taper/tensor/kernels/norm.h"

#include <algorithm>
#include <utility>

#include "taper/autograd/composed.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/network/norm.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

void check_input(const char* op, const Tensor& x, double eps) {
  check_floating(op, x);
  check<ValueError>(eps >= 0, "[{}] eps must not be negative, got {}", op, eps);
}

// A parameter or running statistic: undefined, or of the given shape. Beside
// elements of 16 bits it may have those that are computed in.
void check_vector(const char* op, const char* what, const Tensor& x,
                  const Tensor& vector, IntArrayRef shape) {
  if (!vector.defined()) return;
  check(vector.sizes() == shape,
        "[{}] {} must have shape {} for an input of shape {}, got {}", op, what,
        shape, x.sizes(), vector.sizes());
  check<TypeError>(
      vector.dtype() == x.dtype() || vector.dtype() == compute_type(x.dtype()),
      "[{}] {} is {} but the input is {}", op, what, vector.dtype(), x.dtype());
}

// The number of channels of x (N, C, ...), each of which has an element in the
// vectors that are defined.
int64_t checked_channels(const char* op, const Tensor& x, double eps,
                         const Tensor& weight, const Tensor& bias,
                         const Tensor& running_mean = {},
                         const Tensor& running_var = {}) {
  check_input(op, x, eps);
  check(x.dim() >= 2, "[{}] expected an input (N, C, ...), got shape {}", op,
        x.sizes());
  const int64_t channels = x.sizes()[1];
  check_vector(op, "weight", x, weight, channels);
  check_vector(op, "bias", x, bias, channels);
  check_vector(op, "running_mean", x, running_mean, channels);
  check_vector(op, "running_var", x, running_var, channels);
  check(!needs_grad(running_mean, running_var),
        "[{}] is not differentiable with respect to {}, which must not require "
        "grad",
        op, needs_grad(running_mean) ? "running_mean" : "running_var");
  return channels;
}

Tensor flat(const Tensor& x) { return x.defined() ? x.contiguous() : x; }

// The vector (C) so shaped that it broadcasts over x (N, C, ...).
Tensor over_channels(const Tensor& vector, const Tensor& x) {
  SmallShape shape;
  for (int64_t d = 0; d < x.dim(); ++d) {
    shape.push_back(d == 1 ? vector.numel() : 1);
  }
  return vector.view(IntArrayRef(shape));
}

// x * weight + bias per channel.
Tensor affine(Tensor x, const Tensor& weight, const Tensor& bias) {
  if (weight.defined()) x = x * over_channels(weight, x);
  return bias.defined() ? x + over_channels(bias, x) : x;
}

Tensor normalise(const Tensor& x, IntArrayRef dims, double eps) {
  Tensor centred = x - x.mean(dims, /*keepdim=*/true);
  Tensor var = centred.square().mean(dims, /*keepdim=*/true);
  return centred * (var + eps).rsqrt();
}

// The dims of x from `first` on, but not `left_out`.
SmallShape dims_of(const Tensor& x, int64_t first, int64_t left_out = -1) {
  SmallShape dims;
  for (int64_t d = first; d < x.dim(); ++d) {
    if (d != left_out) dims.push_back(d);
  }
  return dims;
}

// y = forward(x, weight, bias, statistics), recorded: composed(inputs,
// statistics) is y of differentiable ops, fused(grad, x, weight, statistics,
// grads) the gradients by a kernel. No gradient needs the value of the bias.
template <class Forward, class Composed, class Fused>
Tensor normalised(const char* name, const Tensor& x, const Tensor& weight,
                  const Tensor& bias, Forward forward, Composed composed,
                  Fused fused) {
  if (kernels::is_narrow(x)) {
    return normalised(name, computed(x), computed(weight), computed(bias),
                      forward, composed, fused)
        .to(x.dtype());
  }
  const Tensor input = x.contiguous(), w = flat(weight), b = flat(bias);
  kernels::Statistics s;
  Tensor y = forward(input, w, b, s);
  return record(y, name, {&input, &w, &b},
                [x = save(input), weight = save(w), s, composed, fused,
                 sizes = SmallShape(b.defined() ? b.sizes() : IntArrayRef())](
                    const Tensor& grad, const InputGrads& grads) {
                  if (detail::grad_enabled) {
                    const Tensor any =
                        grads.wants(2)
                            ? zeros(sizes, grad.dtype()).requires_grad_()
                            : Tensor();
                    return composed_backward(
                        grads, {x(), weight(), any}, grad,
                        [&](const auto& in) { return composed(in, s); });
                  }
                  const kernels::NormGrads g =
                      fused(kernels::contiguous(grad), x(), weight(), s, grads);
                  grads[0] = g.x;
                  grads[1] = g.weight;
                  grads[2] = g.bias;
                });
}

using kernels::Statistics;

}  // namespace

Tensor layer_norm(const Tensor& x, IntArrayRef normalized_shape,
                  const Tensor& weight, const Tensor& bias, double eps, bool) {
  const char* op = "layer_norm";
  check_input(op, x, eps);
  auto count = static_cast<int64_t>(normalized_shape.size());
  check(count >= 1 && count <= x.dim() &&
            x.sizes().slice(static_cast<size_t>(x.dim() - count),
                            normalized_shape.size()) == normalized_shape,
        "[{}] an input of shape {} does not end in normalized_shape {}", op,
        x.sizes(), normalized_shape);
  check_vector(op, "weight", x, weight, normalized_shape);
  check_vector(op, "bias", x, bias, normalized_shape);
  const SmallShape shape(normalized_shape);
  const int64_t n = numel_of(normalized_shape);
  return normalised(
      "NativeLayerNormBackward0", x, weight, bias,
      [=](const auto& in, const auto& w, const auto& b, Statistics& s) {
        return kernels::layer_norm(in, n, w, b, eps, s);
      },
      [=](const auto& in, const Statistics&) {
        const int64_t first = in[0].dim() - shape.size;
        Tensor y = normalise(in[0], dims_of(in[0], first), eps);
        if (in[1].defined()) y = y * in[1];
        return in[2].defined() ? y + in[2] : y;
      },
      [=](const auto& grad, const auto& in, const auto& w, const Statistics& s,
          const InputGrads& grads) {
        kernels::NormGrads g = kernels::layer_norm_backward(
            grad, in, n, w, s, grads.wants(0), grads.wants(1), grads.wants(2));
        if (g.weight.defined()) g.weight = g.weight.view(shape);
        if (g.bias.defined()) g.bias = g.bias.view(shape);
        return g;
      });
}

Tensor group_norm(const Tensor& x, int64_t num_groups, const Tensor& weight,
                  const Tensor& bias, double eps, bool) {
  const char* op = "group_norm";
  const int64_t channels = checked_channels(op, x, eps, weight, bias);
  check<ValueError>(num_groups > 0 && channels % num_groups == 0,
                    "[{}] {} channels cannot be divided into {} groups", op,
                    channels, num_groups);
  if (x.numel() == 0) return affine(x.clone(), weight, bias).to(x.dtype());
  return normalised(
      "NativeGroupNormBackward0", x, weight, bias,
      [=](const auto& in, const auto& w, const auto& b, Statistics& s) {
        return kernels::group_norm(in, num_groups, w, b, eps, s);
      },
      [=](const auto& in, const Statistics&) {
        const Tensor grouped = in[0].reshape({in[0].size(0), num_groups, -1});
        return affine(normalise(grouped, 2, eps).view(in[0].sizes()), in[1],
                      in[2]);
      },
      [=](const auto& grad, const auto& in, const auto& w, const Statistics& s,
          const InputGrads& grads) {
        return kernels::group_norm_backward(grad, in, num_groups, w, s,
                                            grads.wants(0), grads.wants(1),
                                            grads.wants(2));
      });
}

Tensor batch_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                  const Tensor& running_mean, const Tensor& running_var,
                  bool training, double momentum, double eps, bool) {
  const char* op = "batch_norm";
  const int64_t channels =
      checked_channels(op, x, eps, weight, bias, running_mean, running_var);
  check(training || (running_mean.defined() && running_var.defined()),
        "[{}] running statistics are needed outside training", op);
  const int64_t count = x.numel() / std::max<int64_t>(channels, 1);
  check<ValueError>(!training || count != 1,
                    "[{}] training needs more than one value per channel, got "
                    "an input of shape {}",
                    op, x.sizes());
  if (kernels::is_narrow(x)) {
    Tensor mean = kernels::widened(running_mean);
    Tensor var = kernels::widened(running_var);
    Tensor y = batch_norm(computed(x), computed(weight), computed(bias), mean,
                          var, training, momentum, eps)
                   .to(x.dtype());
    const NoGradGuard no_grad;
    if (training && mean.defined()) Tensor(running_mean).copy_(mean);
    if (training && var.defined()) Tensor(running_var).copy_(var);
    return y;
  }
  // No values have no statistics; the gradients are 0.
  if (x.numel() == 0) return affine(x.clone(), weight, bias);
  Tensor mean, var;
  Tensor y = normalised(
      "NativeBatchNormBackward0", x, weight, bias,
      [&](const auto& in, const auto& w, const auto& b, Statistics& s) {
        // Copies: the running ones may move on before the backward runs.
        mean = training ? kernels::empty(channels, x.dtype())
                        : kernels::clone(running_mean);
        var = training ? kernels::empty(channels, x.dtype())
                       : kernels::contiguous(running_var);
        if (training) kernels::channel_mean_var(in, mean, var);
        s = {mean, kernels::reciprocal_std(var, eps)};
        return kernels::batch_norm(in, w, b, s);
      },
      [=](const auto& in, const Statistics& s) {
        const Tensor& in0 = in[0];
        return affine(training ? normalise(in0, dims_of(in0, 0, 1), eps)
                               : (in0 - over_channels(s.mean, in0)) *
                                     over_channels(s.rstd, in0),
                      in[1], in[2]);
      },
      [=](const auto& grad, const auto& in, const auto& w, const Statistics& s,
          const InputGrads&) {
        return kernels::batch_norm_backward(grad, in, w, s, training);
      });
  // Last, so that a call that throws leaves the running statistics alone.
  const auto move = [&](const Tensor& running, const Tensor& batch, double by) {
    if (!training || !running.defined()) return;
    kernels::move_running(running, batch, momentum, by);
    detail::bump_version(running);
  };
  move(running_mean, mean, 1);
  const auto n = static_cast<double>(count);
  move(running_var, var, n / (n - 1));
  return y;
}

// Every (sample, channel) is a channel of its own in a batch of one.
Tensor instance_norm(const Tensor& x, const Tensor& weight, const Tensor& bias,
                     const Tensor& running_mean, const Tensor& running_var,
                     bool use_input_stats, double momentum, double eps, bool) {
  const char* op = "instance_norm";
  const int64_t channels =
      checked_channels(op, x, eps, weight, bias, running_mean, running_var);
  const int64_t n = x.size(0);
  if (!use_input_stats) {
    return batch_norm(x, weight, bias, running_mean, running_var,
                      /*training=*/false, momentum, eps);
  }
  check<ValueError>(x.numel() != n * channels || x.numel() == 0,
                    "[{}] needs more than one value per channel, got an input "
                    "of shape {}",
                    op, x.sizes());
  if (x.numel() == 0) return affine(x.clone(), weight, bias).to(x.dtype());
  const auto repeated = [&](const Tensor& one) {
    return one.defined() ? one.repeat(n) : Tensor();
  };
  SmallShape shape(x.sizes());
  shape[0] = 1;
  shape[1] = n * channels;
  const Tensor means = repeated(running_mean);
  const Tensor vars = repeated(running_var);
  Tensor y = own(batch_norm(x.reshape(shape), repeated(weight), repeated(bias),
                            means, vars,
                            /*training=*/true, momentum, eps)
                     .view(x.sizes()));
  const NoGradGuard no_grad;
  for (const auto& [to, from] :
       {std::pair(running_mean, means), std::pair(running_var, vars)}) {
    if (to.defined()) to.copy_(from.view({n, channels}).mean(0));
  }
  return y;
}

}  // namespace taper
