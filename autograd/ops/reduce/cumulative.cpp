// Running sums and products: cumsum and cumprod.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/scan.h"

namespace taper {
namespace {

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

Tensor cumsum(const Tensor& input, int64_t dim,
              std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("cumsum", dim, input.dim());
  const Tensor x = dtype ? input.to(*dtype) : input;
  Tensor y = kernels::cumsum(x, d);
  return record(y, "CumsumBackward0", x,
                [d, scalar = x.dim() == 0](const Tensor& grad) {
                  return scalar ? grad : cumsum_from_end(grad, d);
                });
}

Tensor cumprod(const Tensor& input, int64_t dim,
               std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim("cumprod", dim, input.dim());
  const Tensor x = dtype ? input.to(*dtype) : input;
  Tensor y = kernels::cumprod(x, d);
  return record(y, "CumprodBackward0", x, [x = save(x), d](const Tensor& grad) {
    return x().dim() == 0 ? grad : cumprod_backward(grad, x(), d);
  });
}

}  // namespace taper
