// Writing values into the elements of a tensor.
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {

Tensor& Tensor::copy_(const Tensor& source, bool) const {
  check(source.defined(), "[copy_] the source is undefined");
  SmallShape shape = broadcast_shapes("copy_", sizes(), source.sizes());
  detail::check_shape_kept("copy_", self(), shape);
  const bool is_same = kernels::same_elements(self(), source);
  return in_place(
      "copy_", self(), needs_grad(self(), source),
      [&](const Tensor& old) {
        Tensor y = kernels::empty_like(old);
        kernels::copy_into(y, source);
        return Tensor(
            record(y, "CopyBackwards", old, zero_slope, source, pass_grad));
      },
      [&] {
        if (is_same) return;
        bool overlaps = kernels::may_overlap(self(), source);
        kernels::copy_into(self(), overlaps ? kernels::clone(source) : source);
      },
      is_same);
}

Tensor& Tensor::fill_(const Scalar& value) const {
  kernels::check_fill(self(), value);
  return in_place(
      "fill_", self(), needs_grad(self()),
      [&](const Tensor& old) {
        Tensor y = kernels::full(old.sizes(), value, old.dtype());
        return Tensor(record(y, "FillBackward0", old, zero_slope));
      },
      [&] { kernels::fill(self(), value); }, true);
}

Tensor& Tensor::fill_(const Tensor& value) const {
  check(value.dim() == 0, "[fill_] the value must be 0-d, got shape {}",
        value.sizes());
  return copy_(value);
}

Tensor& Tensor::zero_() const { return fill_(0); }

Tensor& Tensor::fill_diagonal_(const Scalar& value) const {
  check(dim() >= 2, "[fill_diagonal_] expected at least 2 dims, got shape {}",
        sizes());
  diagonal().fill_(value);
  return self();
}

}  // namespace taper
