// Values by kind; reading another kind than was saved throws.
#include "taper/autograd/saved_value.h"

#include <utility>

namespace taper::autograd {

SavedValue::SavedValue(const char* value) : SavedValue(std::string(value)) {}
SavedValue::SavedValue(std::string value)
    : kind_(Kind::kString), string_(std::move(value)) {}
SavedValue::SavedValue(Tensor value)
    : kind_(Kind::kTensor), tensors_{std::move(value)} {}
SavedValue::SavedValue(std::vector<int64_t> value)
    : kind_(Kind::kIntegers), integers_(std::move(value)) {}
SavedValue::SavedValue(std::vector<Tensor> value)
    : kind_(Kind::kTensors), tensors_(std::move(value)) {}
SavedValue::SavedValue(IntArrayRef value) : SavedValue(value.vec()) {}

void SavedValue::expect(Kind kind, const char* name) const {
  check<TypeError>(kind_ == kind, "[saved_data] the value is not {}", name);
}

int64_t SavedValue::toInt() const {
  expect(Kind::kInteger, "an integer");
  return integer_;
}
double SavedValue::toDouble() const {
  expect(Kind::kDouble, "a double");
  return floating_;
}
bool SavedValue::toBool() const {
  expect(Kind::kBool, "a bool");
  return integer_ != 0;
}
std::string SavedValue::toStringRef() const {
  expect(Kind::kString, "a string");
  return string_;
}
Tensor SavedValue::toTensor() const {
  expect(Kind::kTensor, "a tensor");
  return tensors_[0];
}
std::vector<int64_t> SavedValue::toIntVector() const {
  expect(Kind::kIntegers, "a list of integers");
  return integers_;
}
std::vector<Tensor> SavedValue::toTensorVector() const {
  expect(Kind::kTensors, "a list of tensors");
  return tensors_;
}

struct SavedData::Entry {
  std::string name;
  SavedValue value;
};

SavedData::SavedData() = default;
SavedData::~SavedData() = default;

void SavedData::clear() { entries_.clear(); }

SavedValue* SavedData::find(const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry->name == name) return &entry->value;
  }
  return nullptr;
}

SavedValue& SavedData::operator[](const std::string& name) {
  if (SavedValue* value = find(name)) return *value;
  entries_.push_back(std::make_unique<Entry>(Entry{name, SavedValue()}));
  return entries_.back()->value;
}

SavedValue& SavedData::at(const std::string& name) {
  SavedValue* value = find(name);
  check<IndexError>(value != nullptr, "[saved_data] nothing is saved as \"{}\"",
                    name);
  return *value;
}

}  // namespace taper::autograd
