// The largest and smallest elements and where they are.
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

using Best = Tensor (*)(const Tensor&, Dims, bool);
using BestAlong = std::pair<Tensor, Tensor> (*)(const Tensor&, int64_t, bool);

}  // namespace

Tensor share_among_ties(const Tensor& grad, const Tensor& x, const Tensor& y,
                        Dims dims, bool nan_is_tie) {
  Tensor ties = x.eq(y);
  if (nan_is_tie && y.isnan().item<bool>()) ties = x.isnan();
  const Tensor count = sum_dims(ties, dims, true);
  const Tensor share = grad / count;
  return where(ties, share, where(count == 0, y.detach(), 0));
}

namespace {

Tensor best(const char* op, const char* node, Best kernel, const Tensor& x,
            Dims dims, bool keepdim) {
  check_not_empty(op, x, dims);
  Tensor y = kernel(x, dims, keepdim);
  const bool nan_is_tie = op[0] == 'm';
  return record(
      y, node, x,
      [x = save(x), y = save_output(y), dims, nan_is_tie](const Tensor& grad) {
        return share_among_ties(keep_dims(grad, x(), dims), x(),
                                keep_dims(y(), x(), dims), dims, nan_is_tie);
      });
}

std::tuple<Tensor, Tensor> best_along(const char* op, const char* node,
                                      BestAlong kernel, const Tensor& x,
                                      int64_t dim, bool keepdim) {
  const int64_t d = wrap_dim(op, dim, x.dim());
  const Dims dims = checked_dim(op, x, dim);
  check_not_empty(op, x, dims);
  auto [values, indices] = kernel(x, d, keepdim);
  record(values, node, x,
         [indices = save(indices), sizes = SmallShape(x.sizes()), d,
          keepdim](const Tensor& grad) {
           const bool lost = !keepdim && sizes.size > 0;
           return put_along(lost ? grad.unsqueeze(d) : grad,
                            lost ? indices().unsqueeze(d) : indices(), sizes,
                            d);
         });
  return {values, indices};
}

Tensor arg_best(const char* op, BestAlong kernel, const Tensor& x,
                std::optional<int64_t> dim, bool keepdim) {
  check<TypeError>(x.dtype() != kBool, "[{}] does not support bool tensors",
                   op);
  if (dim) {
    const int64_t d = wrap_dim(op, *dim, x.dim());
    check_not_empty(op, x, checked_dim(op, x, *dim));
    return kernel(x, d, keepdim).second;
  }
  const Dims dims = kernels::every_dim(x);
  check_not_empty(op, x, dims);
  const int64_t n = x.numel();
  const Tensor flat = kernels::contiguous(x);
  const Tensor index =
      kernel(kernels::alias(flat, {n}, {1}, flat.data_as<char>()), 0, false)
          .second;
  return keepdim ? keep_dims(index, x, dims) : index;
}

}  // namespace

Tensor max(const Tensor& x) {
  return best("max", "MaxBackward1", kernels::amax, x, kernels::every_dim(x),
              false);
}
Tensor min(const Tensor& x) {
  return best("min", "MinBackward1", kernels::amin, x, kernels::every_dim(x),
              false);
}
Tensor amax(const Tensor& x, IntArrayRef dim, bool keepdim) {
  return best("amax", "AmaxBackward0", kernels::amax, x,
              checked_dims("amax", x, dim), keepdim);
}
Tensor amin(const Tensor& x, IntArrayRef dim, bool keepdim) {
  return best("amin", "AminBackward0", kernels::amin, x,
              checked_dims("amin", x, dim), keepdim);
}
std::tuple<Tensor, Tensor> max(const Tensor& x, int64_t dim, bool keepdim) {
  return best_along("max", "MaxBackward0", kernels::max_with_index, x, dim,
                    keepdim);
}
std::tuple<Tensor, Tensor> min(const Tensor& x, int64_t dim, bool keepdim) {
  return best_along("min", "MinBackward0", kernels::min_with_index, x, dim,
                    keepdim);
}
Tensor argmax(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_best("argmax", kernels::max_with_index, x, dim, keepdim);
}
Tensor argmin(const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  return arg_best("argmin", kernels::min_with_index, x, dim, keepdim);
}

}  // namespace taper
