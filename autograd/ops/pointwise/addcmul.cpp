// A tensor plus a multiple of a product, a quotient or a difference: addcmul,
// addcdiv, lerp.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
Tensor addcmul(const Tensor& t, const Tensor& a, const Tensor& b,
               const Scalar& value) {
  const ScalarType type = result_type(t, a, b);
  // Integers hold it themselves, halves what they are computed in.
  const double factor =
      held(value, is_floating(type) ? compute_type(type) : type);
  Tensor y = kernels::ternary(elementwise_table->addcmul, "addcmul",
                              kernels::Cast(t, type), kernels::Cast(a, type),
                              kernels::Cast(b, type), factor);
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
  const ScalarType type = result_type(t, a, b);
  check<TypeError>(is_floating(type),
                   "[addcdiv] expected floating tensors, got {}", type);
  check<TypeError>(is_floating(a.dtype()) || is_floating(b.dtype()),
                   "[addcdiv] integers are not divided, got {} and {}",
                   a.dtype(), b.dtype());
  Tensor y =
      kernels::ternary(elementwise_table->addcdiv, "addcdiv",
                       kernels::Cast(t, type), kernels::Cast(a, type),
                       kernels::Cast(b, type), held(value, compute_type(type)));
  return record(
      y, "AddcdivBackward0", t, pass_grad, a,
      [b = save(b), value](const Tensor& grad) { return grad * (value / b()); },
      b,
      [a = save(a), b = save(b), value](const Tensor& grad) {
        return -grad * (a() * value / (b() * b()));
      });
}

namespace {

void check_lerp(const Tensor& start, const Tensor& end) {
  check<TypeError>(
      start.dtype() == end.dtype() && is_floating(start.dtype()),
      "[lerp] expected floating tensors of one dtype, got {} and {}",
      start.dtype(), end.dtype());
}

}  // namespace

Tensor lerp(const Tensor& start, const Tensor& end, const Scalar& weight) {
  check_lerp(start, end);
  const double w = held(weight, compute_type(start.dtype()));
  Tensor y = kernels::binary(elementwise_table->lerp, "lerp", start, end, w);
  return record(
      y, "LerpBackward0", start,
      [weight](const Tensor& grad) { return grad * (1 - weight.to_double()); },
      end, [weight](const Tensor& grad) { return grad * weight; });
}

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  check_lerp(start, end);
  check<TypeError>(weight.dtype() == start.dtype() || weight.dim() == 0,
                   "[lerp] expected a weight of dtype {}, got {}",
                   start.dtype(), weight.dtype());
  Tensor y;
  {
    NoGradGuard no_grad;
    const Tensor w = weight.to(start.dtype());
    const Tensor difference = end - start;
    y = where(w.abs() < 0.5, addcmul(start, w, difference),
              addcmul(end, w - 1, difference));
  }
  return record(
      y, "LerpBackward1", start,
      [w = save(weight)](const Tensor& grad) { return grad * (1 - w()); }, end,
      [w = save(weight)](const Tensor& grad) { return grad * w(); }, weight,
      [start = save(start), end = save(end)](const Tensor& grad) {
        return grad * (end() - start());
      });
}

}  // namespace taper
