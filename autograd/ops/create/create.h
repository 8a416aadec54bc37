// Making tensors from shapes, ranges, values and memory. TensorOptions choose
// dtype (the default one unless stated) and requires_grad, which throws for
// dtypes that are not floating.
#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include "taper/autograd/ops/create/tensor_data.h"
#include "taper/tensor/tensor.h"

namespace taper {

/// A tensor with undefined elements.
TAPER_API Tensor empty(IntArrayRef sizes, const TensorOptions& options = {});
TAPER_API Tensor zeros(IntArrayRef sizes, const TensorOptions& options = {});
TAPER_API Tensor ones(IntArrayRef sizes, const TensorOptions& options = {});
/// Every element `value`; an integer or bool makes an int64 or bool tensor
/// unless the options have a dtype.
TAPER_API Tensor full(IntArrayRef sizes, const Scalar& value,
                      const TensorOptions& options = {});
/// The matrix with ones on the diagonal, n x n or n x m.
TAPER_API Tensor eye(int64_t n, int64_t m, const TensorOptions& options = {});
inline Tensor eye(int64_t n, const TensorOptions& options = {}) {
  return eye(n, n, options);
}
/// start, start + step, ... below `end` (above it when step < 0): int64 when
/// all three are integers. Throws when step is 0 or leads away from `end`.
TAPER_API Tensor arange(const Scalar& start, const Scalar& end,
                        const Scalar& step, const TensorOptions& options = {});
inline Tensor arange(const Scalar& start, const Scalar& end,
                     const TensorOptions& options = {}) {
  return arange(start, end, 1, options);
}
inline Tensor arange(const Scalar& end, const TensorOptions& options = {}) {
  return arange(0, end, 1, options);
}
/// `steps` evenly spaced numbers from start to end, both included.
TAPER_API Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps,
                          const TensorOptions& options = {});
/// base to the powers linspace(start, end, steps); integers are truncated, the
/// bounds first.
TAPER_API Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps,
                          double base = 10, const TensorOptions& options = {});

/// With the shape and dtype of x, and its strides where they leave no gaps.
TAPER_API Tensor empty_like(const Tensor& x, const TensorOptions& options = {});
TAPER_API Tensor zeros_like(const Tensor& x, const TensorOptions& options = {});
TAPER_API Tensor ones_like(const Tensor& x, const TensorOptions& options = {});
TAPER_API Tensor full_like(const Tensor& x, const Scalar& value,
                           const TensorOptions& options = {});

/// tensor(2.5), tensor({{1, 2}, {3, 4}}), tensor(vector): integers become
/// int64, floating numbers the default dtype, unless the options have one.
/// Throws when rows differ in length or numbers in kind.
TAPER_API Tensor tensor(const TensorData& data,
                        const TensorOptions& options = {});
/// A 0-d tensor; also of integers it has the default dtype.
TAPER_API Tensor scalar_tensor(const Scalar& value,
                               const TensorOptions& options = {});

namespace detail {

/// deleter(context, data) runs when the last tensor on the memory is gone, not
/// when this throws.
TAPER_API Tensor make_blob(void* data, IntArrayRef sizes,
                           OptionalIntArrayRef strides, BlobDeleter deleter,
                           void* context, const TensorOptions& options);

template <class F>
Tensor make_blob_with(void* data, IntArrayRef sizes,
                      OptionalIntArrayRef strides, F&& deleter,
                      const TensorOptions& options) {
  using Deleter = std::decay_t<F>;
  auto run = [](void* context, void* memory) {
    auto* call = static_cast<Deleter*>(context);
    (*call)(memory);
    delete call;
  };
  auto owned = std::make_unique<Deleter>(std::forward<F>(deleter));
  Tensor x = make_blob(data, sizes, strides, run, owned.get(), options);
  owned.release();
  return x;
}

}  // namespace detail

/// A tensor on memory that the caller keeps alive, or that `deleter(data)`
/// frees. Strides count elements; without them the memory is row-major.
inline Tensor from_blob(void* data, IntArrayRef sizes,
                        const TensorOptions& options = {}) {
  return detail::make_blob(data, sizes, {}, nullptr, nullptr, options);
}
inline Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides,
                        const TensorOptions& options = {}) {
  return detail::make_blob(data, sizes, strides, nullptr, nullptr, options);
}
template <std::invocable<void*> F>
Tensor from_blob(void* data, IntArrayRef sizes, F&& deleter,
                 const TensorOptions& options = {}) {
  return detail::make_blob_with(data, sizes, {}, std::forward<F>(deleter),
                                options);
}
template <std::invocable<void*> F>
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides,
                 F&& deleter, const TensorOptions& options = {}) {
  return detail::make_blob_with(data, sizes, strides, std::forward<F>(deleter),
                                options);
}

}  // namespace taper
