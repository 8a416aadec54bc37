// Size classes, the system, the shared cache and the cache of a thread.
#include "taper/tensor/memory/allocator.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <mutex>

#include "taper/tensor/error.h"

namespace taper {
namespace detail {

constinit thread_local ThreadCache thread_cache{};

}  // namespace detail

namespace {

using detail::FreeBlock;
using detail::kInlineClasses;
using detail::kThreadClasses;
using detail::ThreadCache;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr size_t kMaxBytes = size_t{1} << 48;
constexpr size_t kClasses = kInlineClasses + size_t{8} * (48 - 12);
constexpr size_t kHugePage = size_t{1} << 21;
constexpr int64_t kThreadLimit = int64_t{16} << 20;
constexpr int64_t kSlack = int64_t{64} << 10;  // unreported bytes of a thread
constexpr size_t kRefillBytes = size_t{32} << 10;
constexpr int64_t kUnset = -1;

// The states of a thread's cache.
enum { kNew, kActive, kEnded };

// With AddressSanitizer every block is fresh and has its exact size, so that
// a use after the end or after the release is found.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kCaching = false;
#else
constexpr bool kCaching = true;
#endif

size_t class_of(size_t bytes) {
  if (bytes <= 64 * kInlineClasses) return detail::small_class(bytes);
  const size_t octave = std::bit_width(bytes - 1) - 1;
  const size_t step = ((bytes - 1) >> (octave - 3)) & 7;
  return kInlineClasses + 8 * (octave - 12) + step;
}

size_t class_size(size_t index) {
  if (index < kInlineClasses) return 64 * index + 64;
  const size_t above = index - kInlineClasses;
  return (above % 8 + 9) << (above / 8 + 12 - 3);
}

// Memory from the system; sizes are those of the classes. A fresh mapping costs
// a page fault per 4 KiB; huge pages make it 4 times cheaper (measured), and
// they need blocks that start on their boundary.
void* map_huge(size_t size) {
  void* start = mmap(nullptr, size + kHugePage, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  char* first = static_cast<char*>(start);
  const size_t offset = reinterpret_cast<uintptr_t>(first) % kHugePage;
  const size_t head = offset == 0 ? 0 : kHugePage - offset;
  if (head > 0) munmap(first, head);
  munmap(first + head + size, kHugePage - head);
#ifdef MADV_HUGEPAGE
  madvise(first + head, size, MADV_HUGEPAGE);
#endif
  return first + head;
}

// malloc and 64 bytes more, with malloc's pointer kept before the block:
// posix_memalign is slower and leaves splinters in malloc's heap.
void* system_allocate(size_t size) {
  if (size >= kHugePage) return map_huge(size);
  char* raw = static_cast<char*>(std::malloc(size + 64));
  if (raw == nullptr) return nullptr;
  char* block = raw + 64 - reinterpret_cast<uintptr_t>(raw) % 64;
  reinterpret_cast<void**>(block)[-1] = raw;
  return block;
}

void system_release(void* block, size_t size) {
  if (size >= kHugePage) {
    munmap(block, size);
  } else {
    std::free(static_cast<void**>(block)[-1]);
  }
}

// Constant-initialised and never destroyed: static objects may free late.
struct SharedCache {
  std::mutex mutex;
  FreeBlock* lists[kClasses];
  uint64_t last_use[kClasses];
  uint64_t clock;
  ThreadCache* threads;
  int64_t bytes;
  std::atomic<int64_t> limit{kUnset};
  std::atomic<int64_t> live;
  std::atomic<int64_t> peak;
};

constinit SharedCache shared{};

int64_t cache_limit() {
  const int64_t limit = shared.limit.load(kRelaxed);
  if (limit != kUnset) return limit;
  int64_t standard = int64_t{sysconf(_SC_PHYS_PAGES)} / 4;
  standard *= sysconf(_SC_PAGESIZE);
  int64_t expected = kUnset;
  shared.limit.compare_exchange_strong(expected,
                                       std::max<int64_t>(standard, 0));
  return shared.limit.load(kRelaxed);
}

void raise_peak(int64_t live) {
  int64_t peak = shared.peak.load(kRelaxed);
  while (live > peak && !shared.peak.compare_exchange_weak(peak, live)) {
  }
}

void add_live(int64_t bytes) {
  if (bytes != 0) raise_peak(shared.live.fetch_add(bytes) + bytes);
}

FreeBlock* pop_shared(size_t index) {
  FreeBlock* block = shared.lists[index];
  if (block != nullptr) {
    shared.lists[index] = block->next;
    shared.bytes -= static_cast<int64_t>(class_size(index));
  }
  return block;
}

size_t least_recently_used_class() {
  size_t oldest = kClasses;
  for (size_t i = 0; i < kClasses; ++i) {
    if (shared.lists[i] != nullptr &&
        (oldest == kClasses || shared.last_use[i] < shared.last_use[oldest])) {
      oldest = i;
    }
  }
  return oldest;
}

// Whole classes go, the one unused for longest first. The mutex is held.
void shrink_shared(int64_t limit) {
  while (shared.bytes > limit) {
    const size_t index = least_recently_used_class();
    if (index == kClasses) return;
    while (shared.bytes > limit && shared.lists[index] != nullptr) {
      system_release(pop_shared(index), class_size(index));
    }
  }
}

// Takes over the chain head..tail of `bytes` bytes in blocks of one class.
void put_shared(size_t index, FreeBlock* head, FreeBlock* tail, int64_t bytes) {
  const int64_t limit = cache_limit();
  const std::lock_guard lock(shared.mutex);
  tail->next = shared.lists[index];
  shared.lists[index] = head;
  shared.last_use[index] = ++shared.clock;
  shared.bytes += bytes;
  shrink_shared(limit);
}

void release(void* block, size_t index) {
  const auto size = static_cast<int64_t>(class_size(index));
  if (size > cache_limit()) {
    system_release(block, class_size(index));
    return;
  }
  auto* chain = ::new (block) FreeBlock{nullptr};
  put_shared(index, chain, chain, size);
}

// A chain of at most `count` blocks, null when the shared cache has none.
FreeBlock* take_shared(size_t index, size_t count) {
  const std::lock_guard lock(shared.mutex);
  shared.last_use[index] = ++shared.clock;
  FreeBlock* chain = nullptr;
  for (; count > 0 && shared.lists[index] != nullptr; --count) {
    FreeBlock* block = pop_shared(index);
    block->next = chain;
    chain = block;
  }
  return chain;
}

FreeBlock* obtain(size_t index, size_t count) {
  if (FreeBlock* chain = take_shared(index, count)) return chain;
  const size_t size = class_size(index);
  void* block = system_allocate(size);
  if (block == nullptr) {
    empty_cache();
    block = system_allocate(size);
  }
  check<MemoryError>(block, "[allocate] out of memory: {} bytes, {} in use",
                     size, memory_stats().live_bytes);
  return ::new (block) FreeBlock{nullptr};
}

void add(std::atomic<int64_t>& counter, int64_t bytes) {
  counter.store(counter.load(kRelaxed) + bytes, kRelaxed);
}

int64_t thread_limit() { return std::min(kThreadLimit, cache_limit()); }

// The hit path leaves live bytes alone; they change as `cached` leaves `base`.
void set_bounds(ThreadCache& cache) {
  const int64_t base = cache.base.load(kRelaxed);
  cache.low = base - kSlack;
  cache.high = std::min(thread_limit(), base + kSlack);
}

// Counts what the thread has not reported, and `more` bytes.
void report(ThreadCache& cache, int64_t more = 0) {
  if (cache.state == kActive) {
    const int64_t cached = cache.cached.load(kRelaxed);
    more += cache.base.load(kRelaxed) - cached;
    cache.base.store(cached, kRelaxed);
    set_bounds(cache);
  }
  add_live(more);
}

void spill_class(ThreadCache& cache, size_t index) {
  FreeBlock* head = cache.lists[index];
  FreeBlock* tail = head;
  auto bytes = static_cast<int64_t>(class_size(index));
  for (; tail->next != nullptr; tail = tail->next) {
    bytes += static_cast<int64_t>(class_size(index));
  }
  cache.lists[index] = nullptr;
  add(cache.cached, -bytes);
  add(cache.base, -bytes);
  put_shared(index, head, tail, bytes);
}

void spill(ThreadCache& cache, int64_t target) {
  for (size_t i = kThreadClasses; i-- > 0;) {
    if (cache.lists[i] != nullptr && cache.cached.load(kRelaxed) > target) {
      spill_class(cache, i);
    }
  }
  set_bounds(cache);
}

void settle(ThreadCache& cache) {
  report(cache);
  if (cache.cached.load(kRelaxed) > thread_limit()) {
    spill(cache, thread_limit() / 2);
  }
}

void enter_thread(ThreadCache& cache) {
  {
    const std::lock_guard lock(shared.mutex);
    cache.next = shared.threads;
    if (cache.next != nullptr) cache.next->previous = &cache;
    shared.threads = &cache;
  }
  cache.state = kActive;
  set_bounds(cache);
}

void leave_thread(ThreadCache& cache) {
  report(cache);
  spill(cache, 0);
  {
    const std::lock_guard lock(shared.mutex);
    (cache.previous != nullptr ? cache.previous->next : shared.threads) =
        cache.next;
    if (cache.next != nullptr) cache.next->previous = cache.previous;
  }
  cache.low = 0;
  cache.high = 0;
  cache.state = kEnded;
}

struct ThreadGuard {
  ~ThreadGuard() { leave_thread(detail::thread_cache); }
};

// False once the thread's other thread_local objects are being destroyed.
bool active(ThreadCache& cache) {
  if (cache.state == kNew) [[unlikely]] {
    [[maybe_unused]] static thread_local ThreadGuard guard;
    enter_thread(cache);
  }
  return cache.state == kActive;
}

void refill(ThreadCache& cache, size_t index) {
  const size_t size = class_size(index);
  FreeBlock* chain =
      obtain(index, std::clamp<size_t>(kRefillBytes / size, 1, 32));
  int64_t bytes = 0;
  for (FreeBlock* block = chain; block != nullptr; block = block->next) {
    bytes += static_cast<int64_t>(size);
  }
  cache.lists[index] = chain;
  add(cache.cached, bytes);
  add(cache.base, bytes);
  set_bounds(cache);
}

void* allocate_uncached(size_t bytes) {
  void* block = nullptr;
  const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
  check<MemoryError>(posix_memalign(&block, alignment, bytes) == 0,
                     "[allocate] out of memory: {} bytes wanted", bytes);
  return block;
}

}  // namespace

namespace detail {

void* allocate_slow(size_t bytes) {
  check<MemoryError>(bytes <= kMaxBytes,
                     "[allocate] {} bytes are more than a machine can address",
                     bytes);
  const size_t index = class_of(bytes);
  const auto size = static_cast<int64_t>(class_size(index));
  ThreadCache& cache = thread_cache;
  if (!kCaching || index >= kThreadClasses || !active(cache)) {
    void* block = kCaching ? obtain(index, 1) : allocate_uncached(bytes);
    report(cache, size);
    return block;
  }
  if (cache.lists[index] == nullptr) refill(cache, index);
  FreeBlock* block = cache.lists[index];
  cache.lists[index] = block->next;
  add(cache.cached, -size);
  if (cache.cached.load(kRelaxed) < cache.low) report(cache);
  return block;
}

void deallocate_slow(void* block, size_t bytes) noexcept {
  if (block == nullptr) return;
  const size_t index = class_of(bytes);
  const auto size = static_cast<int64_t>(class_size(index));
  ThreadCache& cache = thread_cache;
  if (!kCaching || index >= kThreadClasses || !active(cache)) {
    report(cache, -size);
    if (kCaching) {
      release(block, index);
    } else {
      std::free(block);
    }
    return;
  }
  cache.lists[index] = ::new (block) FreeBlock{cache.lists[index]};
  add(cache.cached, size);
  if (cache.cached.load(kRelaxed) > cache.high) settle(cache);
}

}  // namespace detail

MemoryStats memory_stats() {
  const std::lock_guard lock(shared.mutex);
  MemoryStats stats{shared.live.load(), shared.bytes, 0};
  for (ThreadCache* t = shared.threads; t != nullptr; t = t->next) {
    const int64_t cached = t->cached.load(kRelaxed);
    stats.live_bytes += t->base.load(kRelaxed) - cached;
    stats.cached_bytes += cached;
  }
  raise_peak(stats.live_bytes);
  stats.peak_bytes = shared.peak.load();
  return stats;
}

void reset_peak_memory() { shared.peak.store(memory_stats().live_bytes); }

void empty_cache() {
  ThreadCache& cache = detail::thread_cache;
  if (cache.state == kActive) spill(cache, 0);
  const std::lock_guard lock(shared.mutex);
  shrink_shared(0);
}

void set_cache_limit(size_t bytes) {
  shared.limit.store(static_cast<int64_t>(std::min(bytes, kMaxBytes)));
  ThreadCache& cache = detail::thread_cache;
  if (cache.state == kActive) settle(cache);
  const std::lock_guard lock(shared.mutex);
  shrink_shared(cache_limit());
}

}  // namespace taper
