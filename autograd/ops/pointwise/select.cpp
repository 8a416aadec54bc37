// Operations that choose or mix: clamp, where, masked_fill, addcmul, lerp, and
// writing constants.
#include <limits>

#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/write.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;
using kernels::result_type;

void check_mask(const char* op, const Tensor& mask) {
  check<TypeError>(mask.dtype() == kBool, "[{}] expected a bool tensor, got {}",
                   op, mask.dtype());
}

void check_shape(const char* op, const Tensor& self, IntArrayRef shape) {
  check(shape == self.sizes(),
        "[{}] the result has shape {} but the tensor written to has {}", op,
        shape, self.sizes());
}

// A tensor like x whose gradient with respect to x is zero.
template <class Make>
Tensor constant_over(const Tensor& x, const char* name, const Make& make) {
  Tensor y = make();
  return record(y, name, x, zero_slope);
}

}  // namespace

Tensor clamp(const Tensor& x, const std::optional<Scalar>& min,
             const std::optional<Scalar>& max) {
  check<ValueError>(min || max,
                    "[clamp] at least one of min and max is needed");
  ScalarType type = x.dtype();
  if (min) type = promote_types(type, result_type(x, *min));
  if (max) type = promote_types(type, result_type(x, *max));
  check<TypeError>(type != kBool, "[clamp] expected numbers, got bool");
  Tensor y = kernels::cast(x, type);
  if (min) y = kernels::binary(elementwise_table->maximum, "clamp", y, *min);
  if (max) y = kernels::binary(elementwise_table->minimum, "clamp", y, *max);
  return record(
      y, "ClampBackward1", x, [x = save(x), min, max](const Tensor& grad) {
        Tensor passes = !min   ? x() <= *max
                        : !max ? x() >= *min
                               : (x() >= *min).logical_and(x() <= *max);
        return taper::where(passes, grad, 0);
      });
}

Tensor clamp(const Tensor& x, const std::optional<Tensor>& min,
             const std::optional<Tensor>& max) {
  check<ValueError>(min || max,
                    "[clamp] at least one of min and max is needed");
  check<TypeError>(x.dtype() != kBool, "[clamp] expected numbers, got {}",
                   x.dtype());
  // A nan bound wins, and a nan stays.
  Tensor y = x;
  if (min) y = where((y >= *min).logical_or(y.isnan()), y, *min);
  if (max) y = where((y <= *max).logical_or(y.isnan()), y, *max);
  return y;
}

Tensor clamp_min(const Tensor& x, const Scalar& min) {
  return clamp(x, min, std::nullopt);
}
Tensor clamp_max(const Tensor& x, const Scalar& max) {
  return clamp(x, std::nullopt, max);
}

Tensor& Tensor::clamp_(const std::optional<Scalar>& min,
                       const std::optional<Scalar>& max) const {
  return write_pure("clamp_", self(), needs_grad(self()),
                    [&](const Tensor& x) { return taper::clamp(x, min, max); });
}
Tensor& Tensor::clamp_min_(const Scalar& min) const {
  return clamp_(min, std::nullopt);
}
Tensor& Tensor::clamp_max_(const Scalar& max) const {
  return clamp_(std::nullopt, max);
}

Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) {
  check_mask("where", condition);
  ScalarType type = result_type(a, b);
  Tensor y =
      kernels::where(condition, kernels::Cast(a, type), kernels::Cast(b, type));
  return record(
      y, "WhereBackward0", a,
      [c = save(condition)](const Tensor& grad) { return where(c(), grad, 0); },
      b,
      [c = save(condition)](const Tensor& grad) {
        return where(c(), 0, grad);
      });
}

Tensor where(const Tensor& condition, const Tensor& a, const Scalar& b) {
  return where(condition, a, kernels::full({}, b, result_type(a, b)));
}
Tensor where(const Tensor& condition, const Scalar& a, const Tensor& b) {
  return where(condition, kernels::full({}, a, result_type(b, a)), b);
}
Tensor where(const Tensor& condition, const Scalar& a, const Scalar& b) {
  const auto wrapped = [](const Scalar& value) {
    const ScalarType type = value.isFloatingPoint()
                                ? get_default_dtype().toScalarType()
                                : value.type();
    return kernels::full({}, value, type);
  };
  return where(condition, wrapped(a), wrapped(b));
}
Tensor nan_to_num(const Tensor& x, std::optional<double> nan,
                  std::optional<double> posinf, std::optional<double> neginf) {
  if (!is_floating(x.dtype())) return x.clone();
  const double most = x.dtype() == kFloat
                          ? double{std::numeric_limits<float>::max()}
                          : std::numeric_limits<double>::max();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Tensor y = where(x.isnan(), nan.value_or(0), x);
  const Tensor z = where(x == inf, posinf.value_or(most), y);
  return where(x == -inf, neginf.value_or(-most), z);
}

