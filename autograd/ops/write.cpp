// The checks before a tensor is overwritten, and the writing itself.
#include "taper/autograd/ops/write.h"

#include "taper/tensor/kernels/copy.h"

namespace taper {

void check_shape_kept(const char* op, const Tensor& self, IntArrayRef shape) {
  check(shape == self.sizes(),
        "[{}] the result has shape {} but the tensor written to has {}", op,
        shape, self.sizes());
}

void check_writable(const char* op, const Tensor& self, IntArrayRef shape,
                    ScalarType dtype) {
  check_shape_kept(op, self, shape);
  check<TypeError>(
      can_cast(dtype, self.dtype()),
      "[{}] a result of type {} cannot be written into a tensor of type {}", op,
      dtype, self.dtype());
}

void write_result(const char* op, Tensor& self, const Tensor& result) {
  check_writable(op, self, result.sizes(), result.dtype());
  kernels::copy_into(self, result);
}

}  // namespace taper
