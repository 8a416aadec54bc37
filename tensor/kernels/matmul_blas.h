// Matrix products by OpenBLAS, for where it beats the own kernels.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/gemm.h"

namespace taper::kernels {

/// Whether rows or columns are contiguous, as OpenBLAS needs it.
bool is_blas_matrix(int64_t rows, int64_t columns, int64_t row_stride,
                    int64_t column_stride);

/// The product for float32 (type 0) or float64 (1), in panels that several
/// threads share. A and B are BLAS matrices.
void blas_gemm(const GemmCall& call, int type);

}  // namespace taper::kernels
