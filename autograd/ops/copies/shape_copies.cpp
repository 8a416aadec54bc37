// New tensors with the elements of others in another order, copies and casts,
// and aliases outside the graph.
#include "taper/autograd/extra.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/ops/views/window.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"
#include "taper/tensor/kernels/layout.h"

namespace taper {

namespace {

// Throws when the repeated shape has too many elements to count.
void check_repeats(IntArrayRef shape, IntArrayRef padded, IntArrayRef repeats) {
  SmallShape result;
  for (size_t d = 0; d < repeats.size(); ++d) {
    int64_t size = 0;
    check(!__builtin_mul_overflow(padded[d], repeats[d], &size),
          "[repeat] the number of elements overflows: shape {} repeated {}",
          shape, repeats);
    result.push_back(size);
  }
  numel_of(result);
}

}  // namespace

// Each dim that repeats becomes (1, rest) -> (times, rest), where `rest` are
// the elements from this dim on.
Tensor repeat(const Tensor& x, IntArrayRef repeats) {
  check(static_cast<int64_t>(repeats.size()) >= x.dim(),
        "[repeat] the repeats {} must not be fewer than the dims of shape {}",
        repeats, x.sizes());
  SmallShape sizes(repeats);
  const int64_t lead = sizes.size - x.dim();
  for (int d = 0; d < sizes.size; ++d) {
    check(repeats[static_cast<size_t>(d)] >= 0,
          "[repeat] negative number of repeats in {}", repeats);
    sizes[d] = d < lead ? 1 : x.sizes()[static_cast<size_t>(d - lead)];
  }
  check_repeats(x.sizes(), sizes, repeats);
  Tensor y = reshape(x, sizes);
  bool copied = false;
  for (int d = 0; d < sizes.size; ++d) {
    const int64_t times = repeats[static_cast<size_t>(d)];
    if (times == 1) continue;
    int64_t outer = 1;
    int64_t rest = 1;
    for (int i = 0; i < sizes.size; ++i) (i < d ? outer : rest) *= sizes[i];
    sizes[d] *= times;
    y = reshape(y, {outer, 1, rest}).expand({outer, times, rest});
    y = reshape(y, sizes);
    copied = true;
  }
  return copied && y.is_contiguous() && !y.is_alias_of(x) ? y : clone(y);
}

Tensor tile(const Tensor& x, IntArrayRef repeats) {
  SmallShape full;
  for (auto d = static_cast<int64_t>(repeats.size()); d < x.dim(); ++d) {
    full.push_back(1);
  }
  for (int64_t times : repeats) full.push_back(times);
  return repeat(x, full);
}

Tensor flip(const Tensor& x, IntArrayRef dims) {
  SmallShape strides(x.strides());
  SmallShape flipped;
  char* data = x.data_as<char>();
  unsigned seen = 0;
  for (int64_t dim : dims) {
    const int64_t d = wrap_dim("flip", dim, x.dim());
    check((seen >> d & 1U) == 0, "[flip] dim {} is named twice in {}", dim,
          dims);
    seen |= 1U << d;
    if (x.dim() == 0) continue;
    flipped.push_back(d);
    if (x.numel() > 0) {
      data += (x.sizes()[static_cast<size_t>(d)] - 1) * strides.data[d] *
              x.element_size();
    }
    strides.data[d] = -strides.data[d];
  }
  Tensor y = kernels::empty_preserved(x, x.dtype());
  kernels::copy_into(y, kernels::alias(x, x.sizes(), strides, data));
  return record(y, "FlipBackward0", x,
                [flipped](const Tensor& grad) { return flip(grad, flipped); });
}

namespace {

Tensor roll_dim(const Tensor& x, int64_t shift, int64_t dim) {
  const int64_t size = x.size(dim);
  if (size == 0) return x;
  const int64_t moved = (shift % size + size) % size;
  return cat(
      {narrow(x, dim, size - moved, moved), narrow(x, dim, 0, size - moved)},
      dim);
}

}  // namespace

Tensor roll(const Tensor& x, IntArrayRef shifts, IntArrayRef dims) {
  if (dims.empty()) {
    check(shifts.size() == 1,
          "[roll] without dims there must be one shift, got {}", shifts);
    const Tensor line = roll_dim(ravel(x), shifts[0], 0);
    return reshape(line.is_alias_of(x) ? clone(line) : line, x.sizes());
  }
  check(shifts.size() == dims.size(),
        "[roll] shifts {} and dims {} differ in length", shifts, dims);
  Tensor y = x;
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t dim = wrap_dim("roll", dims[i], x.dim());
    if (x.dim() > 0) y = roll_dim(y, shifts[i], dim);
  }
  return y.is_alias_of(x) ? clone(y) : y;
}

