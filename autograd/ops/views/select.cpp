// The view of one slab. Its gradient is zeros with the incoming one in the
// slab.
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/views/window.h"
#include "taper/autograd/record.h"

namespace taper {

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  const int64_t ndim = x.dim();
  check<IndexError>(ndim > 0, "[select] a 0-d tensor cannot be indexed");
  const int64_t wrapped = wrap_dim("select", dim, ndim);
  const TensorImpl* from = x.impl();
  const int64_t size = from->sizes[wrapped];
  check<IndexError>(index >= -size && index < size,
                    "[select] index {} is out of range for dim {} of size {}",
                    index, dim, size);
  if (index < 0) index += size;
  TensorImpl* impl = detail::new_view_impl(from);
  impl->ndim = static_cast<uint8_t>(ndim - 1);
  for (int64_t d = 0; d < ndim - 1; ++d) {
    impl->sizes[d] = from->sizes[d + (d >= wrapped)];
    impl->strides[d] = from->strides[d + (d >= wrapped)];
  }
  impl->data += index * from->strides[wrapped] * element_size(from->dtype);
  detail::refresh_layout(impl);
  Tensor y = Tensor::adopt(impl);
  mark_view(y, x);
  if (!needs_grad(x)) return y;
  return record(
      y, "SelectBackward0", x,
      [sizes = SmallShape(x.sizes()), wrapped, index](const Tensor& grad) {
        Window window = slab(sizes, wrapped, index, 1);
        window.sizes = SmallShape(grad.sizes());
        for (int d = static_cast<int>(wrapped); d + 1 < sizes.size; ++d) {
          window.strides[d] = window.strides[d + 1];
        }
        window.strides.size = window.sizes.size;
        return put_through(grad, sizes, window);
      });
}

}  // namespace taper
