// cat, stack and their kin: tensors joined along an old or a new dim.
#include <algorithm>

#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

ScalarType common_dtype(TensorList tensors) {
  ScalarType dtype = tensors[0].dtype();
  for (const Tensor& x : tensors) dtype = promote_types(dtype, x.dtype());
  return dtype;
}

// The values in `dtype`, each contiguous.
std::vector<Tensor> prepared(TensorList tensors, ScalarType dtype) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    result.push_back(kernels::contiguous(kernels::cast(x, dtype)));
  }
  return result;
}

bool are_ready(TensorList tensors, ScalarType dtype) {
  return std::all_of(tensors.begin(), tensors.end(), [&](const Tensor& x) {
    return x.is_contiguous() && x.dtype() == dtype;
  });
}

Tensor joined(TensorList tensors, IntArrayRef sizes, int64_t dim) {
  const ScalarType dtype = common_dtype(tensors);
  Tensor y = kernels::empty(sizes, dtype);
  int64_t outer = 1;
  for (int64_t d = 0; d < dim; ++d) outer *= sizes[d];
  if (are_ready(tensors, dtype)) {
    kernels::join(y, tensors, outer);
  } else {
    kernels::join(y, prepared(tensors, dtype), outer);
  }
  return y;
}

// Legacy of PyTorch: empty 1-d tensors join with anything.
bool is_skipped(const Tensor& x) { return x.dim() == 1 && x.numel() == 0; }

SmallShape cat_shape(TensorList tensors, int64_t dim, const Tensor& first) {
  SmallShape sizes(first.sizes());
  sizes[dim] = 0;
  for (const Tensor& x : tensors) {
    if (is_skipped(x)) continue;
    bool fits = x.dim() == first.dim();
    for (int64_t d = 0; fits && d < x.dim(); ++d) {
      fits = d == dim || x.sizes()[d] == first.sizes()[d];
    }
    check(fits, "[cat] shapes {} and {} differ outside dim {}", first.sizes(),
          x.sizes(), dim);
    sizes[dim] += x.sizes()[dim];
  }
  return sizes;
}

// With new dims of size 1 in front.
std::vector<Tensor> with_dims(TensorList tensors, int64_t ndim) {
  std::vector<Tensor> result;
  result.reserve(tensors.size());
  for (const Tensor& x : tensors) {
    result.push_back(x);
    while (result.back().dim() < ndim) {
      result.back() = unsqueeze(result.back(), 0);
    }
  }
  return result;
}

}  // namespace

Tensor cat(TensorList tensors, int64_t dim) {
  check(!tensors.empty(), "[cat] expected at least one tensor");
  const Tensor* first = &tensors[0];
  for (const Tensor& x : tensors) {
    check(x.dim() > 0, "[cat] 0-d tensors cannot be joined; use stack");
    if (is_skipped(*first)) first = &x;
  }
  dim = wrap_dim("cat", dim, first->dim());
  Tensor y = joined(tensors, cat_shape(tensors, dim, *first), dim);
  if (!needs_grad_any(tensors) || !is_floating(y.dtype())) return y;
  std::vector<int64_t> lengths;
  for (const Tensor& x : tensors) {
    lengths.push_back(is_skipped(x) ? -1 : x.sizes()[dim]);
  }
  return record(y, "CatBackward0", tensors,
                [dim, lengths = std::move(lengths)](const Tensor& grad,
                                                    const InputGrads& grads) {
                  int64_t start = 0;
                  for (size_t i = 0; i < lengths.size(); ++i) {
                    if (lengths[i] < 0) {
                      grads[i] = kernels::zeros(0, grad.dtype());
                      continue;
                    }
                    if (grads.wants(i))
                      grads[i] = narrow(grad, dim, start, lengths[i]);
                    start += lengths[i];
                  }
                });
}

Tensor concat(TensorList tensors, int64_t dim) { return cat(tensors, dim); }

Tensor stack(TensorList tensors, int64_t dim) {
  check(!tensors.empty(), "[stack] expected at least one tensor");
  const IntArrayRef part = tensors[0].sizes();
  for (const Tensor& x : tensors) {
    check(x.sizes() == part, "[stack] shapes {} and {} differ", part,
          x.sizes());
  }
  dim = wrap_dim("stack", dim, tensors[0].dim() + 1);
  SmallShape sizes;
  for (int64_t d = 0; d <= tensors[0].dim(); ++d) {
    if (d == dim) sizes.push_back(static_cast<int64_t>(tensors.size()));
    if (d < tensors[0].dim()) sizes.push_back(part[d]);
  }
  Tensor y = joined(tensors, sizes, dim);
  if (!is_floating(y.dtype())) return y;
  return record(
      y, "StackBackward0", tensors,
      [dim, n = tensors.size()](const Tensor& grad, const InputGrads& grads) {
        for (size_t i = 0; i < n; ++i) {
          if (grads.wants(i))
            grads[i] = select(grad, dim, static_cast<int64_t>(i));
        }
      });
}

Tensor hstack(TensorList tensors) {
  check(!tensors.empty(), "[hstack] expected at least one tensor");
  return cat(with_dims(tensors, 1), tensors[0].dim() <= 1 ? 0 : 1);
}

Tensor vstack(TensorList tensors) {
  check(!tensors.empty(), "[vstack] expected at least one tensor");
  return cat(with_dims(tensors, 2), 0);
}

}  // namespace taper
