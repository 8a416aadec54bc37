// IValue: one value of any common kind, for archives and for what a custom
// Function saves. Plain members instead of a variant keep the header cheap.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper {

/// Nothing, a number, a bool, text, a tensor, or a list of integers or tensors.
/// The toX() functions throw TypeError when it is another kind.
class TAPER_API IValue {
 public:
  enum class Kind : uint8_t {
    None,
    Int,
    Double,
    Bool,
    String,
    Tensor,
    Ints,
    Tensors
  };

  IValue() = default;
  IValue(std::nullopt_t) {}
  IValue(bool value) : kind_(Kind::Bool), integer_(value) {}
  template <std::integral T>
  IValue(T value) : kind_(Kind::Int), integer_(static_cast<int64_t>(value)) {}
  template <std::floating_point T>
  IValue(T value)
      : kind_(Kind::Double), floating_(static_cast<double>(value)) {}
  IValue(const char* value);
  IValue(std::string value);
  IValue(taper::Tensor value);
  IValue(std::vector<int64_t> value);
  IValue(IntArrayRef value);
  IValue(std::vector<taper::Tensor> value);
  template <class T>
  IValue(const std::optional<T>& value) {
    if (value) *this = IValue(*value);
  }
  IValue(const IValue&);
  IValue(IValue&&) noexcept;
  IValue& operator=(const IValue&);
  IValue& operator=(IValue&&) noexcept;
  ~IValue();

  Kind kind() const { return kind_; }
  bool isNone() const { return kind_ == Kind::None; }
  bool isInt() const { return kind_ == Kind::Int; }
  bool isDouble() const { return kind_ == Kind::Double; }
  bool isBool() const { return kind_ == Kind::Bool; }
  bool isString() const { return kind_ == Kind::String; }
  bool isTensor() const { return kind_ == Kind::Tensor; }
  bool isIntList() const { return kind_ == Kind::Ints; }
  bool isTensorList() const { return kind_ == Kind::Tensors; }
  int64_t toInt() const;
  double toDouble() const;
  bool toBool() const;
  const std::string& toStringRef() const;
  const taper::Tensor& toTensor() const;
  std::vector<int64_t> toIntVector() const;
  std::vector<taper::Tensor> toTensorVector() const;

 private:
  const IValue& expect(Kind kind) const;

  Kind kind_ = Kind::None;
  int64_t integer_ = 0;  // also the bool
  double floating_ = 0;
  std::string text_;
  std::vector<int64_t> integers_;
  taper::Tensor tensor_;
  std::vector<taper::Tensor> tensors_;
};

}  // namespace taper
