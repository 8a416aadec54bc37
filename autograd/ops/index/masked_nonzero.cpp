// masked_select, masked_fill_ and nonzero: the elements that a mask names, and
// where they are.
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/write.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check<TypeError>(mask.dtype() == kBool,
                   "[masked_select] the mask must be bool, got {}",
                   mask.dtype());
  const SmallShape shape =
      broadcast_shapes("masked_select", x.sizes(), mask.sizes());
  const Tensor positions =
      kernels::nonzero_positions(kernels::expand(mask, shape));
  const Tensor wide =
      x.sizes() == IntArrayRef(shape) ? x : broadcast_to(x, shape);
  return pick("MaskedSelectBackward0", wide, {0, shape.size, positions});
}

namespace {

template <class Value>
Tensor& fill_masked(Tensor& self, const Tensor& mask, const Value& value) {
  const auto fill = [](const auto&... x) { return masked_fill(x...); };
  if (!self.defined() || !kernels::has_internal_overlap(self))
    return write_form("masked_fill_", self, fill, mask, value);
  // What is not masked must not be written back over what is, in its place.
  const Tensor filled = masked_fill(self, mask, value);
  detail::check_shape_kept("masked_fill_", self, filled.sizes());
  const Tensor wide = kernels::expand(mask, self.sizes());
  put_("masked_fill_", self, masked_select(filled, wide),
       {0, static_cast<int>(self.dim()), kernels::nonzero_positions(wide)});
  return self;
}

}  // namespace

Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) const {
  return fill_masked(self(), mask, value);
}
Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) const {
  return fill_masked(self(), mask, value);
}

Tensor nonzero(const Tensor& x) {
  return kernels::unravel(kernels::nonzero_positions(x), x.sizes());
}

}  // namespace taper
