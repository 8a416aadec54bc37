// logsumexp: the log of a sum of exponentials, without overflow.
#include <limits>

#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/reduce.h"

namespace taper {
namespace {

// softmax over a set of dims.
Tensor softmax_over(const Tensor& x, Dims dims) {
  std::vector<int64_t> order, back(static_cast<size_t>(x.dim()));
  int64_t kept = 0;
  for (const bool reduced : {false, true}) {
    for (int64_t d = 0; d < x.dim(); ++d) {
      if (kernels::has_dim(dims, d) != reduced) continue;
      back[d] = static_cast<int64_t>(order.size());
      order.push_back(d);
      kept += !reduced;
    }
  }
  const Tensor rows = x.permute(order);
  return rows.flatten(kept).softmax(-1).view(rows.sizes()).permute(back);
}

// x whose infinities, if y = logsumexp(x) is infinite, are 0 beside -infinity:
// with the softmax that x tends to.
Tensor finite_rows(const Tensor& x, const Tensor& y, Dims dims) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Tensor far = y == kInfinity;
  if (!far.any().item<bool>()) return x;
  const Tensor rows = keep_dims(far, x, dims);
  return x.masked_fill(rows, -kInfinity)
      .masked_fill(rows.logical_and(x == kInfinity), 0);
}

}  // namespace

Tensor logsumexp(const Tensor& input, IntArrayRef dim, bool keepdim) {
  const Dims dims = checked_dims("logsumexp", input, dim);
  const Tensor x = input.is_floating_point() ? input : input.to(kFloat);
  Tensor y = kernels::logsumexp(x, dims, keepdim);
  return record(y, "LogsumexpBackward0", x,
                [x = save(x), y = save_output(y), dims](const Tensor& grad) {
                  return keep_dims(grad, x(), dims) *
                         softmax_over(finite_rows(x(), y(), dims), dims);
                });
}

}  // namespace taper
