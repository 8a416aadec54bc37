// Softmax along a dim and what is made from it.
#include "taper/tensor/kernels/softmax.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/network.h"
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

Tensor softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  if (!detail::grad_enabled) return kernels::softmax_backward(grad, y, dim);
  const Tensor weighted = grad * y;
  return weighted - y * weighted.sum(dim, true);
}

Tensor log_softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  if (!detail::grad_enabled) {
    return kernels::log_softmax_backward(grad, y, dim);
  }
  return grad - y.exp() * grad.sum(dim, true);
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
