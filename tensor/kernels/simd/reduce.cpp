// Loops over rows and columns, and the table of them.
#include "taper/tensor/kernels/simd/reduce.h"

#include <type_traits>

#include "taper/tensor/kernels/simd/blocked_sum.h"
#include "taper/tensor/kernels/simd/columns.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

using Bool = uint8_t;

// The type of sums and products of T, and the type they accumulate in.
// Integers wrap around in uint64, which has the bits of PyTorch's int64.
template <class T>
using Result = std::conditional_t<std::is_floating_point_v<T>, T, uint64_t>;
template <class T>
using Wide = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;

// A sum of Term over the elements of rows X, each of them a const void*.
template <class Term, class... X>
struct SumOf {
  template <class T>
  static double whole(X... x, int64_t n) {
    return blocked_sum(n, Term{}, as<T>(x)...);
  }
  template <class T>
  static void blocks(double* out, X... x, int64_t n) {
    partial_sums(out, n, Term{}, as<T>(x)...);
  }
  static constexpr SumKernels<X...> kernels = {{whole<float>, whole<double>},
                                               {blocks<float>, blocks<double>}};
};
template <class Term>
using RowSum = SumOf<Term, const void*>;
template <class Term>
using PairSum = SumOf<Term, const void*, const void*>;

using Sum = RowSum<decltype(value_of)>;

template <class T>
double sum_sq(const void* x, double center, int64_t n) {
  return blocked_sum(n, square_around(T(center)), as<T>(x));
}

template <class T>
void sum_sq_blocks(double* out, const void* x, double center, int64_t n) {
  partial_sums(out, n, square_around(T(center)), as<T>(x));
}

template <class T>
void sum(void* out, const void* x, int64_t n) {
  *as<T>(out) = T(Sum::whole<T>(x, n));
}

template <class T>
void sum_blocks(void* out, const void* x, int64_t n) {
  Sum::blocks<T>(as<double>(out), x, n);
}

double combine(const double* partials, int64_t count) {
  PairwiseSum<double> sum;
  for (int64_t i = 0; i < count; ++i) sum.push(partials[i]);
  return sum.total();
}

template <class T>
void sum_combine(void* out, const void* partials, int64_t count) {
  *as<T>(out) = T(combine(as<double>(partials), count));
}

// Blocks of bools fit 32-bit lanes, which are cheaper to widen to.
template <class T>
uint64_t integer_sum(const T* x, int64_t n) {
  using Lane = std::conditional_t<sizeof(T) == 1, uint32_t, uint64_t>;
  uint64_t total = 0;
  for (int64_t i = 0; i < n; i += reduce_block) {
    const int64_t end = i + block_length(n, i);
    Lane sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = i; j < end; ++j) sum += static_cast<Lane>(x[j]);
    total += sum;
  }
  return total;
}

template <class T>
void sum_integers(void* out, const void* x, int64_t n) {
  *as<uint64_t>(out) = integer_sum(as<T>(x), n);
}

template <class T>
void sum_integer_blocks(void* out, const void* x, int64_t n) {
  auto* partial = as<uint64_t>(out);
  for (int64_t i = 0; i < n; i += reduce_block) {
    *partial++ = integer_sum(as<T>(x) + i, block_length(n, i));
  }
}

template <class T>
void prod(void* out, const void* x, int64_t n) {
  const T* p = as<T>(x);
  Wide<T> lane[4] = {1, 1, 1, 1};
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (int j = 0; j < 4; ++j) lane[j] *= Wide<T>(p[i + j]);
  }
  for (; i < n; ++i) lane[0] *= Wide<T>(p[i]);
  const Wide<T> total = (lane[0] * lane[1]) * (lane[2] * lane[3]);
  *as<Result<T>>(out) = Result<T>(total);
}

using Add = decltype([](auto a, auto b) { return a + b; });
using Multiply = decltype([](auto a, auto b) { return a * b; });

template <class T, class Op, int start>
void running(void* out, const void* x, int64_t n) {
  Wide<T> total = start;
  for (int64_t i = 0; i < n; ++i) {
    total = Op{}(total, Wide<T>(as<T>(x)[i]));
    as<Result<T>>(out)[i] = Result<T>(total);
  }
}

using Max = decltype(max_of);
using Min = decltype(min_of);

template <class T, class Op>
void best(void* out, const void* x, int64_t n) {
  *as<T>(out) = fold(as<T>(x), n, Op{});
}

// Whether `take` replaces `keep`: it is strictly better, or the first nan.
using Above = decltype([](auto take, auto keep) -> bool {
  return (take > keep) | ((take != take) & (keep == keep));
});
using Below = decltype([](auto take, auto keep) -> bool {
  return (take < keep) | ((take != take) & (keep == keep));
});

template <class T>
int64_t find(const T* x, int64_t n, T value) {
  constexpr int64_t step = 256;
  const bool is_nan = value != value;
  const auto match = [=](T v) -> unsigned {
    return (v == value) | ((v != v) & is_nan);
  };
  int64_t i = 0;
  for (; i + step <= n; i += step) {
    unsigned found = 0;
#pragma omp simd reduction(| : found)
    for (int64_t j = 0; j < step; ++j) found |= match(x[i + j]);
    if (found != 0) break;
  }
  while (i < n - 1 && match(x[i]) == 0) ++i;
  return i;
}