namespace {

Tensor triangle(const char* op, const char* name, const Tensor& x,
                int64_t diagonal, bool lower) {
  check(x.dim() >= 2, "[{}] expected at least 2 dims, got shape {}", op,
        x.sizes());
  // Beyond the matrix every diagonal means the same.
  const int64_t limit = x.size(-1) + x.size(-2);
  diagonal = diagonal < -limit ? -limit : diagonal > limit ? limit : diagonal;
  Tensor y = kernels::triangle(x, diagonal, lower);
  return record(y, name, x, [=](const Tensor& grad) {
    return triangle(op, name, grad, diagonal, lower);
  });
}

}  // namespace

Tensor tril(const Tensor& x, int64_t diagonal) {
  return triangle("tril", "TrilBackward0", x, diagonal, true);
}

Tensor triu(const Tensor& x, int64_t diagonal) {
  return triangle("triu", "TriuBackward0", x, diagonal, false);
}

Tensor diag(const Tensor& x, int64_t diagonal) {
  check(x.dim() == 1 || x.dim() == 2,
        "[diag] expected 1 or 2 dims, got shape {}", x.sizes());
  if (x.dim() == 2) return clone(taper::diagonal(x, diagonal));
  const int64_t shift = diagonal < 0 ? -diagonal : diagonal;
  const int64_t size = x.numel() + shift;
  const int64_t sizes[] = {size, size};
  numel_of(sizes);
  const Window window{SmallShape(x.sizes()), SmallShape(IntArrayRef(size + 1)),
                      diagonal < 0 ? shift * size : shift};
  return put_through(x, sizes, window);
}

// Copies and conversions -----------------------------------------------------

Tensor clone(const Tensor& x) {
  x.dim();  // throws unless x is defined
  return record(kernels::clone_preserved(x), "CloneBackward0", x, pass_grad);
}

Tensor Tensor::contiguous() const {
  if (is_contiguous()) return *this;
  return record(kernels::clone(*this), "CloneBackward0", *this, pass_grad);
}

Tensor Tensor::to(ScalarType dtype, bool, bool copy) const {
  if (this->dtype() == dtype) return copy ? taper::clone(*this) : *this;
  check<TypeError>(dtype != ScalarType::Undefined, "[to] undefined dtype");
  Tensor y = kernels::cast(*this, dtype);
  if (!is_floating(dtype)) return y;
  // The engine casts the gradient back.
  return record(y, "ToCopyBackward0", *this, pass_grad);
}
Tensor Tensor::to(const TensorOptions& options, bool non_blocking,
                  bool copy) const {
  return to(options.dtype_or(dtype()), non_blocking, copy);
}
Tensor Tensor::to(Device device, ScalarType dtype) const {
  check(device.is_cpu(), "[to] taper computes on the CPU only");
  return to(dtype);
}

// Aliases outside the graph --------------------------------------------------

Tensor Tensor::detach() const {
  checked();
  return kernels::alias(*this);
}

Tensor Tensor::variable_data() const {
  return detach();
}

Tensor& Tensor::detach_() const {
  check(checked()->base == nullptr,
        "[detach_] a view cannot be detached in place; use detach()");
  Node* node = impl_->grad_fn;
  impl_->requires_grad = false;
  if (!node || node->is_accumulator()) return self();
  if (impl_->retains_grad) {
    node->forget_grad_of(impl_);
    impl_->retains_grad = false;
  }
  impl_->grad_fn = nullptr;
  impl_->output_nr = 0;
  release(node);
  return self();
}

void Tensor::set_data(const Tensor& other) const {
  check(checked()->base == nullptr,
        "[set_data] a view shares its elements with another tensor and cannot "
        "be given new ones");
  check<TypeError>(
      !impl_->requires_grad || is_floating(other.dtype()),
      "[set_data] a tensor that requires grad needs floating elements, got {}",
      other.dtype());
  if (impl_ == other.impl()) return;
  const uint32_t version = impl_->storage->version.load();
  detail::share_storage(impl_, other.impl());
  // Versions only grow, so that whoever saved this tensor notices.
  if (impl_->storage->version.load() <= version) {
    impl_->storage->version.store(version + 1);
  }
  // Gradients that arrive from now on have the new shape and dtype.
  if (impl_->grad_fn && impl_->grad_fn->is_accumulator()) {
    impl_->grad_fn->meta(0).set(*this);
  }
}

// Assignment to an expression ------------------------------------------------

Tensor& Tensor::operator=(const Tensor& other) && {
  return copy_(other);
}
Tensor& Tensor::operator=(Tensor&& other) && {
  return copy_(other);
}
Tensor& Tensor::operator=(const Scalar& value) && {
  return fill_(value);
}

}  // namespace taper
