// Means, norms and spreads that fit the dtype although the terms of their sums
// do not: they are computed once more, from numbers near 1.
#pragma once

#include <limits>

#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/reduce_plan.h"

namespace taper::kernels {

/// What a result lies between when no term has left the range of the dtype.
struct Trusted {
  double least;
  double most;
  /// The divisors: a power of two, or the largest |x|, or the smallest.
  enum class By { kPower, kLargest, kSmallest } by = By::kPower;
};

/// Whether each of y, which is contiguous, lies there; NaN does not.
bool every_one_trusted(const Tensor& y, const Trusted& trusted);
inline bool all_trusted(const Tensor& y, const Trusted& trusted) {
  const TensorImpl& impl = *y.impl();
  if (impl.numel != 1) return every_one_trusted(y, trusted);
  const double value = impl.dtype == kFloat
                           ? *reinterpret_cast<const float*>(impl.data)
                           : *reinterpret_cast<const double*>(impl.data);
  return value >= trusted.least && value <= trusted.most;
}
/// What to divide x by, reduced dims kept with size 1: numbers that bring its
/// largest elements to 1, and 1 where y is to stay. Undefined when all are 1.
Tensor rescue_divisors(const Tensor& y, const Tensor& x, Dims dims,
                       const Trusted& trusted);
/// y[i] = again[i] * divisors[i]^degree where the divisor is not 1. What is
/// `bounded` by the numbers of x does not become infinite.
void take_rescued(Tensor& y, const Tensor& again, const Tensor& divisors,
                  int degree, bool bounded = false);

/// Calls again(x / divisors, divisors) unless all of y = f(x) is trusted.
template <class F>
void rescue(const Tensor& y, const Tensor& x, Dims dims, const Trusted& trusted,
            const F& again) {
  if (all_trusted(y, trusted)) [[likely]]
    return;
  const Tensor divisors = rescue_divisors(y, x, dims, trusted);
  if (!divisors.defined()) return;
  again(binary(elementwise_table->div, "rescue", x, divisors), divisors);
}

/// `narrow` for float32, `wide` for float64.
inline double by_type(const Tensor& x, double narrow, double wide) {
  return x.dtype() == kDouble ? wide : narrow;
}
/// The largest finite number of x's dtype.
inline double largest_of(const Tensor& x) {
  return by_type(x, std::numeric_limits<float>::max(),
                 std::numeric_limits<double>::max());
}

}  // namespace taper::kernels
