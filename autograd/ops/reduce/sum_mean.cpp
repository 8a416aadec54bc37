// Sums and means.
#include "taper/autograd/needed_ops.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {

Tensor sum_dims(const Tensor& x, Dims dims, bool keepdim, const char* name) {
  Tensor y = kernels::sum(x, dims, keepdim);
  return record(y, name, x,
                [sizes = SmallShape(x.sizes()), dims](const Tensor& grad) {
                  return unreduce(grad, sizes, dims);
                });
}

Tensor sum(const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype) return sum(x, OptionalIntArrayRef(), false, dtype);
  return sum_dims(x, kernels::every_dim(x), false, "SumBackward0");
}

Tensor sum(const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
           std::optional<ScalarType> dtype) {
  const Dims dims = checked_dims("sum", x, dim);
  if (!dtype) return sum_dims(x, dims, keepdim);
  const Tensor y = sum_dims(x.to(*dtype), dims, keepdim);
  // PyTorch's sum in bool is "or".
  return y.to(*dtype);
}

Tensor sum_to(const Tensor& x, IntArrayRef shape) {
  SmallShape dims;
  const int64_t lead = x.dim() - static_cast<int64_t>(shape.size());
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d < lead || (shape[d - lead] == 1 && x.sizes()[d] != 1)) {
      dims.push_back(d);
    }
  }
  if (dims.size == 0) return x.view(shape);
  Tensor sum = x.sum(IntArrayRef(dims), /*keepdim=*/true);
  return lead > 0 ? sum.view(shape) : sum;
}

Tensor mean_dims(const Tensor& x, Dims dims, bool keepdim, const char* name) {
  check_floating("mean", x);
  Tensor y = kernels::mean(x, dims, keepdim);
  const auto n = static_cast<double>(kernels::reduced_numel(x, dims));
  return record(y, name, x,
                [sizes = SmallShape(x.sizes()), dims, n](const Tensor& grad) {
                  return unreduce(grad.div(n), sizes, dims);
                });
}

Tensor mean(const Tensor& x, std::optional<ScalarType> dtype) {
  const Dims dims = kernels::every_dim(x);
  return mean_dims(dtype ? x.to(*dtype) : x, dims, false, "MeanBackward0");
}

Tensor mean(const Tensor& x, OptionalIntArrayRef dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  const Dims dims = checked_dims("mean", x, dim);
  return mean_dims(dtype ? x.to(*dtype) : x, dims, keepdim, "MeanBackward1");
}

}  // namespace taper
