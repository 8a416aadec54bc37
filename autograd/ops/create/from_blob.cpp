// from_blob: tensors on memory that somebody else owns.
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/create/options.h"
#include "taper/tensor/shape.h"

namespace taper {
namespace {

void check_blob(IntArrayRef sizes, OptionalIntArrayRef strides,
                const TensorOptions& options) {
  SmallShape shape(sizes);
  numel_of(shape);
  if (options.requires_grad()) detail::check_grad_dtype(options.dtype());
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

}  // namespace

Tensor detail::make_blob(void* data, IntArrayRef sizes,
                         OptionalIntArrayRef strides, BlobDeleter deleter,
                         void* context, const TensorOptions& options) {
  check_blob(sizes, strides, options);
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
  return detail::with_options(std::move(x), options);
}

}  // namespace taper
