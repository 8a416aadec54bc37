// One index per element along one dim: gather and scatter.
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

// Checks of gather and scatter: index has x's dims and, outside `dim` (or
// everywhere, for a source), is at most as large. Returns the dim from 0.
int check_along(const char* op, const Tensor& x, int64_t dim,
                const Tensor& index) {
  const int64_t wrapped = wrap_dim(op, dim, x.dim());
  check_index_type(op, index);
  bool fits = index.dim() == x.dim() || (index.dim() <= 1 && x.dim() <= 1);
  for (int64_t d = 0; fits && d < x.dim() && d < index.dim(); ++d) {
    fits = d == wrapped || index.sizes()[d] <= x.sizes()[d];
  }
  check(fits || index.numel() == 0,
        "[{}] an index of shape {} does not fit shape {} along dim {}", op,
        index.sizes(), x.sizes(), dim);
  kernels::check_indices(op, index, x.dim() == 0 ? 1 : x.size(wrapped));
  return static_cast<int>(wrapped);
}

// The part of `source` that the index covers.
Tensor covered(const char* op, const Tensor& x, const Tensor& index,
               const Tensor& source) {
  check_source_type(op, source, x);
  if (source.sizes() == index.sizes()) return source;
  bool fits = source.dim() == index.dim() ||
              (source.numel() == 1 && index.numel() == 1);
  for (int64_t d = 0; fits && d < source.dim() && d < index.dim(); ++d) {
    fits = index.size(d) <= source.size(d);
  }
  check(fits || index.numel() == 0,
        "[{}] a source of shape {} is smaller than the index of shape {}", op,
        source.sizes(), index.sizes());
  Tensor part = source;
  if (index.numel() == 0 || source.dim() != index.dim()) return part;
  for (int64_t d = 0; d < source.dim(); ++d) {
    if (part.size(d) > index.size(d)) part = narrow(part, d, 0, index.size(d));
  }
  return part;
}

// Checked forms of the two scatters; `source` has index's shape, or is 0-d.
Tensor scattered(const Tensor& x, int dim, const Tensor& index,
                 const Tensor& source) {
  Tensor y = kernels::clone(x);
  kernels::scatter(y, dim, index, source);
  return record(
      y, "ScatterBackward0", x,
      [dim, index = save(index)](const Tensor& grad) {
        return scattered(grad, dim, index(), kernels::zeros({}, grad.dtype()));
      },
      source,
      [dim, index = save(index)](const Tensor& grad) {
        return gather(grad, dim, index());
      });
}

Tensor scatter_added(const Tensor& x, int dim, const Tensor& index,
                     const Tensor& source) {
  Tensor y = kernels::clone(x);
  kernels::scatter_add(y, dim, index, source);
  return record(y, "ScatterAddBackward0", x, pass_grad, source,
                [dim, index = save(index)](const Tensor& grad) {
                  return gather(grad, dim, index());
                });
}

// The in-place form of `pure`, whose kernel is `raw`; all checked.
template <class Pure, class Raw>
Tensor& write_scattered(const char* op, Tensor& self, int dim,
                        const Tensor& index, const Tensor& source,
                        const Pure& pure, const Raw& raw) {
  return in_place(
      op, self, needs_grad(self, source),
      [&](const Tensor& old) { return pure(old, dim, index, source); },
      [&] { raw(self, dim, apart(index, self), apart(source, self)); });
}

}  // namespace

Tensor gather(const Tensor& x, int64_t dim, const Tensor& index) {
  const int at = check_along("gather", x, dim, index);
  Tensor y = kernels::gather(x, at, index);
  return record(y, "GatherBackward0", x,
                [sizes = SmallShape(x.sizes()), at,
                 index = save(index)](const Tensor& grad) {
                  const Tensor zeros = kernels::zeros(sizes, grad.dtype());
                  return scatter_added(zeros, at, index(), grad);
                });
}

Tensor take_along_dim(const Tensor& x, const Tensor& index, int64_t dim) {
  const int64_t at = wrap_dim("take_along_dim", dim, x.dim());
  check(x.dim() == index.dim(),
        "[take_along_dim] shapes {} and {} differ in the number of dims",
        x.sizes(), index.sizes());
  if (x.dim() == 0) return gather(x, 0, index);
  SmallShape own(x.sizes());
  SmallShape other(index.sizes());
  const int64_t length = own[at];
  const int64_t count = other[at];
  own[at] = other[at] = 1;
  SmallShape common = broadcast_shapes("take_along_dim", own, other);
  common[at] = length;
  const Tensor from = broadcast_to(x, common);
  common[at] = count;
  return gather(from, at, broadcast_to(index, common));
}

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index,
               const Tensor& source) {
  const int at = check_along("scatter", x, dim, index);
  return scattered(x, at, index, covered("scatter", x, index, source));
}

Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index,
               const Scalar& value) {
  kernels::check_fits(value, x.dtype());
  const int at = check_along("scatter", x, dim, index);
  return scattered(x, at, index, kernels::full({}, value, x.dtype()));
}

Tensor& Tensor::scatter_(int64_t dim, const Tensor& index,
                         const Tensor& source) const {
  const int at = check_along("scatter_", self(), dim, index);
  return write_scattered("scatter_", self(), at, index,
                         covered("scatter_", self(), index, source), scattered,
                         kernels::scatter);
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index,
                         const Scalar& value) const {
  kernels::check_fits(value, dtype());
  const int at = check_along("scatter_", self(), dim, index);
  return write_scattered("scatter_", self(), at, index,
                         kernels::full({}, value, dtype()), scattered,
                         kernels::scatter);
}

Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index,
                   const Tensor& source) {
  const int at = check_along("scatter_add", x, dim, index);
  return scatter_added(x, at, index, covered("scatter_add", x, index, source));
}

Tensor& Tensor::scatter_add_(int64_t dim, const Tensor& index,
                             const Tensor& source) const {
  const int at = check_along("scatter_add_", self(), dim, index);
  return write_scattered("scatter_add_", self(), at, index,
                         covered("scatter_add_", self(), index, source),
                         scatter_added, kernels::scatter_add);
}

}  // namespace taper
