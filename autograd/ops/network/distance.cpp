// Similarities and distances of vectors, and vectors of length one.
#include "taper/autograd/ops/network/distance.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
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

}  // namespace taper
