#include <vector>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/tensor/shape.h"

namespace taper::nn::functional {
namespace {

// f(input), written over the input if asked. The clone is what the backward of
// f keeps, since the input's own elements change.
template <class F>
Tensor maybe_in_place(const Tensor& input, bool inplace, const F& f) {
  if (!inplace) return f(input);
  Tensor self = input;
  self.copy_(f(self.clone()));
  return self;
}

// As masked_fill, but in the memory order of x.
Tensor replaced(const Tensor& x, const Tensor& mask, double value) {
  return where(mask, full({}, value, x.dtype()), x);
}

Tensor limit(const Tensor& x, double min, double max) {
  return replaced(replaced(x, x <= min, min), x >= max, max);
}

}  // namespace

Tensor relu(const Tensor& input, const ReLUFuncOptions& options) {
  if (!options.inplace()) return input.relu();
  Tensor self = input;
  self.relu_();
  return self;
}

Tensor relu6(const Tensor& input, const ReLU6FuncOptions& options) {
  return maybe_in_place(input, options.inplace(),
                        [](const Tensor& x) { return limit(x, 0, 6); });
}

Tensor hardtanh(const Tensor& input, const HardtanhFuncOptions& options) {
  const double min = options.min_val();
  const double max = options.max_val();
  check<ValueError>(min <= max,
                    "[hardtanh] min_val {} must not be above max_val {}", min,
                    max);
  return maybe_in_place(input, options.inplace(),
                        [&](const Tensor& x) { return limit(x, min, max); });
}

Tensor leaky_relu(const Tensor& input, const LeakyReLUFuncOptions& options) {
  return maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::leaky_relu(x, options.negative_slope());
  });
}

Tensor elu(const Tensor& input, const ELUFuncOptions& options) {
  return maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return taper::elu(x, options.alpha());
  });
}

Tensor celu(const Tensor& input, const CELUFuncOptions& options) {
  const double alpha = options.alpha();
  check<ValueError>(alpha != 0, "[celu] alpha must not be 0");
  return maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return where(x > 0, x, (x.clamp_max(0) / alpha).expm1() * alpha);
  });
}

Tensor selu(const Tensor& input, const SELUFuncOptions& options) {
  constexpr double kScale = 1.0507009873554804934193349852946;
  constexpr double kAlpha = 1.6732632423543772848170429916717;
  return maybe_in_place(input, options.inplace(), [](const Tensor& x) {
    return taper::elu(x, kAlpha) * kScale;
  });
}

Tensor prelu(const Tensor& input, const Tensor& weight) {
  const int64_t channels = input.dim() >= 2 ? input.size(1) : 1;
  check(
      weight.numel() == 1 || weight.numel() == channels,
      "[prelu] expected 1 or {} weights for an input of shape {}, got shape {}",
      channels, input.sizes(), weight.sizes());
  std::vector<int64_t> shape(static_cast<size_t>(input.dim()), 1);
  if (weight.numel() > 1) shape[1] = -1;
  return where(input > 0, input, input * weight.reshape(shape));
}

Tensor threshold(const Tensor& input, const ThresholdFuncOptions& options) {
  return maybe_in_place(input, options.inplace(), [&](const Tensor& x) {
    return replaced(x, x <= options.threshold(), options.value());
  });
}

Tensor gelu(const Tensor& input, const GELUFuncOptions& options) {
  return taper::gelu(input, options.approximate());
}

Tensor silu(const Tensor& input) {
  return taper::silu(input);
}

Tensor mish(const Tensor& input) {
  return input * taper::softplus(input).tanh();
}

Tensor logsigmoid(const Tensor& input) {
  return log_sigmoid(input);
}

Tensor tanhshrink(const Tensor& input) {
  return input - input.tanh();
}

Tensor softplus(const Tensor& input, const SoftplusFuncOptions& options) {
  return taper::softplus(input, options.beta(), options.threshold());
}

Tensor softsign(const Tensor& input) {
  return input / (input.abs() + 1);
}

Tensor hardshrink(const Tensor& input, const HardshrinkFuncOptions& options) {
  return replaced(input, input.abs() <= options.lambda(), 0);
}

Tensor softshrink(const Tensor& input, const SoftshrinkFuncOptions& options) {
  const double lambda = options.lambda();
  check<ValueError>(lambda >= 0,
                    "[softshrink] lambda must not be negative, got {}", lambda);
  return input - input.clamp(-lambda, lambda);
}

Tensor glu(const Tensor& input, const GLUFuncOptions& options) {
  const int64_t size = input.size(options.dim());
  check(size % 2 == 0, "[glu] dim {} must have an even size, got shape {}",
        options.dim(), input.sizes());
  const Tensor a = input.narrow(options.dim(), 0, size / 2);
  const Tensor b = input.narrow(options.dim(), size / 2, size / 2);
  return a * b.sigmoid();
}

Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return input.softmax(options.dim(), options.dtype());
}

Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return (-input).softmax(options.dim(), options.dtype());
}

Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options) {
  return input.log_softmax(options.dim(), options.dtype());
}

Tensor gumbel_softmax(const Tensor& logits,
                      const GumbelSoftmaxFuncOptions& options) {
  check<ValueError>(options.tau() != 0, "[gumbel_softmax] tau must not be 0");
  check<TypeError>(logits.is_floating_point(),
                   "[gumbel_softmax] expected floating logits, got {}",
                   logits.dtype());
  const int64_t dim = wrap_dim("gumbel_softmax", options.dim(), logits.dim());
  const Tensor noise = -empty_like(logits).exponential_().log();
  Tensor soft = ((logits + noise) / options.tau()).softmax(dim);
  if (!options.hard()) return soft;
  // One-hot forward, the gradient of the soft sample backward.
  const Tensor best = soft.detach().argmax(dim, /*keepdim=*/true);
  const Tensor hard = zeros_like(logits.detach()).scatter(dim, best, 1.0);
  return hard - soft.detach() + soft;
}

}  // namespace taper::nn::functional
