// Leaf kernels of the random streams. All instruction sets give equal bits.
#pragma once

#include <cstdint>
#include <tuple>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// The word that the engine gives for a word of its state.
[[gnu::always_inline]] inline uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

// `words` are tempered words of the engine. Kernels of 53-bit draws use two
// words per element and compare the 53 bits, as an integer, to `threshold`.

/// out = fused(x * width + from) with x in [0, 1) of 24 bits for float, of 53
/// for double.
template <class T>
using Uniform = void (*)(const uint32_t* words, T* out, int64_t n, T from,
                         T width);
/// out = draw < threshold.
template <class T>
using Bernoulli = void (*)(const uint32_t* words, T* out, int64_t n,
                           uint64_t threshold);
/// noise = draw < threshold ? scale : 0; y = x * noise. y may be x.
template <class T>
using Dropout = void (*)(const uint32_t* words, const T* x, T* y, T* noise,
                         int64_t n, uint64_t threshold, T scale);

/// A kernel of a type T is std::get<Uniform<T>>(table->uniform) and so on.
struct RandomTable {
  /// Replaces the 624 words of `state` (which has room for 640) by the next
  /// 624 and writes their tempered form to `words`.
  void (*regenerate)(uint32_t* state, uint32_t* words);
  std::tuple<Uniform<float>, Uniform<double>> uniform;
  /// Box-Muller in place on blocks of 16 uniforms: 8 radii, then 8 angles.
  void (*normal_blocks)(float* data, int64_t blocks, float mean, float std);
  std::tuple<Bernoulli<float>, Bernoulli<double>, Bernoulli<int64_t>,
             Bernoulli<bool>>
      bernoulli;
  std::tuple<Dropout<float>, Dropout<double>> dropout;
};

TAPER_TABLE(RandomTable, random_table)

}  // namespace taper::kernels
