// A tensor plus a multiple of a product, a quotient or a difference: addcmul,
// addcdiv, lerp.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

ScalarType common_type(const Tensor& t, const Tensor& a, const Tensor& b) {
  return promote_types(result_type(t, a), result_type(t, b));
}

}  // namespace

Tensor addcmul(const Tensor& t, const Tensor& a, const Tensor& b,
               const Scalar& value) {
  ScalarType type = common_type(t, a, b);
  Tensor y = kernels::ternary(elementwise_table->addcmul, "addcmul",
                              kernels::Cast(t, type), kernels::Cast(a, type),
                              kernels::Cast(b, type), value.to_double());
  return record(
      y, "AddcmulBackward0", t, pass_grad, a,
      [b = save(b), value](const Tensor& grad) { return grad * (b() * value); },
      b,
      [a = save(a), value](const Tensor& grad) {
        return grad * (a() * value);
      });
}

Tensor addcdiv(const Tensor& t, const Tensor& a, const Tensor& b,
               const Scalar& value) {
  ScalarType type = common_type(t, a, b);
  check<TypeError>(is_floating(type),
                   "[addcdiv] expected floating tensors, got {}", type);
  Tensor y = kernels::ternary(elementwise_table->addcdiv, "addcdiv",
                              kernels::Cast(t, type), kernels::Cast(a, type),
                              kernels::Cast(b, type), value.to_double());
  return record(
      y, "AddcdivBackward0", t, pass_grad, a,
      [b = save(b), value](const Tensor& grad) { return grad * (value / b()); },
      b,
      [a = save(a), b = save(b), value](const Tensor& grad) {
        return -grad * (a() * value / (b() * b()));
      });
}

Tensor lerp(const Tensor& start, const Tensor& end, const Scalar& weight) {
  check<TypeError>(
      start.dtype() == end.dtype() && is_floating(start.dtype()),
      "[lerp] expected floating tensors of one dtype, got {} and {}",
      start.dtype(), end.dtype());
  Tensor y = kernels::binary(elementwise_table->lerp, "lerp", start, end,
                             weight.to_double());
  const double w = weight.to_double();
  return record(
      y, "LerpBackward0", start,
      [w](const Tensor& grad) { return grad * (1 - w); }, end,
      [w](const Tensor& grad) { return grad * w; });
}

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  const Tensor a = start.detach();
  const Tensor b = end.detach();
  const Tensor w = weight.detach();
  return record(
      where(w.abs() < 0.5, addcmul(a, w, b - a), addcmul(b, w - 1, b - a)),
      "LerpBackward1", start,
      [w = save(weight)](const Tensor& grad) { return grad * (1 - w()); }, end,
      [w = save(weight)](const Tensor& grad) { return grad * w(); }, weight,
      [a = save(start), b = save(end)](const Tensor& grad) {
        return grad * (b() - a());
      });
}

}  // namespace taper
