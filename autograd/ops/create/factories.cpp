#include "taper/autograd/ops/create/factories.h"

#include <cstring>

#include "taper/autograd/ops/create/options.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/layout.h"

namespace taper {
namespace {

// Small tensors are filled here: the call of a kernel would take longer.
constexpr int64_t kSmall = 64;

Tensor filled(Tensor&& x, const Scalar& value) {
  if (x.numel() > kSmall) {
    kernels::fill(x, value);
  } else {
    visit_type(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T element = value.to<T>();
      T* out = x.data_as<T>();
      for (int64_t i = 0; i < x.numel(); ++i) out[i] = element;
    });
  }
  return std::move(x);
}

}  // namespace

namespace detail {

void check_grad_dtype(ScalarType dtype) {
  check(is_floating(dtype),
        "[requires_grad] only tensors of floating dtype can require gradients, "
        "not {}",
        dtype);
}

Tensor with_options(Tensor&& x, const TensorOptions& options) {
  if (options.requires_grad()) [[unlikely]] {
    check_grad_dtype(x.dtype());
    x.impl()->requires_grad = true;
  }
  return std::move(x);
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
  return with_options(filled(kernels::empty(sizes, options.dtype()), 1),
                      options);
}

Tensor full(IntArrayRef sizes, const Scalar& value,
            const TensorOptions& options) {
  ScalarType own = value.isBoolean()         ? kBool
                   : value.isFloatingPoint() ? get_default_dtype()
                                             : kLong;
  return with_options(
      filled(kernels::empty(sizes, options.dtype_or(own)), value), options);
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

Tensor empty_like(const Tensor& x, const TensorOptions& options) {
  return with_options(kernels::empty_preserved(x, options.dtype_or(x.dtype())),
                      options);
}

Tensor zeros_like(const Tensor& x, const TensorOptions& options) {
  Tensor result = kernels::empty_preserved(x, options.dtype_or(x.dtype()));
  std::memset(result.data_as<char>(), 0, result.nbytes());
  return with_options(std::move(result), options);
}

Tensor ones_like(const Tensor& x, const TensorOptions& options) {
  return full_like(x, 1, options);
}

Tensor full_like(const Tensor& x, const Scalar& value,
                 const TensorOptions& options) {
  return with_options(
      filled(kernels::empty_preserved(x, options.dtype_or(x.dtype())), value),
      options);
}

Tensor scalar_tensor(const Scalar& value, const TensorOptions& options) {
  return with_options(filled(kernels::empty({}, options.dtype()), value),
                      options);
}

void detail::check_blob(IntArrayRef sizes, OptionalIntArrayRef strides,
                        const TensorOptions& options) {
  SmallShape shape(sizes);
  numel_of(shape);
  if (options.requires_grad()) check_grad_dtype(options.dtype());
  if (!strides) return;
  check(strides->size() == sizes.size(),
        "[from_blob] sizes {} and strides {} differ in length", sizes,
        *strides);
  int64_t last = 0;
  bool fits = true;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const int64_t stride = (*strides)[i];
    check(stride >= 0, "[from_blob] negative stride in {}", *strides);
    int64_t step = 0;
    fits &= !__builtin_mul_overflow(sizes[i], stride, &step) &&
            !__builtin_add_overflow(last, step, &last);
  }
  check(fits && last <= (int64_t{1} << 59),
        "[from_blob] sizes {} and strides {} overflow", sizes, *strides);
}

Tensor detail::make_blob(void* data, IntArrayRef sizes,
                         OptionalIntArrayRef strides, BlobDeleter deleter,
                         void* context, const TensorOptions& options) {
  check<ValueError>(data != nullptr || numel_of(sizes) == 0,
                    "[from_blob] no memory for shape {}", sizes);
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

Tensor Tensor::new_full(IntArrayRef sizes, const Scalar& value,
                        TensorOptions options) const {
  return full(sizes, value, options.dtype(options.dtype_or(dtype())));
}

}  // namespace taper
