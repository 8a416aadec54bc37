// Sums of differences, and rows of classes, shared between threads.
#include "taper/tensor/kernels/loss.h"

#include <algorithm>
#include <cmath>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

int64_t row_grain(int64_t classes) { return 1 + 16384 / (classes + 1); }

}  // namespace

Tensor sum_square_difference(const Tensor& x, const Tensor& y, double divisor) {
  if (is_narrow(x)) {
    return cast(sum_square_difference(widened(x), widened(y), divisor),
                x.dtype());
  }
  const profiler::OpScope scope("mse_loss", x, y);
  const double sum = wide_sum(reduce_table->sum_sq_diff, x.dtype(), x.numel(),
                              x.data_ptr(), y.data_ptr());
  if (std::isfinite(sum)) return full({}, sum / divisor, x.dtype());
  // The mean may fit the dtype where the sum does not.
  const Tensor terms = unary(elementwise_table->square, "mse_loss",
                             binary(elementwise_table->sub, "mse_loss", x, y));
  return divisor == 1 ? kernels::sum(terms, every_dim(x))
                      : mean(terms, every_dim(x));
}

Tensor pair_distances(const Tensor& x) {
  const profiler::OpScope scope("pdist", x);
  const int64_t n = x.size(0), d = x.size(1);
  Tensor y = empty({n * (n - 1) / 2}, x.dtype());
  const auto leaf = reduce_table->sum_sq_diff.whole[index_of(x.dtype())];
  visit_floating(x.dtype(), [&]<class T>(T) {
    const T* rows = x.data_as<T>();
    // Long rows of pairs go with short ones.
    parallel_each((n + 1) / 2, 1 + 32768 / (1 + n * d), [&](int64_t k) {
      for (const int64_t i : {k, n - 1 - k}) {
        T* to = y.data_as<T>() + i * (2 * n - i - 1) / 2;
        for (int64_t j = i + 1; j < n; ++j) {
          *to++ =
              static_cast<T>(std::sqrt(leaf(rows + i * d, rows + j * d, d)));
        }
      }
    });
  });
  return y;
}

double cross_entropy_rows(Tensor& loss, Tensor& lse, const Tensor& x,
                          const ClassTargets& t) {
  const profiler::OpScope scope("cross_entropy", x);
  const int64_t rows = x.size(0);
  const int64_t classes = x.size(1);
  const auto leaf = norm_table->cross_entropy[index_of(x.dtype())];
  return visit_floating(x.dtype(), [&]<class T>(T) {
    T* losses = loss.data_as<T>();
    T* sums = lse.data_as<T>();
    const T* weight = static_cast<const T*>(t.weight);
    parallel_each(rows, row_grain(classes), [&](int64_t i) {
      const int64_t target = t.target[i];
      if (target == t.ignore_index) {
        losses[i] = sums[2 * i] = sums[2 * i + 1] = 0;
        return;
      }
      const T* row = x.data_as<T>() + i * classes;
      leaf(losses + i, sums + 2 * i, row, target, t.label_smoothing, classes);
      if (!weight) return;
      losses[i] *= weight[target];
      // A nan in the loss, be it 0 times inf, is one in the gradient.
      if (losses[i] != losses[i]) sums[2 * i + 1] = losses[i];
    });
    double total = 0;
    for (int64_t i = 0; i < rows; ++i) {
      if (t.target[i] == t.ignore_index) continue;
      total += weight ? static_cast<double>(weight[t.target[i]]) : 1;
    }
    return total;
  });
}

void cross_entropy_rows_backward(Tensor& grad_x, double scale, const Tensor& x,
                                 Tensor& lse, const ClassTargets& t) {
  const profiler::OpScope scope("cross_entropy_backward", x);
  const int64_t classes = x.size(1);
  const auto leaf = norm_table->cross_entropy_backward[index_of(x.dtype())];
  visit_floating(x.dtype(), [&]<class T>(T) {
    const T* weight = static_cast<const T*>(t.weight);
    parallel_each(x.size(0), row_grain(classes), [&](int64_t i) {
      T* out = grad_x.data_as<T>() + i * classes;
      const int64_t target = t.target[i];
      if (target == t.ignore_index) {
        std::fill(out, out + classes, T(0));
        return;
      }
      const double g =
          weight ? scale * static_cast<double>(weight[target]) : scale;
      leaf(out, g, x.data_as<T>() + i * classes, lse.data_as<T>() + 2 * i,
           target, t.label_smoothing, classes);
    });
  });
}

}  // namespace taper::kernels
