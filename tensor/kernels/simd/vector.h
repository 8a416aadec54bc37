// Vectors as wide as the registers of the instruction set being compiled, and
// loops over them. Local to the file that includes it, like lanes.h.
#pragma once

#ifdef __AVX512BW__
#include <immintrin.h>
#endif

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int vector_bytes = 64;
#elif defined(__AVX2__)
constexpr int vector_bytes = 32;
#else
constexpr int vector_bytes = 16;
#endif

/// Whether the rest of a row can be read and written as a part of a vector.
#ifdef __AVX512BW__
constexpr bool masked_tails = true;
#else
constexpr bool masked_tails = false;
#endif

template <class T, int bytes>
struct VectorOf {
  using type [[gnu::vector_size(bytes)]] = T;
};

template <class T>
using Vector = typename VectorOf<T, vector_bytes>::type;

template <class T>
constexpr int64_t lanes = vector_bytes / static_cast<int64_t>(sizeof(T));

template <class T>
TAPER_INLINE Vector<T> load(const T* x) {
  Vector<T> v;
  __builtin_memcpy(&v, x, sizeof v);
  return v;
}

template <class T>
TAPER_INLINE void store(T* y, Vector<T> v) {
  __builtin_memcpy(y, &v, sizeof v);
}

template <class T>
TAPER_INLINE Vector<T> broadcast(T value) {
  return value - Vector<T>{};
}

/// The n < lanes<T> items of x, then `padding`.
template <class T>
TAPER_INLINE Vector<T> load_few(const T* x, int64_t n, T padding) {
  Vector<T> v = broadcast(padding);
#ifdef __AVX512BW__
  const __mmask64 mask = _bzhi_u64(~0ull, unsigned(n) * unsigned(sizeof(T)));
  return (Vector<T>)_mm512_mask_loadu_epi8((__m512i)v, mask, x);
#else
  for (int64_t i = 0; i < n; ++i) v[i] = x[i];
  return v;
#endif
}

/// y[i] = v[i] for i < n < lanes<T>.
template <class T>
TAPER_INLINE void store_few(T* y, Vector<T> v, int64_t n) {
#ifdef __AVX512BW__
  const __mmask64 mask = _bzhi_u64(~0ull, unsigned(n) * unsigned(sizeof(T)));
  _mm512_mask_storeu_epi8(y, mask, (__m512i)v);
#else
  for (int64_t i = 0; i < n; ++i) y[i] = v[i];
#endif
}

/// y[i] = f(x[i]...) for i < n, on vectors and then on single items. y may be
/// one of the inputs.
template <class T, class F, class... X>
TAPER_INLINE void map(int64_t n, F f, T* y, const X*... x) {
  constexpr int64_t w = lanes<T>;
  int64_t i = 0;
  for (; i + w <= n; i += w) store<T>(y + i, f(load(x + i)...));
  if constexpr (masked_tails) {
    if (i == n) return;
    store_few<T>(y + i, f(load_few(x + i, n - i, T(0))...), n - i);
  } else {
    for (; i < n; ++i) y[i] = f(x[i]...);
  }
}

/// op folded over the lanes of v, halving it until it is short.
template <class T, int bytes = vector_bytes, class Op>
TAPER_INLINE T fold_lanes(typename VectorOf<T, bytes>::type v, Op op) {
  if constexpr (bytes == 16) {
    T result = v[0];
    for (int i = 1; i < 16 / int(sizeof(T)); ++i) result = op(result, T(v[i]));
    return result;
  } else {
    typename VectorOf<T, bytes / 2>::type halves[2];
    __builtin_memcpy(halves, &v, sizeof v);
    return fold_lanes<T, bytes / 2>(op(halves[0], halves[1]), op);
  }
}

/// op, which must not mind seeing an item twice, folded over x[0..n), n >= 1.
template <class T, class Op>
inline T fold(const T* x, int64_t n, Op op) {
  constexpr int64_t w = lanes<T>;
  if (n < w && masked_tails) return fold_lanes<T>(load_few(x, n, x[0]), op);
  if (n < w) {
    T result = x[0];
    for (int64_t i = 1; i < n; ++i) result = op(result, x[i]);
    return result;
  }
  Vector<T> a = load(x);
  int64_t i = w;
  if (n >= 4 * w) {
    Vector<T> b = load(x + w), c = load(x + 2 * w), d = load(x + 3 * w);
    for (i = 4 * w; i + 4 * w <= n; i += 4 * w) {
      a = op(a, load(x + i));
      b = op(b, load(x + i + w));
      c = op(c, load(x + i + 2 * w));
      d = op(d, load(x + i + 3 * w));
    }
    a = op(op(a, b), op(c, d));
  }
  for (; i + w <= n; i += w) a = op(a, load(x + i));
  return fold_lanes<T>(op(a, load(x + n - w)), op);
}

/// The larger or smaller of two items or vectors; nan wins.
constexpr auto max_of = [](auto a, auto b) {
  return b > a ? b : (b != b ? b : a);
};
constexpr auto min_of = [](auto a, auto b) {
  return b < a ? b : (b != b ? b : a);
};

/// Adds vectors lane by lane in double.
template <class T>
class WideSum;

template <>
class WideSum<double> {
 public:
  void add(Vector<double> v) { sum_ += v; }
  double total() const {
    return fold_lanes<double>(sum_, [](auto a, auto b) { return a + b; });
  }

 private:
  Vector<double> sum_{};
};

template <>
class WideSum<float> {
 public:
  void add(Vector<float> v) {
    Half halves[2];
    __builtin_memcpy(halves, &v, sizeof v);
    low_ += widen(halves[0]);
    high_ += widen(halves[1]);
  }
  double total() const {
    WideSum<double> sum;
    sum.add(low_ + high_);
    return sum.total();
  }

 private:
  using Half = VectorOf<float, vector_bytes / 2>::type;
  static Vector<double> widen(Half x) {
#ifdef __AVX512F__  // gcc 12 makes six instructions of the other form
    return _mm512_maskz_cvtps_pd(0xff, x);
#else
    return __builtin_convertvector(x, Vector<double>);
#endif
  }

  Vector<double> low_{};
  Vector<double> high_{};
};

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
