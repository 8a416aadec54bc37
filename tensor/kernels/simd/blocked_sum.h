// Sums over fixed blocks whose partials are added in a fixed pairwise tree.
// For the leaf kernels only (internal linkage, see vector.h).
#pragma once

#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/kernels/simd/sweep.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

/// Adds a stream of partials as a balanced binary tree whose shape depends on
/// their number only.
template <class T>
class PairwiseSum {
 public:
  void push(T value) {
    for (uint64_t i = count_++; (i & 1) != 0; i >>= 1) {
      value = pending_[--depth_] + value;
    }
    pending_[depth_++] = value;
  }
  T total() const {
    if (depth_ == 0) return 0;
    T total = pending_[depth_ - 1];
    for (int i = depth_ - 2; i >= 0; --i) total = pending_[i] + total;
    return total;
  }

 private:
  T pending_[64];
  uint64_t count_ = 0;
  int depth_ = 0;
};

/// Sum of term(x[i], rest[i]...) in double. Four vectors are added in T first:
/// at most two roundings, and a quarter of the conversions.
template <class T, class Term, class... Rest>
[[gnu::noinline]] double block_sum(int64_t n, Term term, const T* x,
                                   const Rest*... rest) {
  constexpr int64_t w = lanes<T>;
  const auto at = [&](int64_t i) {
    return term(load(x + i), load(rest + i)...);
  };
  double total = 0;
  int64_t i = 0;
  if (n >= w) {
    WideSum<T> sum;
    for (; i + 4 * w <= n; i += 4 * w) {
      sum.add((at(i) + at(i + w)) + (at(i + 2 * w) + at(i + 3 * w)));
    }
    for (; i + w <= n; i += w) sum.add(at(i));
    total = sum.total();
  }
  // Two chains, because a row is often too short for vectors.
  double odd = 0;
  for (; i + 2 <= n; i += 2) {
    total += double(term(x[i], rest[i]...));
    odd += double(term(x[i + 1], rest[i + 1]...));
  }
  if (i < n) total += double(term(x[i], rest[i]...));
  return total + odd;
}

inline int64_t block_length(int64_t n, int64_t begin) {
  return n - begin < reduce_block ? n - begin : reduce_block;
}

/// One partial per block.
template <class Term, class... X>
inline void partial_sums(double* out, int64_t n, Term term, const X*... x) {
  for (int64_t i = 0; i < n; i += reduce_block) {
    (prefetch_pages(x + i + 2 * reduce_block, reduce_block * sizeof(X)), ...);
    *out++ = block_sum(block_length(n, i), term, x + i...);
  }
}

/// The partials of partial_sums, added as `combine` adds them.
template <class Term, class... X>
inline double blocked_sum(int64_t n, Term term, const X*... x) {
  if (n <= reduce_block) return block_sum(n, term, x...);
  PairwiseSum<double> sum;
  for (int64_t i = 0; i < n; i += reduce_block) {
    sum.push(block_sum(block_length(n, i), term, x + i...));
  }
  return sum.total();
}

constexpr auto value_of = [](auto x) { return x; };
constexpr auto abs_of = [](auto x) { return x < 0 ? -x : x; };
constexpr auto product_of = [](auto x, auto y) { return x * y; };
constexpr auto square_diff_of = [](auto x, auto y) {
  return (x - y) * (x - y);
};
/// (x - center)^2.
template <class T>
inline auto square_around(T center) {
  return [center](auto x) { return (x - center) * (x - center); };
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
