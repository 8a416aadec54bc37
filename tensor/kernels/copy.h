// Making, filling, copying and casting tensors of any strides. Values only:
// nothing here knows of autograd.
#pragma once

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

inline Tensor empty(IntArrayRef sizes, ScalarType dtype) {
  return Tensor::adopt(detail::new_impl(sizes, dtype));
}
/// Contiguous, with the shape of `like`.
inline Tensor empty_like(const Tensor& like) {
  return Tensor::adopt(detail::new_impl_like(like.impl(), like.dtype()));
}
inline Tensor empty_like(const Tensor& like, ScalarType dtype) {
  return Tensor::adopt(detail::new_impl_like(like.impl(), dtype));
}
Tensor full(IntArrayRef sizes, const Scalar& value, ScalarType dtype);
Tensor zeros(IntArrayRef sizes, ScalarType dtype);

/// Where element number `index` of a contiguous tensor is.
inline char* at(const Tensor& x, int64_t index) {
  return x.data_as<char>() + index * x.element_size();
}

/// Sets every element, whatever the strides.
void fill(Tensor& x, const Scalar& value);
/// Sets every element to the one at `element`, which has x's dtype.
void fill_element(Tensor& x, const void* element);
/// destination <- source, broadcast to the destination's shape and cast. The
/// two may not overlap unless they are the same elements in the same order.
void copy_into(Tensor& destination, const Tensor& source);
/// `x` itself when it is contiguous, else a contiguous copy.
Tensor contiguous(const Tensor& x);
/// Always new memory, contiguous.
Tensor clone(const Tensor& x);
/// Always new memory, in the order of x's.
Tensor clone_preserved(const Tensor& x);
/// `x` itself when it has that dtype, else a converted copy in the order of x's
/// memory.
Tensor cast(const Tensor& x, ScalarType dtype);

/// Whether x has to be converted for kernels, see is_narrow of a dtype; they
/// then compute with widened(x) and cast the result back.
inline bool is_narrow(const Tensor& x) {
  return is_narrow(x.dtype().toScalarType());
}
/// `x` in its compute type; an undefined one stays so.
inline Tensor widened(const Tensor& x) {
  return x.defined() ? cast(x, compute_type(x.dtype())) : x;
}

/// The dtype of sums and products: that of the elements when it is floating,
/// int64 of integers of any size.
constexpr ScalarType accumulated_type(ScalarType dtype) {
  return is_floating(dtype) ? dtype : kLong;
}
/// A sum or product of elements of x that was made in x's compute type.
inline Tensor accumulated(const Tensor& y, const Tensor& x) {
  return cast(y, accumulated_type(x.dtype()));
}

/// A tensor on the same storage with the given geometry.
Tensor alias(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
             char* data);
/// A tensor on the same elements without any history.
Tensor alias(const Tensor& x);
/// `x` broadcast to `sizes` as a view; the shapes must be compatible.
Tensor expand(const Tensor& x, IntArrayRef sizes);

/// Whether all elements of x are one memory location (an expanded scalar).
bool is_constant(const Tensor& x);
/// Whether two elements of x are one memory location (an expanded tensor), or
/// might be.
bool has_internal_overlap(const Tensor& x);
/// Whether the two are the same elements in the same order.
bool same_elements(const Tensor& a, const Tensor& b);
/// Whether the two share storage and their address ranges meet.
bool may_overlap(const Tensor& a, const Tensor& b);

}  // namespace taper::kernels
