// Variance, norms and logsumexp.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "taper/tensor/kernels/elementwise.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/rescue.h"
#include "taper/tensor/kernels/simd/norm.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Rows and columns of a matrix that one task of column_var takes, and rows
// that it centers at once so that they stay in the first cache.
constexpr int64_t kVarRows = 64;
constexpr int64_t kVarCols = 256;
constexpr int64_t kCenterRows = 16;

// y[r] = f(row r, length) for every row of the plan.
template <class F>
void map_rows(Tensor& y, const ReducePlan& plan, const F& f) {
  const char* x = plan.x.data_as<char>();
  const int64_t step = plan.outer_bytes();
  visit_floating(y.dtype(), [&]<class T>(T) {
    T* out = y.data_as<T>();
    for_each_row(plan.outer, plan.count, [&](int64_t r) {
      out[r] = static_cast<T>(f(x + r * step, plan.count, r));
    });
  });
}

// Moves the center of a sum of squares of n elements by `shift`; nan stays.
double recentered(double sum_sq, double n, double shift) {
  return std::max(sum_sq - n * shift * shift, 0.0);
}

// What the sums of squares become: the root is taken before rounding to float.
struct Spread {
  double divisor;
  bool root;
  double operator()(double squares) const {
    const double var = squares / divisor;
    return root ? std::sqrt(var) : var;
  }
};

