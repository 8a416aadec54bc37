// Remainders of a division and the floor of a quotient.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
namespace {

// Whether x is 0 somewhere as the integer that it is divided by.
bool has_zero_number(const Tensor& x, ScalarType type) {
  return !x.to(type).all().item<bool>();
}
bool has_zero_number(const Scalar& x, ScalarType type) {
  return visit_type(type,
                    [&]<class T>(T zero) { return x.rounded<T>() == zero; });
}

// leaf(a, b) for a leaf that cannot divide integers by zero.
template <class Divisor>
Tensor divided(const char* op, const kernels::PerType<kernels::Binary>& leaf,
               const Tensor& a, const Divisor& b) {
  const ScalarType type = result_type(a, b);
  check<ValueError>(is_floating(type) || !has_zero_number(b, type),
                    "[{}] division of an integer by zero", op);
  return promoted(leaf, op, a, b);
}

}  // namespace

Tensor fmod(const Tensor& a, const Tensor& b) {
  Tensor y = divided("fmod", elementwise_table->fmod, a, b);
  return record(y, "FmodBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).trunc();
                });
}

Tensor fmod(const Tensor& a, const Scalar& b) {
  return record(divided("fmod", elementwise_table->fmod, a, b), "FmodBackward0",
                a, pass_grad);
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  Tensor y = divided("remainder", elementwise_table->remainder, a, b);
  return record(y, "RemainderBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).floor();
                });
}

Tensor remainder(const Tensor& a, const Scalar& b) {
  return record(divided("remainder", elementwise_table->remainder, a, b),
                "RemainderBackward0", a, pass_grad);
}

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  return divided("floor_divide", elementwise_table->floor_divide, a, b);
}

Tensor floor_divide(const Tensor& a, const Scalar& b) {
  return divided("floor_divide", elementwise_table->floor_divide, a, b);
}

Tensor operator%(const Tensor& a, const Tensor& b) { return remainder(a, b); }

Tensor operator%(const Tensor& a, const Scalar& b) { return remainder(a, b); }

}  // namespace taper
