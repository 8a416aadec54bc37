// Rows of scores as softmax weights, block by block.
#include "taper/tensor/kernels/simd/attention.h"

#include "taper/tensor/kernels/simd/softmax.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
TAPER_INLINE int64_t whole_vectors(int64_t n) {
  return (n + lanes<T> - 1) / lanes<T> * lanes<T>;
}

/// A row that sees nothing yet must not make nan of -inf - (-inf).
template <class T>
TAPER_INLINE T finite_top(T top) {
  return top == -infinity<T> ? 0 : top;
}

/// Row i of the scores with the mask, and -inf where nothing is seen: beyond
/// the diagonal and from the last column to a whole vector. Returns the length.
template <class T>
TAPER_INLINE int64_t mask_row(const ScoreBlock& block, int64_t i, T* scores) {
  const int64_t n = block.columns;
  const int64_t whole = whole_vectors<T>(n);
  if (block.mask != nullptr) {
    const T* mask = as<T>(block.mask) + i * block.mask_stride;
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) scores[j] += mask[j];
  }
  int64_t seen = i + block.diagonal + 1;
  seen = seen < 0 ? 0 : seen < n ? seen : n;
  for (int64_t j = seen; j < whole; ++j) scores[j] = -infinity<T>;
  return whole;
}

template <class T>
TAPER_INLINE void scale_row(T* x, T factor, int64_t n) {
#pragma omp simd
  for (int64_t j = 0; j < n; ++j) x[j] *= factor;
}

/// x[j] is kept or becomes 0; gcc vectorises selection by bool badly.
template <class T>
TAPER_INLINE void drop(const ScoreBlock& block, int64_t i, T* x) {
  const auto* keep =
      reinterpret_cast<const uint8_t*>(block.keep) + i * block.keep_stride;
  const T scale = static_cast<T>(block.keep_scale);
#pragma omp simd
  for (int64_t j = 0; j < block.columns; ++j) {
    x[j] *= scale * static_cast<T>(static_cast<int>(keep[j]));
  }
}

/// Raises top[i] to the maximum of row i and tells by what that has to be
/// multiplied which was computed with the old one.
template <class T>
TAPER_INLINE void raise_tops(const ScoreBlock& block, T* scores, T* top,
                             T* factor) {
  for (int64_t i = 0; i < block.rows; ++i) {
    T* x = scores + i * block.stride;
    factor[i] = top[i];
    const T high = row_max(x, mask_row(block, i, x));
    top[i] = high > top[i] ? high : top[i];
  }
#pragma omp simd
  for (int64_t i = 0; i < block.rows; ++i) {
    factor[i] = exp_negative(factor[i] - finite_top(top[i]));
  }
}

template <class T>
void forward(const ScoreBlock& block, void* scores, void* tops, void* sums,
             void* out, int64_t out_stride, int64_t width) {
  T* top = as<T>(tops);
  T* sum = as<T>(sums);
  T factor[attention_rows];
  raise_tops(block, as<T>(scores), top, factor);
  const int64_t n = whole_vectors<T>(block.columns);
  for (int64_t i = 0; i < block.rows; ++i) {
    T* x = as<T>(scores) + i * block.stride;
    const T shift = finite_top(top[i]);
    T row_sum = 0;
#pragma omp simd reduction(+ : row_sum)
    for (int64_t j = 0; j < n; ++j) {
      x[j] = exp_negative(x[j] - shift);
      row_sum += x[j];
    }
    sum[i] = fmadd(sum[i], factor[i], row_sum);
    if (out != nullptr && factor[i] != 1) {
      scale_row(as<T>(out) + i * out_stride, factor[i], width);
    }
    if (block.keep != nullptr) drop(block, i, x);
  }
}

template <class T>
void finish(int64_t rows, void* tops, void* sums, void* out, int64_t out_stride,
            int64_t width) {
  T* top = as<T>(tops);
  T* sum = as<T>(sums);
  for (int64_t i = 0; i < rows; ++i) {
    top[i] = finite_top(top[i]);
    sum[i] = sum[i] == 0 ? 0 : 1 / sum[i];
    scale_row(as<T>(out) + i * out_stride, sum[i], width);
  }
}

template <class T>
void backward(const ScoreBlock& block, void* scores, void* grads,
              const void* tops, const void* factors, const void* deltas) {
  for (int64_t i = 0; i < block.rows; ++i) {
    T* p = as<T>(scores) + i * block.stride;
    T* d = as<T>(grads) + i * block.stride;
    const int64_t n = mask_row(block, i, p);
    const T top = as<T>(tops)[i];
    const T factor = as<T>(factors)[i];
    const T delta = as<T>(deltas)[i];
    if (block.keep != nullptr) drop(block, i, d);
#pragma omp simd
    for (int64_t j = 0; j < n; ++j) {
      p[j] = exp_negative(p[j] - top) * factor;
      d[j] = p[j] * (d[j] - delta);
    }
    if (block.keep != nullptr) drop(block, i, p);
  }
}

}  // namespace

const AttentionTable attention_table = {
    .forward = {forward<float>, forward<double>},
    .finish = {finish<float>, finish<double>},
    .backward = {backward<float>, backward<double>},
};

}  // namespace taper::kernels::TAPER_ISA
