// Views that repeat dims.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {

Tensor broadcast_to(const Tensor& x, IntArrayRef sizes) {
  const auto lead = static_cast<int64_t>(sizes.size()) - x.dim();
  check_ndim("expand", sizes.size(), sizes);
  SmallShape shape(sizes);
  SmallShape strides;
  strides.size = shape.size;
  for (int64_t d = 0; d < static_cast<int64_t>(sizes.size()); ++d) {
    const auto own = static_cast<size_t>(d - lead);
    const int64_t size = d < lead ? -2 : x.sizes()[own];
    int64_t& wanted = shape.data[d];
    if (wanted == -1 && d >= lead) wanted = size;
    check(lead >= 0 && wanted >= 0 && (d < lead || size == wanted || size == 1),
          "[expand] shape {} cannot be expanded to {}", x.sizes(), sizes);
    const bool repeats = d < lead || size != wanted;
    strides.data[d] = repeats ? 0 : x.strides()[own];
  }
  check(lead >= 0, "[expand] shape {} cannot be expanded to {}", x.sizes(),
        sizes);
  numel_of(shape);
  NewView view(x);
  for (int d = 0; d < shape.size; ++d) view.add(shape[d], strides[d]);
  Tensor y = view.finish(x);

  // The engine sums over the dims that were expanded.
  return record(y, "ExpandBackward0", x, pass_grad);
}

}  // namespace taper
