// Similarities and distances of vectors, and vectors of length one.
#include "taper/autograd/ops/network/distance.h"

#include <cmath>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/loss.h"
#include "taper/tensor/shape.h"

namespace taper {

Tensor normalize(const Tensor& x, double p, int64_t dim, double eps) {
  return x / x.norm(Scalar(p), dim, /*keepdim=*/true).clamp_min(eps);
}

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim,
                         double eps) {
  // The norms of what the inputs broadcast to, not of the inputs.
  const SmallShape sizes =
      broadcast_shapes("cosine_similarity", x1.sizes(), x2.sizes());
  const Tensor unit1 = normalize(x1.expand(sizes), 2, dim, eps);
  const Tensor unit2 = normalize(x2.expand(sizes), 2, dim, eps);
  return (unit1 * unit2).sum(dim);
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p,
                         double eps, bool keepdim) {
  return (x1 - x2 + eps).norm(Scalar(p), -1, keepdim);
}

// pdist of differentiable operations.
static Tensor composed_pdist(const Tensor& x, double p) {
  const int64_t n = x.size(0), pairs = n * (n - 1) / 2;
  const Tensor first = kernels::empty({pairs}, kLong);
  const Tensor second = kernels::empty({pairs}, kLong);
  auto* to = first.data_as<int64_t>();
  auto* other = second.data_as<int64_t>();
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i + 1; j < n; ++j) *to++ = i, *other++ = j;
  }
  const Tensor d = index_select(x, 0, first) - index_select(x, 0, second);
  if (d.numel() == 0) return d.sum(-1);
  if (!std::isinf(p)) return d.norm(Scalar(p), -1, /*keepdim=*/false);
  // Each of several largest differences gets the whole gradient.
  const Tensor size = d.abs();
  Tensor largest = size.detach().amax(-1);
  return record(
      largest, "PdistBackward0", size,
      [top = size.detach() == largest.unsqueeze(-1)](const Tensor& grad) {
        return where(top, grad.unsqueeze(-1), 0);
      });
}

Tensor pdist(const Tensor& x, double p) {
  check_floating("pdist", x);
  check(x.dim() == 2, "[pdist] expected a matrix, got shape {}", x.sizes());
  check<ValueError>(p >= 0, "[pdist] p must not be negative, got {}", p);
  if (p != 2 || kernels::is_narrow(x)) return composed_pdist(x, p);
  Tensor y = kernels::pair_distances(kernels::contiguous(x));
  // Squares out of range need the care of norm().
  if (!is_moderate(y)) return composed_pdist(x, p);
  return record(y, "PdistBackward0", {&x},
                [x = save(x), p](const Tensor& grad, const InputGrads& grads) {
                  composed_backward(grads, {x()}, grad, [p](const auto& in) {
                    return composed_pdist(in[0], p);
                  });
                });
}

}  // namespace taper
