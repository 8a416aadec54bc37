// What the losses share.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// Throws unless it is a value of Reduction.
void check_reduction(const char* op, int64_t reduction);
/// The losses themselves, their mean or their sum.
Tensor reduce_loss(const Tensor& loss, int64_t reduction);

}  // namespace taper
