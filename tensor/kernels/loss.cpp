// Sums of differences, and rows of classes, shared between threads.
#include "taper/tensor/kernels/loss.h"

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

double read(const void* data, ScalarType dtype, int64_t i) {
  return visit_floating(dtype, [&](auto zero) {
    return static_cast<double>(static_cast<const decltype(zero)*>(data)[i]);
  });
}

void write(void* data, ScalarType dtype, int64_t i, double value) {
  visit_floating(dtype, [&]<class T>(T) {
    static_cast<T*>(data)[i] = static_cast<T>(value);
  });
}

int64_t row_grain(int64_t classes) { return 1 + 16384 / (classes + 1); }

// With class weights and smoothing the uniform part is a weighted sum over the
// classes: sum_c w[c] (lse - x[c]) * s / C.
double smooth_part(const Tensor& x, int64_t row, double lse,
                   const ClassTargets& t) {
  int64_t classes = x.size(1);
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) {
    sum += read(t.weight, x.dtype(), c) *
           (lse - read(x.data_ptr(), x.dtype(), row * classes + c));
  }
  return sum * t.label_smoothing / static_cast<double>(classes);
}

Tensor difference_sum(const char* op,
                      const PerReal<ReduceTable::WideSum2>& whole,
                      const PerReal<ReduceTable::Blocks2>& blocks,
                      const Tensor& x, const Tensor& y, double divisor) {
  if (is_narrow(x)) {
    return cast(
        difference_sum(op, whole, blocks, widened(x), widened(y), divisor),
        x.dtype());
  }
  const profiler::OpScope scope(op, x, y);
  return full({}, paired_sum(whole, blocks, x, y) / divisor, x.dtype());
}

}  // namespace

Tensor sum_square_difference(const Tensor& x, const Tensor& y, double divisor) {
  return difference_sum("mse_loss", reduce_table->sum_sq_diff,
                        reduce_table->sum_sq_diff_blocks, x, y, divisor);
}

Tensor sum_absolute_difference(const Tensor& x, const Tensor& y,
                               double divisor) {
  return difference_sum("l1_loss", reduce_table->sum_abs_diff,
                        reduce_table->sum_abs_diff_blocks, x, y, divisor);
}

double cross_entropy_rows(Tensor& loss, Tensor& lse, const Tensor& x,
                          const ClassTargets& t) {
  const profiler::OpScope scope("cross_entropy", x);
  int64_t rows = x.size(0);
  int64_t classes = x.size(1);
  int64_t bytes = x.element_size();
  ScalarType dtype = x.dtype();
  auto leaf = norm_table->cross_entropy[index_of(x.dtype())];
  char* losses = loss.data_as<char>();
  char* sums = lse.data_as<char>();
  parallel_for(0, rows, row_grain(classes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t target = t.target[i];
      if (target == t.ignore_index) {
        write(losses, dtype, i, 0);
        write(sums, dtype, i, 0);
        continue;
      }
      bool weighted = t.weight != nullptr;
      leaf(losses + i * bytes, sums + i * bytes,
           x.data_as<char>() + i * classes * bytes, target,
           weighted ? 0 : t.label_smoothing, classes);
      if (!weighted) continue;
      double value = read(losses, dtype, i) * read(t.weight, dtype, target);
      if (t.label_smoothing > 0) {
        value = value * (1 - t.label_smoothing) +
                smooth_part(x, i, read(sums, dtype, i), t);
      }
      write(losses, dtype, i, value);
    }
  });
  double weight = 0;
  for (int64_t i = 0; i < rows; ++i) {
    if (t.target[i] == t.ignore_index) continue;
    weight += t.weight ? read(t.weight, dtype, t.target[i]) : 1;
  }
  return weight;
}

void cross_entropy_rows_backward(Tensor& grad_x, const Tensor& grad,
                                 double scale, const Tensor& x,
                                 const Tensor& lse, const ClassTargets& t) {
  const profiler::OpScope scope("cross_entropy_backward", grad, x);
  int64_t rows = x.size(0);
  int64_t classes = x.size(1);
  int64_t bytes = x.element_size();
  ScalarType dtype = x.dtype();
  auto leaf = norm_table->cross_entropy_backward[index_of(x.dtype())];
  bool per_row = grad.numel() > 1;
  parallel_for(0, rows, row_grain(classes), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double g = read(grad.data_ptr(), dtype, per_row ? i : 0) * scale;
      int64_t target = t.target[i];
      char* out = grad_x.data_as<char>() + i * classes * bytes;
      if (target == t.ignore_index) {
        for (int64_t c = 0; c < classes; ++c) write(out, dtype, c, 0);
        continue;
      }
      if (t.weight) g *= read(t.weight, dtype, target);
      leaf(out, g, x.data_as<char>() + i * classes * bytes,
           lse.data_as<char>() + i * bytes, target, t.label_smoothing, classes);
    }
  });
}

}  // namespace taper::kernels
