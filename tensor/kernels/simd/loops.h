// The loops of the elementwise kernels: one operation on scalars, given as a
// type with operator(), becomes a kernel over arrays.
#pragma once

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/kernels/simd/lanes.h"
#include "taper/tensor/kernels/simd/sweep.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// y[i] = op(x[i]), every call of op inlined and vectorised.
template <class Op, class Y, class X = Y>
[[gnu::flatten]] void loop(void* to, const void* from, std::int64_t n) {
  Y* y = as<Y>(to);
  const X* x = as<X>(from);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(Op{}(x[i]));
}

#ifdef __AVX512F__

/// The same for an operation that is slow on a single element: what is left
/// over by whole vectors goes through one more vector under a mask.
template <class Op, class T>
[[gnu::flatten]] void heavy_unary(void* to, const void* from, std::int64_t n) {
  constexpr std::int64_t width = 64 / sizeof(T);
  T* y = as<T>(to);
  const T* x = as<T>(from);
  const std::int64_t body = n & -width, rest = n - body;
#pragma omp simd
  for (std::int64_t i = 0; i < body; ++i) y[i] = Op{}(x[i]);
  if (rest == 1) {
    y[body] = Op{}(x[body]);
  } else if (rest > 1) {
    auto words = 16 / width * rest;
    auto mask = static_cast<__mmask16>((1u << words) - 1);
    T part[width];
    _mm512_storeu_ps(part, _mm512_maskz_loadu_ps(mask, x + body));
#pragma omp simd
    for (std::int64_t i = 0; i < width; ++i) part[i] = Op{}(part[i]);
    _mm512_mask_storeu_ps(y + body, mask, _mm512_loadu_ps(part));
  }
}

#else

// Without masks, moving the rest to a buffer costs more than it saves.
template <class Op, class T>
void heavy_unary(void* to, const void* from, std::int64_t n) {
  loop<Op, T>(to, from, n);
}

#endif

template <class T>
void fill(void* to, const void* value, std::int64_t n) {
  T* y = as<T>(to);
  const T v = *as<T>(value);
  for (std::int64_t i = 0; i < n; ++i) y[i] = v;
}

template <class Slow, class T>
TAPER_INLINE bool any_applies(const T* x, std::int64_t n) {
  Bits<T> any = 0;
#pragma omp simd reduction(| : any)
  for (std::int64_t i = 0; i < n; ++i) any |= Slow::applies(x[i]);
  return any != 0;
}

/// Like loop with Fast, but with Slow where it applies, which is rare.
template <class Fast, class Slow, class T>
[[gnu::flatten]] void guarded(void* to, const void* from, std::int64_t n) {
  constexpr std::int64_t block = 256;
  T* y = as<T>(to);
  const T* x = as<T>(from);
  for (; n > 0; n -= block, x += block, y += block) {
    std::int64_t count = n < block ? n : block;
    if (count > 2 && !any_applies<Slow>(x, count)) {
      loop<Fast, T>(y, x, count);
      continue;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      T v = x[i];
      y[i] = Slow::applies(v) ? Slow{}(v) : Fast{}(v);
    }
  }
}

/// y[i] = op(a[i], b[i]) for every combination of scalar operands.
template <class Y, class X, class Op>
TAPER_INLINE void pairs(const Op op, void* to, const void* left,
                        const void* right, std::int64_t n, bool a_scalar,
                        bool b_scalar) {
  Y* y = as<Y>(to);
  const X* a = as<X>(left);
  const X* b = as<X>(right);
  if (!a_scalar && !b_scalar) {
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(op(a[i], b[i]));
  } else if (n <= 0) {
    return;
  } else if (!a_scalar) {
    const X v = *b;
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(op(a[i], v));
  } else if (!b_scalar) {
    const X v = *a;
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(op(v, b[i]));
  } else {
    const Y v = static_cast<Y>(op(*a, *b));
    fill<Y>(to, &v, n);
  }
}

template <class Op, class Y, class X = Y>
[[gnu::flatten]] void loop(void* y, const void* a, const void* b,
                           std::int64_t n, bool a_scalar, bool b_scalar) {
  pairs<Y, X>(Op{}, y, a, b, n, a_scalar, b_scalar);
}

