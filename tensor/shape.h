// Shapes without the heap: checked dims, broadcasting, element counts.
#pragma once

#include <cstdint>

#include "taper/tensor/error.h"
#include "taper/tensor/tensor_impl.h"

namespace taper {

/// A shape (or strides) of at most kMaxDims entries, inline.
struct SmallShape {
  int64_t data[kMaxDims];
  int size = 0;

  SmallShape() = default;
  SmallShape(IntArrayRef list) {
    check(list.size() <= kMaxDims,
          "[shape] at most {} dims are supported, got {}", kMaxDims, list);
    for (int64_t entry : list) data[size++] = entry;
  }
  operator IntArrayRef() const {
    return IntArrayRef(data, static_cast<size_t>(size));
  }
  int64_t& operator[](int i) { return data[i]; }
  int64_t operator[](int i) const { return data[i]; }
  /// Throws when kMaxDims entries are there already.
  void push_back(int64_t entry) {
    check(size < kMaxDims, "[shape] at most {} dims are supported", kMaxDims);
    data[size++] = entry;
  }
};

/// `dim` in [-ndim, ndim) as a number from 0; a 0-d tensor counts as 1-d.
/// Throws IndexError naming `op`, the dim and the range.
inline int64_t wrap_dim(const char* op, int64_t dim, int64_t ndim) {
  int64_t range = ndim > 0 ? ndim : 1;
  check<IndexError>(dim >= -range && dim < range,
                    "[{}] dim {} is out of range [{}, {}]", op, dim, -range,
                    range - 1);
  return dim < 0 ? dim + range : dim;
}

/// Product of the sizes; throws when one is negative or the product (or its
/// bytes) overflows.
TAPER_API int64_t numel_of(IntArrayRef sizes);

/// The shape that a and b broadcast to; throws naming `op` and both.
TAPER_API SmallShape broadcast_shapes(const char* op, IntArrayRef a,
                                      IntArrayRef b);

}  // namespace taper