// In double, so that the spread of a few numbers is rounded once, as PyTorch's.
constexpr int64_t kShortRow = 128;
double short_sum_sq(const float* x, double mean, int64_t n) {
  double sums[4] = {};
  for (int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(x[i]) - mean;
    sums[i % 4] += d * d;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

void row_var(Tensor& y, Tensor& mean, const ReducePlan& plan, Spread spread) {
  const ScalarType dtype = y.dtype();
  visit_floating(dtype, [&]<class T>(T) {
    T* means = mean.data_as<T>();
    map_rows(y, plan, [&](const char* x, int64_t n, int64_t r) {
      const double center = wide_sum(reduce_table->wide_sum, dtype, n, x) /
                            static_cast<double>(n);
      means[r] = static_cast<T>(center);
      const auto rounded = static_cast<double>(means[r]);
      const double squares =
          dtype == kFloat && n <= kShortRow && plan.outer == 1
              ? short_sum_sq(reinterpret_cast<const float*>(x), rounded, n)
              : wide_sum(reduce_table->sum_sq, dtype, n, x, rounded);
      return spread(
          recentered(squares, static_cast<double>(n), center - rounded));
    });
  });
}

struct Block {
  const char* x;
  const char* mean;
  char* sum;
  char* sum_sq;
  int64_t rows, row_bytes, cols;
};

// Sums of d = x - mean and of d^2 for every column; d goes through `scratch`.
void center_block(const Block& block, char* scratch, ScalarType dtype) {
  const int i = index_of(dtype);
  const int64_t bytes = block.cols * element_size(dtype);
  std::memset(block.sum, 0, static_cast<size_t>(bytes));
  std::memset(block.sum_sq, 0, static_cast<size_t>(bytes));
  for (int64_t first = 0; first < block.rows; first += kCenterRows) {
    const int64_t rows = std::min(block.rows - first, kCenterRows);
    for (int64_t r = 0; r < rows; ++r) {
      elementwise_table->sub[i](scratch + r * bytes,
                                block.x + (first + r) * block.row_bytes,
                                block.mean, block.cols, false, false);
    }
    reduce_table->add_rows[i](block.sum, scratch, rows, block.cols, block.cols);
    elementwise_table->square[i](scratch, scratch, rows * block.cols);
    reduce_table->add_rows[i](block.sum_sq, scratch, rows, block.cols,
                              block.cols);
  }
}

// Shape (2, outer, blocks, cols): sums of x - mean and of its square.
Tensor centered_partials(const ReducePlan& plan, const Tensor& mean) {
  const ScalarType dtype = mean.dtype();
  const int64_t size = element_size(dtype);
  const int64_t blocks = div_up(plan.count, kVarRows);
  const int64_t strips = div_up(plan.inner, kVarCols);
  Tensor partials = empty({2, plan.outer, blocks, plan.inner}, dtype);
  const int64_t half = plan.outer * blocks * plan.inner * size;
  const char* x = plan.x.data_as<char>();
  const int64_t work =
      std::min(plan.count, kVarRows) * std::min(plan.inner, kVarCols);
  const auto run = [&](int64_t begin, int64_t end) {
    Scratch scratch(kCenterRows * kVarCols * size);
    for (int64_t t = begin; t < end; ++t) {
      const int64_t col = t % strips * kVarCols;
      const int64_t block = t / strips;
      const int64_t row = block % blocks * kVarRows;
      const int64_t o = block / blocks;
      char* sum = partials.data_as<char>() + (block * plan.inner + col) * size;
      center_block(
          {x + o * plan.outer_bytes() + (row * plan.count_stride + col) * size,
           mean.data_as<char>() + (o * plan.inner + col) * size, sum,
           sum + half, std::min(plan.count - row, kVarRows),
           plan.count_stride * size, std::min(plan.inner - col, kVarCols)},
          scratch.data(), dtype);
    }
  };
  const int64_t grain = 1 + kReduceGrain / work;
  parallel_for(0, plan.outer * blocks * strips, grain, run);
  return partials;
}

void column_var(Tensor& y, const Tensor& mean, const ReducePlan& plan,
                Spread spread) {
  const Tensor sums = sum(centered_partials(plan, mean), Dims{1} << 2);
  const int64_t results = plan.outer * plan.inner;
  visit_floating(y.dtype(), [&]<class T>(T) {
    const T* d = sums.data_as<T>();
    const auto n = static_cast<double>(plan.count);
    for (int64_t i = 0; i < results; ++i) {
      const auto squares = static_cast<double>(d[results + i]);
      const auto total = static_cast<double>(d[i]);
      y.data_as<T>()[i] =
          static_cast<T>(spread(recentered(squares, n, total / n)));
    }
  });
}

// One mean and scale per row, as they come from reducing the last dims.
Tensor center_rows(const Tensor& x, const Tensor& mean, const Tensor& scale) {
  Tensor y = empty_like(x);
  const int i = index_of(x.dtype());
  const int64_t n = x.numel() / mean.numel();
  visit_floating(x.dtype(), [&]<class T>(T) {
    for_each_row(mean.numel(), n, [&](int64_t r) {
      parallel_for(0, n, kReduceGrain, [&](int64_t begin, int64_t end) {
        norm_table->affine_row[i](
            y.data_as<T>() + r * n + begin, x.data_as<T>() + r * n + begin,
            static_cast<double>(mean.data_as<T>()[r]),
            static_cast<double>(scale.data_as<T>()[r]), 0, end - begin);
      });
    });
  });
  return y;
}

// One mean and scale per column, as they come from reducing the first dims.
Tensor center_columns(const Tensor& x, const Tensor& mean,
                      const Tensor& scale) {
  Tensor y = empty_like(x);
  const Tensor zero = zeros(mean.sizes(), x.dtype());
  const int64_t cols = mean.numel();
  const auto affine = norm_table->affine_columns[index_of(x.dtype())];
  parallel_for(0, x.numel() / cols, 1 + kReduceGrain / cols,
               [&](int64_t begin, int64_t end) {
                 affine(at(y, begin * cols), at(x, begin * cols),
                        mean.data_ptr(), scale.data_ptr(), zero.data_ptr(),
                        end - begin, cols, cols);
               });
  return y;
}

Tensor root_of_squares(const Tensor& x, Dims dims, bool keepdim) {
  const ReducePlan plan = plan_reduction(x, dims, Terms::kInOrder);
  if (plan.columns()) {
    Tensor y = sum(unary(elementwise_table->square, "norm", x), dims, keepdim);
    unary_into(y, elementwise_table->sqrt, "norm", y);
    return y;
  }
  ReduceResult y(plan, x, dims, keepdim, x.dtype());
  map_rows(y.flat(), plan, [&](const char* row, int64_t n, int64_t) {
    return std::sqrt(wide_sum(reduce_table->sum_sq, x.dtype(), n, row, 0));
  });
  return y.in_order();
}

Tensor sum_of_abs(const Tensor& x, Dims dims, bool keepdim) {
  const ReducePlan plan = plan_reduction(x, dims, Terms::kInOrder);
  if (plan.columns()) {
    return sum(unary(elementwise_table->abs, "norm", x), dims, keepdim);
  }
  ReduceResult y(plan, x, dims, keepdim, x.dtype());
  map_rows(y.flat(), plan, [&](const char* row, int64_t n, int64_t) {
    return wide_sum(reduce_table->abs_sum, x.dtype(), n, row);
  });
  return y.in_order();
}

Tensor largest_abs(const Tensor& x, Dims dims, bool keepdim) {
  const Tensor low =
      unary(elementwise_table->neg, "norm", amin(x, dims, keepdim));
  return binary(elementwise_table->maximum, "norm", amax(x, dims, keepdim),
                low);
}

Tensor root_of_powers(const Tensor& x, double p, Dims dims, bool keepdim) {
  const Tensor powers =
      binary(elementwise_table->pow, "norm",
             unary(elementwise_table->abs, "norm", x), Scalar(p));
  return binary(elementwise_table->pow, "norm", sum(powers, dims, keepdim),
                Scalar(1 / p));
}

// The range in which the sum of the powers is neither infinite nor made of
// numbers that have lost digits on their way to 0.
Trusted trusted_norms(const Tensor& x, double p) {
  const double most = largest_of(x);
  if (p == 2) return {by_type(x, 0x1p-40, 0x1p-400), most};
  const double least = std::pow(by_type(x, 0x1p-80, 0x1p-800), 1 / p);
  if (p > 0) return {least, most, Trusted::By::kLargest};
  return {by_type(x, std::numeric_limits<float>::denorm_min(),
                  std::numeric_limits<double>::denorm_min()),
          std::min(least, most), Trusted::By::kSmallest};
}

}  // namespace

Tensor var(const Tensor& x, Dims dims, bool keepdim, double correction,
           Tensor* mean_out, bool root) {
  if (is_narrow(x)) {
    const Tensor y = var(widened(x), dims, keepdim, correction, mean_out, root);
    if (mean_out != nullptr) *mean_out = cast(*mean_out, x.dtype());
    return cast(y, x.dtype());
  }
  const profiler::OpScope scope("var", x);
  const double divisor =
      std::max(static_cast<double>(reduced_numel(x, dims)) - correction, 0.0);
  if (x.numel() == 0) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const SmallShape shape = reduced_shape(x, dims, keepdim);
    if (mean_out != nullptr) *mean_out = full(shape, nan, x.dtype());
    return full(shape, nan, x.dtype());
  }
  const ReducePlan plan = plan_reduction(x, dims, Terms::kInOrder);
  ReduceResult y(plan, x, dims, keepdim, x.dtype());
  ReduceResult center(plan, x, dims, keepdim, x.dtype());
  if (plan.columns()) {
    // Results are in the order of the plan, as a (outer, count, inner) matrix.
    const Tensor matrix = alias(plan.x, {plan.outer, plan.count, plan.inner},
                                {plan.outer_stride, plan.count_stride, 1},
                                plan.x.data_as<char>());
    const Tensor flat = mean(matrix, Dims{1} << 1);
    column_var(y.flat(), flat, plan, {divisor, root});
    if (mean_out != nullptr) {
      copy_into(center.flat(),
                alias(flat, center.flat().sizes(), center.flat().strides(),
                      flat.data_as<char>()));
    }
  } else {
    row_var(y.flat(), center.flat(), plan, {divisor, root});
  }
  Tensor result = y.in_order();
  if (mean_out != nullptr) *mean_out = center.in_order();
  const double least = root ? by_type(x, 0x1p-40, 0x1p-400) : 0;
  rescue(result, x, dims, {least, largest_of(x)},
         [&](const Tensor& near_one, const Tensor& divisors) {
           Tensor means;
           const Tensor again =
               var(near_one, dims, keepdim, correction, &means, root);
           if (mean_out != nullptr) {
             take_rescued(*mean_out, means, divisors, 1, true);
           }
           take_rescued(result, again, divisors, root ? 1 : 2);
         });
  return result;
}

