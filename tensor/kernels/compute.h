// Where the dtypes that kernels compute in are found in the tables of kernels.
#pragma once

#include "taper/tensor/kernels/simd/per_type.h"
#include "taper/tensor/scalar_type.h"

namespace taper::kernels {

/// The place of a compute type in the tables, -1 of every other dtype.
constexpr int place_of(ScalarType type) {
  if (compute_type(type) != type) return -1;
  return type == kFloat    ? float32
         : type == kDouble ? float64
         : type == kLong   ? integer
         : type == kBool   ? boolean
                           : -1;
}

#define TAPER_CHECK_ROW(Name, T, Compute, ...) \
  static_assert(place_of(k##Compute) >= 0, #Name " has no kernels");
TAPER_STORED_DTYPES(TAPER_CHECK_ROW)
#undef TAPER_CHECK_ROW

/// The place of a compute type in the tables; throws for every other dtype.
inline int index_of(ScalarType type) {
  const int place = place_of(type);
  if (place < 0) [[unlikely]]
    detail::fail_unknown_dtype(type);
  return place;
}

}  // namespace taper::kernels
