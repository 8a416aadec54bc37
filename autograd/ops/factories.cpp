#include "taper/autograd/ops/factories.h"

#include <cmath>

#include "taper/autograd/ops/like.h"
#include "taper/tensor/kernels/copy.h"
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

ScalarType dtype_of_range(const Scalar& start,
                          const Scalar& end,
                          const Scalar& step,
                          const TensorOptions& options) {
  bool integers =
      start.isIntegral(true) && end.isIntegral(true) && step.isIntegral(true);
  return options.dtype_or(integers ? kLong : get_default_dtype());
}

void check_range(double start, double end, double step) {
  check<ValueError>(std::isfinite(start) && std::isfinite(end),
                    "[arange] the bounds must be finite, got ",
                    start,
                    " to ",
                    end);
  check<ValueError>(
      step != 0 && !std::isnan(step), "[arange] the step must not be ", step);
  check<ValueError>(step > 0 ? end >= start : end <= start,
                    "[arange] a step of ",
                    step,
                    " does not lead from ",
                    start,
                    " to ",
                    end);
}

// Integers exactly, everything else in double as PyTorch.
int64_t arange_size(const Scalar& start,
                    const Scalar& end,
                    const Scalar& step,
                    ScalarType dtype) {
  if (dtype == kLong) {
    int64_t by = step.to_int64();
    auto first = static_cast<uint64_t>(start.to_int64());
    auto last = static_cast<uint64_t>(end.to_int64());
    check<ValueError>(by != 0, "[arange] the step must not be 0");
    uint64_t length = by > 0 ? last - first : first - last;
    uint64_t stride =
        by > 0 ? static_cast<uint64_t>(by) : -static_cast<uint64_t>(by);
    return static_cast<int64_t>(length / stride + (length % stride != 0));
  }
  double size =
      std::ceil((end.to_double() - start.to_double()) / step.to_double());
  check<ValueError>(
      size >= 0 && size < 0x1p59, "[arange] ", size, " elements are too many");
  return static_cast<int64_t>(size);
}

template <class T>
void fill_linspace(Tensor& x, T start, T end) {
  int64_t steps = x.numel();
  if (steps == 1) {
    x.data_as<T>()[0] = start;
    return;
  }
  T step = (end - start) / static_cast<T>(steps - 1);
  // Counted from the nearer end, so that both ends are exact.
  int64_t half = steps / 2;
  generate<T>(x, [=](int64_t i) {
    return i < half ? start + step * static_cast<T>(i)
                    : end - step * static_cast<T>(steps - 1 - i);
  });
}

void fill_int_linspace(Tensor& x, int64_t start, int64_t end) {
  int64_t steps = x.numel();
  float step = steps > 1 ? static_cast<float>(end - start) /
                               static_cast<float>(steps - 1)
                         : 0;
  int64_t half = steps / 2;
  generate<int64_t>(x, [=](int64_t i) {
    return i < half || steps == 1
               ? static_cast<int64_t>(static_cast<float>(start) +
                                      step * static_cast<float>(i))
               : static_cast<int64_t>(static_cast<float>(end) -
                                      step * static_cast<float>(steps - 1 - i));
  });
}

}  // namespace

