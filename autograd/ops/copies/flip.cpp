// flip and roll: the elements in another order along some dims.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"

namespace taper {

Tensor flip(const Tensor& x, IntArrayRef dims) {
  SmallShape strides(x.strides());
  SmallShape flipped;
  char* data = x.data_as<char>();
  uint64_t seen = 0;
  for (int64_t dim : dims) {
    const int64_t d = wrap_dim("flip", dim, x.dim());
    check((seen >> d & 1) == 0, "[flip] dim {} is named twice in {}", dim,
          dims);
    seen |= uint64_t{1} << d;
    if (x.dim() == 0) continue;
    flipped.push_back(d);
    if (x.numel() > 0) {
      data += (x.sizes()[d] - 1) * strides[d] * x.element_size();
    }
    strides[d] = -strides[d];
  }
  Tensor y = kernels::empty_preserved(x, x.dtype());
  kernels::copy_into(y, kernels::alias(x, x.sizes(), strides, data));
  return record(y, "FlipBackward0", x,
                [flipped](const Tensor& grad) { return flip(grad, flipped); });
}

namespace {

Tensor roll_dim(const Tensor& x, int64_t shift, int64_t dim) {
  const int64_t size = x.size(dim);
  if (size == 0) return x;
  const int64_t moved = (shift % size + size) % size;
  return cat(
      {narrow(x, dim, size - moved, moved), narrow(x, dim, 0, size - moved)},
      dim);
}

}  // namespace

Tensor roll(const Tensor& x, IntArrayRef shifts, IntArrayRef dims) {
  if (dims.empty()) {
    check(shifts.size() == 1,
          "[roll] without dims there must be one shift, got {}", shifts);
    const Tensor line = roll_dim(ravel(x), shifts[0], 0);
    return own(reshape(line.is_alias_of(x) ? clone(line) : line, x.sizes()));
  }
  check(shifts.size() == dims.size(),
        "[roll] shifts {} and dims {} differ in length", shifts, dims);
  Tensor y = x;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = wrap_dim("roll", dims[i], x.dim());
    if (x.dim() > 0) y = roll_dim(y, shifts[i], dim);
  }
  return y.is_alias_of(x) ? clone(y) : y;
}

}  // namespace taper
