// What the losses share. Internal.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Throws unless it is a value of Reduction.
void check_reduction(const char* op, int64_t reduction);
/// Throws TypeError unless both are floating.
void check_pair(const char* op, const Tensor& x, const Tensor& target);
/// The losses themselves, their mean or their sum; checks `reduction`.
Tensor reduce_loss(const char* op, const Tensor& loss, int64_t reduction);

}  // namespace taper
