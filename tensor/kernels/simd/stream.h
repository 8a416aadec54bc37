// Large results written past the caches: without it every line of the result
// is read from memory before it is overwritten.
#pragma once

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// Whether a result of n items, none of them an input, is worth streaming: no
/// cache would keep it until it is used.
template <class T>
TAPER_INLINE bool is_streamed(std::int64_t n) {
  return n >= (std::int64_t{8} << 20) / static_cast<std::int64_t>(sizeof(T));
}

/// Writes 64 bytes to `to`, a multiple of 64.
TAPER_INLINE void stream_line(void* to, const void* from) {
#if defined(__AVX512F__)
  _mm512_stream_si512(static_cast<__m512i*>(to), _mm512_load_si512(from));
#elif defined(__AVX__)
  for (int i = 0; i < 2; ++i) {
    _mm256_stream_si256(
        static_cast<__m256i*>(to) + i,
        _mm256_load_si256(static_cast<const __m256i*>(from) + i));
  }
#elif defined(__SSE2__)
  for (int i = 0; i < 4; ++i) {
    _mm_stream_si128(static_cast<__m128i*>(to) + i,
                     _mm_load_si128(static_cast<const __m128i*>(from) + i));
  }
#else
  __builtin_memcpy(to, from, 64);
#endif
}

/// y[i] = item(i), for a y that nothing reads meanwhile.
template <class T, class Item>
TAPER_INLINE void stream(T* y, std::int64_t n, Item item) {
  constexpr std::int64_t width = 64 / sizeof(T);
  std::int64_t i = 0;
  for (; reinterpret_cast<std::uintptr_t>(y + i) % 64 != 0; ++i) y[i] = item(i);
  for (; i + width <= n; i += width) {
    alignas(64) T line[width];
#pragma omp simd
    for (std::int64_t j = 0; j < width; ++j) line[j] = item(i + j);
    stream_line(y + i, line);
  }
#ifdef __SSE2__
  _mm_sfence();
#endif
  for (; i < n; ++i) y[i] = item(i);
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
