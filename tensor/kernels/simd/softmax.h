// Softmax and cross-entropy of contiguous rows. Local to the file that includes
// it, like lanes.h.
#pragma once

#include "taper/tensor/kernels/simd/blocked_sum.h"
#include "taper/tensor/kernels/simd/exp.h"
#include "taper/tensor/kernels/simd/log.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

// A nan may get lost here: it comes back through exp(nan - max).
template <class T>
T row_max(const T* x, int64_t n) {
  return fold(x, n, [](auto a, auto b) { return b > a ? b : a; });
}

/// exp(x) for x <= 0.
template <class T>
TAPER_INLINE T exp_negative(T x) {
  return lifted_exp(x) / lift<T>;
}

/// exp(x) for x <= 0, or exp(x) - 1 where `near`, which x has to be to 0.
template <class T>
TAPER_INLINE T exp_less(T x, bool near) {
  const ExpParts<T> e = exp_parts<T>(at_least(x, ExpRange<T>::low));
  const T power = power_of_two<T>(e.power - Format<T>::bias);
  return near ? fmadd(e.fraction, power, power - 1) : exp_negative(x);
}

/// The sum of exp(x - shift), which also goes to y. Without y, shift is the top
/// of x, and the sum is less 1, with all the digits that the top leaves. Whole
/// vectors in blocks are added in double, then one padded vector.
template <bool write, class T>
inline double exp_row(T* y, const T* x, T shift, int64_t n) {
  constexpr int64_t w = lanes<T>;
  const int64_t body = masked_tails ? n & -w : n;
  double total = write ? 0 : -1, rest = 0;
  for (int64_t i = 0; i < body; i += reduce_block) {
    const int64_t end = i + block_length(body, i);
    T sum = 0, ones = 0;
#pragma omp simd reduction(+ : sum, ones)
    for (int64_t j = i; j < end; ++j) {
      const T e = exp_negative(x[j] - shift);
      if constexpr (write) y[j] = e;
      const bool top = !write && x[j] >= shift;
      sum += top ? 0 : e;
      ones += top ? T(1) : 0;
    }
    rest += double(sum);
    total += double(ones);
  }
  if (body == n) return total + rest;
  T part[w];
  store(part, load_few(x + body, n - body, -infinity<T>));
  T sum = 0, ones = 0;
#pragma omp simd reduction(+ : sum, ones)
  for (int64_t j = 0; j < w; ++j) {
    const bool top = !write && part[j] >= shift;
    part[j] = exp_negative(part[j] - shift);
    sum += top ? 0 : part[j];
    ones += top ? T(1) : 0;
  }
  if constexpr (write) store_few(y + body, load(part), n - body);
  return (total + double(ones)) + (rest + double(sum));
}

/// nan if the top is infinite.
template <class T>
[[gnu::noinline]] double exp_excess(const T* x, T shift, int64_t n) {
  return exp_row<false, T>(nullptr, x, shift, n) + double(shift - shift);
}

template <class T>
void softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  T* out = as<T>(y);
  const T factor = T(1 / exp_row<true>(out, in, row_max(in, n), n));
  map(
      n, [factor](auto v) { return v * factor; }, out, out);
}

template <class T>
void log_softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  const T shift = row_max(in, n);
  const T log_sum = log1p(T(exp_excess(in, shift, n)));
  const auto normalise = [=](auto v) { return (v - shift) - log_sum; };
  map(n, normalise, as<T>(y), in);
}

// The mean is refined by what it leaves: a gradient less the mean may be small
// beside both where one y is almost 1.
template <class T>
void softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  const T mean = T(blocked_sum(n, product_of, grad, out));
  const auto left = [mean](auto d, auto p) { return p * (d - mean); };
  const T rest = T(blocked_sum(n, left, grad, out));
  const auto backward = [=](auto d, auto p) { return p * ((d - mean) - rest); };
  map(n, backward, as<T>(gx), grad, out);
}

template <class T>
void log_softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  T* result = as<T>(gx);
  const T sum = T(blocked_sum(n, value_of, grad));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const bool near = out[i] > T(-0.5);
    const T less = near ? sum : 0;
    result[i] = (grad[i] - less) - exp_less(out[i], near) * sum;
  }
}

// log(sum(exp(x))) = shift + log(1 + excess).
template <class T>
struct LogSumExp {
  T shift;
  T excess;
};

// An infinite maximum is not subtracted from itself: rows of -inf have the sum
// -inf, not nan.
template <class T>
LogSumExp<T> log_sum_exp(const T* x, int64_t n) {
  const T max = n > 0 ? row_max(x, n) : -infinity<T>;
  if (max - max == 0) return {max, T(exp_excess(x, max, n))};
  T excess = 0;
  for (int64_t i = 0; i < n; ++i) excess = x[i] != x[i] ? x[i] : excess;
  return {max, excess};
}

template <class T>
void logsumexp(void* out, const void* x, int64_t n) {
  const auto [shift, excess] = log_sum_exp(as<T>(x), n);
  *as<T>(out) = shift + log1p(excess);
}

template <class T>
void cross_entropy(void* loss, void* lse, const void* x, int64_t target,
                   double smoothing, int64_t n) {
  const T* in = as<T>(x);
  LogSumExp<T> sum = log_sum_exp(in, n);
  sum.excess += sum.shift - sum.shift;  // nan, if the top is infinite
  const T log_sum = log1p(sum.excess);
  T total = (sum.shift - in[target]) + log_sum;
  if (smoothing != 0) {
    const T mean = T(blocked_sum(n, value_of, in) / double(n));
    const T uniform = (sum.shift - mean) + log_sum;
    total = T(1 - smoothing) * total + T(smoothing) * uniform;
  }
  *as<LogSumExp<T>>(lse) = sum;
  *as<T>(loss) = total;
}

template <class T>
void cross_entropy_backward(void* gx, double g, const void* x, void* lse,
                            int64_t target, double smoothing, int64_t n) {
  const T* in = as<T>(x);
  T* out = as<T>(gx);
  const auto [max, rest] = *as<LogSumExp<T>>(lse);
  const T shift = max, factor = 1 / (1 + rest);
  const T grad = T(g);
  const T base = T(smoothing / double(n));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    out[i] = grad * (exp_negative(in[i] - shift) * factor - base);
  }
  // The probability of the target less 1.
  const T e = exp_negative(in[target] - max);
  const T less = e == 1 ? -rest * factor : e * factor - 1;
  out[target] = grad * (less + T(smoothing - smoothing / double(n)));
  as<T>(lse)[0] = e * factor;
  as<T>(lse)[1] = grad;
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
