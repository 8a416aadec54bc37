// clone, contiguous and to: copies of the values, as they are or converted.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

Tensor clone(const Tensor& x) {
  x.dim();  // throws unless x is defined
  return record(kernels::clone_preserved(x), "CloneBackward0", x, pass_grad);
}

Tensor Tensor::contiguous() const {
  if (is_contiguous()) return *this;
  return record(kernels::clone(*this), "CloneBackward0", *this, pass_grad);
}

Tensor Tensor::to(ScalarType dtype, bool, bool copy) const {
  if (this->dtype() == dtype) return copy ? taper::clone(*this) : *this;
  check<TypeError>(dtype != ScalarType::Undefined, "[to] undefined dtype");
  Tensor y = kernels::cast(*this, dtype);
  if (!is_floating(dtype)) return y;
  // The engine casts the gradient back.
  return record(y, "ToCopyBackward0", *this, pass_grad);
}
Tensor Tensor::to(const TensorOptions& options, bool non_blocking,
                  bool copy) const {
  check(!options.requires_grad(),
        "[to] options with requires_grad true are not supported; call "
        "requires_grad_() on the result");
  return to(options.dtype_or(dtype()), non_blocking, copy);
}
Tensor Tensor::to(Device device, ScalarType dtype) const {
  check(device.is_cpu(), "[to] taper computes on the CPU only");
  return to(dtype);
}

}  // namespace taper
