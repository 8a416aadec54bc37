// Whole entries along one dim: index_select, index_add, index_fill, index_copy.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

Picked check_line(const char* op, const Tensor& x, int64_t dim,
                  const Tensor& index) {
  const int64_t at = wrap_dim(op, dim, x.dim());
  check_index_type(op, index);
  check<IndexError>(index.dim() <= 1,
                    "[{}] the index must have 1 dim, got shape {}", op,
                    index.sizes());
  kernels::check_indices(op, index, x.dim() == 0 ? 1 : x.size(at));
  return {static_cast<int>(at), 1,
          kernels::contiguous(kernels::cast(index, kLong))};
}

// index_add once checked: values at repeated positions add up.
Tensor added(const Tensor& x, const Tensor& source, const Picked& picked) {
  Tensor y = kernels::clone(x);
  kernels::put_add(y, picked, kernels::contiguous(source));
  return record(y, "IndexAddBackward0", x, pass_grad, source,
                [saved = SavedPick(picked)](const Tensor& grad) {
                  return pick("IndexSelectBackward0", grad, saved());
                });
}

void check_source(const char* op, const Tensor& x, const Picked& picked,
                  const Tensor& source) {
  check_source_type(op, source, x);
  SmallShape expected(x.sizes());
  if (x.dim() > 0) expected[picked.dim] = picked.positions.numel();
  check(source.sizes() == IntArrayRef(expected) ||
            (x.dim() == 0 && source.numel() == picked.positions.numel()),
        "[{}] the source has shape {} but shape {} and {} positions along dim "
        "{} need {}",
        op, source.sizes(), x.sizes(), picked.positions.numel(), picked.dim,
        IntArrayRef(expected));
}

// Writes a value, or one whose dim 0 is the picked one, into picked entries.
template <class Value>
void put_entries(const Tensor& x, const Picked& picked, const Value& value) {
  x.transpose(0, picked.dim)
      .index_put_({kernels::contiguous(picked.positions).reshape(-1)}, value);
}

// alpha * source in the dtype of source.
Tensor weighted(const Tensor& source, const Scalar& alpha) {
  return alpha.to_double() == 1 ? source
                                : (source * alpha).to(source.scalar_type());
}

}  // namespace

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  const Picked picked = check_line("index_select", x, dim, index);
  if (x.dim() == 0) return index_select(x.view(1), 0, index).reshape({});
  if (index.dim() == 1) return pick("IndexSelectBackward0", x, picked);
  return pick("IndexSelectBackward0", x,
              {picked.dim, 1, picked.positions.reshape(1)});
}

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index,
                 const Tensor& unscaled, const Scalar& alpha) {
  check(x.dim() > 0, "[index_add] a 0-d tensor has no dim to index");
  const Tensor source = weighted(unscaled, alpha);
  const Picked picked = check_line("index_add", x, dim, index);
  check_source("index_add", x, picked, source);
  return added(x, source, picked);
}

Tensor& Tensor::index_add_(int64_t dim, const Tensor& index,
                           const Tensor& unscaled, const Scalar& alpha) const {
  const Tensor source = weighted(unscaled, alpha);
  check(this->dim() > 0, "[index_add_] a 0-d tensor has no dim to index");
  const Picked picked = check_line("index_add_", self(), dim, index);
  check_source("index_add_", self(), picked, source);
  return in_place(
      "index_add_", self(), needs_grad(self(), source),
      [&](const Tensor& old) { return added(old, source, picked); },
      [&] {
        const Tensor at = apart(picked.positions, self());
        kernels::put_add(self(), {picked.dim, 1, at},
                         apart(kernels::contiguous(source), self()));
      });
}

Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index,
                            const Scalar& value) const {
  check(this->dim() > 0, "[index_fill_] a 0-d tensor has no dim to index");
  const Picked picked = check_line("index_fill_", self(), dim, index);
  put_entries(self(), picked, value);
  return self();
}
Tensor& Tensor::index_copy_(int64_t dim, const Tensor& index,
                            const Tensor& source) const {
  check(this->dim() > 0, "[index_copy_] a 0-d tensor has no dim to index");
  const Picked picked = check_line("index_copy_", self(), dim, index);
  check_source("index_copy_", self(), picked, source);
  put_entries(self(), picked, source.transpose(0, picked.dim));
  return self();
}
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index,
                  const Scalar& value) {
  return clone(x).index_fill_(dim, index, value);
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index,
                  const Tensor& source) {
  return clone(x).index_copy_(dim, index, source);
}

}  // namespace taper
