// TensorData: what tensor(...) takes: a number, a vector or array of numbers,
// or a braced list of these, nested to any depth.
#pragma once

#include <initializer_list>
#include <type_traits>
#include <vector>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/scalar.h"

namespace taper {

/// Refers to its source; make it in the call of tensor() only.
class TensorData {
 public:
  enum class Kind : int8_t { kNumber, kNumbers, kNested };

  TensorData() : kind_(Kind::kNested) {}
  template <class T, std::enable_if_t<
                         std::is_arithmetic_v<T> || is_short_float<T>, int> = 0>
  TensorData(T number)
      : number_(number), kind_(Kind::kNumber), type_(type_of<T>()) {}
  TensorData(std::initializer_list<TensorData> list)
      : list_(list), count_(list.size()), kind_(Kind::kNested) {}
  template <class T>
  TensorData(ArrayRef<T> list) : TensorData(list.data(), list.size()) {}
  template <class T>
  TensorData(const std::vector<T>& list)
      : TensorData(list.data(), list.size()) {}
  TensorData(const std::vector<bool>& list)
      : source_(&list),
        count_(list.size()),
        kind_(Kind::kNumbers),
        type_(kBool),
        write_(
            [](const void* source, size_t count, ScalarType dtype, void* out) {
              write_as(*static_cast<const std::vector<bool>*>(source), count,
                       dtype, out);
            }) {}

  Kind kind() const { return kind_; }
  /// kDouble of float and double, kLong of int and larger, the very dtype of
  /// smaller types; Undefined of a nested list.
  ScalarType type() const { return type_; }
  const Scalar& number() const { return number_; }
  const std::initializer_list<TensorData>& list() const { return list_; }
  /// Numbers or parts of a list.
  size_t count() const { return count_; }
  /// Writes `count()` numbers as `dtype` to `out`.
  void write(ScalarType dtype, void* out) const {
    write_(source_, count_, dtype, out);
  }

 private:
  template <class T>
  TensorData(const T* numbers, size_t count)
      : source_(numbers),
        count_(count),
        kind_(Kind::kNumbers),
        type_(type_of<T>()),
        write_([](const void* source, size_t n, ScalarType dtype, void* out) {
          write_as(static_cast<const T*>(source), n, dtype, out);
        }) {}

  template <class T>
  static constexpr ScalarType type_of() {
    if constexpr (is_short_float<T> || std::is_same_v<T, uint8_t> ||
                  std::is_same_v<T, int8_t> || std::is_same_v<T, int16_t>) {
      return scalar_type_of<T>;
    } else {
      return Scalar(T()).type();
    }
  }

  template <class List>
  static void write_as(const List& list, size_t count, ScalarType dtype,
                       void* out) {
    visit_type(dtype, [&]<class T>(T) {
      for (size_t i = 0; i < count; ++i) {
        static_cast<T*>(out)[i] = static_cast<T>(list[i]);
      }
    });
  }

  Scalar number_;
  std::initializer_list<TensorData> list_;
  const void* source_ = nullptr;
  size_t count_ = 0;
  Kind kind_;
  ScalarType type_ = ScalarType::Undefined;
  void (*write_)(const void*, size_t, ScalarType, void*) = nullptr;
};

}  // namespace taper
