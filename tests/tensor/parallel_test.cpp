#include "taper/tensor/parallel.h"

#include <omp.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "taper/tensor/error.h"

namespace taper {
namespace {

class Parallel : public testing::TestWithParam<int> {
 protected:
  void SetUp() override { set_num_threads(GetParam()); }
  void TearDown() override { set_num_threads(before_); }

 private:
  const int before_ = get_num_threads();
};

INSTANTIATE_TEST_SUITE_P(Threads, Parallel, testing::Values(1, 2, 3, 7));

struct Chunk {
  int64_t begin;
  int64_t end;
};

std::vector<Chunk> chunks_of(int64_t begin, int64_t end, int64_t grain) {
  std::vector<Chunk> chunks;
  std::mutex mutex;
  parallel_for(begin, end, grain, [&](int64_t first, int64_t last) {
    const std::lock_guard lock(mutex);
    chunks.push_back({first, last});
  });
  return chunks;
}

TEST_P(Parallel, VisitsEveryIndexOnce) {
  for (const int64_t end : {5, 6, 7, 70, 1000, 4097}) {
    for (const int64_t grain : {0, 1, 3, 64, 100}) {
      std::vector<std::atomic<int>> visits(static_cast<size_t>(end));
      parallel_for(5, end, grain, [&](int64_t first, int64_t last) {
        EXPECT_LT(first, last);
        for (int64_t i = first; i < last; ++i) {
          ++visits[static_cast<size_t>(i)];
        }
      });
      for (int64_t i = 0; i < end; ++i) {
        ASSERT_EQ(visits[static_cast<size_t>(i)], i >= 5)
            << end << ' ' << grain;
      }
    }
  }
}

TEST_P(Parallel, UsesEveryThreadOnLongLoops) {
  const auto chunks = chunks_of(0, 7 * 6400, 64);
  EXPECT_EQ(chunks.size(), static_cast<size_t>(GetParam()));
}

TEST_P(Parallel, BoundariesAreMultiplesOf64) {
  for (const Chunk& chunk : chunks_of(10, 100003, 64)) {
    EXPECT_EQ((chunk.begin - 10) % 64, 0);
    EXPECT_TRUE(chunk.end == 100003 || (chunk.end - 10) % 64 == 0);
  }
}

TEST_P(Parallel, FewLargeItemsAreSplitEvenly) {
  for (const Chunk& chunk : chunks_of(0, 42, 1)) {
    EXPECT_EQ(chunk.end - chunk.begin, 42 / GetParam());
  }
}

TEST_P(Parallel, ShortLoopsStayOnTheCaller) {
  const auto caller = std::this_thread::get_id();
  int calls = 0;
  parallel_for(3, 103, 100, [&](int64_t first, int64_t last) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    EXPECT_FALSE(in_parallel_region());
    EXPECT_EQ(first, 3);
    EXPECT_EQ(last, 103);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
}

TEST_P(Parallel, EmptyLoopsDoNothing) {
  for (const int64_t end : {-5, 0}) {
    EXPECT_TRUE(chunks_of(0, end, 0).empty());
    parallel_blocks(end, 1, [](int64_t) { ADD_FAILURE(); });
  }
}

TEST_P(Parallel, NestedLoopsAreSerial) {
  std::atomic<int> inner{0};
  parallel_for(0, 7, 1, [&](int64_t first, int64_t last) {
    const auto thread = std::this_thread::get_id();
    EXPECT_EQ(in_parallel_region(), GetParam() > 1);
    parallel_for(0, 700, 1, [&](int64_t, int64_t) {
      EXPECT_TRUE(GetParam() == 1 || std::this_thread::get_id() == thread);
    });
    inner += static_cast<int>(last - first);
  });
  EXPECT_EQ(inner, 7);
  EXPECT_FALSE(in_parallel_region());
}

TEST_P(Parallel, RethrowsAnExceptionOfOneChunk) {
  for (const int64_t bad : {0, 350, 699}) {
    try {
      parallel_for(0, 700, 1, [&](int64_t first, int64_t last) {
        check(bad < first || bad >= last, "[test] item {}", bad);
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.msg(), "[test] item " + std::to_string(bad));
    }
  }
  EXPECT_EQ(chunks_of(0, 700, 1).size(), static_cast<size_t>(GetParam()));
}

TEST_P(Parallel, RethrowsOneOfManyExceptions) {
  EXPECT_THROW(parallel_for(0, 700, 1,
                            [](int64_t, int64_t) {
                              throw std::runtime_error("every chunk fails");
                            }),
               std::runtime_error);
  EXPECT_THROW(parallel_blocks(700, 1, [](int64_t block) { throw block; }),
               int64_t);
}

TEST_P(Parallel, BlocksAreVisitedOnce) {
  for (const int64_t count : {1, 2, 8, 50}) {
    std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
    parallel_blocks(
        count, 4, [&](int64_t block) { ++visits[static_cast<size_t>(block)]; });
    for (const auto& visit : visits) {
      EXPECT_EQ(visit, 1) << count;
    }
  }
}

TEST_P(Parallel, EveryThreadGetsItsLeastNumberOfBlocks) {
  const auto caller = std::this_thread::get_id();
  parallel_blocks(
      7, 4, [&](int64_t) { EXPECT_EQ(std::this_thread::get_id(), caller); });
  std::atomic<bool> parallel{false};
  parallel_blocks(8, 4, [&](int64_t) { parallel = in_parallel_region(); });
  EXPECT_EQ(parallel, GetParam() > 1);
}

TEST_P(Parallel, OtherThreadsUseTheSameNumber) {
  int threads = 0;
  std::thread([&] { threads = get_num_threads(); }).join();
  EXPECT_EQ(threads, GetParam());
}

// OpenBLAS, told to use one thread, must not make it everyone's number.
TEST(ParallelSettings, LeavesTheNumberOfOpenMpAlone) {
  const char* wanted = std::getenv("OMP_NUM_THREADS");
  const int expected = wanted ? std::atoi(wanted) : omp_get_num_procs();
  EXPECT_EQ(omp_get_max_threads(), expected);
}

TEST(ParallelSettings, RejectsUselessNumbersOfThreads) {
  const int before = get_num_threads();
  for (const int n : {0, -1, 1025}) {
    EXPECT_THROW(set_num_threads(n), Error) << n;
  }
  EXPECT_EQ(get_num_threads(), before);
}

}  // namespace
}  // namespace taper
