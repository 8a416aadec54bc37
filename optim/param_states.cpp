// The states by parameter: look-ups and edits.
#include <utility>

#include "taper/optim/optimizer.h"

namespace taper::optim {

ParamStates::iterator ParamStates::find(const void* key) {
  for (auto& entry : entries_) {
    if (entry.first == key && entry.second) return {&entry, past_last()};
  }
  return end();
}
ParamStates::const_iterator ParamStates::find(const void* key) const {
  const iterator found = const_cast<ParamStates*>(this)->find(key);
  return {found.operator->(), past_last()};
}

ParamStates::mapped_type& ParamStates::operator[](void* key) {
  for (auto& entry : entries_) {
    if (entry.first == key) return entry.second;
  }
  entries_.emplace_back(key, nullptr);
  return entries_.back().second;
}

ParamStates::mapped_type& ParamStates::at(const void* key) {
  const iterator found = find(key);
  check<IndexError>(found != end(),
                    "[Optimizer] there is no state for this parameter");
  return found->second;
}
const ParamStates::mapped_type& ParamStates::at(const void* key) const {
  return const_cast<ParamStates*>(this)->at(key);
}

std::pair<ParamStates::iterator, bool> ParamStates::emplace(void* key,
                                                            mapped_type state) {
  mapped_type& slot = (*this)[key];
  const bool is_new = slot == nullptr && state != nullptr;
  if (is_new) slot = std::move(state);
  return {find(key), is_new};
}

size_t ParamStates::erase(const void* key) {
  const iterator found = find(key);
  if (found == end()) return 0;
  erase(found);
  return 1;
}
ParamStates::iterator ParamStates::erase(iterator at) {
  at->second.reset();
  return ++at;
}

void ParamStates::clear() {
  for (auto& entry : entries_) entry.second.reset();
}

size_t ParamStates::size() const {
  size_t count = 0;
  for (const auto& entry : entries_) count += entry.second != nullptr;
  return count;
}

}  // namespace taper::optim
