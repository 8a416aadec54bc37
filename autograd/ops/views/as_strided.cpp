// Windows: look_through and put_through, each the transpose of the other, and
// as_strided, which looks at the memory behind a tensor of any strides.
#include <algorithm>

#include "taper/autograd/needed_ops.h"
#include "taper/autograd/ops/views/new_view.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

// A geometry whose first element is `offset` elements after that of the tensor
// it looks into.
struct Window {
  SmallShape sizes;
  SmallShape strides;
  int64_t offset = 0;
};

// The elements of x in the window, without any history.
Tensor alias_window(const Tensor& x, const Window& window) {
  return kernels::alias(x, window.sizes, window.strides,
                        x.data_as<char>() + window.offset * x.element_size());
}

Tensor view_window(const Tensor& x, const Window& window) {
  Tensor y = alias_window(x, window);
  mark_view(y, x);
  return y;
}

// Adds x to the contiguous `y` through a window that overlaps itself.
void add_through(const Tensor& y, const Tensor& x, const Window& window) {
  Tensor line =
      kernels::alias(y, y.numel() - window.offset, 1,
                     y.data_as<char>() + window.offset * y.element_size());
  const Tensor places = kernels::offsets_of(window.sizes, window.strides);
  kernels::put_add(line, {0, 1, places}, kernels::contiguous(x));
}

Tensor put_through(const Tensor& x, IntArrayRef sizes, const Window& window);

// A view of the contiguous `given` through a window in it.
Tensor look_through(const Tensor& given, const Window& window) {
  const Tensor x = given.contiguous();
  Tensor y = view_window(x, window);
  return record(
      y, "AsStridedBackward0", x,
      [sizes = SmallShape(x.sizes()), window = Window(window)](
          const Tensor& grad) { return put_through(grad, sizes, window); });
}

// A tensor of shape `sizes`, zero except that x was added through the window
// (elements that it shows several times add up): the transpose of look_through.
Tensor put_through(const Tensor& x, IntArrayRef sizes, const Window& window) {
  Tensor y = kernels::zeros(sizes, x.dtype());
  if (x.numel() > 0) {
    Tensor seen = alias_window(y, window);
    if (kernels::has_internal_overlap(seen)) {
      add_through(y, x, window);
    } else {
      kernels::copy_into(seen, x);
    }
  }
  return record(y, "PutThroughBackward0", x,
                [window = Window(window)](const Tensor& grad) {
                  return look_through(grad, window);
                });
}

// A copy of the contiguous `base` that shows `src` through the window.
Tensor replace_window(const Tensor& base, const Tensor& src,
                      const Window& window) {
  Tensor y = kernels::clone(base);
  Tensor seen = alias_window(y, window);
  kernels::copy_into(seen, src);
  return record(
      y, "AsStridedScatterBackward0", base,
      [window = Window(window)](const Tensor& grad) {
        const Tensor zeros = kernels::zeros(window.sizes, grad.dtype());
        return replace_window(grad, zeros, window);
      },
      src,
      [window = Window(window)](const Tensor& grad) {
        return look_through(grad, window);
      });
}

// Elements that the geometry reaches beyond its first one.
int64_t reach(IntArrayRef sizes, IntArrayRef strides) {
  int64_t last = 0;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (sizes[d] == 0) return -1;
    last += (sizes[d] - 1) * strides[d];
  }
  return last;
}

// Whether x alone, which is contiguous, has all that the window looks at.
bool is_inside(const Window& window, const Tensor& x) {
  return x.is_contiguous() && window.offset >= 0 &&
         window.offset + reach(window.sizes, window.strides) <
             std::max(x.numel(), int64_t{1});
}

// A line of memory long enough for `x`, which is not contiguous, and for a
// window into its storage; both geometries then count from the line's start.
struct Line {
  Window own;
  Window window;
  int64_t length;

  Line(const Tensor& x, const Window& seen)
      : own{x.sizes(), x.strides()}, window(seen) {
    const int64_t first = std::min(int64_t{0}, seen.offset);
    own.offset = -first;
    window.offset -= first;
    length = 1 + std::max(own.offset + reach(own.sizes, own.strides),
                          window.offset + reach(seen.sizes, seen.strides));
  }
};

// How often each element of the line appears in x's own geometry, at least 1.
Tensor shared_counts(const Line& line, ScalarType dtype) {
  Tensor ones = kernels::full(line.own.sizes, 1, dtype);
  Tensor counts = kernels::zeros(line.length, dtype);
  add_through(counts, ones, line.own);
  return counts.clamp_min(1);
}

// The gradient of x when `grad` came through a window into its storage.
Tensor strided_backward(const Tensor& grad, const Line& line, bool overlaps) {
  Tensor memory = put_through(grad, line.length, line.window);
  // Elements of an expanded x stand for one place: they share its gradient.
  if (overlaps) memory = memory / shared_counts(line, grad.dtype());
  return look_through(memory, line.own);
}

void check_window(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                  int64_t offset) {
  check(sizes.size() == strides.size(),
        "[as_strided] sizes {} and strides {} differ in length", sizes,
        strides);
  numel_of(sizes);
  int64_t last = offset;
  bool fits = offset >= 0;
  bool is_empty = false;
  for (size_t d = 0; d < sizes.size(); ++d) {
    check(strides[d] >= 0, "[as_strided] negative stride in {}", strides);
    is_empty |= sizes[d] == 0;
    int64_t step = 0;
    fits &= !__builtin_mul_overflow(sizes[d] - 1, strides[d], &step) &&
            !__builtin_add_overflow(last, step, &last);
  }
  const int64_t element_size = x.element_size();
  const auto held =
      static_cast<int64_t>(x.impl()->storage->bytes) / element_size;
  check(offset >= 0 && (is_empty || (fits && last < held)),
        "[as_strided] sizes {}, strides {} and offset {} leave the storage of "
        "{} elements",
        sizes, strides, offset, held);
}

}  // namespace

Tensor as_strided(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
                  std::optional<int64_t> storage_offset) {
  const int64_t own_offset = x.storage_offset();
  const int64_t offset = storage_offset.value_or(own_offset);
  check_window(x, sizes, strides, offset);
  const Window window{sizes, strides, offset - own_offset};
  if (is_inside(window, x)) return look_through(x, window);
  Tensor y = view_window(x, window);
  if (!needs_grad(x)) return y;
  const bool overlaps = kernels::has_internal_overlap(x);
  return record(y, "AsStridedBackward0", x,
                [line = Line(x, window), overlaps](const Tensor& grad) {
                  return strided_backward(grad, line, overlaps);
                });
}
Tensor as_strided_scatter(const Tensor& base, const Tensor& src,
                          IntArrayRef sizes, IntArrayRef strides,
                          int64_t storage_offset) {
  check_window(base, sizes, strides, storage_offset);
  check(src.sizes() == sizes,
        "[as_strided_scatter] the source has shape {} but the window {}",
        src.sizes(), sizes);
  const Window window{sizes, strides, storage_offset - base.storage_offset()};
  if (is_inside(window, base)) return replace_window(base, src, window);
  const Line line(base, window);
  const Tensor memory = put_through(base, line.length, line.own);
  return own(look_through(replace_window(memory, src, line.window), line.own));
}

}  // namespace taper
