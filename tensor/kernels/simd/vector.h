// Vectors as wide as the registers of the instruction set being compiled, and
// loops over them. Local to the file that includes it, like lanes.h.
#pragma once

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

/// y[i] = f(x[i]...) for i < n, on vectors and then on single items. y may be
/// one of the inputs.
template <class T, class F, class... X>
TAPER_INLINE void map(int64_t n, F f, T* y, const X*... x) {
  constexpr int64_t w = lanes<T>;
  int64_t i = 0;
  for (; i + w <= n; i += w) store<T>(y + i, f(load(x + i)...));
  for (; i < n; ++i) y[i] = f(x[i]...);
}

/// op folded over x[0..n), n >= 1, in four vectors of lanes and then pairwise.
template <class T, class Op>
inline T fold(const T* x, int64_t n, Op op) {
  constexpr int64_t w = lanes<T>;
  T result = x[0];
  int64_t i = 0;
  if (n >= 4 * w) {
    Vector<T> a = load(x), b = load(x + w);
    Vector<T> c = load(x + 2 * w), d = load(x + 3 * w);
    for (i = 4 * w; i + 4 * w <= n; i += 4 * w) {
      a = op(a, load(x + i));
      b = op(b, load(x + i + w));
      c = op(c, load(x + i + 2 * w));
      d = op(d, load(x + i + 3 * w));
    }
    a = op(op(a, b), op(c, d));
    for (; i + w <= n; i += w) a = op(a, load(x + i));
    result = a[0];
    for (int j = 1; j < w; ++j) result = op(result, a[j]);
  }
  for (; i < n; ++i) result = op(result, x[i]);
  return result;
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
    double part[lanes<double>];
    __builtin_memcpy(part, &sum_, sizeof part);
    for (int half = lanes<double> / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) part[i] += part[i + half];
    }
    return part[0];
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
    low_ += __builtin_convertvector(halves[0], Vector<double>);
    high_ += __builtin_convertvector(halves[1], Vector<double>);
  }
  double total() const {
    WideSum<double> sum;
    sum.add(low_ + high_);
    return sum.total();
  }

 private:
  using Half = VectorOf<float, vector_bytes / 2>::type;
  Vector<double> low_{};
  Vector<double> high_{};
};

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