namespace detail {

void check_grad_dtype(ScalarType dtype) {
  check(is_floating(dtype),
        "[requires_grad] only tensors of floating dtype can require gradients, "
        "not ",
        dtype);
}

Tensor with_options(Tensor&& x, const TensorOptions& options) {
  if (options.requires_grad()) [[unlikely]] {
    check_grad_dtype(x.dtype());
    x.impl()->requires_grad = true;
  }
  return std::move(x);
}

// Dims from the smallest stride to the largest, sorted exactly as PyTorch does
// (also where strides are 0 or equal), because random streams depend on it.
SmallShape memory_order(const Tensor& x) {
  const TensorImpl* impl = x.impl();
  auto after = [&](int64_t a, int64_t b) -> int64_t {
    if (impl->strides[a] == 0 || impl->strides[b] == 0) return 0;
    int64_t difference = impl->strides[a] - impl->strides[b];
    if (difference != 0) return difference;
    return impl->sizes[a] > impl->sizes[b] ? 1 : 0;
  };
  SmallShape order;
  for (int i = impl->ndim - 1; i >= 0; --i) order.push_back(i);
  for (int i = 1; i < order.size; ++i) {
    int at = i;
    for (int j = i - 1; j >= 0; --j) {
      int64_t comparison = after(order[j], order[at]);
      if (comparison < 0) break;
      if (comparison == 0) continue;
      std::swap(order[j], order[at]);
      at = j;
    }
  }
  return order;
}

SmallShape dense_strides(const Tensor& x) {
  SmallShape order = memory_order(x);
  SmallShape strides;
  strides.size = order.size;
  int64_t stride = 1;
  for (int i = 0; i < order.size; ++i) {
    int dim = static_cast<int>(order[i]);
    strides[dim] = stride;
    if (x.impl()->sizes[dim] > 1) stride *= x.impl()->sizes[dim];
  }
  return strides;
}

bool is_dense(const Tensor& x) {
  if (x.is_contiguous()) return true;
  SmallShape strides = dense_strides(x);
  for (int i = 0; i < strides.size; ++i) {
    if (x.impl()->sizes[i] > 1 && x.impl()->strides[i] != strides[i]) {
      return false;
    }
  }
  return true;
}

Tensor like(const Tensor& x, ScalarType dtype) {
  Tensor result = kernels::empty_like(x, dtype);
  if (x.is_contiguous()) [[likely]]
    return result;
  SmallShape strides = dense_strides(x);
  for (int i = 0; i < strides.size; ++i) {
    result.impl()->strides[i] = strides[i];
  }
  refresh_layout(result.impl());
  return result;
}

}  // namespace detail

using detail::with_options;

Tensor empty(IntArrayRef sizes, const TensorOptions& options) {
  return with_options(kernels::empty(sizes, options.dtype()), options);
}

Tensor zeros(IntArrayRef sizes, const TensorOptions& options) {
  return with_options(kernels::zeros(sizes, options.dtype()), options);
}

Tensor ones(IntArrayRef sizes, const TensorOptions& options) {
  return with_options(kernels::full(sizes, 1, options.dtype()), options);
}

Tensor full(IntArrayRef sizes,
            const Scalar& value,
            const TensorOptions& options) {
  ScalarType own = value.isBoolean()         ? kBool
                   : value.isFloatingPoint() ? get_default_dtype()
                                             : kLong;
  return with_options(kernels::full(sizes, value, options.dtype_or(own)),
                      options);
}

Tensor eye(int64_t n, const TensorOptions& options) {
  return eye(n, n, options);
}

Tensor eye(int64_t n, int64_t m, const TensorOptions& options) {
  Tensor result = zeros({n, m}, options);
  visit_type(result.dtype(), [&](auto zero) {
    auto* out = result.data_as<decltype(zero)>();
    for (int64_t i = 0; i < n && i < m; ++i) out[i * (m + 1)] = 1;
  });
  return result;
}

Tensor arange(const Scalar& end, const TensorOptions& options) {
  return arange(0, end, 1, options);
}

Tensor arange(const Scalar& start,
              const Scalar& end,
              const TensorOptions& options) {
  return arange(start, end, 1, options);
}

Tensor arange(const Scalar& start,
              const Scalar& end,
              const Scalar& step,
              const TensorOptions& options) {
  check_range(start.to_double(), end.to_double(), step.to_double());
  ScalarType dtype = dtype_of_range(start, end, step, options);
  check<TypeError>(dtype != kBool, "[arange] bool is not a dtype for ranges");
  Tensor x = kernels::empty(arange_size(start, end, step, dtype), dtype);
  if (dtype == kLong) {
    int64_t first = start.to_int64();
    int64_t by = step.to_int64();
    generate<int64_t>(x, [=](int64_t i) { return first + by * i; });
  } else {
    visit_floating(dtype, [&](auto zero) {
      using T = decltype(zero);
      double first = start.to<T>();
      double by = step.to<T>();
      generate<T>(x, [=](int64_t i) {
        return static_cast<T>(first + by * static_cast<double>(i));
      });
    });
  }
  return with_options(std::move(x), options);
}

