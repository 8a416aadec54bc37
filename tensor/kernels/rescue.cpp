// Divisors from the largest elements, and what is put right with them.
#include "taper/tensor/kernels/rescue.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "taper/tensor/kernels/reduce.h"

namespace taper::kernels {
namespace {

using By = Trusted::By;

template <class T>
bool is_trusted(T value, T least, T most) {
  return value >= least && value <= most;
}

double divisor_of(double size, By by) {
  if (size == 0 || !std::isfinite(size)) return 1;
  return by == By::kPower ? std::ldexp(1.0, std::ilogb(size)) : size;
}

}  // namespace

bool every_one_trusted(const Tensor& y, const Trusted& trusted) {
  return visit_floating(y.dtype(), [&]<class T>(T) {
    using Count = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
    const T least = static_cast<T>(trusted.least);
    const T most = static_cast<T>(trusted.most);
    const T* p = y.data_as<T>();
    const int64_t n = y.numel();
    Count all = 1;
#pragma omp simd reduction(& : all)
    for (int64_t i = 0; i < n; ++i) {
      all &= Count(p[i] >= least) & Count(p[i] <= most);
    }
    return all != 0;
  });
}

Tensor rescue_divisors(const Tensor& y, const Tensor& x, Dims dims,
                       const Trusted& trusted) {
  const bool smallest = trusted.by == By::kSmallest;
  const Tensor sizes =
      smallest ? unary(elementwise_table->abs, "rescue", x) : x;
  Tensor divisors = amin(sizes, dims, true);
  const Tensor high = smallest ? divisors : amax(x, dims, true);
  bool any = false;
  visit_floating(y.dtype(), [&]<class T>(T) {
    T* d = divisors.data_as<T>();
    for (int64_t i = 0; i < y.numel(); ++i) {
      const auto value = static_cast<double>(y.data_as<T>()[i]);
      const T size = std::max(high.data_as<T>()[i], smallest ? d[i] : -d[i]);
      d[i] = is_trusted(value, trusted.least, trusted.most)
                 ? T(1)
                 : static_cast<T>(
                       divisor_of(static_cast<double>(size), trusted.by));
      any |= d[i] != 1;
    }
  });
  return any ? divisors : Tensor();
}

void take_rescued(Tensor& y, const Tensor& again, const Tensor& divisors,
                  int degree, bool bounded) {
  visit_floating(y.dtype(), [&]<class T>(T) {
    const T* d = divisors.data_as<T>();
    T* out = y.data_as<T>();
    for (int64_t i = 0; i < y.numel(); ++i) {
      if (d[i] == 1) continue;
      const T value = again.data_as<T>()[i];
      out[i] = value * d[i];
      if (degree == 2) out[i] *= d[i];
      constexpr T most = std::numeric_limits<T>::max();
      if (bounded && std::isfinite(value))
        out[i] = std::clamp(out[i], -most, most);
    }
  });
}

}  // namespace taper::kernels
