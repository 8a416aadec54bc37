// Reductions to truth values and counts of what is not zero.
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Whether the plan will be contiguous rows, for which there are leaves that
// stop early or count without a copy.
bool reduces_rows(const Tensor& x, Dims dims) {
  const Dims kept = every_dim(x) & ~dims;
  return x.is_contiguous() && !is_narrow(x) && (kept & (kept + 1)) == 0 &&
         reduced_numel(x, dims) > 1;
}

// Of uint8 PyTorch makes no bool.
ScalarType truth_type(const Tensor& x) {
  return x.dtype() == kByte ? kByte : kBool;
}

Tensor truth(const char* op, const PerType<ReduceTable::Row>& row,
             const PerType<ReduceTable::Rows>& bool_rows, bool of_nothing,
             const Tensor& x, Dims dims, bool keepdim) {
  const profiler::OpScope scope(op, x);
  if (x.numel() == 0) {
    return full(reduced_shape(x, dims, keepdim), of_nothing, truth_type(x));
  }
  const Tensor input = reduces_rows(x, dims) ? x : cast(x, kBool);
  const int i = index_of(input.dtype()), b = index_of(kBool);
  const ReduceTable::Rows rows =
      input.dtype() == kBool ? bool_rows[b] : nullptr;
  return cast(reduce_with({input.dtype(), kBool, row[i], row[i], row[b],
                           kRowPiece, rows, rows, ReduceLeaf::Start::kFirstRow},
                          input, dims, keepdim),
              truth_type(x));
}

}  // namespace

Tensor any(const Tensor& x, Dims dims, bool keepdim) {
  return truth("any", reduce_table->any, reduce_table->max_rows, false, x, dims,
               keepdim);
}

Tensor all(const Tensor& x, Dims dims, bool keepdim) {
  return truth("all", reduce_table->all, reduce_table->min_rows, true, x, dims,
               keepdim);
}

Tensor count_nonzero(const Tensor& x, Dims dims, bool keepdim) {
  const profiler::OpScope scope("count_nonzero", x);
  if (x.numel() == 0 || !reduces_rows(x, dims)) {
    return sum(cast(x, kBool), dims, keepdim);
  }
  const ReduceTable::Row row = reduce_table->count_nonzero[index_of(x.dtype())];
  const ReduceTable::Row combine = reduce_table->sum[index_of(kLong)];
  return reduce_with({x.dtype(), kLong, row, row, combine, kRowPiece}, x, dims,
                     keepdim);
}

}  // namespace taper::kernels
