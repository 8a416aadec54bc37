// Views of another shape: the elements keep their row-major order.
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"

#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

// `sizes` with the -1 deduced from the number of elements.
SmallShape deduce(const char* op, IntArrayRef sizes, int64_t numel) {
  check_ndim(op, sizes.size(), sizes);
  SmallShape result(sizes);
  int unknown = -1;
  int64_t known = 1;
  bool overflow = false;
  for (int i = 0; i < static_cast<int>(sizes.size()); ++i) {
    if (result[i] == -1) {
      check(unknown < 0, "[{}] only one size may be -1, got {}", op, sizes);
      unknown = i;
    } else {
      check(result[i] >= 0, "[{}] negative size in {}", op, sizes);
      overflow |= __builtin_mul_overflow(known, result[i], &known);
    }
  }
  if (unknown >= 0) {
    check(known != 0 || numel != 0,
          "[{}] the size -1 in {} is ambiguous for a tensor of {} elements", op,
          sizes, numel);
    check(!overflow && known != 0 && numel % known == 0,
          "[{}] {} elements do not fit shape {}", op, numel, sizes);
    result[unknown] = numel / known;
  } else {
    check(!overflow && known == numel, "[{}] {} elements do not fit shape {}",
          op, numel, sizes);
  }
  return result;
}

// The row-major strides of `sizes`.
SmallShape row_major(IntArrayRef sizes) {
  SmallShape strides;
  strides.resize(sizes.size());
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= sizes[i] > 1 ? sizes[i] : 1;
  }
  return strides;
}

// Strides with which x's memory can be seen as `sizes`; false if there are
// none. Runs of dims of x that lie densely in memory are matched, from the
// last, with runs of the new dims.
bool strides_for_view(const Tensor& x, IntArrayRef sizes, SmallShape& strides) {
  if (x.is_contiguous()) {
    strides = row_major(sizes);
    return true;
  }
  strides.resize(sizes.size());
  if (sizes.empty()) return x.numel() == 1;
  const IntArrayRef old_sizes = x.sizes();
  const IntArrayRef old_strides = x.strides();
  auto to = static_cast<int64_t>(sizes.size()) - 1;
  int64_t base_stride = old_strides.empty() ? 1 : old_strides.back();
  int64_t old_run = 1;
  int64_t new_run = 1;
  for (size_t from = old_sizes.size(); from-- > 0;) {
    old_run *= old_sizes[from];
    const bool run_ends =
        from == 0 || (old_sizes[from - 1] != 1 &&
                      old_strides[from - 1] != old_run * base_stride);
    if (!run_ends) continue;
    while (to >= 0 && (new_run < old_run || sizes[to] == 1)) {
      strides[to] = new_run * base_stride;
      new_run *= sizes[to--];
    }
    if (new_run != old_run) return false;
    if (from > 0) {
      base_stride = old_strides[from - 1];
      old_run = new_run = 1;
    }
  }
  return to == -1;
}

// The gradient of every view that only changes the shape is the gradient in
// the old shape.
Tensor&& record_reshape(Tensor& y, const char* name, const Tensor& x) {
  if (!needs_grad(x)) return std::move(y);
  return record(y, name, x,
                [sizes = SmallShape(x.sizes())](const Tensor& grad) {
                  return reshape(grad, sizes);
                });
}

Tensor viewed(const Tensor& x, IntArrayRef sizes, IntArrayRef strides) {
  NewView view(x);
  for (size_t i = 0; i < sizes.size(); ++i) view.add(sizes[i], strides[i]);
  Tensor y = view.finish(x);
  return record_reshape(y, "ViewBackward0", x);
}

// Whether `sizes` asks for nothing more than new strides of a dense tensor:
// the frequent case, which deserves a short way.
bool is_plain(const Tensor& x, IntArrayRef sizes) {
  int64_t numel = 1;
  bool plain = x.is_contiguous() && sizes.size() <= kMaxDims;
  for (int64_t size : sizes) {
    plain &= size > 0 && !__builtin_mul_overflow(numel, size, &numel);
  }
  return plain && numel == x.numel();
}

Tensor plain_view(const Tensor& x, IntArrayRef sizes) {
  Tensor y = Tensor::adopt(detail::new_view_impl(x.impl()));
  TensorImpl* impl = y.impl();
  detail::reserve_dims(impl, sizes.size());
  impl->ndim = static_cast<uint8_t>(sizes.size());
  impl->numel = x.numel();
  impl->contiguous = true;
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    impl->sizes[i] = sizes[i];
    impl->strides[i] = stride;
    stride *= sizes[i];
  }
  mark_view(y, x);
  return record_reshape(y, "ViewBackward0", x);
}

}  // namespace

Tensor Tensor::view(IntArrayRef sizes) const {
  if (is_plain(*this, sizes)) return plain_view(*this, sizes);
  const SmallShape shape = deduce("view", sizes, numel());
  if (is_plain(*this, shape)) return plain_view(*this, shape);
  SmallShape new_strides;
  check(strides_for_view(*this, shape, new_strides),
        "[view] shape {} with strides {} cannot be viewed as {}; call reshape",
        this->sizes(), strides(), sizes);
  return viewed(*this, shape, new_strides);
}

Tensor reshape(const Tensor& x, IntArrayRef sizes) {
  if (is_plain(x, sizes)) return plain_view(x, sizes);
  const SmallShape shape = deduce("reshape", sizes, x.numel());
  if (is_plain(x, shape)) return plain_view(x, shape);
  SmallShape strides;
  if (strides_for_view(x, shape, strides)) return viewed(x, shape, strides);
  Tensor y = kernels::clone(x);
  detail::set_contiguous_shape(y.impl(), shape);
  return record_reshape(y, "UnsafeViewBackward0", x);
}
Tensor ravel(const Tensor& x) { return reshape(x, -1); }

Tensor flatten(const Tensor& x, int64_t start_dim, int64_t end_dim) {
  const int64_t start = wrap_dim("flatten", start_dim, x.dim());
  const int64_t end = wrap_dim("flatten", end_dim, x.dim());
  check(start <= end,
        "[flatten] start_dim {} comes after end_dim {} for shape {}", start_dim,
        end_dim, x.sizes());
  if (x.dim() == 0) return reshape(x, 1);
  if (start == end) return x;
  SmallShape sizes;
  int64_t merged = 1;
  for (int64_t d = 0; d < x.dim(); ++d) {
    const int64_t size = x.sizes()[d];
    if (d >= start && d <= end) merged *= size;
    if (d == end) sizes.push_back(merged);
    if (d < start || d > end) sizes.push_back(size);
  }
  return reshape(x, sizes);
}
Tensor unflatten(const Tensor& x, int64_t dim, IntArrayRef sizes) {
  check<IndexError>(x.dim() > 0, "[unflatten] the tensor has no dims");
  dim = wrap_dim("unflatten", dim, x.dim());
  check(!sizes.empty(), "[unflatten] sizes must not be empty");
  const SmallShape parts = deduce("unflatten", sizes, x.size(dim));
  check_ndim("unflatten", static_cast<size_t>(x.dim() - 1) + sizes.size(),
             x.sizes());
  SmallShape shape;
  for (int64_t d = 0; d < dim; ++d) shape.push_back(x.size(d));
  for (int64_t size : IntArrayRef(parts)) shape.push_back(size);
  for (int64_t d = dim + 1; d < x.dim(); ++d) shape.push_back(x.size(d));
  return x.view(shape);
}

}  // namespace taper
