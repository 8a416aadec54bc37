#include "taper/autograd/grad_mode.h"
#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

// Writes op(self, other) into self when nothing is recorded.
template <class Other>
void write_binary(const char* op, Tensor& self,
                  const kernels::PerType<kernels::Binary>& leaf,
                  const Other& other) {
  ScalarType type = result_type(self, other);
  if constexpr (std::is_same_v<Other, Scalar>) {
    check_writable(op, self, self.sizes(), type);
    kernels::binary_into(self, leaf, op, self, other);
  } else {
    SmallShape shape = broadcast_shapes(op, self.sizes(), other.sizes());
    check_writable(op, self, shape, type);
    if (type != self.dtype()) {
      kernels::copy_into(self,
                         kernels::binary(leaf, op, kernels::Cast(self, type),
                                         kernels::Cast(other, type)));
      return;
    }
    // Elements of `other` must not change while they are still to be read.
    bool is_same = other.impl()->data == self.impl()->data &&
                   other.sizes() == self.sizes() &&
                   other.strides() == self.strides();
    bool overlaps = !is_same && kernels::may_overlap(self, other);
    kernels::binary_into(
        self, leaf, op, self,
        overlaps ? kernels::clone(other) : kernels::cast(other, type));
  }
}

template <class Other, class Pure>
Tensor& in_place_binary(const char* op, Tensor& self, const Other& other,
                        const kernels::PerType<kernels::Binary>& leaf,
                        const Pure& pure) {
  bool recording = needs_grad(self);
  if constexpr (std::is_same_v<Other, Tensor>) recording |= needs_grad(other);
  return in_place(
      op, self, recording,
      [&](const Tensor& old) {
        return pure(old, detail::operand_apart(self, old, other));
      },
      [&] { write_binary(op, self, leaf, other); });
}

void check_alpha(const char* op, ScalarType type, const Scalar& alpha) {
  check<TypeError>(is_floating(type) || !alpha.isFloatingPoint(),
                   "[{}] alpha must be an integer for {}, got {}", op, type,
                   alpha.to_double());
}

ScalarType type_of(const Tensor& x) {
  return x.dtype();
}
ScalarType type_of(const Scalar& x) {
  return x.type();
}

template <class Other>
void check_no_bool(const char* op, const Tensor& a, const Other& b) {
  check<TypeError>(
      a.dtype() != kBool && type_of(b) != kBool,
      "[{}] bools cannot be subtracted, got {} and {}; use logical_xor", op,
      a.dtype(), type_of(b));
}

bool is_one(const Scalar& alpha) {
  return alpha.equal(1);
}

// alpha * b, in integers where the result is one.
Scalar scaled_term(const Scalar& b, const Scalar& alpha, ScalarType type) {
  if (is_one(alpha)) return b;
  return is_floating(type) ? Scalar(b.to_double() * alpha.to_double())
                           : Scalar(b.to_int64() * alpha.to_int64());
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
                 ? kernels::binary(elementwise_table->add, "add", x, z)
                 : kernels::scaled(elementwise_table->add_scaled, "add", x, z,
                                   alpha.to_double());
  return record(y, "AddBackward0", a, pass_grad, b,
                [alpha](const Tensor& grad) { return scale(grad, alpha); });
}

Tensor add(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("add", type, alpha);
  Scalar term = scaled_term(b, alpha, type);
  Tensor y = kernels::binary(elementwise_table->add, "add",
                             kernels::Cast(a, type), term);
  return record(y, "AddBackward0", a, pass_grad);
}

Tensor sub(const Tensor& a, const Tensor& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  check_no_bool("sub", a, b);
  kernels::Cast x(a, type);
  kernels::Cast z(b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise_table->sub, "sub", x, z)
                 : kernels::scaled(elementwise_table->add_scaled, "sub", x, z,
                                   -alpha.to_double());
  return record(y, "SubBackward0", a, pass_grad, b,
                [alpha](const Tensor& grad) { return scale(-grad, alpha); });
}

Tensor sub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  check_no_bool("sub", a, b);
  ScalarType type = result_type(a, b);
  check_alpha("sub", type, alpha);
  Scalar term = scaled_term(b, alpha, type);
  Tensor y = kernels::binary(elementwise_table->sub, "sub",
                             kernels::Cast(a, type), term);
  return record(y, "SubBackward0", a, pass_grad);
}

Tensor rsub(const Tensor& a, const Scalar& b, const Scalar& alpha) {
  ScalarType type = result_type(a, b);
  check_alpha("rsub", type, alpha);
  check_no_bool("rsub", a, b);
  kernels::Cast x(a, type);
  // b and a 0-d tensor with its value give the same numbers.
  Tensor term = kernels::full({}, b, type);
  Tensor y = is_one(alpha)
                 ? kernels::binary(elementwise_table->sub, "rsub", term, x)
                 : kernels::scaled(elementwise_table->add_scaled, "rsub", term,
                                   x, -alpha.to_double());
  return record(y, "RsubBackward1", a,
                [alpha](const Tensor& grad) { return scale(-grad, alpha); });
}

