#include "taper/autograd/ops/factories.h"
#include "taper/autograd/ops/pointwise.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise;
using kernels::result_type;

// x in dtype `type`, as a recorded conversion where it is one.
Tensor as_type(const Tensor& x, ScalarType type) {
  return x.dtype() == type ? x : x.to(type);
}

void check_writable(const char* op,
                    const Tensor& self,
                    IntArrayRef shape,
                    ScalarType type) {
  check(shape == self.sizes(),
        "[",
        op,
        "] the result has shape ",
        shape,
        " but the tensor written to has ",
        self.sizes());
  check<TypeError>(can_cast(type, self.dtype()),
                   "[",
                   op,
                   "] a result of type ",
                   type,
                   " cannot be written into a tensor of type ",
                   self.dtype());
}

void write_result(const char* op, Tensor& self, const Tensor& result) {
  check_writable(op, self, result.sizes(), result.dtype());
  kernels::copy_into(self, result);
}

// Writes op(self, other) into self when nothing is recorded.
template <class Other>
void write_binary(const char* op,
                  Tensor& self,
                  const kernels::Binary (&leaf)[4],
                  const Other& other) {
  ScalarType type = result_type(self, other);
  if constexpr (std::is_same_v<Other, Scalar>) {
    check_writable(op, self, self.sizes(), type);
    kernels::binary_into(self, leaf, op, self, other);
  } else {
    SmallShape shape = broadcast_shapes(op, self.sizes(), other.sizes());
    check_writable(op, self, shape, type);
    if (type != self.dtype()) {
      kernels::copy_into(
          self,
          kernels::binary(leaf, op, as_type(self, type), as_type(other, type)));
      return;
    }
    // Elements of `other` must not change while they are still to be read.
    bool is_same = other.impl()->data == self.impl()->data &&
                   other.sizes() == self.sizes() &&
                   other.strides() == self.strides();
    bool overlaps = !is_same && kernels::may_overlap(self, other);
    kernels::binary_into(
        self,
        leaf,
        op,
        self,
        overlaps ? kernels::clone(other) : kernels::cast(other, type));
  }
}

template <class Other, class Pure>
Tensor& in_place_binary(const char* op,
                        Tensor& self,
                        const Other& other,
                        const kernels::Binary (&leaf)[4],
                        const Pure& pure) {
  bool recording = needs_grad(self);
  if constexpr (std::is_same_v<Other, Tensor>) recording |= needs_grad(other);
  return in_place(
      op,
      self,
      recording,
      [&](const Tensor& old) { return pure(old, other); },
      [&] { write_binary(op, self, leaf, other); });
}

// In place by way of a new tensor, for operations with checks of their own.
template <class Other, class Pure>
Tensor& in_place_pure(const char* op,
                      Tensor& self,
                      const Other& other,
                      const Pure& pure) {
  bool recording = needs_grad(self);
  if constexpr (std::is_same_v<Other, Tensor>) recording |= needs_grad(other);
  return in_place(
      op,
      self,
      recording,
      [&](const Tensor& old) { return pure(old, other); },
      [&] { write_result(op, self, pure(self, other)); });
}

void check_alpha(const char* op, ScalarType type, const Scalar& alpha) {
  check<TypeError>(is_floating(type) || !alpha.isFloatingPoint(),
                   "[",
                   op,
                   "] alpha must be an integer for ",
                   type,
                   ", got ",
                   alpha.to_double());
}

bool is_one(const Scalar& alpha) {
  return alpha.equal(1);
}

Tensor scale(const Tensor& grad, const Scalar& alpha) {
  return is_one(alpha) ? grad : grad * alpha;
}

}  // namespace

// add, sub --------------------------------------------------------------------

