// A search through few names.
#include "taper/autograd/saved_data.h"

namespace taper::autograd {

struct SavedData::Entry {
  std::string name;
  IValue value;
};

SavedData::SavedData() = default;
SavedData::~SavedData() = default;

size_t SavedData::size() const { return entries_.size(); }
void SavedData::clear() { entries_.clear(); }

IValue* SavedData::find(const std::string& name) const {
  for (const auto& entry : entries_) {
    if (entry->name == name) return &entry->value;
  }
  return nullptr;
}

IValue& SavedData::operator[](const std::string& name) {
  if (IValue* value = find(name)) return *value;
  entries_.push_back(std::make_unique<Entry>(Entry{name, IValue()}));
  return entries_.back()->value;
}

IValue& SavedData::at(const std::string& name) {
  IValue* value = find(name);
  check<IndexError>(value != nullptr, "[saved_data] nothing is saved as \"{}\"",
                    name);
  return *value;
}

}  // namespace taper::autograd
