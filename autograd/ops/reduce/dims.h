// What the reductions share: checking dims, and going back from the shape of
// a result to the shape of the input. Internal.
#pragma once

#include "taper/autograd/ops/checks.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/tensor.h"

namespace taper {

using kernels::Dims;

/// The set of the listed dims; all of them when there are none. Throws when
/// one is out of range or named twice.
Dims checked_dims(const char* op, const Tensor& x, OptionalIntArrayRef dims);
Dims checked_dim(const char* op, const Tensor& x, int64_t dim);

/// Throws IndexError when a dim of the set has size 0.
void check_not_empty(const char* op, const Tensor& x, Dims dims);

/// y, which has the dims of the set or lacks them, as a view of the shape
/// `sizes` that repeats it along those dims. Differentiable.
Tensor unreduce(const Tensor& y, IntArrayRef sizes, Dims dims);
/// y with the dims of the set put back with size 1. Differentiable.
Tensor keep_dims(const Tensor& y, const Tensor& x, Dims dims);

/// The sum over a set of dims. Differentiable.
Tensor sum_dims(const Tensor& x, Dims dims, bool keepdim,
                const char* name = "SumBackward1");
/// The same of the mean.
Tensor mean_dims(const Tensor& x, Dims dims, bool keepdim,
                 const char* name = "MeanBackward1");

/// Whether numbers of the size of 1 may be divided twice by each of y.
bool is_moderate(const Tensor& y);

/// Shares grad between the elements of x that equal y, which has the dims of
/// the set with size 1. A nan equals nothing, and makes every gradient nan;
/// with `nan_is_tie`, of a single y, it is every nan.
Tensor share_among_ties(const Tensor& grad, const Tensor& x, const Tensor& y,
                        Dims dims, bool nan_is_tie = false);

}  // namespace taper
