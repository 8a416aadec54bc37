// Memory for tensors, graph nodes and scratch buffers: 64-byte aligned, sized,
// and kept for reuse. Blocks up to 64 KiB come from lists of the calling thread
// (the hit path is inline), all others from a cache shared by all threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include "taper/tensor/export.h"

namespace taper {
namespace detail {

struct FreeBlock {
  FreeBlock* next;
};

// Classes 0..63 hold 64, 128, ... 4096 bytes; after that 8 classes per octave.
inline constexpr size_t kInlineClasses = 64;
inline constexpr size_t kThreadClasses = 96;  // up to 64 KiB

// The free lists of one thread. All zero at the start and after the thread's
// end: the lists are empty and `high` is zero, so that every call goes to the
// slow path. The counters are atomic only to be read by memory_stats().
//
// bytes live on behalf of this thread = what it reported + base - cached
struct ThreadCache {
  FreeBlock* lists[kThreadClasses];
  std::atomic<int64_t> cached;  // bytes in the lists
  std::atomic<int64_t> base;    // value of `cached` if nothing were unreported
  int64_t low;                  // `cached` may fall to this and
  int64_t high;                 // rise to this before the slow path must look
  ThreadCache* previous;
  ThreadCache* next;
  int state;
};

TAPER_API extern constinit thread_local ThreadCache thread_cache
    __attribute__((tls_model("initial-exec")));

TAPER_API void* allocate_slow(size_t bytes);
TAPER_API void deallocate_slow(void* block, size_t bytes) noexcept;

inline size_t small_class(size_t bytes) { return (bytes - (bytes != 0)) / 64; }

/// What allocate() returns, or null when this thread has kept no such block.
[[gnu::always_inline]] inline void* allocate_kept(size_t bytes) noexcept {
  const size_t index = small_class(bytes);
  if (index >= kInlineClasses) [[unlikely]]
    return nullptr;
  ThreadCache& cache = thread_cache;
  const int64_t cached = cache.cached.load(std::memory_order_relaxed) -
                         static_cast<int64_t>(64 * index + 64);
  FreeBlock* block = cache.lists[index];
  if (block == nullptr || cached < cache.low) [[unlikely]]
    return nullptr;
  cache.lists[index] = block->next;
  cache.cached.store(cached, std::memory_order_relaxed);
  return block;
}

}  // namespace detail

/// At least `bytes` bytes, aligned to 64 (to 2 MiB from 2 MiB on), with
/// undefined contents; never null. Throws MemoryError when there is not that
/// much.
inline void* allocate(size_t bytes) {
  void* block = detail::allocate_kept(bytes);
  return block != nullptr ? block : detail::allocate_slow(bytes);
}

/// Gives back what allocate(bytes) returned, on any thread; null is allowed.
inline void deallocate(void* block, size_t bytes) noexcept {
  const size_t index = detail::small_class(bytes);
  if (index < detail::kInlineClasses && block != nullptr) [[likely]] {
    detail::ThreadCache& cache = detail::thread_cache;
    const int64_t cached = cache.cached.load(std::memory_order_relaxed) +
                           static_cast<int64_t>(64 * index + 64);
    if (cached <= cache.high) [[likely]] {
      cache.lists[index] = ::new (block) detail::FreeBlock{cache.lists[index]};
      cache.cached.store(cached, std::memory_order_relaxed);
      return;
    }
  }
  detail::deallocate_slow(block, bytes);
}

/// Bytes in use, bytes kept for reuse, and the most that was in use at once
/// (exact to 64 KiB per thread). Sizes count as rounded up by the allocator.
struct MemoryStats {
  int64_t live_bytes;
  int64_t cached_bytes;
  int64_t peak_bytes;
};

/// The present counts over all threads; exact while other threads are idle.
TAPER_API MemoryStats memory_stats();

/// Makes the bytes in use now the new peak.
TAPER_API void reset_peak_memory();

/// Returns the shared cache and the calling thread's lists to the system.
TAPER_API void empty_cache();

/// Limits the bytes kept for reuse in the shared cache (a quarter of the
/// machine's memory by default) and in each thread (at most 16 MiB).
TAPER_API void set_cache_limit(size_t bytes);

}  // namespace taper
