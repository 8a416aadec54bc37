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

Tensor floating(const char* op, const Tensor& x,
                std::optional<ScalarType> dtype) {
  Tensor cast = dtype && *dtype != x.dtype() ? x.to(*dtype) : x;
  check_floating(op, cast);
  return cast;
}

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

// grad - p * sum(grad) for probabilities p; where one is near 1, which it has
// in common with no other of its row, `rest` is 1 - p with all its digits.
Tensor log_softmax_grad(const Tensor& grad, const Tensor& p, const Tensor& near,
                        const Tensor& rest, int64_t dim) {
  const Tensor sum = grad.sum(dim, true);
  return where(near, grad - sum, grad) - where(near, -rest, p) * sum;
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

}  // namespace

Tensor softmax(const Tensor& logits, int64_t dim,
               std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("softmax", dim, logits.dim());
  const Tensor x = floating("softmax", logits, dtype);
  Tensor y = kernels::softmax(x, d);
  return record(y, "SoftmaxBackward0", x,
                [y = save_output(y), d](const Tensor& grad) {
                  return softmax_backward(grad, y(), d);
                });
}

Tensor log_softmax(const Tensor& logits, int64_t dim,
                   std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("log_softmax", dim, logits.dim());
  const Tensor x = floating("log_softmax", logits, dtype);
  Tensor y = kernels::log_softmax(x, d);
  return record(y, "LogSoftmaxBackward0", x,
                [y = save_output(y), d](const Tensor& grad) {
                  return log_softmax_backward(grad, y(), d);
                });
}

Tensor log_softmax_of_scores(const Tensor& x, int64_t dim) {
  const Tensor p = needs_grad(x) ? softmax(x, dim) : Tensor();
  return record(kernels::log_softmax(x, dim), "LogSoftmaxBackward0", x,
                [p = save(p), dim](const Tensor& grad) {
                  const Tensor near = p() > 0.5;
                  const Tensor rest = where(near, 0, p()).sum(dim, true);
                  return log_softmax_grad(grad, p(), near, rest, dim);
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
