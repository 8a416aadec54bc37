// Elements kept within bounds or made finite.
#include <limits>

#include "taper/autograd/ops/pointwise/operands.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper {
Tensor clamp(const Tensor& x, const std::optional<Scalar>& min,
             const std::optional<Scalar>& max) {
  check<ValueError>(min || max,
                    "[clamp] at least one of min and max is needed");
  ScalarType type = x.dtype();
  if (min) type = promote_types(type, result_type(x, *min));
  if (max) type = promote_types(type, result_type(x, *max));
  check<TypeError>(type != kBool, "[clamp] expected numbers, got bool");
  Tensor y = kernels::cast(x, type);
  for (const auto& bound : {min, max}) {
    if (bound) kernels::check_fits(*bound, type);
  }
  if (min) y = kernels::binary(elementwise_table->maximum, "clamp", y, *min);
  if (max) y = kernels::binary(elementwise_table->minimum, "clamp", y, *max);
  return record(
      y, "ClampBackward1", x, [x = save(x), min, max](const Tensor& grad) {
        Tensor passes = !min   ? x() <= *max
                        : !max ? x() >= *min
                               : (x() >= *min).logical_and(x() <= *max);
        return where(passes, grad, 0);
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

Tensor nan_to_num(const Tensor& x, std::optional<double> nan,
                  std::optional<double> posinf, std::optional<double> neginf) {
  if (!is_floating(x.dtype())) return x.clone();
  double most = 0;
  visit_real(x.dtype(), [&](auto zero) {
    most = static_cast<double>(std::numeric_limits<decltype(zero)>::max());
  });
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Tensor y = where(x.isnan(), nan.value_or(0), x);
  const Tensor z = where(x == inf, posinf.value_or(most), y);
  return where(x == -inf, neginf.value_or(-most), z);
}

}  // namespace taper
