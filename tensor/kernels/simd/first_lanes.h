// Fused arithmetic on vectors, and the first lanes of one at the edge of a
// matrix. Local to the file that includes it, like lanes.h.
#pragma once

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <cstddef>
#include <utility>

#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

// x * y + z on vectors, fused where lanes.h fuses scalars.
template <class V>
TAPER_INLINE V multiply_add(V x, V y, V z) {
#if defined(__AVX512F__)
  if constexpr (sizeof(x[0]) == 4) {
    return _mm512_fmadd_ps(x, y, z);
  } else {
    return _mm512_fmadd_pd(x, y, z);
  }
#elif defined(__FMA__)
  if constexpr (sizeof(x[0]) == 4) {
    return _mm256_fmadd_ps(x, y, z);
  } else {
    return _mm256_fmadd_pd(x, y, z);
  }
#else
  return x * y + z;
#endif
}

// The first `count` lanes of a vector, the rest of which reads as zero, or
// those of them from `begin` on.
template <class T>
class FirstLanes {
 public:
#if defined(__AVX512BW__)
  explicit FirstLanes(int64_t count, int64_t begin = 0)
      : mask_(_bzhi_u64(~0ull, unsigned(count) * unsigned(sizeof(T))) &
              ~_bzhi_u64(~0ull, unsigned(begin) * unsigned(sizeof(T)))) {}
  Vector<T> load(const T* x) const {
    return (Vector<T>)_mm512_maskz_loadu_epi8(mask_, x);
  }
  void store(T* y, Vector<T> v) const {
    _mm512_mask_storeu_epi8(y, mask_, (__m512i)v);
  }

 private:
  __mmask64 mask_;
#elif defined(__AVX2__)
  explicit FirstLanes(int64_t count, int64_t begin = 0) {
    Bits<T> bits[lanes<T>];
    for (int64_t i = 0; i < lanes<T>; ++i) {
      bits[i] = i >= begin && i < count ? ~Bits<T>{} : 0;
    }
    __builtin_memcpy(&mask_, bits, sizeof mask_);
  }
  Vector<T> load(const T* x) const {
    return (Vector<T>)_mm256_maskload_epi32((const int*)x, mask_);
  }
  void store(T* y, Vector<T> v) const {
    _mm256_maskstore_epi32((int*)y, mask_, (__m256i)v);
  }

 private:
  __m256i mask_;
#else
  explicit FirstLanes(int64_t count, int64_t begin = 0)
      : count_(count), begin_(begin) {}
  Vector<T> load(const T* x) const {
    Vector<T> v{};
    for (int64_t i = 0; i < lanes<T>; ++i) {
      if (i >= begin_ && i < count_) v[i] = x[i];
    }
    return v;
  }
  void store(T* y, Vector<T> v) const {
    for (int64_t i = 0; i < lanes<T>; ++i) {
      if (i >= begin_ && i < count_) y[i] = v[i];
    }
  }

 private:
  int64_t count_, begin_;
#endif
};

// A vector of `x`: all of it, or the lanes of `part`.
template <bool whole, class T>
TAPER_INLINE Vector<T> load_part(const T* x, const FirstLanes<T>& part) {
  if constexpr (whole) {
    return load(x);
  } else {
    return part.load(x);
  }
}

// Lanes 0, 2, 4, ... of a and then b, plus lanes 1, 3, 5, ...
template <class T, std::size_t... lane>
TAPER_INLINE Vector<T> add_pairs(Vector<T> a, Vector<T> b,
                                 std::index_sequence<lane...>) {
  return __builtin_shufflevector(a, b, (2 * lane)...) +
         __builtin_shufflevector(a, b, (2 * lane + 1)...);
}

// Leaves in lane l of x[i] the sum of the lanes of x[i * lanes + l].
template <class T, int count, int width = lanes<T>>
TAPER_INLINE void fold_each(Vector<T>* x) {
  if constexpr (width > 1) {
    for (int i = 0; i < (count + 1) / 2; ++i) {
      const int first = 2 * i;
      const Vector<T> second = first + 1 < count ? x[first + 1] : Vector<T>{};
      x[i] =
          add_pairs<T>(x[first], second, std::make_index_sequence<lanes<T>>{});
    }
    fold_each<T, (count + 1) / 2, width / 2>(x);
  }
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
