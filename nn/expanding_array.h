// ExpandingArray: D values, or one that stands for all of them, as the sizes of
// convolutions and pooling are given. LibTorch's names.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <vector>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/error.h"

namespace taper {

template <size_t D, typename T = int64_t>
class TAPER_API ExpandingArray {
 public:
  ExpandingArray(T one) { values_.fill(one); }
  ExpandingArray(const std::array<T, D>& values) : values_(values) {}
  /// The lists throw ShapeError unless they have D values.
  ExpandingArray(ArrayRef<T> values) { assign(values); }
  ExpandingArray(std::initializer_list<T> values)
      : ExpandingArray(ArrayRef<T>(values)) {}
  ExpandingArray(const std::vector<T>& values)
      : ExpandingArray(ArrayRef<T>(values)) {}

  std::array<T, D>& operator*() { return values_; }
  const std::array<T, D>& operator*() const { return values_; }
  std::array<T, D>* operator->() { return &values_; }
  const std::array<T, D>* operator->() const { return &values_; }
  operator ArrayRef<T>() const { return values_; }
  size_t size() const noexcept { return D; }

 protected:
  template <typename List>
  void assign(const List& values) {
    check(values.size() == D, "expected {} values, got {}", D, values.size());
    std::copy(values.begin(), values.end(), values_.begin());
  }

  std::array<T, D> values_;
};

/// The same of values that may be absent.
template <size_t D, typename T = int64_t>
class TAPER_API ExpandingArrayWithOptionalElem
    : public ExpandingArray<D, std::optional<T>> {
  using Base = ExpandingArray<D, std::optional<T>>;

 public:
  using Base::Base;
  ExpandingArrayWithOptionalElem(T one) : Base(std::optional<T>(one)) {}
  ExpandingArrayWithOptionalElem(ArrayRef<T> values) : Base(std::nullopt) {
    this->assign(values);
  }
  ExpandingArrayWithOptionalElem(std::initializer_list<T> values)
      : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
  ExpandingArrayWithOptionalElem(const std::vector<T>& values)
      : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
  ExpandingArrayWithOptionalElem(const std::array<T, D>& values)
      : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
};

/// One value as it is, several as [3, 5]; absent ones are None.
template <size_t D, typename T>
std::ostream& operator<<(std::ostream& stream,
                         const ExpandingArray<D, T>& values) {
  if (D > 1) stream << '[';
  for (size_t i = 0; i < D; ++i) {
    if (i > 0) stream << ", ";
    if constexpr (requires(T value) { value.has_value(); }) {
      if (values->at(i)) {
        stream << *values->at(i);
      } else {
        stream << "None";
      }
    } else {
      stream << values->at(i);
    }
  }
  return D > 1 ? stream << ']' : stream;
}

}  // namespace taper
