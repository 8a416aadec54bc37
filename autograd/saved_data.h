// SavedData: values by name, for AutogradContext::saved_data. A list instead of
// a map keeps the header cheap to compile.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "taper/tensor/ivalue.h"

namespace taper::autograd {

/// Named values, few and in the order of their first use.
class TAPER_API SavedData {
 public:
  SavedData();
  ~SavedData();
  SavedData(const SavedData&) = delete;
  SavedData& operator=(const SavedData&) = delete;

  /// The value of that name, a new empty one when there is none. References
  /// stay valid.
  IValue& operator[](const std::string& name);
  /// Throws IndexError when there is none.
  IValue& at(const std::string& name);
  size_t count(const std::string& name) const { return find(name) ? 1 : 0; }
  bool empty() const { return size() == 0; }
  size_t size() const;
  void clear();

 private:
  struct Entry;
  IValue* find(const std::string& name) const;

  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace taper::autograd