Tensor add(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("add", type, alpha);
  kernels::Cast x(a, type);
  kernels::Cast z(b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise->add, "add", x, z)
                 : kernels::scaled(
                       elementwise->add_scaled, "add", x, z, alpha.to_double());
  if (needs_grad(a, b)) {
    record(y,
           "AddBackward0",
           {&a, &b},
           [alpha](const Tensor& grad, const Needs& needs) {
             return Grads<2>{grad, needs[1] ? scale(grad, alpha) : Tensor()};
           });
  }
  return y;
}

Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("add", type, alpha);
  Scalar term = is_one(alpha)       ? b
                : is_floating(type) ? Scalar(b.to_double() * alpha.to_double())
                                    : Scalar(b.to_int64() * alpha.to_int64());
  Tensor y =
      kernels::binary(elementwise->add, "add", kernels::Cast(a, type), term);
  if (needs_grad(a)) {
    record(y, "AddBackward0", {&a}, [](Tensor grad) { return grad; });
  }
  return y;
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  check<TypeError>(a.dtype() != kBool || b.dtype() != kBool,
                   "[sub] bool tensors cannot be subtracted; use logical_xor");
  kernels::Cast x(a, type);
  kernels::Cast z(b, type);
  Tensor y =
      is_one(alpha)
          ? kernels::binary(elementwise->sub, "sub", x, z)
          : kernels::scaled(
                elementwise->add_scaled, "sub", x, z, -alpha.to_double());
  if (needs_grad(a, b)) {
    record(y,
           "SubBackward0",
           {&a, &b},
           [alpha](const Tensor& grad, const Needs& needs) {
             return Grads<2>{grad, needs[1] ? scale(-grad, alpha) : Tensor()};
           });
  }
  return y;
}

Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  check<TypeError>(!b.isBoolean() || a.dtype() != kBool,
                   "[sub] bool tensors cannot be subtracted; use logical_xor");
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  Scalar term = is_one(alpha)       ? b
                : is_floating(type) ? Scalar(b.to_double() * alpha.to_double())
                                    : Scalar(b.to_int64() * alpha.to_int64());
  Tensor y =
      kernels::binary(elementwise->sub, "sub", kernels::Cast(a, type), term);
  if (needs_grad(a)) {
    record(y, "SubBackward0", {&a}, [](Tensor grad) { return grad; });
  }
  return y;
}

Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("rsub", type, alpha);
  kernels::Cast x(a, type);
  // b and a 0-d tensor with its value give the same numbers.
  Tensor term = kernels::full({}, b, type);
  Tensor y =
      is_one(alpha)
          ? kernels::binary(elementwise->sub, "rsub", term, x)
          : kernels::scaled(
                elementwise->add_scaled, "rsub", term, x, -alpha.to_double());
  if (needs_grad(a)) {
    record(y, "RsubBackward1", {&a}, [alpha](const Tensor& grad) {
      return scale(-grad, alpha);
    });
  }
  return y;
}

Tensor operator-(const Scalar& a, const Tensor& b) {
  return rsub(b, a);
}

Tensor Tensor::add(const Tensor& other, const Scalar& alpha) const {
  return taper::add(*this, other, alpha);
}
Tensor Tensor::add(const Scalar& other, const Scalar& alpha) const {
  return taper::add(*this, other, alpha);
}
Tensor Tensor::sub(const Tensor& other, const Scalar& alpha) const {
  return taper::sub(*this, other, alpha);
}
Tensor Tensor::sub(const Scalar& other, const Scalar& alpha) const {
  return taper::sub(*this, other, alpha);
}

namespace {

template <class Other>
Tensor& add_in_place(const char* op,
                     Tensor& self,
                     const Other& other,
                     const Scalar& alpha,
                     bool is_sub) {
  auto pure = [&](const Tensor& old, const Other& b) {
    return is_sub ? sub(old, b, alpha) : add(old, b, alpha);
  };
  if (is_one(alpha) && !(is_sub && self.dtype() == kBool)) {
    return in_place_binary(
        op, self, other, is_sub ? elementwise->sub : elementwise->add, pure);
  }
  return in_place_pure(op, self, other, pure);
}

}  // namespace

Tensor& Tensor::add_(const Tensor& other, const Scalar& alpha) {
  return add_in_place("add_", *this, other, alpha, false);
}
Tensor& Tensor::add_(const Scalar& other, const Scalar& alpha) {
  return add_in_place("add_", *this, other, alpha, false);
}
Tensor& Tensor::sub_(const Tensor& other, const Scalar& alpha) {
  return add_in_place("sub_", *this, other, alpha, true);
}
Tensor& Tensor::sub_(const Scalar& other, const Scalar& alpha) {
  return add_in_place("sub_", *this, other, alpha, true);
}

// mul, div --------------------------------------------------------------------

Tensor mul(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  Tensor y = kernels::binary(
      elementwise->mul, "mul", kernels::Cast(a, type), kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "MulBackward0",
           {&a, &b},
           [a = save_for(b, a), b = save_for(a, b)](const Tensor& grad,
                                                    const Needs& needs) {
             return Grads<2>{needs[0] ? grad * b() : Tensor(),
                             needs[1] ? grad * a() : Tensor()};
           });
  }
  return y;
}

