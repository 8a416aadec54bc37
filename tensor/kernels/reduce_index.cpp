// Reductions that also tell where: the best element along a dim.
#include <algorithm>
#include <cstring>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

constexpr int64_t kArgCols = 512;

using ArgRow = ReduceTable::Row;
using ArgRows = ReduceTable::ArgRows;

// The position of the best of a row and the element itself.
void best_of_row(ArgRow arg, int64_t size, char* value, int64_t* index,
                 const char* x, int64_t n) {
  const int64_t pieces = div_up(n, kRowPiece);
  if (pieces == 1) {
    arg(index, x, n);
  } else {
    Scratch values(pieces * size);
    Scratch positions(pieces * 8);
    auto* position = positions.as<int64_t>();
    parallel_blocks(pieces, 1, [&](int64_t p) {
      const int64_t begin = p * kRowPiece;
      arg(position + p, x + begin * size, std::min(n - begin, kRowPiece));
      position[p] += begin;
      std::memcpy(values.data() + p * size, x + position[p] * size,
                  static_cast<size_t>(size));
    });
    int64_t best = 0;
    arg(&best, values.data(), pieces);
    *index = position[best];
  }
  std::memcpy(value, x + *index * size, static_cast<size_t>(size));
}

void best_rows(ArgRow arg, char* values, int64_t* indices,
               const ReducePlan& plan) {
  const char* x = plan.x.data_as<char>();
  const int64_t size = plan.x.element_size();
  const int64_t step = plan.outer_bytes();
  for_each_row(plan.outer, plan.count, [&](int64_t r) {
    best_of_row(arg, size, values + r * size, indices + r, x + r * step,
                plan.count);
  });
}

void best_columns(ArgRows arg, char* values, int64_t* indices,
                  const ReducePlan& plan) {
  const char* x = plan.x.data_as<char>();
  const int64_t size = plan.x.element_size();
  const int64_t step = plan.outer_bytes();
  const int64_t strips = div_up(plan.inner, kArgCols);
  const int64_t work = plan.count * std::min(plan.inner, kArgCols);
  parallel_blocks(plan.outer * strips, 1 + kReduceGrain / work, [&](int64_t t) {
    const int64_t col = t % strips * kArgCols;
    const int64_t cols = std::min(plan.inner - col, kArgCols);
    const int64_t at = t / strips * plan.inner + col;
    const char* from = x + t / strips * step + col * size;
    std::memcpy(values + at * size, from, static_cast<size_t>(cols * size));
    std::memset(indices + at, 0, static_cast<size_t>(cols * 8));
    arg(values + at * size, indices + at, from + plan.count_stride * size, 1,
        plan.count - 1, cols, plan.count_stride);
  });
}

std::pair<Tensor, Tensor> best_along(const char* op, const PerType<ArgRow>& row,
                                     const PerType<ArgRows>& rows,
                                     const Tensor& x, int64_t dim,
                                     bool keepdim) {
  if (is_narrow(x)) {
    auto [values, indices] =
        best_along(op, row, rows, widened(x), dim, keepdim);
    return {cast(values, x.dtype()), indices};
  }
  const profiler::OpScope scope(op, x);
  const Dims dims = x.dim() == 0 ? 0 : Dims{1} << dim;
  const int i = index_of(x.dtype());
  if (x.numel() == 0) {
    Tensor values = empty(reduced_shape(x, dims, keepdim), x.dtype());
    return {values, empty(values.sizes(), kLong)};
  }
  const ReducePlan plan = plan_reduction(x, dims, Terms::kInAnyOrder);
  ReduceResult values(plan, x, dims, keepdim, x.dtype());
  ReduceResult indices(plan, x, dims, keepdim, kLong);
  auto* index = indices.flat().data_as<int64_t>();
  if (plan.columns()) {
    best_columns(rows[i], values.data(), index, plan);
  } else {
    best_rows(row[i], values.data(), index, plan);
  }
  return {values.in_order(), indices.in_order()};
}

}  // namespace

std::pair<Tensor, Tensor> max_with_index(const Tensor& x, int64_t dim,
                                         bool keepdim) {
  return best_along("max", reduce_table->argmax, reduce_table->argmax_rows, x,
                    dim, keepdim);
}

std::pair<Tensor, Tensor> min_with_index(const Tensor& x, int64_t dim,
                                         bool keepdim) {
  return best_along("min", reduce_table->argmin, reduce_table->argmin_rows, x,
                    dim, keepdim);
}

}  // namespace taper::kernels
