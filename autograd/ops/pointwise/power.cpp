#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

// d(a^b)/da, 0 where b is 0 whatever a is.
Tensor pow_grad_base(const Tensor& grad, const Tensor& a, const Tensor& b) {
  return taper::where(b == 0, 0, grad * (b * a.pow(b - 1)));
}
// d(a^b)/db, 0 where a is 0 and b is not negative.
Tensor pow_grad_exponent(const Tensor& grad, const Tensor& a, const Tensor& b) {
  Tensor flat = (a == 0).logical_and(b >= 0);
  Tensor safe = taper::where(flat, 1, a);
  return taper::where(flat, 0, grad * (safe.pow(b) * safe.log()));
}

Tensor pow_grad(const Tensor& grad, const Tensor& a, const Scalar& b) {
  double exponent = b.to_double();
  if (exponent == 0) return taper::zeros_like(grad);
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
    if (e == 3) {
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

void check_divisor(const char* op, const Tensor& b) {
  check<ValueError>(is_floating(b.dtype()) || b.all().item<bool>(),
                    "[{}] division of an integer by zero", op);
}
void check_divisor(const char* op, ScalarType type, const Scalar& b) {
  check<ValueError>(is_floating(type) || b.to_double() != 0,
                    "[{}] division of an integer by zero", op);
}

}  // namespace

Tensor pow(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type) && b.numel() > 0) check_power(type, b.min().item());
  Tensor y = kernels::binary(elementwise_table->pow, "pow",
                             kernels::Cast(a, type), kernels::Cast(b, type));
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
  Tensor y = pow_values(kernels::Cast(a, type), b);
  return record(y, "PowBackward0", a, [a = save(a), b](const Tensor& grad) {
    return pow_grad(grad, a(), b);
  });
}

Tensor pow(const Scalar& a, const Tensor& b) {
  return pow(kernels::full({}, a, result_type(b, a)), b);
}

Tensor fmod(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("fmod", b);
  Tensor y = kernels::binary(elementwise_table->fmod, "fmod",
                             kernels::Cast(a, type), kernels::Cast(b, type));
  return record(y, "FmodBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).trunc();
                });
}

Tensor fmod(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("fmod", type, b);
  Tensor y = kernels::binary(elementwise_table->fmod, "fmod",
                             kernels::Cast(a, type), b);
  return record(y, "FmodBackward0", a, pass_grad);
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("remainder", b);
  Tensor y = kernels::binary(elementwise_table->remainder, "remainder",
                             kernels::Cast(a, type), kernels::Cast(b, type));
  return record(y, "RemainderBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).floor();
                });
}

Tensor remainder(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("remainder", type, b);
  Tensor y = kernels::binary(elementwise_table->remainder, "remainder",
                             kernels::Cast(a, type), b);
  return record(y, "RemainderBackward0", a, pass_grad);
}

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("floor_divide", b);
  return kernels::binary(elementwise_table->floor_divide, "floor_divide",
                         kernels::Cast(a, type), kernels::Cast(b, type));
}

Tensor floor_divide(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("floor_divide", type, b);
  return kernels::binary(elementwise_table->floor_divide, "floor_divide",
                         kernels::Cast(a, type), b);
}

Tensor operator%(const Tensor& a, const Tensor& b) {
  return remainder(a, b);
}
Tensor operator%(const Tensor& a, const Scalar& b) {
  return remainder(a, b);
}

Tensor& Tensor::pow_(const Tensor& other) const {
  return write_binary_pure(
      "pow_", self(), other,
      [](const Tensor& a, const Tensor& b) { return taper::pow(a, b); });
}
Tensor& Tensor::pow_(const Scalar& other) const {
  return write_binary_pure(
      "pow_", self(), other,
      [](const Tensor& a, const Scalar& b) { return taper::pow(a, b); });
}

Tensor& Tensor::fmod_(const Tensor& other) const {
  return write_binary_pure(
      "fmod_", self(), other,
      [](const Tensor& a, const Tensor& b) { return taper::fmod(a, b); });
}
Tensor& Tensor::fmod_(const Scalar& other) const {
  return write_binary_pure(
      "fmod_", self(), other,
      [](const Tensor& a, const Scalar& b) { return taper::fmod(a, b); });
}

Tensor& Tensor::remainder_(const Tensor& other) const {
  return write_binary_pure(
      "remainder_", self(), other,
      [](const Tensor& a, const Tensor& b) { return taper::remainder(a, b); });
}
Tensor& Tensor::remainder_(const Scalar& other) const {
  return write_binary_pure(
      "remainder_", self(), other,
      [](const Tensor& a, const Scalar& b) { return taper::remainder(a, b); });
}

Tensor& Tensor::floor_divide_(const Tensor& other) const {
  return write_binary_pure("floor_divide_", self(), other,
                           [](const Tensor& a, const Tensor& b) {
                             return taper::floor_divide(a, b);
                           });
}
Tensor& Tensor::floor_divide_(const Scalar& other) const {
  return write_binary_pure("floor_divide_", self(), other,
                           [](const Tensor& a, const Scalar& b) {
                             return taper::floor_divide(a, b);
                           });
}

}  // namespace taper
