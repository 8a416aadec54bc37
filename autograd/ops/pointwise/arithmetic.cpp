// Sums, differences, products and quotients.
#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

void check_alpha(const char* op, ScalarType type, const Scalar& alpha) {
  check<TypeError>(is_floating(type) || !alpha.isFloatingPoint(),
                   "[{}] alpha must be an integer for {}, got {}", op, type,
                   alpha.to_double());
  check<TypeError>(type == kBool || !alpha.isBoolean(),
                   "[{}] alpha can be a bool for bools only, not for {}", op,
                   type);
}

// alpha * b, in integers where the result is one.
Scalar times_alpha(const Scalar& b, const Scalar& alpha, ScalarType type) {
  if (is_one(alpha)) return b;
  kernels::check_fits(alpha, type);
  return is_floating(type) ? Scalar(b.to_double() * alpha.to_double())
                           : Scalar(static_cast<uint64_t>(b.to_int64()) *
                                    static_cast<uint64_t>(alpha.to_int64()));
}

Tensor times_alpha(const Tensor& grad, const Scalar& alpha) {
  return is_one(alpha) ? grad : grad * alpha;
}

// Exact for int64, whose quotients need not be doubles.
template <class Other>
Tensor truncated_quotient(const Tensor& a, const Other& b) {
  NoGradGuard no_grad;
  ScalarType type = result_type(a, b);
  if (!isIntegralType(type, false)) return div(a, b).trunc().to(type);
  const Tensor x = a.to(type);
  return floor_divide(x - fmod(x, b), b);
}

template <class Other>
Tensor div_rounded(const Tensor& a, const Other& b,
                   std::optional<std::string_view> mode) {
  if (!mode) return div(a, b);
  check<ValueError>(
      *mode == "floor" || *mode == "trunc",
      "[div] rounding_mode must be \"trunc\" or \"floor\", got {}",
      std::string(*mode));
  Tensor y = *mode == "floor" ? floor_divide(a, b) : truncated_quotient(a, b);
  if constexpr (std::is_same_v<Other, Tensor>) {
    return record(y, "DivBackward2", a, zero_slope, b, zero_slope);
  } else {
    return record(y, "DivBackward3", a, zero_slope);
  }
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("add", type, alpha);
  if (type == kBool && !is_one(alpha)) return add(a, b & alpha.to_bool());
  kernels::Cast x(a, type);
  kernels::Cast z(b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise_table->add, "add", x, z)
                 : kernels::binary(elementwise_table->add_scaled, "add", x, z,
                                   held(alpha, type));
  return record(
      y, "AddBackward0", a, pass_grad, b,
      [alpha](const Tensor& grad) { return times_alpha(grad, alpha); });
}

Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("add", type, alpha);
  Scalar term = times_alpha(b, alpha, type);
  Tensor y = kernels::binary(elementwise_table->add, "add",
                             kernels::Cast(a, type), term);
  return record(y, "AddBackward1", a, pass_grad);
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  check_no_bool("sub", a, b);
  kernels::Cast x(a, type);
  kernels::Cast z(b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise_table->sub, "sub", x, z)
                 : kernels::binary(elementwise_table->add_scaled, "sub", x, z,
                                   -held(alpha, type));
  return record(
      y, "SubBackward0", a, pass_grad, b,
      [alpha](const Tensor& grad) { return times_alpha(-grad, alpha); });
}

Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  check_no_bool("sub", a, b);
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  Scalar term = times_alpha(b, alpha, type);
  Tensor y = kernels::binary(elementwise_table->sub, "sub",
                             kernels::Cast(a, type), term);
  return record(y, "SubBackward1", a, pass_grad);
}

namespace {

Tensor number_minus(const char* name, const Scalar& b, const Tensor& a,
                    const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("rsub", type, alpha);
  check_no_bool("rsub", a, b);
  kernels::Cast x(a, type);
  // b and a 0-d tensor with its value give the same numbers.
  Tensor term = kernels::number(b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise_table->sub, "rsub", term, x)
                 : kernels::binary(elementwise_table->add_scaled, "rsub", term,
                                   x, -held(alpha, type));
  return record(y, name, a, [alpha](const Tensor& grad) {
    return times_alpha(-grad, alpha);
  });
}

}  // namespace

Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  return number_minus("RsubBackward1", b, a, alpha);
}

// As in LibTorch, where the number becomes a tensor.
Tensor operator-(const Scalar& a, const Tensor& b) {
  return number_minus("SubBackward0", a, b, 1);
}

Tensor mul(const Tensor& a, const Tensor& b) {
  Tensor y = promoted(elementwise_table->mul, "mul", a, b);
  return record(
      y, "MulBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
      [a = save(a)](const Tensor& grad) { return grad * a(); });
}

Tensor mul(const Tensor& a, const Scalar& b) {
  Tensor y = promoted(elementwise_table->mul, "mul", a, b);
  return record(y, "MulBackward1", a,
                [b](const Tensor& grad) { return grad * b; });
}

Tensor div(const Tensor& a, const Tensor& b) {
  Tensor y = real(elementwise_table->div, "div", a, b);
  return record(
      y, "DivBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad / b(); }, b,
      [a = save(a), b = save(b)](const Tensor& grad) {
        return -grad * ((a() / b()) / b());
      });
}

Tensor div(const Tensor& a, const Scalar& b) {
  Tensor y = real(elementwise_table->div, "div", a, b);
  return record(y, "DivBackward1", a,
                [b](const Tensor& grad) { return grad / b; });
}

Tensor div(const Tensor& a, const Tensor& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}

Tensor div(const Tensor& a, const Scalar& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}

Tensor operator/(const Scalar& a, const Tensor& b) {
  const ScalarType type = real_type(result_type(b, a));
  const Tensor number = kernels::full({}, a, a.type());
  Tensor y = kernels::binary(elementwise_table->div, "div",
                             kernels::Cast(number, type), operand(b, type));
  return record(y, "DivBackward0", b, [a, b = save(b)](const Tensor& grad) {
    return -grad * ((a / b()) / b());
  });
}

}  // namespace taper
