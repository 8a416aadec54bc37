// empty, zeros, ones, full, eye and their forms for the shape of another
// tensor.
#include "taper/autograd/ops/create/create.h"

#include <cstring>

#include "taper/autograd/ops/create/options.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/layout.h"

namespace taper {
namespace {

// Small tensors are filled here: the call of a kernel would take longer.
constexpr int64_t kSmall = 64;

Tensor filled(Tensor&& x, const Scalar& value) {
  if (x.numel() > kSmall) {
    kernels::fill(x, value);
  } else {
    kernels::check_fill(x, value);
    visit_type(x.dtype(), [&]<class T>(T) {
      const T element = value.rounded<T>();
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
