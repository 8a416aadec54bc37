// Matrix products: single-threaded leaf kernels in one
// table per instruction set. Array index: 0 float32, 1 float64.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

namespace taper::kernels {

/// C = alpha * A B + bias + beta * C with A (m x k), B (k x n) and C (m x n).
/// Strides count elements. The rows of C are contiguous, `c_row` apart; `bias`
/// (n elements, added to every row) may be null. C is not read if beta is 0.
struct GemmCall {
  int64_t m, n, k;
  const void* a;
  int64_t a_row, a_col;
  const void* b;
  int64_t b_row, b_col;
  void* c;
  int64_t c_row;
  const void* bias = nullptr;
  double alpha = 1, beta = 0;
};

/// Longer sums are cut into blocks of this length, added one after the other;
/// 192 as in MKL for AVX-512, so that `rows` has the bits of PyTorch there.
constexpr int64_t gemm_k_block = 192;

/// Every element of C is computed by itself, in an order that depends on k and
/// on the kernel only: cutting C in any way does not change its bits.
struct GemmTable {
  using Kernel = void (*)(const GemmCall& call);

  /// Any strides; fast when A is long or the rows or columns of B are
  /// contiguous.
  PerReal<Kernel> rows;
  /// m = 1, n <= short_row_limit, b_col = 1.
  PerReal<Kernel> short_row;
  PerReal<int64_t> short_row_limit;
  /// A has contiguous rows (a_col = 1) and B contiguous columns (b_row = 1).
  /// For a single row or column, and for long sums with few rows.
  PerReal<Kernel> dots;
  /// With up to this many rows and k >= 256, `dots` beats packing for `rows`.
  int64_t dot_rows;
  /// Columns of C that `rows` computes at a time, three vectors.
  PerReal<int64_t> strip;
  /// Whether `rows` is at least as fast as OpenBLAS.
  bool is_fast;
};

TAPER_TABLE(GemmTable, gemm_table)

}  // namespace taper::kernels
