// The norm with any p, over all dims or some.
#include <cmath>

#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

// d y / d x = sign(x) / (number of |x| that equal y), where |x| equals y.
Tensor extreme_norm_backward(const Tensor& grad, const Tensor& x,
                             const Tensor& y, Dims dims) {
  return share_among_ties(x.sign() * grad, x.abs(), y, dims);
}

// d y / d x = x |x|^(p - 2) / y^(p - 1); 0 where y is 0. grad and y have the
// reduced dims with size 1.
Tensor norm_backward(const Tensor& grad, const Tensor& x, const Tensor& y,
                     double p, Dims dims) {
  if (p == 0) return Tensor();
  if (p == 1) return x.sign() * grad;
  if (std::isinf(p)) return extreme_norm_backward(grad, x, y, dims);
  if (p == 2 && is_moderate(y.detach())) return x * (grad / y);
  // The ratio stays in the range of the dtype where powers of x and y do not.
  const Tensor zero = y == 0;
  const Tensor size = y.masked_fill(zero, 1);
  if (p == 2) return x / size * grad.masked_fill(zero, 0);
  // For p < 2 its power is infinite where x is 0 or has an infinite slope, the
  // gradient is not and has not.
  const Tensor none = x == 0;
  const Tensor ratio = (x.abs() / size).masked_fill(none, 1);
  return x.sign() * ratio.pow(p - 1).masked_fill(none, 0) *
         grad.masked_fill(zero, 0);
}

Tensor norm_dims(const Tensor& x, double p, Dims dims, bool keepdim) {
  check_floating("norm", x);
  check(
      kernels::reduced_numel(x, dims) != 0 || (p >= 0 && !std::isinf(p)),
      "[norm] the norm with p = {} over no elements of shape {} is not defined",
      p, x.sizes());
  Tensor y = kernels::vector_norm(x, p, dims, keepdim);
  return record(y, "LinalgVectorNormBackward0", x,
                [x = save(x), y = save_output(y), p, dims](const Tensor& grad) {
                  return norm_backward(keep_dims(grad, x(), dims), x(),
                                       keep_dims(y(), x(), dims), p, dims);
                });
}

}  // namespace

Tensor norm(const Tensor& x, const Scalar& p) {
  return norm_dims(x, p.to_double(), kernels::every_dim(x), false);
}

Tensor norm(const Tensor& x, const std::optional<Scalar>& p, IntArrayRef dim,
            bool keepdim) {
  const Dims dims = checked_dims("norm", x, dim);
  return norm_dims(x, p ? p->to_double() : 2, dims, keepdim);
}

}  // namespace taper
