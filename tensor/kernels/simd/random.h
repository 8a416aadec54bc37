// Leaf kernels of the random streams. All instruction sets give equal bits.
#pragma once

#include <cstdint>

namespace taper::kernels {

/// `words` are tempered words of the engine. Kernels of 53-bit draws use two
/// words per element and compare the 53 bits, as an integer, to `threshold`.
struct RandomTable {
  /// Replaces the 624 words of `state` (which has room for 640) by the next
  /// 624 and writes their tempered form to `words`.
  void (*regenerate)(uint32_t* state, uint32_t* words);
  /// out = fused(x * width + from) with x in [0, 1) of 24 or 53 bits.
  void (*uniform_float)(const uint32_t* words, float* out, int64_t n,
                        float from, float width);
  void (*uniform_double)(const uint32_t* words, double* out, int64_t n,
                         double from, double width);
  /// Box-Muller in place on blocks of 16 uniforms: 8 radii, then 8 angles.
  void (*normal_blocks)(float* data, int64_t blocks, float mean, float std);
  /// out = draw < threshold.
  void (*bernoulli_float)(const uint32_t* words, float* out, int64_t n,
                          uint64_t threshold);
  void (*bernoulli_double)(const uint32_t* words, double* out, int64_t n,
                           uint64_t threshold);
  void (*bernoulli_long)(const uint32_t* words, int64_t* out, int64_t n,
                         uint64_t threshold);
  void (*bernoulli_bool)(const uint32_t* words, bool* out, int64_t n,
                         uint64_t threshold);
  /// noise = draw < threshold ? scale : 0; y = x * noise. y may be x.
  void (*dropout_float)(const uint32_t* words, const float* x, float* y,
                        float* noise, int64_t n, uint64_t threshold,
                        float scale);
  void (*dropout_double)(const uint32_t* words, const double* x, double* y,
                         double* noise, int64_t n, uint64_t threshold,
                         double scale);
};

extern const RandomTable* random_table;

}  // namespace taper::kernels
