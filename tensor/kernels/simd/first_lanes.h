// Fused arithmetic on vectors, and the first lanes of one at the edge of a
// matrix. Local to the file that includes it, like lanes.h.
#pragma once

#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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

// The first `count` lanes of a vector, the rest of which reads as zero.
template <class T>
class FirstLanes {
 public:
#if defined(__AVX512F__)
  explicit FirstLanes(int64_t count)
      : mask_(static_cast<Mask>((1u << count) - 1)) {}
  Vector<T> load(const T* x) const {
    if constexpr (sizeof(T) == 4) {
      return _mm512_maskz_loadu_ps(mask_, x);
    } else {
      return _mm512_maskz_loadu_pd(mask_, x);
    }
  }
  void store(T* y, Vector<T> v) const {
    if constexpr (sizeof(T) == 4) {
      _mm512_mask_storeu_ps(y, mask_, v);
    } else {
      _mm512_mask_storeu_pd(y, mask_, v);
    }
  }

 private:
  using Mask = std::conditional_t<sizeof(T) == 4, __mmask16, __mmask8>;
  Mask mask_;
#elif defined(__AVX2__)
  explicit FirstLanes(int64_t count) {
    Bits<T> bits[lanes<T>];
    for (int64_t i = 0; i < lanes<T>; ++i) bits[i] = i < count ? ~Bits<T>{} : 0;
    __builtin_memcpy(&mask_, bits, sizeof mask_);
  }
  Vector<T> load(const T* x) const {
    if constexpr (sizeof(T) == 4) {
      return _mm256_maskload_ps(x, mask_);
    } else {
      return _mm256_maskload_pd(x, mask_);
    }
  }
  void store(T* y, Vector<T> v) const {
    if constexpr (sizeof(T) == 4) {
      _mm256_maskstore_ps(y, mask_, v);
    } else {
      _mm256_maskstore_pd(y, mask_, v);
    }
  }

 private:
  __m256i mask_;
#else
  explicit FirstLanes(int64_t count) : count_(count) {}
  Vector<T> load(const T* x) const {
    Vector<T> v{};
    for (int64_t i = 0; i < lanes<T>; ++i) {
      if (i < count_) v[i] = x[i];
    }
    return v;
  }
  void store(T* y, Vector<T> v) const {
    for (int64_t i = 0; i < lanes<T>; ++i) {
      if (i < count_) y[i] = v[i];
    }
  }

 private:
  int64_t count_;
#endif
};

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
