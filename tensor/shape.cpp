// Counting elements with a check for overflow, and broadcasting.
#include "taper/tensor/shape.h"

#include <algorithm>

namespace taper {

int64_t numel_of(IntArrayRef sizes) {
  // An empty tensor has strides, and they must not overflow either.
  bool empty = false;
  int64_t numel = 1;
  bool fits = true;
  for (int64_t size : sizes) {
    check(size >= 0, "[shape] negative size {} in {}", size, sizes);
    empty |= size == 0;
    fits &= !__builtin_mul_overflow(numel, size > 0 ? size : 1, &numel);
  }
  check<MemoryError>(fits && (empty || numel <= (int64_t{1} << 59)),
                     "[shape] the number of elements of {} overflows", sizes);
  return empty ? 0 : numel;
}

void SmallShape::widen(size_t count) {
  check(count <= kMaxDims, "[shape] at most {} dims are supported, got {}",
        kMaxDims, count);
  if (wide_) return;
  wide_ = std::make_unique<int64_t[]>(kMaxDims);
  std::copy_n(near_, std::min<int64_t>(size, kInlineDims), wide_.get());
}

void SmallShape::assign_wide(IntArrayRef list) {
  resize(list.size());
  std::copy(list.begin(), list.end(), data());
}

bool is_expandable(IntArrayRef from, IntArrayRef to) {
  return from.size() <= to.size() &&
         std::equal(from.begin(), from.end(), to.end() - from.size(),
                    [](int64_t size, int64_t wide) {
                      return size == 1 || size == wide;
                    });
}

SmallShape broadcast_shapes(const char* op, IntArrayRef a, IntArrayRef b) {
  SmallShape result;
  size_t ndim = a.size() > b.size() ? a.size() : b.size();
  result.resize(ndim);
  for (size_t i = 1; i <= ndim; ++i) {
    int64_t size_a = i <= a.size() ? a[a.size() - i] : 1;
    int64_t size_b = i <= b.size() ? b[b.size() - i] : 1;
    check(size_a == size_b || size_a == 1 || size_b == 1,
          "[{}] shapes {} and {} cannot be broadcast together", op, a, b);
    result.data()[ndim - i] = size_a == 1 ? size_b : size_a;
  }
  return result;
}

}  // namespace taper
