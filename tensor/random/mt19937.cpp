// Seeding and restoring; the kernels of simd/random.h make the next block.
#include "taper/tensor/random/mt19937.h"

#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/simd/random.h"

namespace taper {
void Mt19937::reseed(uint64_t seed) {
  seed_ = seed;
  position_ = kWords;
  fresh_ = true;
  state_[0] = static_cast<uint32_t>(seed);
  for (uint32_t i = 1; i < kWords; ++i) {
    const uint32_t previous = state_[i - 1];
    state_[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
  }
}

void Mt19937::restore(uint64_t seed, const uint32_t* state, int used) {
  seed_ = seed;
  fresh_ = used == 0;
  position_ = fresh_ ? kWords : used;
  std::memcpy(state_, state, kWords * sizeof(uint32_t));
  for (int i = 0; i < kWords; ++i) words_[i] = kernels::temper(state_[i]);
}

void Mt19937::discard(int64_t count) {
  while (count > 0) {
    int64_t ready;
    peek(ready);
    ready = std::min(ready, count);
    skip(ready);
    count -= ready;
  }
}

void Mt19937::refill() {
  kernels::random_table->regenerate(state_, words_);
  position_ = 0;
  fresh_ = false;
}

}  // namespace taper