Tensor mul(const Tensor& a, const Scalar& b) {
  Tensor y = kernels::binary(
      elementwise->mul, "mul", kernels::Cast(a, result_type(a, b)), b);
  if (needs_grad(a)) {
    record(
        y, "MulBackward0", {&a}, [b](const Tensor& grad) { return grad * b; });
  }
  return y;
}

Tensor div(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y = kernels::binary(
      elementwise->div, "div", kernels::Cast(a, type), kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "DivBackward0",
           {&a, &b},
           [a = save_for(b, a), b = save(b)](const Tensor& grad,
                                             const Needs& needs) {
             return Grads<2>{needs[0] ? grad / b() : Tensor(),
                             needs[1] ? -grad * ((a() / b()) / b()) : Tensor()};
           });
  }
  return y;
}

Tensor div(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y =
      kernels::binary(elementwise->div, "div", kernels::Cast(a, type), b);
  if (needs_grad(a)) {
    record(
        y, "DivBackward0", {&a}, [b](const Tensor& grad) { return grad / b; });
  }
  return y;
}

namespace {

template <class Other>
Tensor div_rounded(const Tensor& a,
                   const Other& b,
                   std::optional<std::string_view> mode) {
  if (!mode) return div(a, b);
  if (*mode == "floor") return floor_divide(a, b);
  check<ValueError>(*mode == "trunc",
                    "[div] rounding_mode must be \"trunc\" or \"floor\", got ",
                    std::string(*mode));
  ScalarType type = result_type(a, b);
  return div(a, b).trunc().to(type);
}

}  // namespace

Tensor div(const Tensor& a,
           const Tensor& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}
Tensor div(const Tensor& a,
           const Scalar& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}
Tensor Tensor::div(const Tensor& other,
                   std::optional<std::string_view> mode) const {
  return taper::div(*this, other, mode);
}
Tensor Tensor::div(const Scalar& other,
                   std::optional<std::string_view> mode) const {
  return taper::div(*this, other, mode);
}
Tensor operator/(const Scalar& a, const Tensor& b) {
  return a.equal(1) ? b.reciprocal() : b.reciprocal() * a;
}

// Powers and remainders -------------------------------------------------------

namespace {

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
      "[pow] integers to a negative integer power are not supported, got ",
      exponent.to_double());
}

// Small exponents have exact and faster forms.
Tensor pow_values(const Tensor& a, const Scalar& b) {
  if (is_floating(a.dtype())) {
    double e = b.to_double();
    if (e == 2) return kernels::unary(elementwise->square, "pow", a);
    if (e == 3) {
      Tensor square = kernels::unary(elementwise->square, "pow", a);
      return kernels::binary(elementwise->mul, "pow", square, a);
    }
    if (e == 0.5) return kernels::unary(elementwise->sqrt, "pow", a);
    if (e == -0.5) return kernels::unary(elementwise->rsqrt, "pow", a);
    if (e == -1) return kernels::unary(elementwise->reciprocal, "pow", a);
  }
  return kernels::binary(elementwise->pow, "pow", a, b);
}

void check_divisor(const char* op, const Tensor& b) {
  check<ValueError>(is_floating(b.dtype()) || b.all().item<bool>(),
                    "[",
                    op,
                    "] division of an integer by zero");
}
void check_divisor(const char* op, ScalarType type, const Scalar& b) {
  check<ValueError>(is_floating(type) || b.to_double() != 0,
                    "[",
                    op,
                    "] division of an integer by zero");
}

}  // namespace

Tensor pow(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type) && b.numel() > 0) check_power(type, b.min().item());
  Tensor y = kernels::binary(
      elementwise->pow, "pow", kernels::Cast(a, type), kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "PowBackward1",
           {&a, &b},
           [a = save(a), b = save(b)](const Tensor& grad, const Needs& needs) {
             return Grads<2>{
                 needs[0] ? pow_grad_base(grad, a(), b()) : Tensor(),
                 needs[1] ? pow_grad_exponent(grad, a(), b()) : Tensor()};
           });
  }
  return y;
}

Tensor pow(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_power(type, b);
  Tensor y = pow_values(kernels::Cast(a, type), b);
  if (needs_grad(a)) {
    record(y, "PowBackward0", {&a}, [a = save(a), b](const Tensor& grad) {
      return pow_grad(grad, a(), b);
    });
  }
  return y;
}

