// The view of one slab. Its gradient is zeros with the incoming one in the
// slab.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {

Tensor select(const Tensor& x, int64_t dim, int64_t index) {
  check<IndexError>(x.dim() > 0, "[select] a 0-d tensor cannot be indexed");
  const int64_t d = wrap_dim("select", dim, x.dim());
  const IntArrayRef sizes = x.sizes();
  const IntArrayRef strides = x.strides();
  const int64_t size = sizes[d];
  check<IndexError>(index >= -size && index < size,
                    "[select] index {} is out of range for dim {} of size {}",
                    index, dim, size);
  if (index < 0) index += size;
  NewView view(x);
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (i != d) view.add(sizes[i], strides[i]);
  }
  view.move(index * strides[d]);
  Tensor y = view.finish(x);
  if (!needs_grad(x)) return y;
  return record(y, "SelectBackward0", x,
                [sizes = SmallShape(sizes), d, index](const Tensor& grad) {
                  return zeros_around(grad, sizes,
                                      [d, index](const Tensor& whole) {
                                        return select(whole, d, index);
                                      });
                });
}

}  // namespace taper
