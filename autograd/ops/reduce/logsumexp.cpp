// logsumexp: the log of a sum of exponentials, without overflow.
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {

Tensor logsumexp(const Tensor& input, IntArrayRef dim, bool keepdim) {
  const Dims dims = checked_dims("logsumexp", input, dim);
  const Tensor x = input.is_floating_point() ? input : input.to(kFloat);
  Tensor y = kernels::logsumexp(x, dims, keepdim);
  return record(y, "LogsumexpBackward0", x,
                [x = save(x), y = save_output(y), dims](const Tensor& grad) {
                  return keep_dims(grad, x(), dims) *
                         (x() - keep_dims(y(), x(), dims)).exp();
                });
}

}  // namespace taper
