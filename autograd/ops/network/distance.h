// Similarities and distances of vectors, and vectors of length one.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// sum(x1 * x2) / (|x1| * |x2|) along dim, no norm taken below eps.
TAPER_API Tensor cosine_similarity(const Tensor& x1, const Tensor& x2,
                                   int64_t dim = 1, double eps = 1e-8);
/// The p-norm of x1 - x2 + eps along the last dim.
TAPER_API Tensor pairwise_distance(const Tensor& x1, const Tensor& x2,
                                   double p = 2, double eps = 1e-6,
                                   bool keepdim = false);
/// The p-norms of x[i] - x[j] for all rows i < j of a matrix x, in the order of
/// (0, 1), (0, 2), ..., (1, 2), ...
TAPER_API Tensor pdist(const Tensor& x, double p = 2);
/// x / max(p-norm along dim, eps).
TAPER_API Tensor normalize(const Tensor& x, double p, int64_t dim, double eps);

}  // namespace taper
