// Which kernel computes a product, and how threads share it.
#include "taper/tensor/kernels/gemm.h"

#include <utility>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/matmul_blas.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/parallel.h"

namespace taper::kernels {
namespace {

// Rows of A (times gemm_k_block columns) that stay in the level 2 cache.
constexpr int64_t block_rows = 256;
constexpr int64_t small_block_rows = 64;

// A block of rows whose columns of A are contiguous and far apart: these are
// transposed first, since every element would be on another page.
void transposed_row_block(const GemmCall& call, int type) {
  const int64_t size = size_of(type);
  const Scratch buffer(block_rows * gemm_k_block * size);
  for (int64_t k = 0; k < call.k; k += gemm_k_block) {
    GemmCall part = call;
    part.k = std::min(gemm_k_block, call.k - k);
    part.b = offset(call.b, k * call.b_row, size);
    copy_table->transpose[size_index(size)](
        buffer.data(), gemm_k_block, offset(call.a, k * call.a_col, size),
        call.a_col, part.k, call.m, false);
    part.a = buffer.data();
    part.a_row = gemm_k_block;
    part.a_col = 1;
    if (k > 0) {
      part.beta = 1;
      part.bias = nullptr;
    }
    gemm_table->rows[type](part);
  }
}

void row_block(const GemmCall& call, int type) {
  const bool is_far = call.a_row == 1 && call.a_col * size_of(type) >= 4096;
  if (is_far && call.m > 1 && call.k >= 128 && call.n >= 48) {
    transposed_row_block(call, type);
  } else {
    gemm_table->rows[type](call);
  }
}

// Threads share the row blocks by strips of columns of C.
void rows(const GemmCall& call, int type) {
  const bool is_alone = in_parallel_region() || get_num_threads() == 1;
  if (call.m <= block_rows && (is_alone || flops(call) < parallel_flops)) {
    return row_block(call, type);
  }
  const int64_t strip = gemm_table->strip[type];
  const int64_t strips = div_up(call.n, strip);
  const int64_t height =
      div_up(call.m, block_rows) * strips < 16 ? small_block_rows : block_rows;
  const int64_t count = div_up(call.m, height) * strips;
  const int64_t grain = grain_of(flops(call) / static_cast<double>(count));
  parallel_for(0, count, grain, [&](int64_t at, int64_t end) {
    while (at < end) {
      const int64_t first = at % strips;
      const int64_t taken = std::min(strips - first, end - at);
      row_block(cut(call, size_of(type), at / strips * height, height,
                    first * strip, taken * strip),
                type);
      at += taken;
    }
  });
}

void dots(const GemmCall& call, int type) {
  constexpr int64_t width = 16;
  if (flops(call) < parallel_flops) return gemm_table->dots[type](call);
  const bool by_rows = call.n == 1;
  const int64_t count = div_up(by_rows ? call.m : call.n, width);
  const int64_t grain = grain_of(flops(call) / static_cast<double>(count));
  parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * width;
    const int64_t length = (end - begin) * width;
    gemm_table->dots[type](
        by_rows ? cut(call, size_of(type), at, length, 0, 1)
                : cut(call, size_of(type), 0, call.m, at, length));
  });
}

// OpenBLAS fills whole tiles of C where ours would be mostly edge, and has fast
// kernels for every processor.
bool is_for_blas(const GemmCall& call, int type) {
  if (call.m == 1 || call.n == 1) return false;
  if (!gemm_table->is_fast) {
    if (flops(call) < 8192) return false;
  } else {
    const int64_t width = gemm_table->strip[type] / 3;
    const bool is_narrow = 10 * div_up(call.n, width) * width >= 13 * call.n;
    if (!is_narrow || flops(call) < 32768) return false;
  }
  return is_blas_matrix(call.m, call.k, call.a_row, call.a_col) &&
         is_blas_matrix(call.k, call.n, call.b_row, call.b_col);
}

// With few rows and long sums, packing B would cost more than the dots waste.
constexpr int64_t dots_least_length = 256;

bool is_for_dots(const GemmCall& call) {
  if (call.a_col != 1 || call.b_row != 1) return false;
  if (call.n == 1) return true;
  if (call.b_col == 1) return false;
  return call.m == 1 ||
         (call.k >= dots_least_length && call.m <= gemm_table->dot_rows);
}

void floating(const GemmCall& call, int type) {
  if (is_for_blas(call, type)) {
    blas_gemm(call, type);
  } else if (is_for_dots(call)) {
    dots(call, type);
  } else if (call.m == 1 && call.b_col == 1 &&
             call.n <= gemm_table->short_row_limit[type]) {
    gemm_table->short_row[type](call);
  } else {
    rows(call, type);
  }
}

// The arithmetic wraps around, as unsigned arithmetic does.
void integer_product(const GemmCall& call) {
  const auto* a = static_cast<const uint64_t*>(call.a);
  const auto* b = static_cast<const uint64_t*>(call.b);
  const auto* bias = static_cast<const uint64_t*>(call.bias);
  const auto alpha = static_cast<uint64_t>(static_cast<int64_t>(call.alpha));
  const auto beta = static_cast<uint64_t>(static_cast<int64_t>(call.beta));
  const int64_t grain = grain_of(4 * flops(call) / static_cast<double>(call.m));
  parallel_for(0, call.m, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      uint64_t* c = static_cast<uint64_t*>(call.c) + i * call.c_row;
      for (int64_t j = 0; j < call.n; ++j) {
        uint64_t sum = 0;
        for (int64_t k = 0; k < call.k; ++k) {
          sum += a[i * call.a_row + k * call.a_col] *
                 b[k * call.b_row + j * call.b_col];
        }
        c[j] = alpha * sum + (bias == nullptr ? 0 : bias[j]) +
               (beta == 0 ? 0 : beta * c[j]);
      }
    }
  });
}

}  // namespace

GemmCall cut(const GemmCall& call, int64_t size, int64_t i, int64_t rows,
             int64_t j, int64_t columns) {
  GemmCall part = call;
  part.m = std::min(rows, call.m - i);
  part.n = std::min(columns, call.n - j);
  part.a = offset(call.a, i * call.a_row, size);
  part.b = offset(call.b, j * call.b_col, size);
  part.c = offset(call.c, i * call.c_row + j, size);
  if (call.bias != nullptr) part.bias = offset(call.bias, j, size);
  return part;
}

void gemm_of_any_layout(ScalarType dtype, const GemmCall& call) {
  rows(call, index_of(dtype));
}

void gemm(ScalarType dtype, const GemmCall& call) {
  if (call.m == 0 || call.n == 0) return;
  if (dtype == kInt64) return integer_product(call);
  const int type = index_of(dtype);
  const bool is_row = call.n == 1 && call.a_row == 1 && call.a_col != 1;
  if (!is_row || call.bias != nullptr || call.c_row != 1) {
    return floating(call, type);
  }
  // A^T v with contiguous rows of A: v^T A is the same product.
  GemmCall row = call;
  std::swap(row.m, row.n);
  std::swap(row.a, row.b);
  row.a_row = 0;
  row.a_col = call.b_row;
  row.b_row = call.a_col;
  row.b_col = 1;
  floating(row, type);
}

}  // namespace taper::kernels
