// Losses in one pass over contiguous tensors. Values only.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// sum((x - y)^2) / divisor, which is 1 or the number of terms, as a 0-d
/// tensor; x and y are contiguous, floating and alike.
Tensor sum_square_difference(const Tensor& x, const Tensor& y, double divisor);

/// sqrt(sum((x[i] - x[j])^2)) for all rows i < j of a contiguous matrix of
/// float32 or float64, in the order of pdist.
Tensor pair_distances(const Tensor& x);

/// How cross_entropy reads its targets.
struct ClassTargets {
  const int64_t* target;  // one per row
  const void* weight;     // per class, of x's dtype, or null
  int64_t ignore_index;
  double label_smoothing;  // 0 if there are weights
};

/// Per row of x (rows, classes): its loss into `loss` (0 where ignored) and
/// maximum and its sum of exp(x - maximum) less 1 into `lse` (rows, 2). Returns
/// the sum of the weights of the rows counted.
double cross_entropy_rows(Tensor& loss, Tensor& lse, const Tensor& x,
                          const ClassTargets& targets);
/// grad_x of the same, for gradients `scale` of the losses. Per row that is not
/// ignored `lse` becomes the probability of the target and what the difference
/// from it was multiplied by.
void cross_entropy_rows_backward(Tensor& grad_x, double scale, const Tensor& x,
                                 Tensor& lse, const ClassTargets& targets);

}  // namespace taper::kernels
