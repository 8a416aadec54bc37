// arange, linspace and logspace, with PyTorch's roundings.
#include <cmath>

#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/create/options.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/parallel.h"

namespace taper {
namespace {

constexpr int64_t kGrain = 32768;

// x[i] = value(i), on several threads when there are many.
template <class T, class F>
void generate(Tensor& x, const F& value) {
  T* out = x.data_as<T>();
  parallel_for(0, x.numel(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) out[i] = value(i);
  });
}

void check_range(double start, double end, double step) {
  check<ValueError>(std::isfinite(start) && std::isfinite(end),
                    "[arange] the bounds must be finite, got {} to {}", start,
                    end);
  check<ValueError>(step != 0 && !std::isnan(step),
                    "[arange] the step must not be {}", step);
  check<ValueError>(step > 0 ? end >= start : end <= start,
                    "[arange] a step of {} does not lead from {} to {}", step,
                    start, end);
}

// Integers exactly, everything else in double as PyTorch.
int64_t arange_size(const Scalar& start, const Scalar& end, const Scalar& step,
                    ScalarType dtype) {
  if (dtype == kLong) {
    int64_t by = step.to_int64();
    auto first = static_cast<uint64_t>(start.to_int64());
    auto last = static_cast<uint64_t>(end.to_int64());
    check<ValueError>(by != 0, "[arange] the step must not be 0");
    const uint64_t length = by > 0 ? last - first : first - last;
    const uint64_t stride =
        by > 0 ? static_cast<uint64_t>(by) : -static_cast<uint64_t>(by);
    const uint64_t size = length / stride + (length % stride != 0);
    check<ValueError>(size < uint64_t{1} << 59,
                      "[arange] {} elements are too many", size);
    return static_cast<int64_t>(size);
  }
  double size =
      std::ceil((end.to_double() - start.to_double()) / step.to_double());
  check<ValueError>(size >= 0 && size < 0x1p59,
                    "[arange] {} elements are too many", size);
  return static_cast<int64_t>(size);
}

// Counted from the nearer end, so that both ends are exact; fused as PyTorch's
// compiler fuses it.
template <class T>
void fill_linspace(Tensor& x, T start, T end) {
  int64_t steps = x.numel();
  T step = steps > 1 ? (end - start) / static_cast<T>(steps - 1) : 0;
  int64_t half = steps > 1 ? steps / 2 : 1;
  generate<T>(x, [=](int64_t i) {
    return i < half ? std::fma(step, static_cast<T>(i), start)
                    : std::fma(-step, static_cast<T>(steps - 1 - i), end);
  });
}

void fill_linspace(Tensor& x, int64_t start, int64_t end) {
  Tensor values = kernels::empty(x.numel(), kDouble);
  fill_linspace(values, static_cast<double>(start), static_cast<double>(end));
  kernels::copy_into(x, values);
}

// PyTorch computes whole pairs of 32-byte vectors from the rounded number at
// their start, and the rest one by one.
template <class T, class MulAdd>
void fill_arange(Tensor& x, double start, double step, MulAdd mul_add) {
  constexpr int64_t kLanes = 32 / sizeof(T);
  int64_t whole = x.numel() - x.numel() % (2 * kLanes);
  generate<T>(x, [=](int64_t i) {
    int64_t lane = i < whole ? i % kLanes : 0;
    T first =
        static_cast<T>(mul_add(step, static_cast<double>(i - lane), start));
    return lane == 0 ? first
                     : static_cast<T>(mul_add(step, static_cast<double>(lane),
                                              static_cast<double>(first)));
  });
}

template <class T>
void fill_arange(Tensor& x, double start, double step) {
  // A fused operation may be a slow call. It is the same as two operations
  // when the product is exact: 24 bits times 29.
  if (static_cast<double>(static_cast<float>(step)) == step &&
      x.numel() < (int64_t{1} << 29)) {
    fill_arange<T>(x, start, step,
                   [](double a, double b, double c) { return a * b + c; });
  } else {
    fill_arange<T>(x, start, step, [](double a, double b, double c) {
      return std::fma(a, b, c);
    });
  }
}

// Exponents and powers in double, not fused.
template <class T>
void fill_logspace(Tensor& x, T start, T end, double base) {
  int64_t steps = x.numel();
  double distance = end - start;
  double step = steps > 1 ? distance / static_cast<double>(steps - 1) : 0;
  int64_t half = steps > 1 ? steps / 2 : 1;
  generate<T>(x, [=](int64_t i) {
    double exponent = i < half
                          ? start + step * static_cast<double>(i)
                          : end - step * static_cast<double>(steps - 1 - i);
    return static_cast<T>(std::pow(base, exponent));
  });
}

}  // namespace

