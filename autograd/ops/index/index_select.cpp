// Whole entries along one dim: index_select, index_add, index_fill, index_copy.
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"

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
  const Tensor positions = kernels::contiguous(kernels::cast(index, kLong));
  return {static_cast<int>(at), 1,
          index.dim() == 0 ? positions.reshape(1) : positions};
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

// alpha * source in the dtype of source.
Tensor weighted(const Tensor& source, const Scalar& alpha) {
  return alpha.to_double() == 1 ? source
                                : (source * alpha).to(source.scalar_type());
}

}  // namespace

Tensor index_select(const Tensor& x, int64_t dim, const Tensor& index) {
  const Picked picked = check_line("index_select", x, dim, index);
  if (x.dim() == 0) return index_select(x.view(1), 0, index).reshape({});
  return pick("IndexSelectBackward0", x, picked);
}

Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index,
                 const Tensor& unscaled, const Scalar& alpha) {
  check(x.dim() > 0, "[index_add] a 0-d tensor has no dim to index");
  const Tensor source = weighted(unscaled, alpha);
  const Picked picked = check_line("index_add", x, dim, index);
  check_source("index_add", x, picked, source);
  return put_add("IndexAddBackward0", x, source, picked);
}

Tensor& Tensor::index_add_(int64_t dim, const Tensor& index,
                           const Tensor& unscaled, const Scalar& alpha) const {
  const Tensor source = weighted(unscaled, alpha);
  check(this->dim() > 0, "[index_add_] a 0-d tensor has no dim to index");
  const Picked picked = check_line("index_add_", self(), dim, index);
  check_source("index_add_", self(), picked, source);
  detail::check_in_place("index_add_", self(), needs_grad(self(), source));
  put_add_("index_add_", "IndexAddBackward0", self(), source, picked);
  return self();
}

Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index,
                            const Scalar& value) const {
  kernels::check_fits(value, dtype());
  return index_fill_(dim, index, kernels::full({}, value, dtype()));
}
Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index,
                            const Tensor& value) const {
  check(value.dim() == 0, "[index_fill_] the value must be 0-d, got shape {}",
        value.sizes());
  kernels::check_fits(value.item(), dtype());
  const Picked picked = check_line("index_fill_", self(), dim, index);
  Tensor line = this->dim() == 0 ? unsqueeze(0) : self();
  put_("index_fill_", line, value.to(scalar_type()), picked);
  return self();
}
Tensor& Tensor::index_copy_(int64_t dim, const Tensor& index,
                            const Tensor& given) const {
  const Tensor source = given.dim() == 0 ? given.reshape(1) : given;
  const Picked picked = check_line("index_copy_", self(), dim, index);
  check_source("index_copy_", self(), picked, source);
  detail::check_in_place("index_copy_", self(), needs_grad(self(), source));
  Tensor line = this->dim() == 0 ? unsqueeze(0) : self();
  put_("index_copy_", line, source, picked);
  return self();
}
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index,
                  const Scalar& value) {
  return clone(x).index_fill_(dim, index, value);
}
Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index,
                  const Tensor& value) {
  return clone(x).index_fill_(dim, index, value);
}

Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index,
                  const Tensor& source) {
  return clone(x).index_copy_(dim, index, source);
}

}  // namespace taper
