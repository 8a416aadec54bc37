// Shapes, without the heap for few dims: checked dims, broadcasting, element
// counts.
#pragma once

#include <cstdint>
#include <memory>

#include "taper/tensor/error.h"
#include "taper/tensor/tensor_impl.h"

namespace taper {

/// A shape (or strides) of at most kMaxDims entries, few of them inline.
struct SmallShape {
  int size = 0;

  SmallShape() = default;
  SmallShape(IntArrayRef list) { assign(list); }
  SmallShape(const SmallShape& other) : SmallShape(IntArrayRef(other)) {}
  SmallShape(SmallShape&&) noexcept = default;
  SmallShape& operator=(const SmallShape& other) {
    if (this != &other) assign(other);
    return *this;
  }
  SmallShape& operator=(SmallShape&&) noexcept = default;
  ~SmallShape() = default;

  operator IntArrayRef() const {
    return IntArrayRef(data(), static_cast<size_t>(size));
  }
  int64_t* data() { return wide_ ? wide_.get() : near_; }
  const int64_t* data() const { return wide_ ? wide_.get() : near_; }
  int64_t& operator[](int i) { return data()[i]; }
  int64_t operator[](int i) const { return data()[i]; }
  /// Takes the entries of a list that is not its own.
  void assign(IntArrayRef list) {
    if (list.size() > kInlineDims || wide_) [[unlikely]]
      return assign_wide(list);
    size = static_cast<int>(list.size());
    for (int i = 0; i < size; ++i) near_[i] = list[static_cast<size_t>(i)];
  }
  /// New entries have no value; throws when there are more than kMaxDims.
  void resize(size_t count) {
    if (count > kInlineDims) [[unlikely]]
      widen(count);
    size = static_cast<int>(count);
  }
  void push_back(int64_t entry) {
    resize(static_cast<size_t>(size) + 1);
    data()[size - 1] = entry;
  }

 private:
  // Makes room for `count` entries, and takes entries that need room.
  TAPER_API void widen(size_t count);
  TAPER_API void assign_wide(IntArrayRef list);

  int64_t near_[kInlineDims];
  std::unique_ptr<int64_t[]> wide_;
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

/// Whether a tensor of shape `from` broadcasts to `to` without changing `to`.
TAPER_API bool is_expandable(IntArrayRef from, IntArrayRef to);

/// The shape that a and b broadcast to; throws naming `op` and both.
TAPER_API SmallShape broadcast_shapes(const char* op, IntArrayRef a,
                                      IntArrayRef b);

}  // namespace taper
