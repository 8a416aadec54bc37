#include "taper/tensor/kernels/reduce.h"

#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/parallel.h"

namespace taper::kernels {
namespace {

// Everything that decides how a result is composed depends on the shape only.
// Rows that are folded into one partial row, and columns per task.
constexpr int64_t kBlockRows = 64;
constexpr int64_t kBlockCols = 8192;

using Start = ReduceLeaf::Start;

// --- rows ---

void reduce_rows(const ReduceLeaf& leaf, char* out, const ReducePlan& plan) {
  const char* x = plan.x.data_as<char>();
  const int64_t step = plan.outer_bytes();
  const int64_t size = element_size(leaf.out);
  for_each_row(plan.outer, plan.count, [&](int64_t r) {
    reduce_row(leaf, out + r * size, x + r * step, plan.count);
  });
}

// --- columns ---

struct Matrix {
  const char* data;
  int64_t outer, outer_bytes;
  int64_t rows, row_stride;
  int64_t cols;
};

void fold(const ReduceLeaf& leaf,
          char* acc,
          const char* x,
          int64_t rows,
          int64_t cols,
          int64_t row_stride) {
  const size_t bytes = static_cast<size_t>(cols * element_size(leaf.out));
  if (leaf.start == Start::kFirstRow) {
    std::memcpy(acc, x, bytes);
    x += row_stride * element_size(leaf.in);
    --rows;
  } else if (leaf.start == Start::kZero) {
    std::memset(acc, 0, bytes);
  } else {
    visit_type(leaf.out, [&](auto type) {
      using T = decltype(type);
      for (int64_t c = 0; c < cols; ++c) reinterpret_cast<T*>(acc)[c] = T(1);
    });
  }
  leaf.rows(acc, x, rows, cols, row_stride);
}

// One partial row per kBlockRows rows, over and over until one row is left.
void reduce_columns(const ReduceLeaf& leaf, char* out, const Matrix& x) {
  const int64_t blocks = div_up(x.rows, kBlockRows);
  const int64_t strips = div_up(x.cols, kBlockCols);
  const int64_t in_size = element_size(leaf.in);
  const int64_t out_size = element_size(leaf.out);
  const int64_t partial_bytes =
      blocks == 1 ? 0 : x.outer * blocks * x.cols * out_size;
  Scratch partials(partial_bytes);
  char* to = blocks == 1 ? out : partials.data();
  const int64_t work =
      std::min(x.rows, kBlockRows) * std::min(x.cols, kBlockCols);
  parallel_blocks(
      x.outer * blocks * strips, 1 + kReduceGrain / work, [&](int64_t t) {
        const int64_t col = t % strips * kBlockCols;
        const int64_t block = t / strips;
        const int64_t row = block % blocks * kBlockRows;
        fold(leaf,
             to + (block * x.cols + col) * out_size,
             x.data + block / blocks * x.outer_bytes +
                 (row * x.row_stride + col) * in_size,
             std::min(x.rows - row, kBlockRows),
             std::min(x.cols - col, kBlockCols),
             x.row_stride);
      });
  if (blocks == 1) return;
  ReduceLeaf combine = leaf;
  combine.in = leaf.out;
  combine.rows = leaf.combine_rows;
  reduce_columns(
      combine,
      out,
      {to, x.outer, blocks * x.cols * out_size, blocks, x.cols, x.cols});
}

// --- the leaves ---

// Sums and products: integers accumulate in int64.
ReduceLeaf accumulating(const ReduceTable::Row (&row)[4],
                        const ReduceTable::Rows (&rows)[4],
                        ScalarType in,
                        Start start) {
  const ScalarType out = is_floating(in) ? in : kLong;
  const int i = index_of(in), o = index_of(out);
  return {in, out, row[i], row[i], row[o], kRowPiece, rows[i], rows[o], start};
}

ReduceLeaf sum_leaf(ScalarType in) {
  ReduceLeaf leaf =
      accumulating(reduce->sum, reduce->add_rows, in, Start::kZero);
  leaf.partial = reduce->sum_blocks[index_of(in)];
  leaf.combine = reduce->sum_combine[index_of(in)];
  leaf.partial_length = reduce_block;
  return leaf;
}

ReduceLeaf selecting(const ReduceTable::Row (&row)[4],
                     const ReduceTable::Rows (&rows)[4],
                     ScalarType in) {
  const int i = index_of(in);
  return {in,
          in,
          row[i],
          row[i],
          row[i],
          kRowPiece,
          rows[i],
          rows[i],
          Start::kFirstRow};
}

// The dims that an empty tensor keeps may still ask for results.
Tensor of_nothing(const Tensor& x,
                  Dims dims,
                  bool keepdim,
                  const Scalar& value,
                  ScalarType dtype) {
  return full(reduced_shape(x, dims, keepdim), value, dtype);
}

// The sum over a broadcast dim is a multiplication; `repeats` gets the factor.
Tensor without_broadcast(const Tensor& x, Dims dims, int64_t& repeats) {
  SmallShape sizes(x.sizes());
  for (int d = 0; d < sizes.size; ++d) {
    if (!has_dim(dims, d) || x.impl()->strides[d] != 0) continue;
    repeats *= sizes[d];
    sizes[d] = 1;
  }
  if (repeats == 1) return x;
  return alias(x, sizes, x.strides(), x.data_as<char>());
}

void multiply_by(Tensor& y, int64_t n) {
  visit_type(y.dtype(), [&](auto type) {
    using T = decltype(type);
    T* p = y.data_as<T>();
    for (int64_t i = 0; i < y.numel(); ++i) {
      p[i] = static_cast<T>(p[i] * static_cast<T>(n));
    }
  });
}

// --- truth ---

// Whether the plan will be contiguous rows, for which there are leaves that
// stop early or count without a copy.
bool reduces_rows(const Tensor& x, Dims dims) {
  const Dims kept = every_dim(x) & ~dims;
  return x.is_contiguous() && (kept & (kept + 1)) == 0 &&
         reduced_numel(x, dims) > 1;
}

Tensor truth(const ReduceTable::Row (&row)[4],
             const ReduceTable::Rows (&bool_rows)[4],
             const Tensor& x,
             Dims dims,
             bool keepdim) {
  Tensor input = reduces_rows(x, dims) ? x : cast(x, kBool);
  const int i = index_of(input.dtype()), b = index_of(kBool);
  return reduce_with({input.dtype(),
                      kBool,
                      row[i],
                      row[i],
                      row[b],
                      kRowPiece,
                      bool_rows[b],
                      bool_rows[b],
                      Start::kFirstRow},
                     input,
                     dims,
                     keepdim);
}

}  // namespace

void reduce_row(const ReduceLeaf& leaf, char* out, const char* x, int64_t n) {
  if (n <= kRowPiece) return leaf.row(out, x, n);
  const int64_t size = element_size(leaf.in);
  const int64_t partial_bytes =
      leaf.partial == leaf.row ? element_size(leaf.out) : 8;
  const int64_t per_piece = kRowPiece / leaf.partial_length * partial_bytes;
  const int64_t count = div_up(n, leaf.partial_length);
  Scratch partials(count * partial_bytes);
  parallel_blocks(div_up(n, kRowPiece), 1, [&](int64_t piece) {
    const int64_t begin = piece * kRowPiece;
    leaf.partial(partials.data() + piece * per_piece,
                 x + begin * size,
                 std::min(n - begin, kRowPiece));
  });
  leaf.combine(out, partials.data(), count);
}

Tensor reduce_with(const ReduceLeaf& leaf,
                   const Tensor& x,
                   Dims dims,
                   bool keepdim) {
  if (x.is_contiguous() && dims == every_dim(x)) {
    Tensor y = empty(reduced_shape(x, dims, keepdim), leaf.out);
    reduce_row(leaf, y.data_as<char>(), x.data_as<char>(), x.numel());
    return y;
  }
  const ReducePlan plan = plan_reduction(x, dims, leaf.rows == nullptr);
  ReduceResult result(plan, x, dims, keepdim, leaf.out);
  if (plan.columns()) {
    reduce_columns(leaf,
                   result.data(),
                   {plan.x.data_as<char>(),
                    plan.outer,
                    plan.outer_bytes(),
                    plan.count,
                    plan.count_stride,
                    plan.inner});
  } else {
    reduce_rows(leaf, result.data(), plan);
  }
  return result.in_order();
}

Tensor sum(const Tensor& x, Dims dims, bool keepdim) {
  const ReduceLeaf leaf = sum_leaf(x.dtype());
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, 0, leaf.out);
  if (x.is_contiguous()) return reduce_with(leaf, x, dims, keepdim);
  int64_t repeats = 1;
  Tensor distinct = without_broadcast(x, dims, repeats);
  Tensor y = reduce_with(leaf, distinct, dims, keepdim);
  if (repeats != 1) multiply_by(y, repeats);
  return y;
}

