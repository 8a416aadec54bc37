#include "taper/autograd/composed.h"

#include "taper/tensor/kernels/copy.h"

namespace taper {

Tensor identity(const Tensor& x) {
  Tensor y = kernels::alias(x);
  record(y, "AliasBackward0", {&x}, [](Tensor grad) { return grad; });
  return y;
}

}  // namespace taper