using detail::with_options;

Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step,
              const TensorOptions& options) {
  check_range(start.to_double(), end.to_double(), step.to_double());
  const bool integers =
      start.isIntegral(true) && end.isIntegral(true) && step.isIntegral(true);
  const ScalarType dtype =
      options.dtype_or(integers ? kLong : get_default_dtype());
  check<TypeError>(dtype != kBool, "[arange] bool is not a dtype for ranges");
  Tensor x =
      kernels::empty(arange_size(start, end, step, dtype), compute_type(dtype));
  if (x.dtype() == kLong) {
    // Unsigned, because a product may pass the ends of int64 on its way back.
    const auto first = static_cast<uint64_t>(start.to_int64());
    const auto by = static_cast<uint64_t>(step.to_int64());
    generate<int64_t>(x, [=](int64_t i) {
      return static_cast<int64_t>(first + by * static_cast<uint64_t>(i));
    });
  } else {
    visit_floating(x.dtype(), [&]<class T>(T) {
      fill_arange<T>(x, start.to_double(), step.to_double());
    });
  }
  return with_options(kernels::cast(x, dtype), options);
}

Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps,
                const TensorOptions& options) {
  check<ValueError>(
      steps >= 0, "[linspace] the number of steps must not be negative, got {}",
      steps);
  const ScalarType dtype = options.dtype();
  if (kernels::is_narrow(dtype)) {
    kernels::check_fits(start, dtype);
    kernels::check_fits(end, dtype);
    const Tensor wide = linspace(start, end, steps, compute_type(dtype));
    return with_options(kernels::cast(wide, dtype), options);
  }
  Tensor x = kernels::empty(steps, dtype);
  if (steps == 0) return with_options(std::move(x), options);
  if (is_floating(x.dtype())) {
    visit_floating(x.dtype(), [&]<class T>(T) {
      fill_linspace<T>(x, start.to<T>(), end.to<T>());
    });
  } else {
    check<TypeError>(x.dtype() == kLong, "[linspace] bool is not supported");
    fill_linspace(x, start.to_int64(), end.to_int64());
  }
  return with_options(std::move(x), options);
}

Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps,
                double base, const TensorOptions& options) {
  check<ValueError>(
      steps >= 0, "[logspace] the number of steps must not be negative, got {}",
      steps);
  const ScalarType dtype = options.dtype();
  const bool integers = isIntegralType(dtype, /*include_bool=*/false);
  if (integers || kernels::is_narrow(dtype)) {
    // A single power is that of the start before it is rounded.
    const bool rounds = integers && steps != 1;
    const Tensor wide = logspace(rounds ? start.to_int64() : start,
                                 rounds ? end.to_int64() : end, steps, base,
                                 integers ? kDouble : kFloat);
    return with_options(kernels::cast(wide, dtype), options);
  }
  Tensor x = kernels::empty(steps, options.dtype());
  check_floating("logspace", x);
  visit_floating(x.dtype(), [&]<class T>(T) {
    fill_logspace<T>(x, start.to<T>(), end.to<T>(), base);
    if (steps == 1) {
      x.data_as<T>()[0] = static_cast<T>(std::pow(base, start.to_double()));
    }
  });
  return with_options(std::move(x), options);
}

}  // namespace taper
