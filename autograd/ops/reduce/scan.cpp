// Products, and running sums and products.
#include "taper/tensor/kernels/scan.h"

#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/reduce/reduce_dims.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

Tensor cast_to(const Tensor& x, std::optional<ScalarType> dtype) {
  return dtype && *dtype != x.dtype() ? x.to(*dtype) : x;
}

bool has_zero(const Tensor& x) {
  return !kernels::all(x, kernels::every_dim(x)).item<bool>();
}

// m[.., k, i] = x[.., i] for i != k, and 1 for i = k. Dividing by x does not
// work where x is 0; in m each factor is simply absent from its own row.
Tensor with_gaps(const Tensor& x) {
  const int64_t n = x.size(-1);
  Tensor gap = kernels::zeros({n, n}, kBool);
  for (int64_t i = 0; i < n; ++i) gap.data_as<bool>()[i * n + i] = true;
  SmallShape sizes(x.sizes());
  sizes.push_back(n);
  return x.unsqueeze(-2).expand(sizes).masked_fill(gap, 1);
}

// y[i] = product of the others along dim, differentiable any number of times.
Tensor prod_of_others(const Tensor& x, int64_t dim) {
  if (!GradMode::is_enabled()) return kernels::prod_of_others(x, dim);
  if (!has_zero(x)) return prod(x, dim, true) / x;
  return prod(with_gaps(x.movedim(dim, -1)), -1).movedim(-1, dim);
}

Tensor prod_along(const Tensor& x, int64_t dim, Dims dims, bool keepdim) {
  Tensor y = kernels::prod(x, dims, keepdim);
  return record(y, "ProdBackward1", x,
                [x = save(x), dim, dims](const Tensor& grad) {
                  return keep_dims(grad, x(), dims) * prod_of_others(x(), dim);
                });
}

Tensor prod_of_all(const Tensor& x) {
  Tensor y = kernels::prod(x, kernels::every_dim(x));
  return record(y, "ProdBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * prod_of_others(x().reshape(-1), 0).reshape(x().sizes());
  });
}

Tensor cumsum_from_end(const Tensor& x, int64_t dim) {
  return x.flip(dim).cumsum(dim).flip(dim);
}

// sum over i >= k of grad[i] * product of x[j], j <= i and j != k.
Tensor cumprod_backward(const Tensor& grad, const Tensor& x, int64_t dim) {
  if (!GradMode::is_enabled()) return kernels::cumprod_backward(grad, x, dim);
  if (!has_zero(x)) return cumsum_from_end(grad * cumprod(x, dim), dim) / x;
  const Tensor products = cumprod(with_gaps(x.movedim(dim, -1)), -1);
  const Tensor terms = products.triu() * grad.movedim(dim, -1).unsqueeze(-2);
  return terms.sum(-1).movedim(-1, dim);
}

}  // namespace

// In bool the product is "and", as PyTorch's.
Tensor prod(const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype == kBool) return x.to(kBool).all();
  return prod_of_all(cast_to(x, dtype));
}

Tensor prod(const Tensor& input, int64_t dim, bool keepdim,
            std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("prod", dim, input.dim());
  if (dtype == kBool) return input.to(kBool).all(d, keepdim);
  const Tensor x = cast_to(input, dtype);
  if (x.dim() == 0) return prod_of_all(x);
  return prod_along(x, d, Dims{1} << d, keepdim);
}

Tensor cumsum(const Tensor& input, int64_t dim,
              std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("cumsum", dim, input.dim());
  const Tensor x = cast_to(input, dtype);
  Tensor y = kernels::cumsum(x, d);
  return record(y, "CumsumBackward0", x,
                [d, scalar = x.dim() == 0](const Tensor& grad) {
                  return scalar ? grad : cumsum_from_end(grad, d);
                });
}

Tensor cumprod(const Tensor& input, int64_t dim,
               std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("cumprod", dim, input.dim());
  const Tensor x = cast_to(input, dtype);
  Tensor y = kernels::cumprod(x, d);
  return record(y, "CumprodBackward0", x, [x = save(x), d](const Tensor& grad) {
    return x().dim() == 0 ? grad : cumprod_backward(grad, x(), d);
  });
}

}  // namespace taper
