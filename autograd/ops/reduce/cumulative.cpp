// Running sums and products: cumsum and cumprod.
#include "taper/autograd/composed.h"
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/scan.h"

namespace taper {
namespace {

Tensor cumsum_from_end(const Tensor& x, int64_t dim) {
  return x.flip(dim).cumsum(dim).flip(dim);
}

// Whether products y of x may be divided by factors, to be without them.
bool is_divisible(const Tensor& x, const Tensor& y) {
  return x.logical_and(y.isfinite()).all().item<bool>();
}

// m[.., k, i] = x[.., i] for i != k, and 1 for i = k: each factor is absent
// from its own row.
Tensor with_gaps(const Tensor& x) {
  const int64_t n = x.size(-1);
  Tensor gap = kernels::zeros({n, n}, kBool);
  for (int64_t i = 0; i < n; ++i) gap.data_as<bool>()[i * n + i] = true;
  SmallShape sizes(x.sizes());
  sizes.push_back(n);
  return x.unsqueeze(-2).expand(sizes).masked_fill(gap, 1);
}

// sum over i >= k of grad[i] * product of x[j], j <= i and j != k.
Tensor composed_cumprod_backward(const Tensor& grad, const Tensor& x,
                                 int64_t dim) {
  const Tensor y = cumprod(x, dim);
  if (is_divisible(x, y)) return cumsum_from_end(grad * y, dim) / x;
  const Tensor products = cumprod(with_gaps(x.movedim(dim, -1)), -1);
  const Tensor terms = products.triu() * grad.movedim(dim, -1).unsqueeze(-2);
  return terms.sum(-1).movedim(-1, dim);
}

// The same by the kernel, composed where it is differentiated itself.
Tensor cumprod_backward(const Tensor& grad, const Tensor& x, int64_t dim) {
  Tensor y = kernels::cumprod_backward(grad, x, dim);
  return record(y, "CumprodBackwardBackward0", {&grad, &x},
                [grad = save(grad), x = save(x), dim](const Tensor& g,
                                                      const InputGrads& all) {
                  composed_backward(all, {grad(), x()}, g, [&](const auto& in) {
                    return composed_cumprod_backward(in[0], in[1], dim);
                  });
                });
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
