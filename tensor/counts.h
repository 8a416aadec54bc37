// Counts and claims that threads share. A locked instruction takes as long as
// the whole loop of a small operation; as long as the program has one thread,
// plain ones do.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace taper::detail {

/// Whether this is the only thread; false where the system does not tell.
inline bool is_only_thread() {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

/// Adds 1 and returns the count from before.
template <class Count>
[[gnu::always_inline]] inline Count count_up(std::atomic<Count>& count) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  if (!is_only_thread()) return count.fetch_add(1, kRelaxed);
  const Count before = count.load(kRelaxed);
  count.store(before + 1, kRelaxed);
  return before;
}

/// Takes a reference away and says whether it was the last one, which may leave
/// the count at 1: nobody else can see it.
[[gnu::always_inline]] inline bool count_down(
    std::atomic<uint32_t>& count) noexcept {
  const uint32_t before = count.load(std::memory_order_acquire);
  if (before == 1) return true;
  if (!is_only_thread()) {
    return count.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  count.store(before - 1, std::memory_order_relaxed);
  return false;
}

/// Puts `mine` where `found` is; where something else is, that becomes `found`.
template <class T>
[[gnu::always_inline]] inline bool claim(std::atomic<T>& place, T& found,
                                         T mine) {
  if (!is_only_thread()) {
    return place.compare_exchange_strong(found, mine);
  }
  const T free = std::exchange(found, place.load(std::memory_order_relaxed));
  if (found == free) place.store(mine, std::memory_order_relaxed);
  return found == free;
}

}  // namespace taper::detail