// Only the block that holds the best element is read twice.
template <class T, class Op, class Better>
void arg_best(void* out, const void* x, int64_t n) {
  const T* p = as<T>(x);
  T value = fold(p, block_length(n, 0), Op{});
  int64_t start = 0;
  for (int64_t i = reduce_block; i < n; i += reduce_block) {
    const T candidate = fold(p + i, block_length(n, i), Op{});
    if (!Better{}(candidate, value)) continue;
    value = candidate;
    start = i;
  }
  *as<int64_t>(out) = start + find(p + start, block_length(n, start), value);
}

template <class T>
int64_t count(const T* x, int64_t n) {
  int64_t total = 0;
  for (int64_t i = 0; i < n; i += reduce_block) {
    const int64_t length = block_length(n, i);
    int32_t block = 0;
#pragma omp simd reduction(+ : block)
    for (int64_t j = 0; j < length; ++j) block += x[i + j] != T(0);
    total += block;
  }
  return total;
}

template <class T>
void count_nonzero(void* out, const void* x, int64_t n) {
  *as<int64_t>(out) = count(as<T>(x), n);
}

// Stops after the first block that decides: one that has a nonzero for `any`,
// or a zero for `all`.
template <class T, bool all>
void truth(void* out, const void* x, int64_t n) {
  bool decided = false;
  for (int64_t i = 0; i < n && !decided; i += reduce_block) {
    const int64_t length = block_length(n, i);
    const int64_t nonzero = count(as<T>(x) + i, length);
    decided = all ? nonzero < length : nonzero > 0;
  }
  *as<bool>(out) = decided != all;
}

template <class T, class Op>
void rows_of(void* acc, const void* x, int64_t rows, int64_t cols,
             int64_t row_stride) {
  const auto* p = as<T>(x);
  fold_rows(as<T>(acc), p, rows, cols, row_stride, Op{});
}

template <class Op>
void bool_rows_of(void* acc, const void* x, int64_t rows, int64_t cols,
                  int64_t row_stride) {
  const auto* p = as<Bool>(x);
  auto* out = as<uint64_t>(acc);
  fold_converted_rows(out, p, rows, cols, row_stride, Op{});
}

template <class T, class Better>
void arg_rows(void* acc, int64_t* index, const void* x, int64_t first_row,
              int64_t rows, int64_t cols, int64_t row_stride) {
  best_rows(as<T>(acc), index, as<T>(x), first_row, rows, cols, row_stride,
            Better{});
}

}  // namespace

#define TAPER_TYPES(f) f<float>, f<double>, f<int64_t>, f<Bool>
#define TAPER_TYPES_OP(f, ...)                                            \
  f<float, __VA_ARGS__>, f<double, __VA_ARGS__>, f<int64_t, __VA_ARGS__>, \
      f<Bool, __VA_ARGS__>
#define TAPER_WIDE_ROWS(Op)                                       \
  rows_of<float, Op>, rows_of<double, Op>, rows_of<uint64_t, Op>, \
      bool_rows_of<Op>

const ReduceTable reduce_table = {
    .sum = {sum<float>, sum<double>, sum_integers<int64_t>, sum_integers<Bool>},
    .sum_blocks = {sum_blocks<float>, sum_blocks<double>,
                   sum_integer_blocks<int64_t>, sum_integer_blocks<Bool>},
    .sum_combine = {sum_combine<float>, sum_combine<double>,
                    sum_integers<int64_t>, sum_integers<int64_t>},
    .combine = combine,
    .wide_sum = Sum::kernels,
    .abs_sum = RowSum<decltype(abs_of)>::kernels,
    .sum_sq = {{sum_sq<float>, sum_sq<double>},
               {sum_sq_blocks<float>, sum_sq_blocks<double>}},
    .dot = PairSum<decltype(product_of)>::kernels,
    .sum_sq_diff = PairSum<decltype(square_diff_of)>::kernels,
    .prod = {TAPER_TYPES(prod)},
    .max = {TAPER_TYPES_OP(best, Max)},
    .min = {TAPER_TYPES_OP(best, Min)},
    .argmax = {TAPER_TYPES_OP(arg_best, Max, Above)},
    .argmin = {TAPER_TYPES_OP(arg_best, Min, Below)},
    .any = {TAPER_TYPES_OP(truth, false)},
    .all = {TAPER_TYPES_OP(truth, true)},
    .count_nonzero = {TAPER_TYPES(count_nonzero)},
    .cumsum = {TAPER_TYPES_OP(running, Add, 0)},
    .cumprod = {TAPER_TYPES_OP(running, Multiply, 1)},
    .add_rows = {TAPER_WIDE_ROWS(Add)},
    .mul_rows = {TAPER_WIDE_ROWS(Multiply)},
    .max_rows = {TAPER_TYPES_OP(rows_of, Max)},
    .min_rows = {TAPER_TYPES_OP(rows_of, Min)},
    .argmax_rows = {TAPER_TYPES_OP(arg_rows, Above)},
    .argmin_rows = {TAPER_TYPES_OP(arg_rows, Below)},
};

}  // namespace taper::kernels::TAPER_ISA
