#include "taper/autograd/ops/write.h"

#include "taper/tensor/kernels/copy.h"

namespace taper {

void check_writable(const char* op,
                    const Tensor& self,
                    IntArrayRef shape,
                    ScalarType dtype) {
  check(shape == self.sizes(),
        "[",
        op,
        "] the result has shape ",
        shape,
        " but the tensor written to has ",
        self.sizes());
  check<TypeError>(can_cast(dtype, self.dtype()),
                   "[",
                   op,
                   "] a result of type ",
                   dtype,
                   " cannot be written into a tensor of type ",
                   self.dtype());
}

void write_result(const char* op, Tensor& self, const Tensor& result) {
  check_writable(op, self, result.sizes(), result.dtype());
  kernels::copy_into(self, result);
}

}  // namespace taper
