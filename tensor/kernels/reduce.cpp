// Rows and columns in pieces, combined in an order that the shape decides.
#include "taper/tensor/kernels/reduce.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/rescue.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Everything that decides how a result is composed depends on the shape only.
// Rows that are folded into one partial row, and columns per task.
constexpr int64_t kBlockRows = 64;
constexpr int64_t kBlockCols = 8192;
// Rows of at most so many elements are reduced in strips of kShortStrip rows.
constexpr int64_t kShortRow = 16;
constexpr int64_t kShortStrip = 256;
// Dims on both sides of kept ones are reduced one side after the other when
// the inner side has so many elements, else the input is rearranged.
constexpr int64_t kStaged = 16;
constexpr int64_t kPage = 4096;

using Start = ReduceLeaf::Start;

// Element r of result (o, c) is at data + o * outer_bytes, element r *
// row_stride + c. With one column the elements of a result are contiguous.
struct Matrix {
  const char* data;
  int64_t outer, outer_bytes;
  int64_t rows, row_stride;
  int64_t cols;
};

void fold(const ReduceLeaf& leaf, char* acc, const char* x, int64_t rows,
          int64_t cols, int64_t row_stride) {
  const auto bytes = static_cast<size_t>(cols * element_size(leaf.out));
  if (leaf.start == Start::kFirstRow) {
    std::memcpy(acc, x, bytes);
    x += row_stride * element_size(leaf.in);
    --rows;
  } else if (leaf.start == Start::kZero) {
    std::memset(acc, 0, bytes);
  } else {
    visit_type(leaf.out, [&]<class T>(T) {
      for (int64_t c = 0; c < cols; ++c) reinterpret_cast<T*>(acc)[c] = T(1);
    });
  }
  leaf.rows(acc, x, rows, cols, row_stride);
}

// A place in `scratch` half a page away from x in the low 12 bits of the
// address: by these the processor guesses whether a load has to wait for a
// store before it, and a wrong guess costs a third of the time.
char* apart_from(const char* x, char* scratch) {
  const auto gap = reinterpret_cast<uintptr_t>(x) + kPage / 2 -
                   reinterpret_cast<uintptr_t>(scratch);
  return scratch + gap % kPage / 64 * 64;
}

// One partial row per kBlockRows rows, over and over until one row is left.
void reduce_columns(const ReduceLeaf& leaf, char* out, const Matrix& x) {
  const int64_t blocks = div_up(x.rows, kBlockRows);
  const int64_t strips = div_up(x.cols, kBlockCols);
  const int64_t in_size = element_size(leaf.in);
  const int64_t out_size = element_size(leaf.out);
  const int64_t partial_bytes =
      blocks == 1 ? 0 : x.outer * blocks * x.cols * out_size;
  Scratch partials(blocks == 1 ? 0 : partial_bytes + kPage);
  char* to = blocks == 1 ? out : apart_from(x.data, partials.data());
  const int64_t work =
      std::min(x.rows, kBlockRows) * std::min(x.cols, kBlockCols);
  parallel_blocks(x.outer * blocks * strips, 1 + kReduceGrain / work,
                  [&](int64_t t) {
                    const int64_t col = t % strips * kBlockCols;
                    const int64_t block = t / strips;
                    const int64_t row = block % blocks * kBlockRows;
                    fold(leaf, to + (block * x.cols + col) * out_size,
                         x.data + block / blocks * x.outer_bytes +
                             (row * x.row_stride + col) * in_size,
                         std::min(x.rows - row, kBlockRows),
                         std::min(x.cols - col, kBlockCols), x.row_stride);
                  });
  if (blocks == 1) return;
  ReduceLeaf combine = leaf;
  combine.in = leaf.out;
  combine.rows = leaf.combine_rows;
  reduce_columns(
      combine, out,
      {to, x.outer, blocks * x.cols * out_size, blocks, x.cols, x.cols});
}

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
    leaf.partial(partials.data() + piece * per_piece, x + begin * size,
                 std::min(n - begin, kRowPiece));
  });
  leaf.combine(out, partials.data(), count);
}

void reduce_rows(const ReduceLeaf& leaf, char* out, const Matrix& x) {
  const int64_t size = element_size(leaf.out);
  for_each_row(x.outer, x.rows, [&](int64_t r) {
    reduce_row(leaf, out + r * size, x.data + r * x.outer_bytes, x.rows);
  });
}

