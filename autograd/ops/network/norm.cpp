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

Tensor composed_layer_norm(const Tensor& x, const SmallShape& shape,
                           const Tensor& weight, const Tensor& bias,
                           double eps) {
  SmallShape dims;
  for (int64_t d = x.dim() - shape.size; d < x.dim(); ++d) dims.push_back(d);
  Tensor y = normalise(x, dims, eps);
  if (weight.defined()) y = y * weight;
  return bias.defined() ? y + bias : y;
}

Tensor composed_group_norm(const Tensor& x, int64_t groups,
                           const Tensor& weight, const Tensor& bias,
                           double eps) {
  const int64_t places =
      numel_of(x.sizes().slice(1, x.sizes().size() - 1)) / groups;
  Tensor grouped = x.reshape({x.size(0), groups, places});
  return affine(normalise(grouped, 2, eps).view(x.sizes()), weight, bias);
}

Tensor composed_batch_norm(const Tensor& x, const Tensor& weight,
                           const Tensor& bias, const kernels::Statistics& s,
                           bool training, double eps) {
  Tensor y;
  if (training) {
    SmallShape dims;
    for (int64_t d = 0; d < x.dim(); ++d) {
      if (d != 1) dims.push_back(d);
    }
    y = normalise(x, dims, eps);
  } else {
    y = (x - over_channels(s.mean, x)) * over_channels(s.rstd, x);
  }
  return affine(y, weight, bias);
}

// Records y of x, weight and bias: `composed(inputs)` is y of differentiable
// ops, `fused(grad, x, weight, grads)` the gradients by a kernel. No gradient
// needs the value of the bias.
template <class Composed, class Fused>
Tensor record_norm(Tensor& y, const char* name, const Tensor& x,
                   const Tensor& weight, const Tensor& bias, Composed composed,
                   Fused fused) {
  SmallShape sizes(bias.defined() ? bias.sizes() : IntArrayRef());
  return record(
      y, name, {&x, &weight, &bias},
      [x = save(x), weight = save(weight), sizes = std::move(sizes),
       composed = std::move(composed),
       fused = std::move(fused)](const Tensor& grad, const InputGrads& grads) {
        if (detail::grad_enabled) {
          const Tensor any = grads.wants(2)
                                 ? zeros(sizes, grad.dtype()).requires_grad_()
                                 : Tensor();
          return composed_backward(grads, {x(), weight(), any}, grad, composed);
        }
        const kernels::NormGrads g =
            fused(kernels::contiguous(grad), x(), weight(), grads);
        grads[0] = g.x;
        grads[1] = g.weight;
        grads[2] = g.bias;
      });
}

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
  if (kernels::is_narrow(x)) {
    return layer_norm(computed(x), normalized_shape, computed(weight),
                      computed(bias), eps)
        .to(x.dtype());
  }
  int64_t n = numel_of(normalized_shape);
  Tensor input = x.contiguous();
  Tensor w = flat(weight);
  Tensor b = flat(bias);
  kernels::Statistics s;
  Tensor y = kernels::layer_norm(input, n, w, b, eps, s);
  return record_norm(
      y, "NativeLayerNormBackward0", input, w, b,
      [shape = SmallShape(normalized_shape), eps](const auto& in) {
        return composed_layer_norm(in[0], shape, in[1], in[2], eps);
      },
      [shape = SmallShape(normalized_shape), n, s](
          const Tensor& grad, const Tensor& in, const Tensor& scale,
          const InputGrads& grads) {
        kernels::NormGrads g =
            kernels::layer_norm_backward(grad, in, n, scale, s, grads.wants(0),
                                         grads.wants(1), grads.wants(2));
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
  if (kernels::is_narrow(x)) {
    return group_norm(computed(x), num_groups, computed(weight), computed(bias),
                      eps)
        .to(x.dtype());
  }
  if (x.numel() == 0) return affine(x.clone(), weight, bias);
  Tensor input = x.contiguous();
  Tensor w = flat(weight);
  Tensor b = flat(bias);
  kernels::Statistics s;
  Tensor y = kernels::group_norm(input, num_groups, w, b, eps, s);
  return record_norm(
      y, "NativeGroupNormBackward0", input, w, b,
      [num_groups, eps](const auto& in) {
        return composed_group_norm(in[0], num_groups, in[1], in[2], eps);
      },
      [num_groups, s](const Tensor& grad, const Tensor& in, const Tensor& scale,
                      const InputGrads& grads) {
        return kernels::group_norm_backward(grad, in, num_groups, scale, s,
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
  Tensor input = x.contiguous();
  Tensor w = flat(weight);
  Tensor b = flat(bias);
  kernels::Statistics s;
  Tensor var;
  if (training) {
    s.mean = kernels::empty(channels, x.dtype());
    var = kernels::empty(channels, x.dtype());
    kernels::channel_mean_var(input, s.mean, var);
    s.rstd = kernels::reciprocal_std(var, eps);
  } else {
    // Copies: the running ones may move on before the backward runs.
    s.mean = kernels::clone(running_mean);
    s.rstd = kernels::reciprocal_std(kernels::contiguous(running_var), eps);
  }
  Tensor y = kernels::batch_norm(input, w, b, s);
  y = record_norm(
      y, "NativeBatchNormBackward0", input, w, b,
      [s, training, eps](const auto& in) {
        return composed_batch_norm(in[0], in[1], in[2], s, training, eps);
      },
      [s, training](const Tensor& grad, const Tensor& in, const Tensor& scale,
                    const InputGrads&) {
        return kernels::batch_norm_backward(grad, in, scale, s, training);
      });
  // Last, so that a call that throws leaves the running statistics alone.
  if (training && running_mean.defined()) {
    kernels::move_running(running_mean, s.mean, momentum, 1);
    detail::bump_version(running_mean);
  }
  if (training && running_var.defined()) {
    auto n = static_cast<double>(count);
    kernels::move_running(running_var, var, momentum, n / (n - 1));
    detail::bump_version(running_var);
  }
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
  if (running_mean.defined()) {
    running_mean.copy_(means.view({n, channels}).mean(0));
  }
  if (running_var.defined()) {
    running_var.copy_(vars.view({n, channels}).mean(0));
  }
  return y;
}

}  // namespace taper
