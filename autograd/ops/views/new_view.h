// Builds the views of this folder, and goes back from them. Internal to
// autograd/ops.
#pragma once

#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

/// A view under construction.
class NewView {
 public:
  explicit NewView(const Tensor& x)
      : view_(Tensor::adopt(detail::new_view_impl(x.impl()))),
        impl_(view_.impl()) {
    impl_->ndim = 0;
  }
  void add(int64_t size, int64_t stride) {
    detail::reserve_dims(impl_, impl_->ndim + size_t{1});
    impl_->sizes[impl_->ndim] = size;
    impl_->strides[impl_->ndim++] = stride;
  }
  /// Moves the first element.
  void move(int64_t elements) {
    impl_->data += elements * element_size(impl_->dtype);
  }
  Tensor finish(const Tensor& x) {
    detail::refresh_layout(impl_);
    mark_view(view_, x);
    return std::move(view_);
  }

 private:
  Tensor view_;
  TensorImpl* impl_;
};

inline void check_ndim(const char* op, size_t ndim, IntArrayRef sizes) {
  check(ndim <= kMaxDims, "[{}] at most {} dims are supported, got {} from {}",
        op, kMaxDims, ndim, sizes);
}

/// Zeros of shape `sizes` with x where view(zeros) shows them: the gradient of
/// `view`, which must not show an element twice.
template <class View>
Tensor zeros_around(const Tensor& x, IntArrayRef sizes, const View& view) {
  Tensor y = kernels::zeros(sizes, x.dtype());
  Tensor seen = view(y);
  kernels::copy_into(seen, x);
  return record(y, "ZerosAroundBackward0", x,
                [view](const Tensor& grad) { return view(grad); });
}

}  // namespace taper