// A call per row would take longer than its few elements: turns strips of rows
// into columns.
void reduce_short_rows(const ReduceLeaf& leaf, char* out, const Matrix& x) {
  const int64_t in_size = element_size(leaf.in);
  const int64_t out_size = element_size(leaf.out);
  const auto transpose = copy_table->transpose[size_index(in_size)];
  const int64_t strip = std::min(x.outer, kShortStrip);
  const int64_t strips = div_up(x.outer, strip);
  const int64_t grain = 1 + kReduceGrain / (strip * x.rows);
  parallel_for(0, strips, grain, [&](int64_t begin, int64_t end) {
    const Scratch columns(strip * x.rows * in_size);
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s * strip;
      const int64_t count = std::min(x.outer - first, strip);
      transpose(columns.data(), strip, x.data + first * x.outer_bytes,
                x.outer_bytes / in_size, count, x.rows, false);
      fold(leaf, out + first * out_size, columns.data(), x.rows, count, strip);
    }
  });
}

void reduce_matrix(const ReduceLeaf& leaf, char* out, const Matrix& x) {
  if (x.cols != 1) {
    reduce_columns(leaf, out, x);
  } else if (leaf.rows && x.rows <= kShortRow && x.outer >= kShortRow) {
    reduce_short_rows(leaf, out, x);
  } else {
    reduce_rows(leaf, out, x);
  }
}

// Whether the reduced dims are the first or the last.
bool at_one_end(const Tensor& x, Dims dims) {
  const Dims kept = every_dim(x) & ~dims;
  return (dims & (dims + 1)) == 0 || (kept & (kept + 1)) == 0;
}

Matrix simple_matrix(const Tensor& x, Dims dims) {
  const int64_t count = reduced_numel(x, dims);
  const int64_t results = x.numel() / count;
  const char* data = x.data_as<char>();
  const bool rows = dims == every_dim(x) || (dims & (dims + 1)) != 0;
  if (rows && count != 1) {
    return {data, results, count * x.element_size(), count, 1, 1};
  }
  return {data, 1, 0, count, results, results};
}

ReduceLeaf leaf_of(const PerType<ReduceTable::Row>& row,
                   const PerType<ReduceTable::Rows>& rows, ScalarType in,
                   ScalarType out, Start start) {
  const int i = index_of(in), o = index_of(out);
  return {in, out, row[i], row[i], row[o], kRowPiece, rows[i], rows[o], start};
}

ReduceLeaf sum_leaf(ScalarType in) {
  ReduceLeaf leaf = leaf_of(reduce_table->sum, reduce_table->add_rows, in,
                            accumulated_type(in), Start::kZero);
  leaf.partial = reduce_table->sum_blocks[index_of(in)];
  leaf.combine = reduce_table->sum_combine[index_of(in)];
  leaf.partial_length = reduce_block;
  return leaf;
}
ReduceLeaf prod_leaf(ScalarType in) {
  return leaf_of(reduce_table->prod, reduce_table->mul_rows, in,
                 accumulated_type(in), Start::kOne);
}
ReduceLeaf max_leaf(ScalarType in) {
  return leaf_of(reduce_table->max, reduce_table->max_rows, in, in,
                 Start::kFirstRow);
}
ReduceLeaf min_leaf(ScalarType in) {
  return leaf_of(reduce_table->min, reduce_table->min_rows, in, in,
                 Start::kFirstRow);
}

// The reduced dims behind the last dim that is kept.
Dims inner_dims(const Tensor& x, Dims dims) {
  Dims inner = 0;
  for (int64_t d = x.dim() - 1; d >= 0; --d) {
    if (has_dim(dims, d)) {
      inner |= Dims{1} << d;
    } else if (x.impl()->sizes[d] != 1) {
      break;
    }
  }
  return inner;
}

Tensor reduce_by(ReduceLeaf (*leaf)(ScalarType), const Tensor& x, Dims dims,
                 bool keepdim) {
  const ReduceLeaf description = leaf(x.dtype());
  if ((x.is_contiguous() || description.terms() == Terms::kInOrder) &&
      !at_one_end(x, dims)) {
    const Dims inner = inner_dims(x, dims);
    if (inner != dims && reduced_numel(x, inner) >= kStaged) {
      const Tensor y = reduce_with(description, x, inner, true);
      return reduce_by(leaf, y, dims, keepdim);
    }
  }
  return reduce_with(description, x, dims, keepdim);
}

// The dims that an empty tensor keeps may still ask for results.
Tensor of_nothing(const Tensor& x, Dims dims, bool keepdim, const Scalar& value,
                  ScalarType dtype) {
  return full(reduced_shape(x, dims, keepdim), value, dtype);
}

Tensor best(const char* op, ReduceLeaf (*leaf)(ScalarType), const Tensor& x,
            Dims dims, bool keepdim) {
  if (is_narrow(x)) {
    return cast(best(op, leaf, widened(x), dims, keepdim), x.dtype());
  }
  const profiler::OpScope scope(op, x);
  if (x.numel() == 0) return of_nothing(x, dims, keepdim, 0, x.dtype());
  return reduce_by(leaf, x, dims, keepdim);
}

