// Between the dtypes that tensors hold and the types that kernels compute in:
// contiguous, single-threaded leaf kernels in one table per instruction set.
#pragma once

#include <cstdint>

#include "taper/tensor/dtype_table.h"
#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// One entry for each dtype; null of the compute types, which need none, and
/// of dtypes that are only names.
struct ConvertTable {
  using Convert = void (*)(void* y, const void* x, std::int64_t n);

  /// y[i] = x[i], from the dtype to its compute type.
  Convert load[kDtypeCount];
  /// y[i] = x[i], from the compute type to the dtype: integers wrap around,
  /// real numbers are rounded to the nearest, half to even.
  Convert store[kDtypeCount];
};

TAPER_TABLE(ConvertTable, convert_table)

}  // namespace taper::kernels