Tensor Tensor::where(const Tensor& condition, const Scalar& other) const {
  return taper::where(condition, *this, other);
}
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const {
  return taper::where(condition, *this, other);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_mask("masked_fill", mask);
  check(value.dim() == 0, "[masked_fill] value must be 0-d, got shape {}",
        value.sizes());
  check<TypeError>(can_cast(value.dtype(), x.dtype()),
                   "[masked_fill] value {} cannot be written into {}",
                   value.dtype(), x.dtype());
  broadcast_shapes("masked_fill", x.sizes(), mask.sizes());
  return where(mask, value.to(x.dtype()), x).contiguous();
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Scalar& value) {
  check_mask("masked_fill", mask);
  check<TypeError>(can_cast(result_type(x, value), x.dtype()),
                   "[masked_fill] value {} cannot be written into {}",
                   value.to_double(), x.dtype());
  // Row-major in PyTorch as well.
  Tensor y = kernels::empty(
      broadcast_shapes("masked_fill", x.sizes(), mask.sizes()), x.dtype());
  kernels::where_into(y, mask, kernels::full({}, value, x.dtype()), x);
  return record(y, "MaskedFillBackward0", x,
                [mask = save(mask)](const Tensor& grad) {
                  return grad.masked_fill(mask(), 0);
                });
}

Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) const {
  return write_pure(
      "masked_fill_", self(), needs_grad(self()),
      [&](const Tensor& x) { return taper::masked_fill(x, mask, value); });
}
Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) const {
  return write_pure(
      "masked_fill_", self(), needs_grad(self(), value),
      [&](const Tensor& x) { return taper::masked_fill(x, mask, value); });
}

namespace {

ScalarType common_type(const Tensor& t, const Tensor& a, const Tensor& b) {
  return promote_types(result_type(t, a), result_type(t, b));
}

}  // namespace

Tensor addcmul(const Tensor& t, const Tensor& a, const Tensor& b,
               const Scalar& value) {
  ScalarType type = common_type(t, a, b);
  Tensor y = kernels::scaled_ternary(
      elementwise_table->addcmul, "addcmul", kernels::Cast(t, type),
      kernels::Cast(a, type), kernels::Cast(b, type), value.to_double());
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
  Tensor y = kernels::scaled_ternary(
      elementwise_table->addcdiv, "addcdiv", kernels::Cast(t, type),
      kernels::Cast(a, type), kernels::Cast(b, type), value.to_double());
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
  Tensor y = kernels::scaled(elementwise_table->lerp, "lerp", start, end,
                             weight.to_double());
  const double w = weight.to_double();
  return record(
      y, "LerpBackward0", start,
      [w](const Tensor& grad) { return grad * (1 - w); }, end,
      [w](const Tensor& grad) { return grad * w; });
}

Tensor lerp(const Tensor& start, const Tensor& end, const Tensor& weight) {
  Tensor difference = end - start;
  return where(weight.abs() < 0.5, addcmul(start, weight, difference),
               addcmul(end, weight - 1, difference));
}

Tensor& Tensor::addcmul_(const Tensor& a, const Tensor& b,
                         const Scalar& value) const {
  return write_pure(
      "addcmul_", self(), needs_grad(self(), a, b), [&](const Tensor& t) {
        return taper::addcmul(t, detail::operand_apart(self(), t, a),
                              detail::operand_apart(self(), t, b), value);
      });
}
Tensor& Tensor::addcdiv_(const Tensor& a, const Tensor& b,
                         const Scalar& value) const {
  return write_pure(
      "addcdiv_", self(), needs_grad(self(), a, b), [&](const Tensor& t) {
        return taper::addcdiv(t, detail::operand_apart(self(), t, a),
                              detail::operand_apart(self(), t, b), value);
      });
}
Tensor& Tensor::lerp_(const Tensor& end, const Scalar& weight) const {
  return write_pure(
      "lerp_", self(), needs_grad(self(), end), [&](const Tensor& start) {
        return taper::lerp(start, detail::operand_apart(self(), start, end),
                           weight);
      });
}
Tensor& Tensor::lerp_(const Tensor& end, const Tensor& weight) const {
  return write_pure("lerp_", self(), needs_grad(self(), end, weight),
                    [&](const Tensor& start) {
                      return taper::lerp(
                          start, detail::operand_apart(self(), start, end),
                          detail::operand_apart(self(), start, weight));
                    });
}

// Writing values --------------------------------------------------------------

Tensor& Tensor::copy_(const Tensor& source, bool) const {
  check(source.defined(), "[copy_] the source is undefined");
  SmallShape shape = broadcast_shapes("copy_", sizes(), source.sizes());
  check_shape("copy_", self(), shape);
  return in_place(
      "copy_", self(), needs_grad(self(), source),
      [&](const Tensor& old) {
        Tensor y = kernels::empty_like(old);
        kernels::copy_into(y, source);
        return Tensor(
            record(y, "CopyBackwards", old, zero_slope, source, pass_grad));
      },
      [&] {
        bool overlaps = kernels::may_overlap(self(), source);
        kernels::copy_into(self(), overlaps ? kernels::clone(source) : source);
      });
}

Tensor& Tensor::fill_(const Scalar& value) const {
  Scalar checked_value = dtype() == kLong ? Scalar(value.to_int64()) : value;
  return in_place(
      "fill_", self(), needs_grad(self()),
      [&](const Tensor& old) {
        return constant_over(old, "FillBackward0", [&] {
          return kernels::full(old.sizes(), checked_value, old.dtype());
        });
      },
      [&] { kernels::fill(self(), checked_value); });
}

Tensor& Tensor::fill_(const Tensor& value) const {
  check(value.dim() == 0, "[fill_] the value must be 0-d, got shape {}",
        value.sizes());
  return copy_(value);
}

Tensor& Tensor::zero_() const {
  return fill_(0);
}

Tensor& Tensor::fill_diagonal_(const Scalar& value) const {
  check(dim() >= 2, "[fill_diagonal_] expected at least 2 dims, got shape {}",
        sizes());
  diagonal().fill_(value);
  return self();
}

}  // namespace taper