// The usual loss: no plan, no leaf description, just the kernel.
bool is_small_whole(const Tensor& x, Dims dims, bool keepdim) {
  return x.is_contiguous() && dims == every_dim(x) && !keepdim &&
         x.numel() <= kRowPiece;
}

Trusted finite_numbers(const Tensor& x) {
  return {-largest_of(x), largest_of(x)};
}

}  // namespace

Tensor reduce_with(const ReduceLeaf& leaf, const Tensor& x, Dims dims,
                   bool keepdim) {
  if (x.is_contiguous() && at_one_end(x, dims)) {
    const Matrix matrix = simple_matrix(x, dims);
    if (matrix.cols == 1 || leaf.rows != nullptr) {
      Tensor y = empty(reduced_shape(x, dims, keepdim), leaf.out);
      reduce_matrix(leaf, y.data_as<char>(), matrix);
      return y;
    }
  }
  if (x.numel() > kPanel && leaf.terms() == Terms::kInOrder &&
      dims != every_dim(x) && !x.is_contiguous() &&
      !walks_in_order(x, dims, leaf.rows == nullptr)) {
    return reduce_in_panels(leaf, x, dims, keepdim);
  }
  const ReducePlan plan =
      plan_reduction(x, dims, leaf.terms(), leaf.rows == nullptr);
  ReduceResult result(plan, x, dims, keepdim, leaf.out);
  reduce_matrix(leaf, result.data(),
                {plan.x.data_as<char>(), plan.outer, plan.outer_bytes(),
                 plan.count, plan.count_stride, plan.inner});
  return result.in_order();
}

Tensor sum(const Tensor& x, Dims dims, bool keepdim) {
  if (is_narrow(x)) return accumulated(sum(widened(x), dims, keepdim), x);
  const profiler::OpScope scope("sum", x);
  const bool real = is_floating(x.dtype());
  Tensor y;
  if (is_small_whole(x, dims, keepdim)) {
    y = empty({}, accumulated_type(x.dtype()));
    reduce_table->sum[index_of(x.dtype())](y.data_ptr(), x.data_ptr(),
                                           x.numel());
    if (!real || all_trusted(y, finite_numbers(x))) [[likely]]
      return y;
  } else if (x.numel() == 0) {
    return of_nothing(x, dims, keepdim, 0, accumulated_type(x.dtype()));
  } else {
    y = reduce_by(sum_leaf, x, dims, keepdim);
    if (!real) return y;
  }
  rescue(y, x, dims, finite_numbers(x),
         [&](const Tensor& near_one, const Tensor& divisors) {
           take_rescued(y, reduce_by(sum_leaf, near_one, dims, keepdim),
                        divisors, 1);
         });
  return y;
}

Tensor mean(const Tensor& x, Dims dims, bool keepdim) {
  if (is_narrow(x)) return accumulated(mean(widened(x), dims, keepdim), x);
  const profiler::OpScope scope("mean", x);
  Tensor y = sum(x, dims, keepdim);
  const int64_t n = dims == every_dim(x) ? x.numel() : reduced_numel(x, dims);
  divide_by(y, static_cast<double>(n));
  rescue(y, x, dims, finite_numbers(x),
         [&](const Tensor& near_one, const Tensor& divisors) {
           take_rescued(y, mean(near_one, dims, keepdim), divisors, 1, true);
         });
  return y;
}

Tensor prod(const Tensor& x, Dims dims, bool keepdim) {
  if (is_narrow(x)) return accumulated(prod(widened(x), dims, keepdim), x);
  const profiler::OpScope scope("prod", x);
  if (x.numel() == 0) {
    return of_nothing(x, dims, keepdim, 1, accumulated_type(x.dtype()));
  }
  Tensor y = reduce_by(prod_leaf, x, dims, keepdim);
  if (x.dtype() != kFloat) return y;
  // Rows are multiplied in double, columns and pieces are not.
  constexpr Trusted range = {std::numeric_limits<float>::min(),
                             std::numeric_limits<float>::max()};
  if (all_trusted(unary(elementwise_table->abs, "prod", y), range)) return y;
  return cast(prod(cast(x, kDouble), dims, keepdim), kFloat);
}

Tensor amax(const Tensor& x, Dims dims, bool keepdim) {
  return best("amax", max_leaf, x, dims, keepdim);
}

Tensor amin(const Tensor& x, Dims dims, bool keepdim) {
  return best("amin", min_leaf, x, dims, keepdim);
}

}  // namespace taper::kernels