/// The same for an operation bound by memory: looks ahead, and streams large
/// results, which saves a quarter of the time of adding two arrays.
template <class Op, class T>
[[gnu::flatten]] void light_binary(void* to, const void* left,
                                   const void* right, std::int64_t n,
                                   bool a_scalar, bool b_scalar) {
  if (n <= sweep_piece || a_scalar || b_scalar) {
    return loop<Op, T>(to, left, right, n, a_scalar, b_scalar);
  }
  T* y = as<T>(to);
  const T* a = as<T>(left);
  const T* b = as<T>(right);
  const Op op;
  const auto item = [=](std::int64_t i) { return op(a[i], b[i]); };
  if (n >= streamed_bytes / std::int64_t{sizeof(T)} && y != a && y != b) {
    stream(y, n, item, a, b);
  } else {
    const auto items = [=](std::int64_t begin, std::int64_t end) {
#pragma omp simd
      for (std::int64_t i = begin; i < end; ++i) y[i] = item(i);
    };
    sweep(n, items, y, a, b);
  }
}

/// The same with a parameter: y[i] = op(a[i], b[i], alpha).
template <class Op, class T>
[[gnu::flatten]] void loop(void* y, const void* a, const void* b,
                           double parameter, std::int64_t n, bool a_scalar,
                           bool b_scalar) {
  const T alpha = static_cast<T>(parameter);
  const auto op = [alpha](T x, T z) { return Op{}(x, z, alpha); };
  pairs<T, T>(op, y, a, b, n, a_scalar, b_scalar);
}

constexpr std::int64_t operand_block = 256;

/// An operand read block by block; a scalar is spread over one block first, so
/// that three operands need one loop instead of eight.
template <class T>
class Operand {
 public:
  Operand(const void* data, bool scalar, std::int64_t n)
      : data_(as<T>(data)), step_(!scalar) {
    if (!scalar || n <= 1) return;
    std::int64_t copies = n < operand_block ? n : operand_block;
    fill<T>(spread_, data, copies);
    data_ = spread_;
  }
  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;

  const T* at(std::int64_t i) const { return data_ + i * step_; }

 private:
  const T* data_;
  std::int64_t step_;
  T spread_[operand_block];
};

/// y[i] = op(a[i], b[i]) for a long op, which is compiled once.
template <class Op, class T>
[[gnu::flatten]] void heavy_binary(void* to, const void* left,
                                   const void* right, std::int64_t n,
                                   bool a_scalar, bool b_scalar) {
  const Operand<T> first(left, a_scalar, n), second(right, b_scalar, n);
  for (std::int64_t begin = 0; begin < n; begin += operand_block) {
    std::int64_t m = n - begin < operand_block ? n - begin : operand_block;
    const T* a = first.at(begin);
    const T* b = second.at(begin);
    T* y = as<T>(to) + begin;
#pragma omp simd
    for (std::int64_t i = 0; i < m; ++i) y[i] = Op{}(a[i], b[i]);
  }
}

/// y[i] = op(a[i], b[i], c[i]).
template <class Op, class Y, class A, class B, class C>
TAPER_INLINE void blocks(Op op, Y* y, const Operand<A>& first,
                         const Operand<B>& second, const Operand<C>& third,
                         std::int64_t n) {
  for (std::int64_t begin = 0; begin < n; begin += operand_block) {
    std::int64_t m = n - begin < operand_block ? n - begin : operand_block;
    const A* a = first.at(begin);
    const B* b = second.at(begin);
    const C* c = third.at(begin);
    Y* out = y + begin;
#pragma omp simd
    for (std::int64_t i = 0; i < m; ++i) out[i] = op(a[i], b[i], c[i]);
  }
}

/// A bool read as a number: gcc vectorises selection by bool badly.
using Byte = unsigned char;

template <class Word>
[[gnu::flatten]] void where(void* to, const void* condition, const void* left,
                            const void* right, std::int64_t n, bool a_scalar,
                            bool b_scalar, bool c_scalar) {
  const Operand<Byte> a(condition, a_scalar, n);
  const Operand<Word> b(left, b_scalar, n), c(right, c_scalar, n);
  const auto choose = [](Byte pick, Word x, Word y) {
    const Word mask = static_cast<Word>(-static_cast<Word>(pick));
    return static_cast<Word>((x & mask) | (y & ~mask));
  };
  blocks(choose, static_cast<Word*>(to), a, b, c, n);
}

/// y[i] = op(t[i], a[i], b[i], value).
template <class Op, class T>
[[gnu::flatten]] void loop(void* to, const void* base, const void* left,
                           const void* right, double parameter, std::int64_t n,
                           bool t_scalar, bool a_scalar, bool b_scalar) {
  const Operand<T> t(base, t_scalar, n);
  const Operand<T> a(left, a_scalar, n), b(right, b_scalar, n);
  const T value = static_cast<T>(parameter);
  const auto with_value = [value](T z, T x, T y) {
    return Op{}(z, x, y, value);
  };
  blocks(with_value, as<T>(to), t, a, b, n);
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
