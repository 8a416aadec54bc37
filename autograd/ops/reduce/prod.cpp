// Products over all dims or one.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/scan.h"

namespace taper {

namespace {

// y[i] = product of the others along dim, differentiable any number of times.
Tensor prod_of_others(const Tensor& x, int64_t dim) {
  if (!GradMode::is_enabled()) return kernels::prod_of_others(x, dim);
  if (x.numel() == 0) return x;
  const Tensor one = ones_like(x.narrow(dim, 0, 1));
  const auto before = [&](const Tensor& v) {
    return cumprod(cat({one, v.narrow(dim, 0, v.size(dim) - 1)}, dim), dim);
  };
  return before(x) * before(x.flip(dim)).flip(dim);
}

Tensor prod_of_all(const Tensor& x) {
  Tensor y = kernels::prod(x, kernels::every_dim(x));
  return record(y, "ProdBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * prod_of_others(x().reshape(-1), 0).reshape(x().sizes());
  });
}

}  // namespace

// In bool the product is "and", as PyTorch's.
Tensor prod(const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype == kBool) return x.to(kBool).all();
  return prod_of_all(dtype ? x.to(*dtype) : x);
}

Tensor prod(const Tensor& input, int64_t dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("prod", dim, input.dim());
  if (dtype == kBool) return input.to(kBool).all(d, keepdim);
  const Tensor x = dtype ? input.to(*dtype) : input;
  if (x.dim() == 0) return prod_of_all(x);
  const Dims dims = Dims{1} << d;
  Tensor y = kernels::prod(x, dims, keepdim);
  return record(y, "ProdBackward1", x,
                [x = save(x), d, dims](const Tensor& grad) {
                  return keep_dims(grad, x(), dims) * prod_of_others(x(), d);
                });
}

}  // namespace taper
