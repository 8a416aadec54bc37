// Values by kind; reading another kind than is held throws.
#include "taper/tensor/ivalue.h"

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
IValue& IValue::operator=(IValue&&) noexcept = default;
IValue::~IValue() = default;

void IValue::require(Kind kind) const {
  constexpr const char* names[] = {
      "nothing", "an int",   "a double",           "a bool",
      "text",    "a tensor", "a list of integers", "a list of tensors"};
  check<TypeError>(kind_ == kind, "[IValue] expected {} but the value is {}",
                   names[static_cast<int>(kind)],
                   names[static_cast<int>(kind_)]);
}

int64_t IValue::toInt() const {
  require(Kind::Int);
  return integer_;
}
double IValue::toDouble() const {
  require(Kind::Double);
  return floating_;
}
bool IValue::toBool() const {
  require(Kind::Bool);
  return integer_ != 0;
}
const std::string& IValue::toStringRef() const {
  require(Kind::String);
  return text_;
}
const Tensor& IValue::toTensor() const {
  require(Kind::Tensor);
  return tensor_;
}
std::vector<int64_t> IValue::toIntVector() const {
  require(Kind::Ints);
  return integers_;
}
std::vector<Tensor> IValue::toTensorVector() const {
  require(Kind::Tensors);
  return tensors_;
}

}  // namespace taper
