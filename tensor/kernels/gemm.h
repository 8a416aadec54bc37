// Matrix products of raw matrices with any strides, on several threads. The
// bits do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "taper/tensor/kernels/simd/gemm.h"
#include "taper/tensor/scalar_type.h"

namespace taper::kernels {

/// C = alpha * A B + bias + beta * C, on several threads when that pays. Of
/// float32, float64 or int64. C overlaps no operand.
void gemm(ScalarType dtype, const GemmCall& call);
/// The same for float32 and float64, by a kernel whose bits do not depend on
/// the strides of A and B.
void gemm_of_any_layout(ScalarType dtype, const GemmCall& call);

// What the drivers of products share. `type` is 0 for float32, 1 for float64.

/// Work for which a second thread pays: about 5 us.
constexpr double parallel_flops = 1e6;

inline double flops(const GemmCall& call) {
  return 2.0 * static_cast<double>(call.m) * static_cast<double>(call.n) *
         static_cast<double>(std::max<int64_t>(call.k, 1));
}

// How many items of a loop, each doing `flops_each`, make one thread's share.
inline int64_t grain_of(double flops_each) {
  return 1 + static_cast<int64_t>(parallel_flops / 2 / flops_each);
}

inline int64_t size_of(int type) { return type == 0 ? 4 : 8; }

inline const void* offset(const void* data, int64_t elements, int64_t size) {
  return static_cast<const char*>(data) + elements * size;
}
inline void* offset(void* data, int64_t elements, int64_t size) {
  return static_cast<char*>(data) + elements * size;
}

/// The part of the product with at most `rows` rows of C from i on and at most
/// `columns` columns from j on.
GemmCall cut(const GemmCall& call, int64_t size, int64_t i, int64_t rows,
             int64_t j, int64_t columns);

}  // namespace taper::kernels