Tensor pow(const Scalar& a, const Tensor& b) {
  return pow(kernels::full({}, a, result_type(b, a)), b);
}

Tensor fmod(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("fmod", b);
  Tensor y = kernels::binary(elementwise->fmod,
                             "fmod",
                             kernels::Cast(a, type),
                             kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "FmodBackward1",
           {&a, &b},
           [a = save_for(b, a), b = save_for(b, b)](const Tensor& grad,
                                                    const Needs& needs) {
             return Grads<2>{grad,
                             needs[1] ? -grad * (a() / b()).trunc() : Tensor()};
           });
  }
  return y;
}

Tensor fmod(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("fmod", type, b);
  Tensor y =
      kernels::binary(elementwise->fmod, "fmod", kernels::Cast(a, type), b);
  if (needs_grad(a)) {
    record(y, "FmodBackward0", {&a}, [](Tensor grad) { return grad; });
  }
  return y;
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("remainder", b);
  Tensor y = kernels::binary(elementwise->remainder,
                             "remainder",
                             kernels::Cast(a, type),
                             kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "RemainderBackward1",
           {&a, &b},
           [a = save_for(b, a), b = save_for(b, b)](const Tensor& grad,
                                                    const Needs& needs) {
             return Grads<2>{grad,
                             needs[1] ? -grad * (a() / b()).floor() : Tensor()};
           });
  }
  return y;
}

Tensor remainder(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("remainder", type, b);
  Tensor y = kernels::binary(
      elementwise->remainder, "remainder", kernels::Cast(a, type), b);
  if (needs_grad(a)) {
    record(y, "RemainderBackward0", {&a}, [](Tensor grad) { return grad; });
  }
  return y;
}

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("floor_divide", b);
  return kernels::binary(elementwise->floor_divide,
                         "floor_divide",
                         kernels::Cast(a, type),
                         kernels::Cast(b, type));
}

Tensor floor_divide(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("floor_divide", type, b);
  return kernels::binary(
      elementwise->floor_divide, "floor_divide", kernels::Cast(a, type), b);
}

Tensor operator%(const Tensor& a, const Tensor& b) {
  return remainder(a, b);
}
Tensor operator%(const Tensor& a, const Scalar& b) {
  return remainder(a, b);
}

// Choosing --------------------------------------------------------------------

namespace {

// The part of the gradient that goes to `winner`, half of it at a tie.
Tensor choice_grad(const Tensor& grad,
                   const Tensor& loses,
                   const Tensor& ties) {
  return taper::where(ties, grad * 0.5, grad).masked_fill(loses, 0);
}

template <class Loses>
Tensor choose(const char* op,
              const char* name,
              const kernels::Binary (&leaf)[4],
              const Tensor& a,
              const Tensor& b,
              const Loses& loses) {
  ScalarType type = result_type(a, b);
  Tensor y =
      kernels::binary(leaf, op, kernels::Cast(a, type), kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           name,
           {&a, &b},
           [a = save(a), b = save(b), loses](const Tensor& grad,
                                             const Needs& needs) {
             Tensor x = a();
             Tensor z = b();
             Tensor ties = x == z;
             return Grads<2>{
                 needs[0] ? choice_grad(grad, loses(x, z), ties) : Tensor(),
                 needs[1] ? choice_grad(grad, loses(z, x), ties) : Tensor()};
           });
  }
  return y;
}

}  // namespace

Tensor maximum(const Tensor& a, const Tensor& b) {
  return choose("maximum",
                "MaximumBackward0",
                elementwise->maximum,
                a,
                b,
                [](const Tensor& x, const Tensor& z) { return x < z; });
}
Tensor minimum(const Tensor& a, const Tensor& b) {
  return choose("minimum",
                "MinimumBackward0",
                elementwise->minimum,
                a,
                b,
                [](const Tensor& x, const Tensor& z) { return x > z; });
}

Tensor atan2(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y = kernels::binary(elementwise->atan2,
                             "atan2",
                             kernels::Cast(a, type),
                             kernels::Cast(b, type));
  if (needs_grad(a, b)) {
    record(y,
           "Atan2Backward0",
           {&a, &b},
           [a = save(a), b = save(b)](const Tensor& grad, const Needs& needs) {
             Tensor scaled = grad / (a() * a() + b() * b());
             return Grads<2>{needs[0] ? scaled * b() : Tensor(),
                             needs[1] ? -scaled * a() : Tensor()};
           });
  }
  return y;
}