Tensor center_scaled(const Tensor& x, const Tensor& mean, const Tensor& scale,
                     Dims dims) {
  if (is_narrow(x)) {
    return cast(center_scaled(widened(x), widened(mean), widened(scale), dims),
                x.dtype());
  }
  const profiler::OpScope scope("center_scaled", x, mean);
  const bool dense = x.is_contiguous() && mean.is_contiguous() &&
                     scale.is_contiguous() && x.numel() != 0;
  const Dims kept = every_dim(x) & ~dims;
  if (dense && (kept & (kept + 1)) == 0) return center_rows(x, mean, scale);
  if (dense && (dims & (dims + 1)) == 0) return center_columns(x, mean, scale);
  Tensor y = binary(elementwise_table->sub, "var", x, mean);
  binary_into(y, elementwise_table->mul, "var", y, scale);
  return y;
}

Tensor vector_norm(const Tensor& x, double p, Dims dims, bool keepdim) {
  if (is_narrow(x)) {
    return cast(vector_norm(widened(x), p, dims, keepdim), x.dtype());
  }
  const profiler::OpScope scope("norm", x);
  if (p == 0) return cast(count_nonzero(x, dims, keepdim), x.dtype());
  if (x.numel() == 0) {
    return full(reduced_shape(x, dims, keepdim), 0, x.dtype());
  }
  if (p == 1) return sum_of_abs(x, dims, keepdim);
  if (p == std::numeric_limits<double>::infinity()) {
    return largest_abs(x, dims, keepdim);
  }
  if (p == -std::numeric_limits<double>::infinity()) {
    return amin(unary(elementwise_table->abs, "norm", x), dims, keepdim);
  }
  Tensor y = p == 2 ? root_of_squares(x, dims, keepdim)
                    : root_of_powers(x, p, dims, keepdim);
  rescue(y, x, dims, trusted_norms(x, p),
         [&](const Tensor& near_one, const Tensor& divisors) {
           take_rescued(y, vector_norm(near_one, p, dims, keepdim), divisors,
                        1);
         });
  return y;
}

Tensor logsumexp(const Tensor& x, Dims dims, bool keepdim) {
  if (is_narrow(x)) {
    return cast(logsumexp(widened(x), dims, keepdim), x.dtype());
  }
  const profiler::OpScope scope("logsumexp", x);
  if (x.numel() == 0) {
    return full(reduced_shape(x, dims, keepdim),
                -std::numeric_limits<double>::infinity(), x.dtype());
  }
  // logsumexp of the logsumexps of pieces is that of the whole.
  const ReduceLeaf::Row row = norm_table->logsumexp[index_of(x.dtype())];
  return reduce_with({x.dtype(), x.dtype(), row, row, row, kRowPiece}, x, dims,
                     keepdim);
}

}  // namespace taper::kernels
