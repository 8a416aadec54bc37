// Calls of cblas, one panel of rows or columns per thread.
#include "taper/tensor/kernels/matmul_blas.h"

#include <cblas.h>
#include <omp.h>

#include "taper/tensor/kernels/gemm.h"
#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/parallel.h"

namespace taper::kernels {
namespace {

void call_blas(const GemmCall& call, int type) {
  const auto a_op = call.a_col == 1 ? CblasNoTrans : CblasTrans;
  const auto b_op = call.b_col == 1 ? CblasNoTrans : CblasTrans;
  const auto m = static_cast<blasint>(call.m);
  const auto n = static_cast<blasint>(call.n);
  const auto k = static_cast<blasint>(call.k);
  const auto a_stride =
      static_cast<blasint>(call.a_col == 1 ? call.a_row : call.a_col);
  const auto b_stride =
      static_cast<blasint>(call.b_col == 1 ? call.b_row : call.b_col);
  const auto c_stride = static_cast<blasint>(call.c_row);
  const auto gemm_of = [&]<class T>(auto function, T) {
    function(CblasRowMajor, a_op, b_op, m, n, k, static_cast<T>(call.alpha),
             static_cast<const T*>(call.a), a_stride,
             static_cast<const T*>(call.b), b_stride, static_cast<T>(call.beta),
             static_cast<T*>(call.c), c_stride);
  };
  // With threads of its own OpenBLAS would give bits that depend on their
  // number. In every call its OpenMP flavour asks OpenMP for it, whatever
  // openblas_set_num_threads() has said, so this thread's number is 1
  // meanwhile.
  const int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  if (type == 0) {
    gemm_of(cblas_sgemm, 0.0f);
  } else {
    gemm_of(cblas_dgemm, 0.0);
  }
  if (threads != 1) omp_set_num_threads(threads);
  if (call.bias == nullptr) return;
  for (int64_t i = 0; i < call.m; ++i) {
    void* row = offset(call.c, i * call.c_row, size_of(type));
    elementwise_table->add[type](row, row, call.bias, call.n, false, false);
  }
}

}  // namespace

bool is_blas_matrix(int64_t rows, int64_t columns, int64_t row_stride,
                    int64_t column_stride) {
  return (column_stride == 1 && row_stride >= columns) ||
         (row_stride == 1 && column_stride >= rows);
}

// The panels depend on the shape only: other ones give other bits.
void blas_gemm(const GemmCall& call, int type) {
  constexpr int64_t panel = 256;
  const bool by_rows = call.m >= call.n;
  const int64_t count = ((by_rows ? call.m : call.n) + panel - 1) / panel;
  const int64_t least = grain_of(flops(call) / static_cast<double>(count));
  parallel_blocks(count, least, [&](int64_t block) {
    const int64_t at = block * panel;
    call_blas(by_rows ? cut(call, size_of(type), at, panel, 0, call.n)
                      : cut(call, size_of(type), 0, call.m, at, panel),
              type);
  });
}

}  // namespace taper::kernels
