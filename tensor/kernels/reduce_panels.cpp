// Reductions of transposed and other large inputs in the order of the shape.
#include <algorithm>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper::kernels {
namespace {

// So many entries are reduced as the whole is.
constexpr int64_t kEntries = 64;

// Entries of dim d from `begin` on.
Tensor part_of(const Tensor& x, int64_t d, int64_t begin, int64_t count) {
  SmallShape sizes(x.sizes());
  sizes[static_cast<int>(d)] = count;
  return alias(
      x, sizes, x.strides(),
      x.data_as<char>() + begin * x.impl()->strides[d] * x.element_size());
}

}  // namespace

Tensor reduce_in_panels(const ReduceLeaf& leaf, const Tensor& x, Dims dims,
                        bool keepdim) {
  int64_t dim = -1;  // the fastest of the kept ones
  const int64_t* strides = x.impl()->strides;
  for (int64_t d = 0; d < x.dim(); ++d) {
    if (has_dim(dims, d) || x.size(d) < kEntries) continue;
    if (dim < 0 || strides[d] < strides[dim]) dim = d;
  }
  if (dim < 0) return reduce_with(leaf, clone(x), dims, keepdim);
  Tensor y = empty(reduced_shape(x, dims, keepdim), leaf.out);
  Tensor kept = alias(y);
  detail::set_contiguous_shape(kept.impl(), reduced_shape(x, dims, true));
  const int64_t n = x.size(dim);
  const int64_t panels = std::min(n / kEntries, div_up(x.numel(), kPanel));
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t begin = n / panels * p;
    const int64_t count = (p + 1 == panels ? n : begin + n / panels) - begin;
    Tensor to = part_of(kept, dim, begin, count);
    copy_into(to, reduce_with(leaf, clone(part_of(x, dim, begin, count)), dims,
                              true));
  }
  return y;
}

}  // namespace taper::kernels
