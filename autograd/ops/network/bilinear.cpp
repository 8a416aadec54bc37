// Linear maps of two inputs; that of one is in linalg.
#include "taper/autograd/ops/network/bilinear.h"
#include "taper/autograd/ops/linalg/linalg.h"
#include "taper/autograd/record.h"
#include "taper/tensor/shape.h"

namespace taper {

Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight,
                const Tensor& bias) {
  check(weight.dim() == 3 && x1.dim() >= 1 && x1.dim() == x2.dim() &&
            x1.size(-1) == weight.size(1) && x2.size(-1) == weight.size(2),
        "[bilinear] shapes {} and {} do not fit the weight (out, in1, in2) {}",
        x1.sizes(), x2.sizes(), weight.sizes());
  // sum_i a_i w_kij per b, then times b: (out, rows, in2) * (rows, in2).
  const Tensor a = x1.reshape({-1, weight.size(1)});
  const Tensor b = x2.reshape({-1, weight.size(2)});
  check(a.size(0) == b.size(0) || weight.size(1) == 0,
        "[bilinear] shapes {} and {} differ before the last dim", x1.sizes(),
        x2.sizes());
  Tensor y = (matmul(a, weight) * b).sum(-1).t().contiguous();
  if (bias.defined()) y = y + bias;
  SmallShape shape(x1.sizes());
  shape[shape.size - 1] = weight.size(0);
  return own(y.reshape(shape));
}

}  // namespace taper