// Comparisons -----------------------------------------------------------------

namespace {

Tensor compare(const char* op,
               const kernels::Binary (&leaf)[4],
               const Tensor& a,
               const Tensor& b) {
  ScalarType type = result_type(a, b);
  return kernels::binary(
      leaf, op, kernels::Cast(a, type), kernels::Cast(b, type), kBool);
}
Tensor compare(const char* op,
               const kernels::Binary (&leaf)[4],
               const Tensor& a,
               const Scalar& b) {
  return kernels::binary(
      leaf, op, kernels::Cast(a, result_type(a, b)), b, kBool);
}

}  // namespace

Tensor eq(const Tensor& a, const Tensor& b) {
  return compare("eq", elementwise->eq, a, b);
}
Tensor eq(const Tensor& a, const Scalar& b) {
  return compare("eq", elementwise->eq, a, b);
}
Tensor ne(const Tensor& a, const Tensor& b) {
  return compare("ne", elementwise->ne, a, b);
}
Tensor ne(const Tensor& a, const Scalar& b) {
  return compare("ne", elementwise->ne, a, b);
}
Tensor lt(const Tensor& a, const Tensor& b) {
  return compare("lt", elementwise->lt, a, b);
}
Tensor lt(const Tensor& a, const Scalar& b) {
  return compare("lt", elementwise->lt, a, b);
}
Tensor le(const Tensor& a, const Tensor& b) {
  return compare("le", elementwise->le, a, b);
}
Tensor le(const Tensor& a, const Scalar& b) {
  return compare("le", elementwise->le, a, b);
}
Tensor gt(const Tensor& a, const Tensor& b) {
  return compare("gt", elementwise->gt, a, b);
}
Tensor gt(const Tensor& a, const Scalar& b) {
  return compare("gt", elementwise->gt, a, b);
}
Tensor ge(const Tensor& a, const Tensor& b) {
  return compare("ge", elementwise->ge, a, b);
}
Tensor ge(const Tensor& a, const Scalar& b) {
  return compare("ge", elementwise->ge, a, b);
}
Tensor logical_and(const Tensor& a, const Tensor& b) {
  return compare("logical_and", elementwise->logical_and, a, b);
}
Tensor logical_or(const Tensor& a, const Tensor& b) {
  return compare("logical_or", elementwise->logical_or, a, b);
}
Tensor logical_xor(const Tensor& a, const Tensor& b) {
  return compare("logical_xor", elementwise->logical_xor, a, b);
}

// Methods ---------------------------------------------------------------------

