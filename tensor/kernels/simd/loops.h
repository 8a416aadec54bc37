// The loops of the elementwise kernels: one operation on scalars, given as a
// type with operator(), becomes a kernel over arrays.
#pragma once

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// y[i] = op(x[i]), every call of op inlined and vectorised.
template <class Op, class Y, class X>
[[gnu::flatten]] void unary(void* to, const void* from, std::int64_t n) {
  Y* y = static_cast<Y*>(to);
  const X* x = static_cast<const X*>(from);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<Y>(Op{}(x[i]));
}

template <class T>
void fill(void* to, const void* value, std::int64_t n) {
  T* y = static_cast<T*>(to);
  const T v = *static_cast<const T*>(value);
  for (std::int64_t i = 0; i < n; ++i) y[i] = v;
}

/// Like unary with Fast, but with Slow where huge(x[i]), which is rare.
template <class Fast, class Slow, class T>
[[gnu::flatten]] void guarded(void* to, const void* from, std::int64_t n) {
  constexpr std::int64_t block = 256;
  T* y = static_cast<T*>(to);
  const T* x = static_cast<const T*>(from);
  for (std::int64_t begin = 0; begin < n; begin += block) {
    std::int64_t end = n - begin < block ? n : begin + block;
    Bits<T> any = 0;
#pragma omp simd reduction(| : any)
    for (std::int64_t i = begin; i < end; ++i) any |= Slow::applies(x[i]);
    if (any == 0) {
      unary<Fast, T, T>(y + begin, x + begin, end - begin);
      continue;
    }
    for (std::int64_t i = begin; i < end; ++i) {
      T v = x[i];
      y[i] = Slow::applies(v) ? Slow{}(v) : Fast{}(v);
    }
  }
}

/// y[i] = op(a[i], b[i]) for every combination of scalar operands.
template <class Op, class Y, class X>
[[gnu::flatten]] void binary(void* to,
                             const void* left,
                             const void* right,
                             std::int64_t n,
                             bool a_scalar,
                             bool b_scalar) {
  Y* y = static_cast<Y*>(to);
  const X* a = static_cast<const X*>(left);
  const X* b = static_cast<const X*>(right);
  const Op op;
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

/// Binary with a parameter: y[i] = op(a[i], b[i], alpha).
template <class Op, class T>
[[gnu::flatten]] void scaled(void* to,
                             const void* left,
                             const void* right,
                             double parameter,
                             std::int64_t n,
                             bool a_scalar,
                             bool b_scalar) {
  T* y = static_cast<T*>(to);
  const T* a = static_cast<const T*>(left);
  const T* b = static_cast<const T*>(right);
  const T alpha = static_cast<T>(parameter);
  const Op op;
  if (!a_scalar && !b_scalar) {
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(a[i], b[i], alpha);
  } else if (n <= 0) {
    return;
  } else if (!a_scalar) {
    const T v = *b;
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(a[i], v, alpha);
  } else if (!b_scalar) {
    const T v = *a;
#pragma omp simd
    for (std::int64_t i = 0; i < n; ++i) y[i] = op(v, b[i], alpha);
  } else {
    const T v = op(*a, *b, alpha);
    fill<T>(to, &v, n);
  }
}

constexpr std::int64_t operand_block = 256;

/// An operand read block by block; a scalar is spread over one block first, so
/// that three operands need one loop instead of eight.
template <class T>
class Operand {
 public:
  Operand(const void* data, bool scalar, std::int64_t n)
      : data_(static_cast<const T*>(data)), step_(!scalar) {
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

/// y[i] = op(a[i], b[i], c[i]).
template <class Op, class Y, class A, class B, class C>
TAPER_INLINE void blocks(Op op,
                         Y* y,
                         const Operand<A>& first,
                         const Operand<B>& second,
                         const Operand<C>& third,
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

template <class T>
[[gnu::flatten]] void where(void* to,
                            const void* condition,
                            const void* left,
                            const void* right,
                            std::int64_t n,
                            bool a_scalar,
                            bool b_scalar,
                            bool c_scalar) {
  const Operand<bool> a(condition, a_scalar, n);
  const Operand<T> b(left, b_scalar, n), c(right, c_scalar, n);
  const auto choose = [](bool pick, T x, T y) { return pick ? x : y; };
  blocks(choose, static_cast<T*>(to), a, b, c, n);
}

/// y[i] = op(t[i], a[i], b[i], value).
template <class Op, class T>
[[gnu::flatten]] void scaled_ternary(void* to,
                                     const void* base,
                                     const void* left,
                                     const void* right,
                                     double parameter,
                                     std::int64_t n,
                                     bool t_scalar,
                                     bool a_scalar,
                                     bool b_scalar) {
  const Operand<T> t(base, t_scalar, n);
  const Operand<T> a(left, a_scalar, n), b(right, b_scalar, n);
  const T value = static_cast<T>(parameter);
  const auto with_value = [value](T z, T x, T y) {
    return Op{}(z, x, y, value);
  };
  blocks(with_value, static_cast<T*>(to), t, a, b, n);
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
