// What the losses share. Internal.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Throws unless it is a value of Reduction.
void check_reduction(const char* op, int64_t reduction);
/// The losses themselves, their mean or their sum; checks `reduction`.
Tensor reduce_loss(const char* op, const Tensor& loss, int64_t reduction);
/// max(x, 0), whose gradient is nan where x is, and at 0 that of x or, unless
/// `rises_at_0`, 0.
Tensor hinge(const Tensor& x, bool rises_at_0 = true);
/// A copy of x, whose gradient is nan where x is.
Tensor with_nan(const Tensor& x);
/// log_softmax(x, dim) that keeps x, not the result: its gradient has all
/// digits of small probabilities. dim is not negative.
Tensor log_softmax_of_scores(const Tensor& x, int64_t dim);

}  // namespace taper
