#include "taper/autograd/ops/network/softmax.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/reduce_dims.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/softmax.h"

namespace taper {
namespace {

Tensor input(const char* op, const Tensor& x, std::optional<ScalarType> dtype) {
  Tensor cast = dtype && *dtype != x.dtype() ? x.to(*dtype) : x;
  check_floating(op, cast);
  return cast;
}

Tensor softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  if (!GradMode::is_enabled()) return kernels::softmax_backward(grad, y, dim);
  const Tensor weighted = grad * y;
  return weighted - y * weighted.sum(dim, true);
}

Tensor log_softmax_backward(const Tensor& grad, const Tensor& y, int64_t dim) {
  if (!GradMode::is_enabled()) {
    return kernels::log_softmax_backward(grad, y, dim);
  }
  return grad - y.exp() * grad.sum(dim, true);
}

}  // namespace

Tensor softmax(const Tensor& logits, int64_t dim,
               std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("softmax", dim, logits.dim());
  const Tensor x = input("softmax", logits, dtype);
  Tensor y = kernels::softmax(x, d);
  if (needs_grad(x)) {
    record(y, "SoftmaxBackward0", {&x},
           [y = save_output(y), d](const Tensor& grad) {
             return softmax_backward(grad, y(), d);
           });
  }
  return y;
}

Tensor log_softmax(const Tensor& logits, int64_t dim,
                   std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("log_softmax", dim, logits.dim());
  const Tensor x = input("log_softmax", logits, dtype);
  Tensor y = kernels::log_softmax(x, d);
  if (needs_grad(x)) {
    record(y, "LogSoftmaxBackward0", {&x},
           [y = save_output(y), d](const Tensor& grad) {
             return log_softmax_backward(grad, y(), d);
           });
  }
  return y;
}

}  // namespace taper
