// Dims of size 1 taken out and put in.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {

Tensor squeeze(const Tensor& x) {
  const int64_t ndim = x.dim();
  NewView view(x);
  for (int64_t d = 0; d < ndim; ++d) {
    if (x.sizes()[d] != 1) view.add(x.sizes()[d], x.strides()[d]);
  }
  Tensor y = view.finish(x);
  return record(y, "SqueezeBackward0", x,
                [sizes = SmallShape(x.sizes())](const Tensor& grad) {
                  return reshape(grad, sizes);
                });
}
Tensor squeeze(const Tensor& x, int64_t dim) {
  dim = wrap_dim("squeeze", dim, x.dim());
  const bool drop = x.dim() > 0 && x.sizes()[dim] == 1;
  NewView view(x);
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (d != dim || !drop) view.add(x.sizes()[d], x.strides()[d]);
  }
  Tensor y = view.finish(x);
  return record(y, "SqueezeBackward1", x, [dim, drop](const Tensor& grad) {
    return drop ? unsqueeze(grad, dim) : grad;
  });
}
Tensor unsqueeze(const Tensor& x, int64_t dim) {
  const int64_t ndim = x.dim();
  dim = wrap_dim("unsqueeze", dim, ndim + 1);
  check_ndim("unsqueeze", static_cast<size_t>(ndim) + 1, x.sizes());
  NewView view(x);
  for (int64_t d = 0; d <= ndim; ++d) {
    if (d == dim) view.add(1, d < ndim ? x.sizes()[d] * x.strides()[d] : 1);
    if (d < ndim) view.add(x.sizes()[d], x.strides()[d]);
  }
  Tensor y = view.finish(x);
  return record(y, "UnsqueezeBackward0", x,
                [dim](const Tensor& grad) { return squeeze(grad, dim); });
}

}  // namespace taper
