// Picking and putting by checked positions, each the gradient of the other.
#include "taper/autograd/ops/index/pick.h"

#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/macros.h"

namespace taper {
namespace {

SmallShape picked_shape(IntArrayRef sizes, const Picked& picked) {
  SmallShape result;
  const auto first = static_cast<size_t>(picked.dim);
  for (size_t d = 0; d < first; ++d) result.push_back(sizes[d]);
  for (int64_t size : picked.positions.sizes()) result.push_back(size);
  for (size_t d = first + static_cast<size_t>(picked.count); d < sizes.size();
       ++d) {
    result.push_back(sizes[d]);
  }
  return result;
}

// All of `values`, contiguous, for the picked places of x.
Tensor spread(const char* op, const Tensor& x, const Tensor& values,
              const Picked& picked) {
  const SmallShape shape = picked_shape(x.sizes(), picked);
  if (values.sizes() == IntArrayRef(shape)) return kernels::contiguous(values);
  const SmallShape common = broadcast_shapes(op, values.sizes(), shape);
  check(IntArrayRef(common) == IntArrayRef(shape),
        "[{}] a value of shape {} does not fit the indexed places of shape {}",
        op, values.sizes(), IntArrayRef(shape));
  return kernels::contiguous(kernels::expand(values, shape));
}

// The same, or one element.
Tensor fitted(const char* op, const Tensor& x, const Tensor& values,
              const Picked& picked) {
  return values.numel() == 1 ? values : spread(op, x, values, picked);
}

void warn_if_expanded(const char* op, const Tensor& x) {
  if (!kernels::has_internal_overlap(x)) return;
  TORCH_WARN("Use of ", op,
             " on expanded tensors is deprecated. Please "
             "clone() the tensor before performing this operation.");
}

}  // namespace

Tensor apart(const Tensor& source, const Tensor& target) {
  return kernels::may_overlap(source, target) ? kernels::clone(source) : source;
}

Tensor pick(const char* name, const Tensor& x, const Picked& picked) {
  Tensor y = kernels::pick(x, picked, picked_shape(x.sizes(), picked));
  return record(
      y, name, x,
      [sizes = SmallShape(x.sizes()), saved = SavedPick(picked)](
          const Tensor& grad) { return unpick(grad, sizes, saved()); });
}

Tensor unpick(const Tensor& x, IntArrayRef sizes, const Picked& picked) {
  Tensor y = kernels::zeros(sizes, x.dtype());
  kernels::put_add(y, picked, kernels::contiguous(x));
  return record(y, "UnpickBackward0", x,
                [saved = SavedPick(picked)](const Tensor& grad) {
                  return pick("IndexBackward0", grad, saved());
                });
}

Tensor put(const Tensor& x, const Tensor& values, const Picked& picked) {
  Tensor y = kernels::clone(x);
  kernels::put(y, picked, fitted("index_put_", x, values, picked));
  return record(
      y, "IndexPutBackward0", x,
      [saved = SavedPick(picked)](const Tensor& grad) {
        return put(grad, kernels::zeros({}, grad.dtype()), saved());
      },
      values,
      [saved = SavedPick(picked)](const Tensor& grad) {
        return pick("IndexBackward0", grad, saved());
      });
}

void put_(const char* op, Tensor& x, const Tensor& values,
          const Picked& picked) {
  const Tensor flat = apart(fitted(op, x, values, picked), x);
  warn_if_expanded(op, x);
  in_place(
      op, x, needs_grad(x, values),
      [&](const Tensor& old) { return put(old, values, picked); },
      [&] { kernels::put(x, picked, flat); }, true);
}

Tensor put_add(const char* name, const Tensor& x, const Tensor& values,
               const Picked& picked) {
  Tensor y = kernels::clone(x);
  kernels::put_add(y, picked, spread("index_put_", x, values, picked));
  return record(y, name, x, pass_grad, values,
                [saved = SavedPick(picked)](const Tensor& grad) {
                  return pick("IndexBackward0", grad, saved());
                });
}

void put_add_(const char* op, const char* name, Tensor& x, const Tensor& values,
              const Picked& picked) {
  const Tensor flat = apart(spread(op, x, values, picked), x);
  warn_if_expanded(op, x);
  in_place(
      op, x, needs_grad(x, values),
      [&](const Tensor& old) { return put_add(name, old, values, picked); },
      [&] { kernels::put_add(x, picked, flat); }, true);
}

}  // namespace taper
