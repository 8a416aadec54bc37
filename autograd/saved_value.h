// SavedValue: one value of any common type, for AutogradContext::saved_data.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper {
namespace autograd {

/// Holds nothing, an integer, a double, a bool, a string, a tensor or a list
/// of integers or tensors. The to...() functions throw on another type.
class SavedValue {
 public:
  SavedValue() = default;
  template <class T, std::enable_if_t<std::is_arithmetic_v<T>, int> = 0>
  SavedValue(T value) {
    if constexpr (std::is_same_v<T, bool>) {
      value_ = value;
    } else if constexpr (std::is_floating_point_v<T>) {
      value_ = static_cast<double>(value);
    } else {
      value_ = static_cast<int64_t>(value);
    }
  }
  SavedValue(const char* value) : value_(std::string(value)) {}
  SavedValue(std::string value) : value_(std::move(value)) {}
  SavedValue(Tensor value) : value_(std::move(value)) {}
  SavedValue(std::vector<int64_t> value) : value_(std::move(value)) {}
  SavedValue(std::vector<Tensor> value) : value_(std::move(value)) {}
  SavedValue(IntArrayRef value) : value_(value.vec()) {}

  bool isNone() const { return value_.index() == 0; }
  int64_t toInt() const { return get<int64_t>("an integer"); }
  double toDouble() const { return get<double>("a double"); }
  bool toBool() const { return get<bool>("a bool"); }
  std::string toStringRef() const { return get<std::string>("a string"); }
  Tensor toTensor() const { return get<Tensor>("a tensor"); }
  std::vector<int64_t> toIntVector() const {
    return get<std::vector<int64_t>>("a list of integers");
  }
  std::vector<Tensor> toTensorVector() const {
    return get<std::vector<Tensor>>("a list of tensors");
  }

 private:
  template <class T>
  const T& get(const char* expected) const {
    const T* value = std::get_if<T>(&value_);
    check<TypeError>(
        value != nullptr, "[saved_data] the value is not ", expected);
    return *value;
  }

  std::variant<std::monostate,
               int64_t,
               double,
               bool,
               std::string,
               Tensor,
               std::vector<int64_t>,
               std::vector<Tensor>>
      value_;
};

}  // namespace autograd
}  // namespace taper
