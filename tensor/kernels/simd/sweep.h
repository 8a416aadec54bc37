// Sweeps over memory that the caches do not hold. Large results are written
// around the caches: else every line is read before it is overwritten.
#pragma once

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// Asks for the start of every page of [from, from + bytes), which may lie
/// beyond the data. The processor prefetches by itself what follows, but only
/// up to the end of a page; a touch of each next page 16 to 32 KiB ahead saves
/// a tenth of the time of a sweep over 16 MB. In the drivers it saves nothing:
/// with the stores of a sweep queued up, the few of a function call have to
/// wait, and the prefetches behind them.
TAPER_INLINE void prefetch_pages(const void* from, std::int64_t bytes) {
  constexpr std::uintptr_t page = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  const std::uintptr_t end = begin + static_cast<std::uintptr_t>(bytes);
  for (std::uintptr_t at = begin; at < end; at += page) {
    __builtin_prefetch(reinterpret_cast<const void*>(at), 0, 2);
  }
}

/// Writes around the caches; y is a multiple of the vector's size.
template <class T>
TAPER_INLINE void stream_store(T* y, Vector<T> v) {
#if defined(__AVX512F__)
  _mm512_stream_si512(reinterpret_cast<__m512i*>(y), (__m512i)v);
#elif defined(__AVX2__)
  _mm256_stream_si256(reinterpret_cast<__m256i*>(y), (__m256i)v);
#elif defined(__SSE2__)
  _mm_stream_si128(reinterpret_cast<__m128i*>(y), (__m128i)v);
#else
  store(y, v);
#endif
}

/// After the last of them.
TAPER_INLINE void stream_fence() {
#ifdef __SSE2__
  _mm_sfence();
#endif
}

/// Items of a sweep over memory between two looks ahead.
constexpr std::int64_t sweep_piece = 4096;

template <class... X>
TAPER_INLINE void look_ahead(std::int64_t i, const X*... x) {
  (prefetch_pages(x + i + sweep_piece, sweep_piece * sizeof(X)), ...);
}

/// body(begin, end) on pieces of [0, n) in turn; it goes through x... .
template <class Body, class... X>
TAPER_INLINE void sweep(std::int64_t n, Body body, const X*... x) {
  for (std::int64_t i = 0; i < n;) {
    look_ahead(i, x...);
    const std::int64_t end = n - i < sweep_piece ? n : i + sweep_piece;
    body(i, end);
    i = end;
  }
}

/// y[i] = item(i), around the caches; item(i) reads x[i]..., none of them y.
template <class T, class Item, class... X>
TAPER_INLINE void stream(T* y, std::int64_t n, Item item, const X*... x) {
  constexpr std::int64_t width = 64 / sizeof(T);
  std::int64_t i = 0;
  for (; reinterpret_cast<std::uintptr_t>(y + i) % 64 != 0; ++i) y[i] = item(i);
  while (i + width <= n) {
    look_ahead(i, y, x...);
    const std::int64_t end = n - i < sweep_piece ? n : i + sweep_piece;
    for (; i + width <= end; i += width) {
      alignas(64) T line[width];
#pragma omp simd
      for (std::int64_t j = 0; j < width; ++j) line[j] = item(i + j);
      for (std::int64_t j = 0; j < width; j += lanes<T>) {
        stream_store(y + i + j, load(line + j));
      }
    }
  }
  stream_fence();
  for (; i < n; ++i) y[i] = item(i);
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
