// Remainders of a division and the floor of a quotient.
#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/record.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

void check_divisor(const char* op, const Tensor& b) {
  check<ValueError>(is_floating(b.dtype()) || b.all().item<bool>(),
                    "[{}] division of an integer by zero", op);
}

void check_divisor(const char* op, ScalarType type, const Scalar& b) {
  check<ValueError>(is_floating(type) || b.to_double() != 0,
                    "[{}] division of an integer by zero", op);
}

}  // namespace

Tensor fmod(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("fmod", b);
  Tensor y = promoted(elementwise_table->fmod, "fmod", a, b);
  return record(y, "FmodBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).trunc();
                });
}

Tensor fmod(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("fmod", type, b);
  Tensor y = promoted(elementwise_table->fmod, "fmod", a, b);
  return record(y, "FmodBackward0", a, pass_grad);
}

Tensor remainder(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("remainder", b);
  Tensor y = promoted(elementwise_table->remainder, "remainder", a, b);
  return record(y, "RemainderBackward1", a, pass_grad, b,
                [a = save(a), b = save(b)](const Tensor& grad) {
                  return -grad * (a() / b()).floor();
                });
}

Tensor remainder(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("remainder", type, b);
  Tensor y = promoted(elementwise_table->remainder, "remainder", a, b);
  return record(y, "RemainderBackward0", a, pass_grad);
}

Tensor floor_divide(const Tensor& a, const Tensor& b) {
  ScalarType type = result_type(a, b);
  if (!is_floating(type)) check_divisor("floor_divide", b);
  return promoted(elementwise_table->floor_divide, "floor_divide", a, b);
}

Tensor floor_divide(const Tensor& a, const Scalar& b) {
  ScalarType type = result_type(a, b);
  check_divisor("floor_divide", type, b);
  return promoted(elementwise_table->floor_divide, "floor_divide", a, b);
}

Tensor operator%(const Tensor& a, const Tensor& b) {
  return remainder(a, b);
}

Tensor operator%(const Tensor& a, const Scalar& b) {
  return remainder(a, b);
}

}  // namespace taper
