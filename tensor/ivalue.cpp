// Values by kind; reading another kind than is held throws.
#include "taper/tensor/ivalue.h"

#include <new>
#include <utility>

namespace taper {

IValue::IValue(const char* value) : IValue(std::string(value)) {}
IValue::IValue(std::string value)
    : kind_(Kind::String), text_(std::move(value)) {}
IValue::IValue(taper::Tensor value)
    : kind_(Kind::Tensor), tensor_(std::move(value)) {}
IValue::IValue(std::vector<int64_t> value)
    : kind_(Kind::Ints), integers_(std::move(value)) {}
IValue::IValue(IntArrayRef value) : IValue(value.vec()) {}
IValue::IValue(std::vector<taper::Tensor> value)
    : kind_(Kind::Tensors), tensors_(std::move(value)) {}
IValue::IValue(const IValue&) = default;
IValue::IValue(IValue&&) noexcept = default;
IValue& IValue::operator=(const IValue&) = default;
IValue& IValue::operator=(IValue&& other) noexcept {
  if (this == &other) return *this;
  this->~IValue();
  return *new (this) IValue(std::move(other));
}
IValue::~IValue() = default;

const IValue& IValue::expect(Kind kind) const {
  constexpr const char* names[] = {
      "nothing", "an int",   "a double",           "a bool",
      "text",    "a tensor", "a list of integers", "a list of tensors"};
  check<TypeError>(kind_ == kind, "[IValue] expected {} but the value is {}",
                   names[static_cast<int>(kind)],
                   names[static_cast<int>(kind_)]);
  return *this;
}

int64_t IValue::toInt() const { return expect(Kind::Int).integer_; }
double IValue::toDouble() const { return expect(Kind::Double).floating_; }
bool IValue::toBool() const { return expect(Kind::Bool).integer_ != 0; }
const std::string& IValue::toStringRef() const {
  return expect(Kind::String).text_;
}
const Tensor& IValue::toTensor() const { return expect(Kind::Tensor).tensor_; }
std::vector<int64_t> IValue::toIntVector() const {
  return expect(Kind::Ints).integers_;
}
std::vector<Tensor> IValue::toTensorVector() const {
  return expect(Kind::Tensors).tensors_;
}

}  // namespace taper
