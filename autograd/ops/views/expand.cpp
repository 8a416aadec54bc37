// Views that repeat dims.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {

Tensor broadcast_to(const Tensor& x, IntArrayRef sizes) {
  const auto lead = static_cast<int64_t>(sizes.size()) - x.dim();
  check_ndim("expand", sizes.size(), sizes);
  bool fits = lead >= 0;
  SmallShape shape;
  SmallShape strides;
  for (int64_t d = 0; fits && d < static_cast<int64_t>(sizes.size()); ++d) {
    const bool is_new = d < lead;
    const int64_t size = is_new ? 1 : x.sizes()[d - lead];
    const int64_t wanted = sizes[d] == -1 && !is_new ? size : sizes[d];
    fits = wanted >= 0 && (size == wanted || size == 1);
    const bool repeats = is_new || size != wanted;
    shape.push_back(wanted);
    strides.push_back(repeats ? 0 : x.strides()[d - lead]);
  }
  check(fits, "[expand] shape {} cannot be expanded to {}", x.sizes(), sizes);
  numel_of(shape);
  NewView view(x);
  for (int d = 0; d < shape.size; ++d) view.add(shape[d], strides[d]);
  Tensor y = view.finish(x);
  // The engine sums over the dims that were expanded.
  return record(y, "ExpandBackward0", x, pass_grad);
}

}  // namespace taper
