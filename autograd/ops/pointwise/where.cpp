// Choosing elements by a mask.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

void check_mask(const char* op, const Tensor& mask) {
  check<TypeError>(mask.dtype() == kBool, "[{}] expected a bool tensor, got {}",
                   op, mask.dtype());
}

}  // namespace

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_mask("where", condition);
  ScalarType type = result_type(a, b);
  Tensor y =
      kernels::where(condition, kernels::Cast(a, type), kernels::Cast(b, type));
  return record(
      y, "WhereBackward0", a,
      [c = save(condition)](const Tensor& grad) { return where(c(), grad, 0); },
      b,
      [c = save(condition)](const Tensor& grad) {
        return where(c(), 0, grad);
      });
}

Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  return where(condition, a, kernels::full({}, b, result_type(a, b)));
}

Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  return where(condition, kernels::full({}, a, result_type(b, a)), b);
}

Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b) {
  const auto wrapped = [](const Scalar& value) {
    const ScalarType type = value.isFloatingPoint()
                                ? get_default_dtype().toScalarType()
                                : value.type();
    return kernels::full({}, value, type);
  };
  return where(condition, wrapped(a), wrapped(b));
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_mask("masked_fill", mask);
  check(value.dim() == 0, "[masked_fill] value must be 0-d, got shape {}",
        value.sizes());
  kernels::check_fits(value.item(), x.dtype());
  broadcast_shapes("masked_fill", x.sizes(), mask.sizes());
  return where(mask, value.to(x.dtype()), x).contiguous();
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value) {
  check_mask("masked_fill", mask);
  kernels::check_fits(value, x.dtype());
  // Row-major in PyTorch as well.
  Tensor y = kernels::empty(
      broadcast_shapes("masked_fill", x.sizes(), mask.sizes()), x.dtype());
  kernels::where_into(y, mask, kernels::full({}, value, x.dtype()), x);
  return record(y, "MaskedFillBackward0", x,
                [mask = save(mask)](const Tensor& grad) {
                  return grad.masked_fill(mask(), 0);
                });
}

}  // namespace taper
