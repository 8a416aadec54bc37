// ArrayRef: a view of a contiguous list, what sizes() returns and what shape
// arguments are. It does not own; do not keep one beyond the call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace taper {

template <class T>
class ArrayRef {
 public:
  using value_type = T;
  using iterator = const T*;
  using const_iterator = const T*;

  constexpr ArrayRef() = default;
  constexpr ArrayRef(const T& one) : data_(&one), size_(1) {}
  constexpr ArrayRef(const T* data, size_t size) : data_(data), size_(size) {}
  constexpr ArrayRef(const T* begin, const T* end)
      : data_(begin), size_(static_cast<size_t>(end - begin)) {}
  /// {v.begin(), v.end()}, as for the std::vector that LibTorch takes.
  template <std::contiguous_iterator It>
  requires std::is_same_v<std::iter_value_t<It>, T>
  constexpr ArrayRef(It begin, It end)
      : ArrayRef(std::to_address(begin), static_cast<size_t>(end - begin)) {}
  ArrayRef(const std::vector<T>& list)
      : data_(list.data()), size_(list.size()) {}
  template <size_t N>
  constexpr ArrayRef(const std::array<T, N>& list)
      : data_(list.data()), size_(N) {}
  template <size_t N>
  constexpr ArrayRef(const T (&list)[N]) : data_(list), size_(N) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"
#endif
  constexpr ArrayRef(const std::initializer_list<T>& list)
      : data_(list.begin() == list.end() ? nullptr : list.begin()),
        size_(list.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

  constexpr const T* begin() const { return data_; }
  constexpr const T* end() const { return data_ + size_; }
  constexpr const T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const T& operator[](size_t i) const { return data_[i]; }
  constexpr const T& front() const { return data_[0]; }
  constexpr const T& back() const { return data_[size_ - 1]; }
  constexpr const T& at(size_t i) const { return data_[i]; }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }
  constexpr ArrayRef slice(size_t start, size_t count) const {
    return ArrayRef(data_ + start, count);
  }
  constexpr bool equals(ArrayRef other) const {
    if (size_ != other.size_) return false;
    for (size_t i = 0; i < size_; ++i) {
      if (!(data_[i] == other.data_[i])) return false;
    }
    return true;
  }

 private:
  const T* data_ = nullptr;
  size_t size_ = 0;
};

template <class T>
bool operator==(ArrayRef<T> a, ArrayRef<T> b) {
  return a.equals(b);
}
template <class T>
bool operator==(ArrayRef<T> a, const std::vector<T>& b) {
  return a.equals(b);
}

using IntArrayRef = ArrayRef<int64_t>;

/// A list of dims that may be left out ("all of them").
class OptionalIntArrayRef : public std::optional<IntArrayRef> {
 public:
  constexpr OptionalIntArrayRef() = default;
  constexpr OptionalIntArrayRef(std::nullopt_t) {}
  constexpr OptionalIntArrayRef(IntArrayRef list) : optional(list) {}
  OptionalIntArrayRef(const std::vector<int64_t>& list) : optional(list) {}
  constexpr OptionalIntArrayRef(const std::initializer_list<int64_t>& list)
      : optional(list) {}
  constexpr OptionalIntArrayRef(const int64_t& one) : optional(one) {}
};

}  // namespace taper
