// Short locks of objects that have no room for one: those that hash to the same
// place share it. Every Use has locks of its own, so that one use may hold its
// lock while another takes one; a use must not take two.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace taper {

template <class Use>
class AddressLock {
 public:
  explicit AddressLock(const void* object)
      : flag_(flags[reinterpret_cast<uintptr_t>(object) / 64 % kCount]) {
    while (flag_.test_and_set(std::memory_order_acquire)) {
      while (flag_.test(std::memory_order_relaxed)) {
      }
    }
  }
  AddressLock(const AddressLock&) = delete;
  AddressLock& operator=(const AddressLock&) = delete;
  ~AddressLock() { flag_.clear(std::memory_order_release); }

 private:
  static constexpr size_t kCount = 64;
  static inline std::atomic_flag flags[kCount];
  std::atomic_flag& flag_;
};

}  // namespace taper
