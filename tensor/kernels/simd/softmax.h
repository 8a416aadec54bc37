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

/// exp(x) for x <= 0; 0 where it would be subnormal, which no sum can notice.
template <class T>
TAPER_INLINE T exp_negative(T x) {
  constexpr T low = sizeof(T) == sizeof(float) ? T(-87.3) : T(-708.3);
  const T e = exp_bounded<T>(at_least(x, low));
  return x < low ? 0 : e;
}

/// The sum of exp(x - shift), which also goes to y unless y is null: whole
/// vectors in blocks that are added in double, then one padded vector.
template <bool write, class T>
inline double exp_row(T* y, const T* x, T shift, int64_t n) {
  constexpr int64_t w = lanes<T>;
  const int64_t body = masked_tails ? n & -w : n;
  double total = 0;
  for (int64_t i = 0; i < body; i += reduce_block) {
    const int64_t end = i + block_length(body, i);
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = i; j < end; ++j) {
      const T e = exp_negative(x[j] - shift);
      if constexpr (write) y[j] = e;
      sum += e;
    }
    total += double(sum);
  }
  if (body == n) return total;
  T part[w];
  store(part, load_few(x + body, n - body, -infinity<T>));
  T sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < w; ++j) {
    part[j] = exp_negative(part[j] - shift);
    sum += part[j];
  }
  if constexpr (write) store_few(y + body, load(part), n - body);
  return total + double(sum);
}

template <class T>
inline double exp_sum(const T* x, T shift, int64_t n) {
  return exp_row<false, T>(nullptr, x, shift, n);
}

template <class T>
void softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  T* out = as<T>(y);
  const double sum = exp_row<true>(out, in, row_max(in, n), n);
  const T scale = T(1 / sum);
  map(
      n, [scale](auto v) { return v * scale; }, out, out);
}

template <class T>
void log_softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  const T shift = row_max(in, n);
  const T log_sum = log(T(exp_sum(in, shift, n)));
  const auto normalise = [=](auto v) { return (v - shift) - log_sum; };
  map(n, normalise, as<T>(y), in);
}

template <class T>
void softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  const T mean = T(blocked_sum(n, product_of, grad, out));
  const auto backward = [mean](auto d, auto p) { return p * (d - mean); };
  map(n, backward, as<T>(gx), grad, out);
}

template <class T>
void log_softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  T* result = as<T>(gx);
  const T sum = T(blocked_sum(n, value_of, grad));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i)
    result[i] = grad[i] - exp_negative(out[i]) * sum;
}

// log(sum(exp(x))) = shift + log_sum.
template <class T>
struct LogSumExp {
  T shift;
  T log_sum;
  T total() const { return shift + log_sum; }
};

// An infinite maximum is not subtracted: rows of -inf give -inf, not nan.
template <class T>
LogSumExp<T> log_sum_exp(const T* x, int64_t n) {
  const T max = n > 0 ? row_max(x, n) : -infinity<T>;
  if (max - max == 0) return {max, log(T(exp_sum(x, max, n)))};
  T sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += exp(x[i]);
  return {0, log(sum)};
}

template <class T>
void logsumexp(void* out, const void* x, int64_t n) {
  *as<T>(out) = log_sum_exp(as<T>(x), n).total();
}

template <class T>
void cross_entropy(void* loss, void* lse, const void* x, int64_t target,
                   double smoothing, int64_t n) {
  const T* in = as<T>(x);
  const LogSumExp<T> sum = log_sum_exp(in, n);
  T total = (sum.shift - in[target]) + sum.log_sum;
  if (smoothing != 0) {
    const T mean = T(blocked_sum(n, value_of, in) / double(n));
    const T uniform = (sum.shift - mean) + sum.log_sum;
    total = T(1 - smoothing) * total + T(smoothing) * uniform;
  }
  *as<T>(lse) = sum.total();
  *as<T>(loss) = total;
}

template <class T>
void cross_entropy_backward(void* gx, double g, const void* x, const void* lse,
                            int64_t target, double smoothing, int64_t n) {
  const T* in = as<T>(x);
  T* out = as<T>(gx);
  const T log_sum = *as<T>(lse);
  const T grad = T(g);
  const T base = T(smoothing / double(n));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    out[i] = grad * (exp_negative(in[i] - log_sum) - base);
  }
  out[target] -= grad * T(1 - smoothing);
}

}  // namespace
}  // namespace taper::kernels::TAPER_ISA
