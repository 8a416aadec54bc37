// Softmax along a dim and what is made from it.
#include "taper/tensor/kernels/softmax.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/loss_util.h"
#include "taper/autograd/ops/network/softmax.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

// y * (grad - sum(grad * y)). For the gradient of y a common part of grad is of
// no account, as y sums up to 1: without their mean, less cancels.
Tensor softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  return record(
      kernels::softmax_backward(grad, y, dim), "SoftmaxBackwardDataBackward0",
      grad,
      [y = save(y), dim](const Tensor& g) {
        return softmax_backward(g, y(), dim);
      },
      y,
      [grad = save(grad), y = save(y), dim](const Tensor& g) {
        const Tensor mean = (grad() * y()).detach().sum(dim, true);
        const Tensor left = grad() - mean;
        const Tensor rest = (left * y()).sum(dim, true);
        return g * (left - rest) - left * (g * y()).sum(dim, true);
      });
}

// grad - exp(y) * sum(grad).
Tensor log_softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  return record(
      kernels::log_softmax_backward(grad, y, dim),
      "LogSoftmaxBackwardDataBackward0", grad,
      [y = save(y), dim](const Tensor& g) {
        return g - (g * y().exp()).sum(dim, true);
      },
      y,
      [grad = save(grad), y = save(y), dim](const Tensor& g) {
        return -g * y().exp() * grad().sum(dim, true);
      });
}

// kernel(logits), in another dtype if one is given; backward(grad, result).
template <auto kernel, auto backward>
Tensor along(const char* op, const char* name, const Tensor& logits,
             int64_t dim, std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim(op, dim, logits.dim());
  const Tensor x = logits.to(dtype.value_or(logits.dtype()));
  check_floating(op, x);
  Tensor y = kernel(x, d);
  return record(y, name, x, [y = save_output(y), d](const Tensor& grad) {
    return backward(grad, y(), d);
  });
}

}  // namespace

Tensor softmax(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return along<kernels::softmax, softmax_backward>(
      "softmax", "SoftmaxBackward0", x, dim, dtype);
}

Tensor log_softmax(const Tensor& x, int64_t dim,
                   std::optional<ScalarType> dtype) {
  return along<kernels::log_softmax, log_softmax_backward>(
      "log_softmax", "LogSoftmaxBackward0", x, dim, dtype);
}

Tensor log_softmax_of_scores(const Tensor& x, int64_t dim) {
  const Tensor p = needs_grad(x) ? softmax(x, dim) : Tensor();
  return record(kernels::log_softmax(x, dim), "LogSoftmaxBackward0", x,
                [p = save(p), dim](const Tensor& grad) {
                  // grad - p * sum(grad). Where p is near 1, as it is once in a
                  // row, `rest` is 1 - p with all its digits.
                  const Tensor near = p() > 0.5;
                  const Tensor rest = where(near, 0, p()).sum(dim, true);
                  const Tensor sum = grad.sum(dim, true);
                  return where(near, grad - sum, grad) -
                         where(near, -rest, p()) * sum;
                });
}

Tensor softmin(const Tensor& x, int64_t dim, std::optional<ScalarType> dtype) {
  return softmax(-x, dim, dtype);
}

Tensor gumbel_softmax(const Tensor& logits, double tau, bool hard,
                      int64_t dim) {
  check<ValueError>(tau != 0, "[gumbel_softmax] tau must not be 0");
  check_floating("gumbel_softmax", logits);
  const int64_t d = wrap_dim("gumbel_softmax", dim, logits.dim());
  const Tensor noise = -empty_like(logits).exponential_().log();
  Tensor soft = softmax((logits + noise) / tau, d);
  if (!hard) return soft;
  // One-hot forward, the gradient of the soft sample backward.
  const Tensor best = soft.detach().argmax(d, /*keepdim=*/true);
  const Tensor one = zeros_like(logits.detach()).scatter(d, best, 1.0);
  return one - soft.detach() + soft;
}

}  // namespace taper
