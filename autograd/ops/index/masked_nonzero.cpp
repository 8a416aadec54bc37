// masked_select and nonzero: the elements that a mask names, and where they
// are.
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
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

Tensor nonzero(const Tensor& x) {
  return kernels::unravel(kernels::nonzero_positions(x), x.sizes());
}

}  // namespace taper
