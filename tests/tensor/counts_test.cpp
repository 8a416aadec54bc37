// Counts and claims: alone and with several threads.
#include "taper/tensor/counts.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace taper::testing {
namespace {

using detail::claim;
using detail::count_down;
using detail::count_up;

TEST(CountsTest, CountsUpAndSaysWhenTheLastOneGoes) {
  std::atomic<uint32_t> count{1};
  EXPECT_EQ(count_up(count), 1u);
  EXPECT_EQ(count_up(count), 2u);
  EXPECT_FALSE(count_down(count));
  EXPECT_FALSE(count_down(count));
  EXPECT_TRUE(count_down(count));
}

TEST(CountsTest, AClaimSaysWhatItFound) {
  std::atomic<int> place{0};
  int found = 0;
  EXPECT_TRUE(claim(place, found, 5));
  EXPECT_EQ(place, 5);
  EXPECT_FALSE(claim(place, found, 7));
  EXPECT_EQ(found, 5);
  EXPECT_EQ(place, 5);
}

TEST(CountsTest, ThreadsLoseNoCountAndShareNoClaim) {
  constexpr uint32_t kThreads = 4, kRounds = 100'000;
  std::atomic<uint32_t> count{1}, last{0}, owner{0};
  uint32_t claimed = 0;  // guarded by owner
  std::vector<std::thread> threads;
  for (uint32_t t = 1; t <= kThreads; ++t) {
    threads.emplace_back([&, t] {
      EXPECT_FALSE(detail::is_only_thread());
      for (uint32_t i = 0; i < kRounds; ++i) {
        count_up(count);
        uint32_t found = 0;
        while (!claim(owner, found, t)) {
          EXPECT_NE(found, t);
          found = 0;
        }
        ++claimed;
        owner.store(0, std::memory_order_release);
        last += count_down(count) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(last, 0u);
  EXPECT_EQ(claimed, kThreads * kRounds);
}

}  // namespace
}  // namespace taper::testing
