// Sets of dims, and going back from a reduced shape.
#include "taper/autograd/ops/reduce/dims.h"

#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/rescue.h"

namespace taper {

Dims checked_dims(const char* op, const Tensor& x, OptionalIntArrayRef given) {
  const IntArrayRef dims = given ? *given : IntArrayRef();
  if (dims.empty()) return kernels::every_dim(x);
  Dims set = 0;
  for (int64_t dim : dims) {
    const int64_t d = wrap_dim(op, dim, x.dim());
    check(!kernels::has_dim(set, d),
          "[{}] dim {} appears more than once in dims {}", op, d, dims);
    set |= Dims{1} << d;
  }
  return x.dim() == 0 ? 0 : set;
}

Dims checked_dim(const char* op, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(op, dim, x.dim());
  return x.dim() == 0 ? 0 : Dims{1} << d;
}

bool is_moderate(const Tensor& y) {
  const double least = y.dtype() == kHalf     ? 1e-2
                       : y.dtype() == kDouble ? 1e-150
                                              : 1e-18;
  return kernels::all_trusted(kernels::is_narrow(y) ? kernels::widened(y) : y,
                              {least, 1 / least});
}

void check_not_empty(const char* op, const Tensor& x, Dims dims) {
  for (int64_t d = 0; d < x.dim(); ++d) {
    check<IndexError>(
        !kernels::has_dim(dims, d) || x.impl()->sizes[d] != 0,
        "[{}] dim {} of shape {} is empty and has no such element", op, d,
        x.sizes());
  }
}

Tensor unreduce(const Tensor& y, IntArrayRef sizes, Dims dims) {
  const bool kept = y.dim() == static_cast<int64_t>(sizes.size());
  SmallShape strides;
  strides.resize(sizes.size());
  int64_t from = 0;
  for (size_t d = 0; d < sizes.size(); ++d) {
    const bool reduced = kernels::has_dim(dims, static_cast<int64_t>(d));
    strides[static_cast<int>(d)] = reduced ? 0 : y.impl()->strides[from];
    from += kept || !reduced;
  }
  Tensor x = kernels::alias(y, sizes, strides, y.data_as<char>());
  if (needs_grad(y)) mark_view(x, y);
  return record(x, "ExpandBackward0", y, [dims, kept](const Tensor& grad) {
    return sum_dims(grad, dims, kept);
  });
}

Tensor keep_dims(const Tensor& y, const Tensor& x, Dims dims) {
  if (y.dim() == x.dim()) return y;
  return unreduce(y, kernels::reduced_shape(x, dims, true), dims);
}

}  // namespace taper
