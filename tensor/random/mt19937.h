// The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), kept as a whole
// block of tempered words so that the fills can read them as an array.
#pragma once

#include <cstdint>

#include "taper/tensor/export.h"

namespace taper {

/// The 32-bit engine behind every random function, the same stream as
/// std::mt19937 seeded with the low 32 bits of the seed.
class TAPER_API Mt19937 {
 public:
  static constexpr int kWords = 624;

  explicit Mt19937(uint64_t seed) { reseed(seed); }

  /// Starts the stream of `seed` from its beginning.
  void reseed(uint64_t seed);
  uint64_t seed() const { return seed_; }

  /// The next word.
  uint32_t u32() {
    if (position_ == kWords) refill();
    return words_[position_++];
  }

  /// The next two words, the first one as the high half.
  uint64_t u64() {
    const uint64_t high = u32();
    return high << 32 | u32();
  }

  /// The words of the current block that are not used yet, at least one.
  const uint32_t* peek(int64_t& count) {
    if (position_ == kWords) refill();
    count = kWords - position_;
    return words_ + position_;
  }
  /// Marks the first `count` words of peek() as used.
  void skip(int64_t count) { position_ += static_cast<int>(count); }

  /// Leaves out `count` words.
  void discard(int64_t count);

  /// Untempered state words, and how many words of their block are used:
  /// 0 right after seeding, else 1 to 624.
  const uint32_t* state() const { return state_; }
  int used() const { return fresh_ ? 0 : position_; }
  /// Continues from what state() and used() returned for some engine.
  void restore(uint64_t seed, const uint32_t* state, int used);

 private:
  void refill();

  uint64_t seed_ = 0;
  int position_ = kWords;
  bool fresh_ = true;
  // The regeneration kernel keeps a copy of the first 16 new words behind the
  // 624, which turns the recurrence into loops without remainders.
  alignas(64) uint32_t state_[kWords + 16];
  alignas(64) uint32_t words_[kWords];
};

}  // namespace taper
