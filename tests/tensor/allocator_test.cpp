#include "taper/tensor/memory/allocator.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>

#include "taper/autograd/ops.h"
#include "taper/tensor/error.h"

namespace taper {
namespace {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

#ifdef __SANITIZE_ADDRESS__
#define SKIP_WITHOUT_CACHE() GTEST_SKIP() << "no cache under ASan"
#else
#define SKIP_WITHOUT_CACHE() static_cast<void>(0)
#endif

// Around every size class boundary up to 5 MiB.
std::vector<size_t> sizes_around_classes() {
  std::vector<size_t> sizes = {0, 1, 63, 64, 65, 100, 4032, 4095, 4096, 4097};
  for (size_t octave = 4 * kKiB; octave < 8 * kMiB; octave *= 2) {
    for (size_t step = 8; step < 16; ++step) {
      const size_t size = octave / 8 * step;
      sizes.insert(sizes.end(), {size - 1, size, size + 1});
    }
  }
  return sizes;
}

int64_t live_bytes() { return memory_stats().live_bytes; }

int64_t empty_and_count_elsewhere() {
  empty_cache();
  return memory_stats().cached_bytes;
}

// What this thread and the shared cache keep, given what the idle threads of
// the OpenMP pool keep in lists of their own.
int64_t cached_bytes(int64_t elsewhere) {
  return memory_stats().cached_bytes - elsewhere;
}

TEST(Allocator, BlocksAreAlignedAndHoldTheirBytes) {
  for (const size_t size : sizes_around_classes()) {
    auto* block = static_cast<unsigned char*>(allocate(size));
    const size_t alignment = size >= 2 * kMiB ? 2 * kMiB : 64;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % alignment, 0u) << size;
    std::memset(block, 0xab, size);
    deallocate(block, size);
  }
}

TEST(Allocator, LiveBlocksDoNotOverlap) {
  const std::vector<size_t> sizes = sizes_around_classes();
  std::vector<unsigned char*> blocks;
  for (int round = 0; round < 2; ++round) {
    blocks.clear();
    for (size_t i = 0; i < sizes.size(); ++i) {
      blocks.push_back(static_cast<unsigned char*>(allocate(sizes[i])));
      std::memset(blocks[i], static_cast<int>(i % 251), sizes[i]);
    }
    for (size_t i = 0; i < sizes.size(); ++i) {
      for (size_t j = 0; j < sizes[i]; j += 61) {
        ASSERT_EQ(blocks[i][j], i % 251) << sizes[i];
      }
      deallocate(blocks[i], sizes[i]);
    }
  }
}

TEST(Allocator, LastFreedBlockOfASizeIsReusedFirst) {
  SKIP_WITHOUT_CACHE();
  for (const size_t size : sizes_around_classes()) {
    void* first = allocate(size);
    void* second = allocate(size);
    deallocate(first, size);
    deallocate(second, size);
    EXPECT_EQ(allocate(size), second) << size;
    EXPECT_EQ(allocate(size), first) << size;
    deallocate(first, size);
    deallocate(second, size);
  }
}

TEST(Allocator, NearbyLargeSizesShareBlocks) {
  SKIP_WITHOUT_CACHE();
  void* block = allocate(16 * kMiB + 1);
  deallocate(block, 16 * kMiB + 1);
  EXPECT_EQ(allocate(18 * kMiB), block);
  deallocate(block, 18 * kMiB);
}

TEST(Allocator, RoundsUpByAtMostAnEighthAboveFourKiB) {
  for (const size_t size : sizes_around_classes()) {
    const int64_t before = live_bytes();
    void* block = allocate(size);
    const auto counted = static_cast<size_t>(live_bytes() - before);
    deallocate(block, size);
    EXPECT_GE(counted, std::max<size_t>(size, 1));
    EXPECT_LE(counted, size + std::max<size_t>(64, size / 8)) << size;
  }
}

TEST(Allocator, LiveBytesReturnToTheBaseline) {
  const int64_t before = live_bytes();
  std::vector<void*> blocks;
  for (int i = 0; i < 5000; ++i) {
    blocks.push_back(allocate(static_cast<size_t>(i)));
  }
  EXPECT_GE(live_bytes(), before + 5000 * 2499);
  for (int i = 0; i < 5000; ++i) {
    deallocate(blocks[i], static_cast<size_t>(i));
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, SmallLoopsKeepTheSameMemory) {
  SKIP_WITHOUT_CACHE();
  deallocate(allocate(256), 256);
  const MemoryStats before = memory_stats();
  for (int i = 0; i < 100000; ++i) {
    deallocate(allocate(256), 256);
  }
  EXPECT_EQ(memory_stats().live_bytes, before.live_bytes);
  EXPECT_EQ(memory_stats().cached_bytes, before.cached_bytes);
}

TEST(Allocator, PeakIsTheMostThatWasInUse) {
  reset_peak_memory();
  const int64_t before = live_bytes();
  EXPECT_EQ(memory_stats().peak_bytes, before);
  deallocate(allocate(16 * kMiB), 16 * kMiB);
  EXPECT_EQ(memory_stats().peak_bytes, before + int64_t{16 * kMiB});
  reset_peak_memory();
  EXPECT_EQ(memory_stats().peak_bytes, before);
}

TEST(Allocator, PeakCountsSmallBlocksTo64KiB) {
  std::vector<void*> blocks(20000);
  for (int round = 0; round < 3; ++round) {
    reset_peak_memory();
    const int64_t before = live_bytes();
    for (void*& block : blocks) {
      block = allocate(128);
    }
    for (void* block : blocks) {
      deallocate(block, 128);
    }
    const int64_t rise = memory_stats().peak_bytes - before;
    EXPECT_LE(rise, 20000 * 128);
    EXPECT_GE(rise, 20000 * 128 - int64_t{64 * kKiB});
  }
}

TEST(Allocator, FreesBlocksOfAnotherThread) {
  const int64_t before = live_bytes();
  std::vector<void*> blocks(3000);
  std::thread([&] {
    for (void*& block : blocks) {
      block = allocate(300);
    }
  }).join();
  EXPECT_EQ(live_bytes(), before + 3000 * 320);
  for (void* block : blocks) {
    deallocate(block, 300);
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, ThreadsPassBlocksAround) {
  const int64_t before = live_bytes();
  std::vector<std::thread> threads;
  std::vector<void*> blocks(4 * 1000);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&blocks, t] {
      for (size_t i = 0; i < 1000; ++i) {
        blocks[4 * i + t] = allocate(i * 37);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  threads.clear();
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&blocks, t] {
      for (size_t i = 1000 * t; i < 1000 * t + 1000; ++i) {
        deallocate(blocks[i], i / 4 * 37);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, BlocksOfAnEndedThreadAreReused) {
  SKIP_WITHOUT_CACHE();
  const int64_t elsewhere = empty_and_count_elsewhere();
  void* block = nullptr;
  std::thread([&] {
    block = allocate(40 * kKiB);
    deallocate(block, 40 * kKiB);
  }).join();
  EXPECT_EQ(cached_bytes(elsewhere), int64_t{40 * kKiB});
  EXPECT_EQ(allocate(40 * kKiB), block);
  deallocate(block, 40 * kKiB);
}

struct Late {
  void* block = nullptr;
  ~Late() {
    void* other = allocate(64);
    deallocate(other, 64);
    deallocate(block, 100);
  }
};

// `late` is constructed before the thread's cache exists, so it dies after it.
TEST(Allocator, WorksAfterTheThreadsCacheIsGone) {
  const int64_t before = live_bytes();
  std::thread([] {
    static thread_local Late late;
    late.block = nullptr;
    late.block = allocate(100);
  }).join();
  EXPECT_EQ(live_bytes(), before);
}

// Freed after main: a crash there would fail the whole test program.
TEST(Allocator, StaticObjectsMayHoldBlocks) {
  static Late late;
  late.block = allocate(100);
  EXPECT_NE(late.block, nullptr);
}

TEST(Allocator, EmptyCacheGivesEverythingBack) {
  SKIP_WITHOUT_CACHE();
  const int64_t elsewhere = empty_and_count_elsewhere();
  for (const size_t size : sizes_around_classes()) {
    deallocate(allocate(size), size);
  }
  EXPECT_GT(cached_bytes(elsewhere), int64_t{5 * kMiB});
  empty_cache();
  EXPECT_EQ(cached_bytes(elsewhere), 0);
}

struct CacheLimit {
  explicit CacheLimit(size_t bytes) { set_cache_limit(bytes); }
  ~CacheLimit() { set_cache_limit(4096 * kMiB); }
};

TEST(Allocator, CacheStaysBelowItsLimit) {
  const int64_t elsewhere = empty_and_count_elsewhere();
  const CacheLimit limit(10 * kMiB);
  for (const size_t size : {2 * kMiB, 3 * kMiB, 4 * kMiB, 5 * kMiB}) {
    deallocate(allocate(size), size);
    EXPECT_LE(cached_bytes(elsewhere), int64_t{10 * kMiB}) << size;
  }
  deallocate(allocate(11 * kMiB), 11 * kMiB);
  EXPECT_LE(cached_bytes(elsewhere), int64_t{10 * kMiB});
}

TEST(Allocator, FullCacheDropsTheLeastRecentlyUsedSize) {
  SKIP_WITHOUT_CACHE();
  const int64_t elsewhere = empty_and_count_elsewhere();
  const CacheLimit limit(10 * kMiB);
  void* old = allocate(4 * kMiB);
  void* recent = allocate(5 * kMiB);
  deallocate(old, 4 * kMiB);
  deallocate(recent, 5 * kMiB);
  deallocate(allocate(3 * kMiB), 3 * kMiB);
  EXPECT_EQ(cached_bytes(elsewhere), int64_t{8 * kMiB});
  EXPECT_EQ(allocate(5 * kMiB), recent);
  deallocate(recent, 5 * kMiB);
}

TEST(Allocator, ZeroLimitKeepsNothing) {
  const int64_t elsewhere = empty_and_count_elsewhere();
  const CacheLimit limit(0);
  std::vector<void*> blocks(100);
  for (const size_t size : {64, 5000, 300000, 3000000}) {
    for (void*& block : blocks) {
      block = allocate(size);
    }
    for (void* block : blocks) {
      deallocate(block, size);
    }
    EXPECT_EQ(cached_bytes(elsewhere), 0) << size;
  }
}

TEST(Allocator, ThreadListsSpillIntoTheSharedCache) {
  SKIP_WITHOUT_CACHE();
  const int64_t elsewhere = empty_and_count_elsewhere();
  const size_t count = 40 * kMiB / 4096;
  std::vector<void*> blocks(count);
  for (int round = 0; round < 3; ++round) {
    for (void*& block : blocks) {
      block = allocate(4096);
    }
    for (void* block : blocks) {
      deallocate(block, 4096);
    }
  }
  EXPECT_GE(cached_bytes(elsewhere), int64_t{40 * kMiB});
  EXPECT_LE(cached_bytes(elsewhere), int64_t{48 * kMiB});
  empty_cache();
  EXPECT_EQ(cached_bytes(elsewhere), 0);
}

TEST(Allocator, RejectsAbsurdSizes) {
  const int64_t before = live_bytes();
  const size_t most = std::numeric_limits<size_t>::max();
  for (const size_t size : {most, most - 63, most / 2, (size_t{1} << 48) + 1}) {
    EXPECT_THROW(allocate(size), Error) << size;
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, ThrowsWhenMemoryIsExhausted) {
  SKIP_WITHOUT_CACHE();
  const int64_t before = live_bytes();
  try {
    allocate(size_t{1} << 48);
    ADD_FAILURE() << "256 TiB were allocated";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("[allocate] out of memory"),
              std::string::npos);
  }
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, NullIsIgnored) {
  const int64_t before = live_bytes();
  deallocate(nullptr, 0);
  deallocate(nullptr, 64);
  deallocate(nullptr, 10 * kMiB);
  EXPECT_EQ(live_bytes(), before);
}

TEST(Allocator, LackOfMemoryIsAMemoryErrorAndABadAlloc) {
  const auto rejects = [](const auto& make) {
    EXPECT_THROW(make(), MemoryError);
    EXPECT_THROW(make(), std::bad_alloc);
    EXPECT_THROW(make(), Error);
    EXPECT_THROW(make(), std::exception);
  };
  rejects([] { allocate(size_t{1} << 50); });
  rejects([] { empty({int64_t{1} << 50}, kDouble); });
  rejects([] { empty({int64_t{1} << 40, int64_t{1} << 40}); });
  try {
    ones({2}).view({3});
  } catch (const Error& error) {
    const std::exception& base = error;
    EXPECT_STREQ(base.what(), error.what());
    EXPECT_EQ(dynamic_cast<const std::bad_alloc*>(&base), nullptr);
  }
}

// So lack of memory has one type where the standard library's containers ask.
TEST(Allocator, OperatorNewThrowsAMemoryErrorUnlessTheProgramHasItsOwnHandler) {
  ASSERT_NE(std::get_new_handler(), nullptr);
  EXPECT_THROW(std::get_new_handler()(), MemoryError);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const volatile size_t too_much = size_t{1} << 60;
  EXPECT_THROW(::operator delete(::operator new(too_much)), MemoryError);
  EXPECT_EQ(::operator new(too_much, std::nothrow), nullptr);
#endif
}

}  // namespace
}  // namespace taper
