// The differentiable core of indexing: picking by checked positions within a
// run of dims. Internal to autograd/ops.
#pragma once

#include "taper/autograd/ops/checks.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/index.h"

namespace taper {

/// Dims [dim, dim + count) of a tensor, indexed together by `positions`
/// (row-major in them, contiguous, any shape).
struct Picked {
  int dim = 0;
  int count = 0;
  Tensor positions;

  operator kernels::Pick() const { return {dim, count, positions}; }
};

/// A pick kept for the backward; throws when the user edited its positions.
struct SavedPick {
  explicit SavedPick(const Picked& picked)
      : dim(picked.dim),
        count(picked.count),
        positions(save(picked.positions)) {}
  Picked operator()() const { return {dim, count, positions()}; }

  int dim;
  int count;
  Saved positions;
};

/// (dims before | positions' shape | dims after) with the values of x.
Tensor pick(const char* name, const Tensor& x, const Picked& picked);
/// Zeros of shape `sizes` to which x was added at the picked places.
Tensor unpick(const Tensor& x, IntArrayRef sizes, const Picked& picked);
/// x with `values`, which broadcast to pick's shape, at the picked places.
Tensor put(const Tensor& x, const Tensor& values, const Picked& picked);
/// The same on the elements of x.
void put_(const char* op, Tensor& x, const Tensor& values,
          const Picked& picked);
/// The same two, adding, recorded by `name`; values at repeated places add up.
Tensor put_add(const char* name, const Tensor& x, const Tensor& values,
               const Picked& picked);
void put_add_(const char* op, const char* name, Tensor& x, const Tensor& values,
              const Picked& picked);

/// Zeros of shape `sizes` with values[.., i, ..] at indices[.., i, ..] along
/// dim: the gradient of a selection without repeats. Differentiable.
Tensor put_along(const Tensor& values, const Tensor& indices, IntArrayRef sizes,
                 int64_t dim);

/// `source`, or a copy if it shares memory with `target`: what an in-place
/// write reads must not be what it writes.
Tensor apart(const Tensor& source, const Tensor& target);

}  // namespace taper
