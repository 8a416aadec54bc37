// Broadcasting undone.
#include "taper/autograd/needed_ops.h"
#include "taper/tensor/shape.h"

namespace taper {

bool is_expandable(IntArrayRef from, IntArrayRef to) {
  if (from.size() > to.size()) return false;
  for (size_t i = 1; i <= from.size(); ++i) {
    int64_t size = from[from.size() - i];
    if (size != 1 && size != to[to.size() - i]) return false;
  }
  return true;
}

Tensor sum_to(const Tensor& x, IntArrayRef shape) {
  SmallShape dims;
  int64_t lead = x.dim() - static_cast<int64_t>(shape.size());
  for (int64_t d = 0; d < x.dim(); ++d) {
    bool was_broadcast =
        d < lead || (shape[static_cast<size_t>(d - lead)] == 1 &&
                     x.sizes()[static_cast<size_t>(d)] != 1);
    if (was_broadcast) dims.push_back(d);
  }
  if (dims.size == 0) return x.view(shape);
  Tensor sum = x.sum(IntArrayRef(dims), /*keepdim=*/true);
  return lead > 0 ? sum.view(shape) : sum;
}

}  // namespace taper