Tensor Tensor::mul(const Tensor& other) const {
  return taper::mul(*this, other);
}
Tensor Tensor::mul(const Scalar& other) const {
  return taper::mul(*this, other);
}
Tensor Tensor::div(const Tensor& other) const {
  return taper::div(*this, other);
}
Tensor Tensor::div(const Scalar& other) const {
  return taper::div(*this, other);
}
Tensor Tensor::pow(const Tensor& other) const {
  return taper::pow(*this, other);
}
Tensor Tensor::pow(const Scalar& other) const {
  return taper::pow(*this, other);
}
Tensor Tensor::fmod(const Tensor& other) const {
  return taper::fmod(*this, other);
}
Tensor Tensor::fmod(const Scalar& other) const {
  return taper::fmod(*this, other);
}
Tensor Tensor::remainder(const Tensor& other) const {
  return taper::remainder(*this, other);
}
Tensor Tensor::remainder(const Scalar& other) const {
  return taper::remainder(*this, other);
}
Tensor Tensor::floor_divide(const Tensor& other) const {
  return taper::floor_divide(*this, other);
}
Tensor Tensor::floor_divide(const Scalar& other) const {
  return taper::floor_divide(*this, other);
}
Tensor Tensor::eq(const Tensor& other) const {
  return taper::eq(*this, other);
}
Tensor Tensor::eq(const Scalar& other) const {
  return taper::eq(*this, other);
}
Tensor Tensor::ne(const Tensor& other) const {
  return taper::ne(*this, other);
}
Tensor Tensor::ne(const Scalar& other) const {
  return taper::ne(*this, other);
}
Tensor Tensor::lt(const Tensor& other) const {
  return taper::lt(*this, other);
}
Tensor Tensor::lt(const Scalar& other) const {
  return taper::lt(*this, other);
}
Tensor Tensor::le(const Tensor& other) const {
  return taper::le(*this, other);
}
Tensor Tensor::le(const Scalar& other) const {
  return taper::le(*this, other);
}
Tensor Tensor::gt(const Tensor& other) const {
  return taper::gt(*this, other);
}
Tensor Tensor::gt(const Scalar& other) const {
  return taper::gt(*this, other);
}
Tensor Tensor::ge(const Tensor& other) const {
  return taper::ge(*this, other);
}
Tensor Tensor::ge(const Scalar& other) const {
  return taper::ge(*this, other);
}
Tensor Tensor::maximum(const Tensor& other) const {
  return taper::maximum(*this, other);
}
Tensor Tensor::minimum(const Tensor& other) const {
  return taper::minimum(*this, other);
}
Tensor Tensor::atan2(const Tensor& other) const {
  return taper::atan2(*this, other);
}
Tensor Tensor::logical_and(const Tensor& other) const {
  return taper::logical_and(*this, other);
}
Tensor Tensor::logical_or(const Tensor& other) const {
  return taper::logical_or(*this, other);
}
Tensor Tensor::logical_xor(const Tensor& other) const {
  return taper::logical_xor(*this, other);
}
Tensor& Tensor::mul_(const Tensor& other) {
  return in_place_binary(
      "mul_",
      *this,
      other,
      elementwise->mul,
      [](const Tensor& a, const Tensor& b) { return taper::mul(a, b); });
}
Tensor& Tensor::mul_(const Scalar& other) {
  return in_place_binary(
      "mul_",
      *this,
      other,
      elementwise->mul,
      [](const Tensor& a, const Scalar& b) { return taper::mul(a, b); });
}
Tensor& Tensor::div_(const Tensor& other) {
  if (is_floating(checked()->dtype)) {
    return in_place_binary(
        "div_",
        *this,
        other,
        elementwise->div,
        [](const Tensor& a, const Tensor& b) { return taper::div(a, b); });
  }
  return in_place_pure(
      "div_", *this, other, [](const Tensor& a, const Tensor& b) {
        return taper::div(a, b);
      });
}
Tensor& Tensor::div_(const Scalar& other) {
  if (is_floating(checked()->dtype)) {
    return in_place_binary(
        "div_",
        *this,
        other,
        elementwise->div,
        [](const Tensor& a, const Scalar& b) { return taper::div(a, b); });
  }
  return in_place_pure(
      "div_", *this, other, [](const Tensor& a, const Scalar& b) {
        return taper::div(a, b);
      });
}
Tensor& Tensor::pow_(const Tensor& other) {
  return in_place_pure(
      "pow_", *this, other, [](const Tensor& a, const Tensor& b) {
        return taper::pow(a, b);
      });
}
Tensor& Tensor::pow_(const Scalar& other) {
  return in_place_pure(
      "pow_", *this, other, [](const Tensor& a, const Scalar& b) {
        return taper::pow(a, b);
      });
}
Tensor& Tensor::fmod_(const Tensor& other) {
  return in_place_pure(
      "fmod_", *this, other, [](const Tensor& a, const Tensor& b) {
        return taper::fmod(a, b);
      });
}
Tensor& Tensor::fmod_(const Scalar& other) {
  return in_place_pure(
      "fmod_", *this, other, [](const Tensor& a, const Scalar& b) {
        return taper::fmod(a, b);
      });
}
Tensor& Tensor::remainder_(const Tensor& other) {
  return in_place_pure(
      "remainder_", *this, other, [](const Tensor& a, const Tensor& b) {
        return taper::remainder(a, b);
      });
}
Tensor& Tensor::remainder_(const Scalar& other) {
  return in_place_pure(
      "remainder_", *this, other, [](const Tensor& a, const Scalar& b) {
        return taper::remainder(a, b);
      });
}
Tensor& Tensor::floor_divide_(const Tensor& other) {
  return in_place_pure(
      "floor_divide_", *this, other, [](const Tensor& a, const Tensor& b) {
        return taper::floor_divide(a, b);
      });
}
Tensor& Tensor::floor_divide_(const Scalar& other) {
  return in_place_pure(
      "floor_divide_", *this, other, [](const Tensor& a, const Scalar& b) {
        return taper::floor_divide(a, b);
      });
}

}  // namespace taper