Tensor operator-(const Scalar& a, const Tensor& b) {
  return rsub(b, a);
}

namespace {

template <class Other>
Tensor& add_in_place(const char* op, Tensor& self, const Other& other,
                     const Scalar& alpha, bool is_sub) {
  auto pure = [&](const Tensor& old, const Other& b) {
    return is_sub ? sub(old, b, alpha) : add(old, b, alpha);
  };
  if (is_sub) check_no_bool(op, self, other);
  if (is_one(alpha)) {
    return in_place_binary(
        op, self, other,
        is_sub ? elementwise_table->sub : elementwise_table->add, pure);
  }
  return write_binary_pure(op, self, other, pure);
}

}  // namespace

Tensor& Tensor::add_(const Tensor& other, const Scalar& alpha) const {
  return add_in_place("add_", self(), other, alpha, false);
}
Tensor& Tensor::add_(const Scalar& other, const Scalar& alpha) const {
  return add_in_place("add_", self(), other, alpha, false);
}
Tensor& Tensor::sub_(const Tensor& other, const Scalar& alpha) const {
  return add_in_place("sub_", self(), other, alpha, true);
}
Tensor& Tensor::sub_(const Scalar& other, const Scalar& alpha) const {
  return add_in_place("sub_", self(), other, alpha, true);
}

// mul, div --------------------------------------------------------------------

Tensor mul(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  Tensor y = kernels::binary(elementwise_table->mul, "mul",
                             kernels::Cast(a, type), kernels::Cast(b, type));
  return record(
      y, "MulBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad * b(); }, b,
      [a = save(a)](const Tensor& grad) { return grad * a(); });
}

Tensor mul(const Tensor& a, const Scalar& b) {
  Tensor y = kernels::binary(elementwise_table->mul, "mul",
                             kernels::Cast(a, result_type(a, b)), b);
  return record(y, "MulBackward0", a,
                [b](const Tensor& grad) { return grad * b; });
}

Tensor div(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y = kernels::binary(elementwise_table->div, "div",
                             kernels::Cast(a, type), kernels::Cast(b, type));
  return record(
      y, "DivBackward0", a,
      [b = save(b)](const Tensor& grad) { return grad / b(); }, b,
      [a = save(a), b = save(b)](const Tensor& grad) {
        return -grad * ((a() / b()) / b());
      });
}

Tensor div(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) type = get_default_dtype();
  Tensor y =
      kernels::binary(elementwise_table->div, "div", kernels::Cast(a, type), b);
  return record(y, "DivBackward0", a,
                [b](const Tensor& grad) { return grad / b; });
}

namespace {

// Exact for int64, whose quotients need not be doubles.
template <class Other>
Tensor truncated_quotient(const Tensor& a, const Other& b) {
  NoGradGuard no_grad;
  ScalarType type = result_type(a, b);
  if (type != kLong) return div(a, b).trunc().to(type);
  const Tensor x = a.to(kLong);
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
    return record(y, "DivBackward3", a, zero_slope, b, zero_slope);
  } else {
    return record(y, "DivBackward2", a, zero_slope);
  }
}

}  // namespace

Tensor div(const Tensor& a, const Tensor& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}
Tensor div(const Tensor& a, const Scalar& b,
           std::optional<std::string_view> mode) {
  return div_rounded(a, b, mode);
}

Tensor operator/(const Scalar& a, const Tensor& b) {
  return a.equal(1) ? b.reciprocal() : b.reciprocal() * a;
}

Tensor& Tensor::mul_(const Tensor& other) const {
  return in_place_binary(
      "mul_", self(), other, elementwise_table->mul,
      [](const Tensor& a, const Tensor& b) { return taper::mul(a, b); });
}
Tensor& Tensor::mul_(const Scalar& other) const {
  return in_place_binary(
      "mul_", self(), other, elementwise_table->mul,
      [](const Tensor& a, const Scalar& b) { return taper::mul(a, b); });
}

Tensor& Tensor::div_(const Tensor& other) const {
  if (is_floating(checked()->dtype)) {
    return in_place_binary(
        "div_", self(), other, elementwise_table->div,
        [](const Tensor& a, const Tensor& b) { return taper::div(a, b); });
  }
  return write_binary_pure(
      "div_", self(), other,
      [](const Tensor& a, const Tensor& b) { return taper::div(a, b); });
}
Tensor& Tensor::div_(const Scalar& other) const {
  if (is_floating(checked()->dtype)) {
    return in_place_binary(
        "div_", self(), other, elementwise_table->div,
        [](const Tensor& a, const Scalar& b) { return taper::div(a, b); });
  }
  return write_binary_pure(
      "div_", self(), other,
      [](const Tensor& a, const Scalar& b) { return taper::div(a, b); });
}

}  // namespace taper