Tensor mean(const Tensor& x, Dims dims, bool keepdim) {
  Tensor y = sum(x, dims, keepdim);
  divide_by(y, static_cast<double>(reduced_numel(x, dims)));
  return y;
}

Tensor prod(const Tensor& x, Dims dims, bool keepdim) {
  const ReduceLeaf leaf =
      accumulating(reduce->prod, reduce->mul_rows, x.dtype(), Start::kOne);
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, 1, leaf.out);
  return reduce_with(leaf, x, dims, keepdim);
}

Tensor amax(const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, 0, x.dtype());
  return reduce_with(
      selecting(reduce->max, reduce->max_rows, x.dtype()), x, dims, keepdim);
}

Tensor amin(const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, 0, x.dtype());
  return reduce_with(
      selecting(reduce->min, reduce->min_rows, x.dtype()), x, dims, keepdim);
}

Tensor any(const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, false, kBool);
  return truth(reduce->any, reduce->max_rows, x, dims, keepdim);
}

Tensor all(const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, true, kBool);
  return truth(reduce->all, reduce->min_rows, x, dims, keepdim);
}

Tensor count_nonzero(const Tensor& x, Dims dims, bool keepdim) {
  if (x.numel() == 0 || !reduces_rows(x, dims)) {
    return sum(cast(x, kBool), dims, keepdim);
  }
  const ReduceTable::Row row = reduce->count_nonzero[index_of(x.dtype())];
  const ReduceTable::Row combine = reduce->sum[index_of(kLong)];
  return reduce_with(
      {x.dtype(), kLong, row, row, combine, kRowPiece}, x, dims, keepdim);
}

}  // namespace taper::kernels
