// SavedValue: one value of any common type, and SavedData: such values by name,
// for AutogradContext::saved_data. Plain members instead of a variant and a
// map keep the header cheap to compile.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper::autograd {

/// Holds nothing, an integer, a double, a bool, a string, a tensor or a list
/// of integers or tensors. The to...() functions throw on another type.
class TAPER_API SavedValue {
 public:
  SavedValue() = default;
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  SavedValue(T value)
      : kind_(std::is_same_v<T, bool>       ? Kind::kBool
              : std::is_floating_point_v<T> ? Kind::kDouble
                                            : Kind::kInteger) {
    if constexpr (std::is_floating_point_v<T>) {
      floating_ = static_cast<double>(value);
    } else {
      integer_ = static_cast<int64_t>(value);
    }
  }
  SavedValue(const char* value);
  SavedValue(std::string value);
  SavedValue(Tensor value);
  SavedValue(std::vector<int64_t> value);
  SavedValue(std::vector<Tensor> value);
  SavedValue(IntArrayRef value);

  bool isNone() const { return kind_ == Kind::kNone; }
  int64_t toInt() const;
  double toDouble() const;
  bool toBool() const;
  std::string toStringRef() const;
  Tensor toTensor() const;
  std::vector<int64_t> toIntVector() const;
  std::vector<Tensor> toTensorVector() const;

 private:
  enum class Kind {
    kNone,
    kInteger,
    kDouble,
    kBool,
    kString,
    kTensor,
    kIntegers,
    kTensors
  };
  void expect(Kind kind, const char* name) const;

  Kind kind_ = Kind::kNone;
  int64_t integer_ = 0;  // also the bool
  double floating_ = 0;
  std::string string_;
  std::vector<int64_t> integers_;
  std::vector<Tensor> tensors_;  // also the single tensor
};

/// Named values, few and in the order of their first use.
class TAPER_API SavedData {
 public:
  SavedData();
  ~SavedData();
  SavedData(const SavedData&) = delete;
  SavedData& operator=(const SavedData&) = delete;

  /// The value of that name, a new empty one when there is none. References
  /// stay valid.
  SavedValue& operator[](const std::string& name);
  /// Throws IndexError when there is none.
  SavedValue& at(const std::string& name);
  size_t count(const std::string& name) const { return find(name) ? 1 : 0; }
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  void clear();

 private:
  struct Entry;
  SavedValue* find(const std::string& name) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace taper::autograd
