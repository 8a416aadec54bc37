// Powers, and the root of a sum of squares.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

// d(a^b)/da, 0 where b is 0 whatever a is.
Tensor pow_grad_base(const Tensor& grad, const Tensor& a, const Tensor& b) {
  const Tensor flat = b == 0;
  return where(flat, 0, grad * (b * where(flat, 1, a).pow(b - 1)));
}

// d(a^b)/db, 0 where a is 0 and b is not negative.
Tensor pow_grad_exponent(const Tensor& grad, const Tensor& a, const Tensor& b) {
  Tensor flat = (a == 0).logical_and(b >= 0);
  Tensor safe = where(flat, 1, a);
  return where(flat, 0, grad * (safe.pow(b) * safe.log()));
}

Tensor pow_grad(const Tensor& grad, const Tensor& a, const Scalar& b) {
  double exponent = b.to_double();
  if (exponent == 0) return zero_slope(grad);
  if (exponent == 1) return grad;
  if (exponent == 2) return grad * (a * 2);
  return grad * (a.pow(exponent - 1) * exponent);
}

void check_power(ScalarType type, const Scalar& exponent) {
  check<ValueError>(
      is_floating(type) || exponent.to_double() >= 0,
      "[pow] integers to a negative integer power are not supported, got {}",
      exponent.to_double());
}

// Small exponents have exact and faster forms.
Tensor pow_values(const Tensor& a, const Scalar& b) {
  if (is_floating(a.dtype())) {
    double e = b.to_double();
    if (e == 2) return kernels::unary(elementwise_table->square, "pow", a);
    if (e == 3 && !kernels::is_narrow(a)) {  // would round in between
      Tensor square = kernels::unary(elementwise_table->square, "pow", a);
      return kernels::binary(elementwise_table->mul, "pow", square, a);
    }
    if (e == 0.5) return kernels::unary(elementwise_table->sqrt, "pow", a);
    if (e == -0.5) return kernels::unary(elementwise_table->rsqrt, "pow", a);
    if (e == -1) return kernels::unary(elementwise_table->reciprocal, "pow", a);
  }
  if (a.dtype() == kBool) {  // to the power true or false
    return b.to_double() == 0 ? kernels::full(a.sizes(), true, kBool)
                              : kernels::clone(a);
  }
  return kernels::binary(elementwise_table->pow, "pow", a, b);
}

}  // namespace

Tensor pow(const Tensor& a, const Tensor& b) {
  const ScalarType type = result_type(a, b);
  if (!is_floating(type) && b.numel() > 0) check_power(type, b.min().item());
  Tensor y = promoted(elementwise_table->pow, "pow", a, b);
  return record(
      y, "PowBackward1", a,
      [a = save(a), b = save(b)](const Tensor& grad) {
        return pow_grad_base(grad, a(), b());
      },
      b,
      [a = save(a), b = save(b)](const Tensor& grad) {
        return pow_grad_exponent(grad, a(), b());
      });
}

Tensor pow(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_power(type, b);
  if (kernels::is_narrow(type)) kernels::check_fits(b, type);
  Tensor y = pow_values(kernels::Cast(a, type), b);
  return record(y, "PowBackward0", a, [a = save(a), b](const Tensor& grad) {
    return pow_grad(grad, a(), b);
  });
}

Tensor pow(const Scalar& a, const Tensor& b) {
  return pow(kernels::number(a, result_type(b, a)), b);
}

Tensor hypot(const Tensor& x, const Tensor& y) {
  const ScalarType type = result_type(x, y);
  check<NotImplementedError>(is_floating(type),
                             "[hypot] expected floating tensors, got {}", type);
  // Beside infinity the other is nothing, NaN or not, and so is its gradient.
  const Tensor one_far = x.isinf().logical_xor(y.isinf());
  const Tensor far = where(x.isinf(), x, y).to(type).abs();
  const Tensor a = x.to(type).masked_fill(one_far, 1);
  const Tensor b = y.to(type).masked_fill(one_far, 1);
  // In another unit of length the result is the same, and so is its gradient.
  const Tensor larger = maximum(a.detach().abs(), b.detach().abs());
  const Tensor unit =
      larger.masked_fill((larger == 0).logical_or(larger.isinf()), 1);
  return where(one_far, far,
               ((a / unit).square() + (b / unit).square()).sqrt() * unit);
}

}  // namespace taper
