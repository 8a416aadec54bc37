// Softmax, cross-entropy and normalisation of contiguous rows and of columns:
// single-threaded leaf kernels in one table per instruction set.
// Array index: 0 float32, 1 float64. All pointers of one call share the type.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// Whether a mean is so many standard deviations from 0 that x has to be
/// centered before anything else, which PyTorch does not do.
constexpr bool is_far(double squared_mean, double variance) {
  return squared_mean > 64 * variance;
}

/// Outputs may be the same pointer as an input of the same shape. R rows and C
/// columns are contiguous unless a row stride (in elements) is passed.
struct NormTable {
  using Row = void (*)(void* y, const void* x, int64_t n);
  using RowBackward = void (*)(void* gx, const void* g, const void* y,
                               int64_t n);

  /// y = exp(x - max) / sum(exp(x - max)).
  PerReal<Row> softmax;
  /// y = x - logsumexp(x).
  PerReal<Row> log_softmax;
  /// gx = y * (g - sum(g * y)).
  PerReal<RowBackward> softmax_backward;
  /// gx = g - exp(y) * sum(g).
  PerReal<RowBackward> log_softmax_backward;
  /// y[0] = log(sum(exp(x))); -inf when n is 0 or every element is -inf.
  PerReal<Row> logsumexp;

  /// One row of class scores, s = smoothing:
  /// lse[0] = max(x), lse[1] = sum(exp(x - lse[0])) - 1, l = logsumexp(x),
  /// loss[0] = (1 - s) * (l - x[target]) + s * (l - mean(x)).
  void (*cross_entropy[kRealTypes])(void* loss, void* lse, const void* x,
                                    int64_t target, double smoothing,
                                    int64_t n);
  /// gx[j] = g * (softmax(x)[j] - (1 - s) * (j == target) - s / n); lse becomes
  /// softmax(x)[target] and g.
  void (*cross_entropy_backward[kRealTypes])(void* gx, double g, const void* x,
                                             void* lse, int64_t target,
                                             double smoothing, int64_t n);

  /// mean[0] and rstd[0] = 1 / sqrt(biased variance + eps) of a row.
  void (*row_stats[kRealTypes])(void* mean, void* rstd, const void* x,
                                int64_t n, double eps);
  /// The same by two passes, then y = (x - mean) * rstd * gamma + beta; gamma
  /// and beta (n elements each) may be null.
  void (*layer_norm[kRealTypes])(void* y, void* mean, void* rstd, const void* x,
                                 const void* gamma, const void* beta, int64_t n,
                                 double eps);
  /// Gradient of one row: with h = g * gamma and z = (x - mean) * rstd,
  /// gx = rstd * (h - mean(h) - z * mean(h * z)); gamma may be null.
  void (*layer_norm_backward[kRealTypes])(void* gx, const void* g,
                                          const void* x, const void* gamma,
                                          const void* mean, const void* rstd,
                                          int64_t n);
  /// dgamma[c] += sum over rows of g * (x - mean[r]) * rstd[r], dbeta[c] +=
  /// sum of g; either may be null. Blocks of 64 rows keep float accurate.
  void (*layer_norm_params[kRealTypes])(void* dgamma, void* dbeta,
                                        const void* g, const void* x,
                                        const void* mean, const void* rstd,
                                        int64_t rows, int64_t cols);

  /// Mean and biased variance of every column. Columns are independent, so
  /// threads may take column ranges.
  void (*column_mean_var[kRealTypes])(void* mean, void* var, const void* x,
                                      int64_t rows, int64_t cols,
                                      int64_t row_stride);
  /// y = (x - mean) * scale + shift with one mean, scale and shift.
  void (*affine_row[kRealTypes])(void* y, const void* x, double mean,
                                 double scale, double shift, int64_t n);
  /// y[r][c] = (x[r][c] - mean[c]) * scale[c] + shift[c].
  void (*affine_columns[kRealTypes])(void* y, const void* x, const void* mean,
                                     const void* scale, const void* shift,
                                     int64_t rows, int64_t cols,
                                     int64_t row_stride);
  /// sum_g += sum of g, sum_gx += sum of g * (x - mean) over a row.
  void (*row_grad_sums[kRealTypes])(double* sum_g, double* sum_gx,
                                    const void* g, const void* x, double mean,
                                    int64_t n);
  /// sum_g[c] = sum of g, sum_gx[c] = sum of g * (x - mean[c]) over the rows.
  void (*column_grad_sums[kRealTypes])(void* sum_g, void* sum_gx, const void* g,
                                       const void* x, const void* mean,
                                       int64_t rows, int64_t cols,
                                       int64_t row_stride);
  /// gx = a * g + b * (x - mean) + c: the gradient of every normalisation with
  /// a = rstd * gamma, b = -a * rstd^2 * mean(g (x - mean)), c = -a * mean(g).
  void (*row_grad[kRealTypes])(void* gx, const void* g, const void* x,
                               double mean, double a, double b, double c,
                               int64_t n);
  /// The same with one mean, a, b and c per column.
  void (*column_grad[kRealTypes])(void* gx, const void* g, const void* x,
                                  const void* mean, const void* a,
                                  const void* b, const void* c, int64_t rows,
                                  int64_t cols, int64_t row_stride);
};

TAPER_TABLE(NormTable, norm_table)

}  // namespace taper::kernels
