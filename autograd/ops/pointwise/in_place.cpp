// The methods of Tensor for the elementwise functions, and their in-place
// forms. In place, the kernel of a function of one tensor, and of a sum,
// difference, product or quotient of floating tensors, writes straight into the
// elements when nothing is recorded; every other result goes through a new
// tensor.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"

namespace taper {
namespace {

Tensor& unary_in_place(const char* op, Tensor& self,
                       const kernels::PerType<kernels::Unary>& leaf,
                       Tensor (*f)(const Tensor&)) {
  return in_place(
      op, self, needs_grad(self), [&](const Tensor& old) { return f(old); },
      [&] { kernels::unary_into(self, leaf, op, self); });
}

// The elements of `self` become leaf(self, other).
void write_binary(const char* op, Tensor& self,
                  const kernels::PerType<kernels::Binary>& leaf,
                  const Scalar& other) {
  const ScalarType type = result_type(self, other);
  detail::check_writable(op, self, self.sizes(), type);
  kernels::binary_into(self, leaf, op, self, other);
}

void write_binary(const char* op, Tensor& self,
                  const kernels::PerType<kernels::Binary>& leaf,
                  const Tensor& other) {
  const ScalarType type = result_type(self, other);
  const SmallShape shape = broadcast_shapes(op, self.sizes(), other.sizes());
  detail::check_writable(op, self, shape, type);
  if (type != self.dtype()) {
    kernels::copy_into(self, promoted(leaf, op, self, other));
    return;
  }
  // Elements of `other` must not change while they are still to be read.
  const bool overlaps =
      !kernels::same_elements(self, other) && kernels::may_overlap(self, other);
  kernels::binary_into(
      self, leaf, op, self,
      overlaps ? kernels::clone(other) : kernels::cast(other, type));
}

template <class Other, class F>
Tensor& write_kernel(const char* op, Tensor& self,
                     const kernels::PerType<kernels::Binary>& leaf, const F& f,
                     const Other& other) {
  return in_place(
      op, self, needs_grad(self, other),
      [&](const Tensor& old) {
        return f(old, detail::operand_apart(self, old, other));
      },
      [&] { write_binary(op, self, leaf, other); });
}

template <class Other>
Tensor& add_in_place(Tensor& self, const Other& other, const Scalar& alpha) {
  const auto f = [&](const Tensor& a, const Other& b) {
    return add(a, b, alpha);
  };
  return is_one(alpha)
             ? write_kernel("add_", self, elementwise_table->add, f, other)
             : write_form("add_", self, f, other);
}

template <class Other>
Tensor& sub_in_place(Tensor& self, const Other& other, const Scalar& alpha) {
  check_no_bool("sub_", self, other);
  const auto f = [&](const Tensor& a, const Other& b) {
    return sub(a, b, alpha);
  };
  return is_one(alpha)
             ? write_kernel("sub_", self, elementwise_table->sub, f, other)
             : write_form("sub_", self, f, other);
}

// Only quotients of floating tensors keep their dtype.
template <class Other>
Tensor& div_in_place(Tensor& self, const Other& other) {
  Tensor (*const f)(const Tensor&, const Other&) = div;
  return is_floating(self.dtype())
             ? write_kernel("div_", self, elementwise_table->div, f, other)
             : write_form("div_", self, f, other);
}

template <class Other>
Tensor& mul_in_place(Tensor& self, const Other& other) {
  Tensor (*const f)(const Tensor&, const Other&) = mul;
  return write_kernel("mul_", self, elementwise_table->mul, f, other);
}

template <class Other>
Tensor& binary_in_place(const char* op, Tensor& self,
                        Tensor (*f)(const Tensor&, const Other&),
                        const Other& other) {
  return write_form(op, self, f, other);
}

}  // namespace

#define TAPER_UNARY(f)                                                     \
  Tensor Tensor::f() const { return taper::f(*this); }                     \
  Tensor& Tensor::f##_() const {                                           \
    return unary_in_place(#f "_", self(), elementwise_table->f, taper::f); \
  }
#define TAPER_FORMS(f, Other, write)           \
  Tensor Tensor::f(const Other& other) const { \
    return taper::f(*this, other);             \
  }                                            \
  Tensor& Tensor::f##_(const Other& other) const { return write; }
#define TAPER_BINARY_TENSORS(f) \
  TAPER_FORMS(f, Tensor, binary_in_place(#f "_", self(), taper::f, other))
#define TAPER_BINARY(f)   \
  TAPER_BINARY_TENSORS(f) \
  TAPER_FORMS(f, Scalar, binary_in_place(#f "_", self(), taper::f, other))
#define TAPER_BINARY_DIRECT(f)                        \
  TAPER_FORMS(f, Tensor, f##_in_place(self(), other)) \
  TAPER_FORMS(f, Scalar, f##_in_place(self(), other))
#include "taper/tensor/pointwise.inc"

Tensor& Tensor::add_(const Tensor& other, const Scalar& alpha) const {
  return add_in_place(self(), other, alpha);
}
Tensor& Tensor::add_(const Scalar& other, const Scalar& alpha) const {
  return add_in_place(self(), other, alpha);
}
Tensor& Tensor::sub_(const Tensor& other, const Scalar& alpha) const {
  return sub_in_place(self(), other, alpha);
}
Tensor& Tensor::sub_(const Scalar& other, const Scalar& alpha) const {
  return sub_in_place(self(), other, alpha);
}
Tensor& Tensor::logical_not_() const {
  return write_pure("logical_not_", self(), false, taper::logical_not);
}

}  // namespace taper
