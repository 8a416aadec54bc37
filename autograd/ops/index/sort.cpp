// sort, argsort and topk.
#include "taper/tensor/kernels/sort.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/reduce/dims.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/shape.h"

namespace taper {
namespace {

std::tuple<Tensor, Tensor> first_sorted(const char* node, const Tensor& x,
                                        int64_t k, int64_t dim,
                                        bool descending) {
  auto [values, indices] = kernels::sort_first(x, k, dim, descending);
  record(values, node, x,
         [indices = save(indices), sizes = SmallShape(x.sizes()),
          dim](const Tensor& grad) {
           return put_along(grad, indices(), sizes, dim);
         });
  return {values, indices};
}

int64_t size_along(const Tensor& x, int64_t dim) {
  return x.dim() == 0 ? 1 : x.impl()->sizes[dim];
}

}  // namespace

Tensor put_along(const Tensor& values, const Tensor& indices, IntArrayRef sizes,
                 int64_t dim) {
  if (sizes.empty()) return values;
  Tensor zeros = kernels::zeros(sizes, values.dtype());
  zeros.scatter_(dim, indices, values);
  return zeros;
}

std::tuple<Tensor, Tensor> sort(const Tensor& x, int64_t dim, bool descending) {
  const int64_t d = wrap_dim("sort", dim, x.dim());
  return first_sorted("SortBackward0", x, size_along(x, d), d, descending);
}

std::tuple<Tensor, Tensor> sort(const Tensor& x, std::optional<bool>,
                                int64_t dim, bool descending) {
  return sort(x, dim, descending);
}

Tensor argsort(const Tensor& x, int64_t dim, bool descending) {
  const int64_t d = wrap_dim("argsort", dim, x.dim());
  return kernels::sort_first(x, size_along(x, d), d, descending).second;
}

std::tuple<Tensor, Tensor> topk(const Tensor& x, int64_t k, int64_t dim,
                                bool largest, bool) {
  const int64_t d = wrap_dim("topk", dim, x.dim());
  check(k >= 0 && k <= size_along(x, d),
        "[topk] k = {} is out of range [0, {}] for dim {} of shape {}", k,
        size_along(x, d), dim, x.sizes());
  return first_sorted("TopkBackward0", x, k, d, largest);
}

}  // namespace taper
