// Short locks of objects that have no room for one: those that hash to the same
// place share it. Every Use has locks of its own, so that one use may hold its
// lock while another takes one; a use must not take two.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "taper/tensor/counts.h"

namespace taper {

template <class Use>
class AddressLock {
 public:
  explicit AddressLock(const void* object)
      : flag_(flags[reinterpret_cast<uintptr_t>(object) / 64 % kCount]) {
    for (bool taken = false; !detail::claim(flag_, taken, true);) {
      while (flag_.load(std::memory_order_relaxed)) {
      }
      taken = false;
    }
  }
  AddressLock(const AddressLock&) = delete;
  AddressLock& operator=(const AddressLock&) = delete;
  ~AddressLock() { flag_.store(false, std::memory_order_release); }

 private:
  static constexpr size_t kCount = 64;
  static inline std::atomic<bool> flags[kCount];
  std::atomic<bool>& flag_;
};

}  // namespace taper