Tensor linspace(const Scalar& start,
                const Scalar& end,
                int64_t steps,
                const TensorOptions& options) {
  check<ValueError>(steps >= 0,
                    "[linspace] the number of steps must not be "
                    "negative, got ",
                    steps);
  Tensor x = kernels::empty(steps, options.dtype());
  if (steps == 0) return with_options(std::move(x), options);
  if (is_floating(x.dtype())) {
    visit_floating(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      fill_linspace<T>(x, start.to<T>(), end.to<T>());
    });
  } else {
    check<TypeError>(x.dtype() == kLong, "[linspace] bool is not supported");
    fill_int_linspace(x, start.to_int64(), end.to_int64());
  }
  return with_options(std::move(x), options);
}

Tensor logspace(const Scalar& start,
                const Scalar& end,
                int64_t steps,
                double base,
                const TensorOptions& options) {
  Tensor x = linspace(start, end, steps, TensorOptions(options.dtype()));
  check<TypeError>(is_floating(x.dtype()),
                   "[logspace] expected a floating dtype, got ",
                   x.dtype());
  visit_floating(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* at = x.data_as<T>();
    generate<T>(
        x, [=](int64_t i) { return std::pow(static_cast<T>(base), at[i]); });
  });
  return with_options(std::move(x), options);
}

Tensor empty_like(const Tensor& x, const TensorOptions& options) {
  return with_options(detail::like(x, options.dtype_or(x.dtype())), options);
}

Tensor zeros_like(const Tensor& x, const TensorOptions& options) {
  return full_like(x, 0, options);
}

Tensor ones_like(const Tensor& x, const TensorOptions& options) {
  return full_like(x, 1, options);
}

Tensor full_like(const Tensor& x,
                 const Scalar& value,
                 const TensorOptions& options) {
  Tensor result = detail::like(x, options.dtype_or(x.dtype()));
  kernels::fill(result, value);
  return with_options(std::move(result), options);
}

Tensor scalar_tensor(const Scalar& value, const TensorOptions& options) {
  return with_options(kernels::full({}, value, options.dtype()), options);
}

void detail::check_blob(IntArrayRef sizes,
                        OptionalIntArrayRef strides,
                        const TensorOptions& options) {
  SmallShape shape(sizes);
  numel_of(shape);
  if (options.requires_grad()) check_grad_dtype(options.dtype());
  if (!strides) return;
  check(strides->size() == sizes.size(),
        "[from_blob] sizes ",
        sizes,
        " and strides ",
        *strides,
        " differ in length");
  for (int64_t stride : *strides) {
    check(stride >= 0, "[from_blob] negative stride in ", *strides);
  }
}

Tensor detail::make_blob(void* data,
                         IntArrayRef sizes,
                         OptionalIntArrayRef strides,
                         BlobDeleter deleter,
                         void* context,
                         const TensorOptions& options) {
  ScalarType dtype = options.dtype();
  Tensor x =
      Tensor::adopt(detail::new_blob_impl(data, 0, dtype, deleter, context));
  TensorImpl* impl = x.impl();
  detail::set_contiguous_shape(impl, sizes);
  if (strides) {
    for (size_t i = 0; i < sizes.size(); ++i) impl->strides[i] = (*strides)[i];
    detail::refresh_layout(impl);
  }
  int64_t last = 0;
  for (int i = 0; i < impl->ndim; ++i) {
    last += (impl->sizes[i] - 1) * impl->strides[i];
  }
  if (impl->numel > 0) {
    impl->storage->bytes =
        static_cast<size_t>((last + 1) * element_size(dtype));
  }
  return with_options(std::move(x), options);
}

Tensor Tensor::new_empty(IntArrayRef sizes, TensorOptions options) const {
  return empty(sizes, options.dtype(options.dtype_or(dtype())));
}

Tensor Tensor::new_zeros(IntArrayRef sizes, TensorOptions options) const {
  return zeros(sizes, options.dtype(options.dtype_or(dtype())));
}

Tensor Tensor::new_ones(IntArrayRef sizes, TensorOptions options) const {
  return ones(sizes, options.dtype(options.dtype_or(dtype())));
}

Tensor Tensor::new_full(IntArrayRef sizes,
                        const Scalar& value,
                        TensorOptions options) const {
  return full(sizes, value, options.dtype(options.dtype_or(dtype())));
}

}  // namespace taper
