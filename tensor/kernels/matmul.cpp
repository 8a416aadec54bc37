// Batches, vectors and biases as calls of gemm.
#include "taper/tensor/kernels/matmul.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

struct Matrix {
  const void* data;
  int64_t rows, columns, row_stride, column_stride;
};

// The first matrix of an operand.
Matrix matrix_of(const Tensor& x, Side side) {
  const TensorImpl* impl = x.impl();
  const int64_t* sizes = impl->sizes + impl->ndim - 2;
  const int64_t* strides = impl->strides + impl->ndim - 2;
  Matrix m = {impl->data, sizes[0], sizes[1], strides[0], strides[1]};
  if (side == Side::kTransposed) {
    std::swap(m.rows, m.columns);
    std::swap(m.row_stride, m.column_stride);
  }
  return m;
}

// A vector as a matrix of one column.
Matrix as_column(const Tensor& x) {
  return {x.impl()->data, x.numel(), 1, x.impl()->strides[0], 1};
}

// out = left right.
GemmCall product(const Tensor& out, const Matrix& left, const Matrix& right) {
  return {.m = left.rows,
          .n = right.columns,
          .k = left.columns,
          .a = left.data,
          .a_row = left.row_stride,
          .a_col = left.column_stride,
          .b = right.data,
          .b_row = right.row_stride,
          .b_col = right.column_stride,
          .c = out.impl()->data,
          .c_row = right.columns};
}

// How far matrix number `index` of the broadcast batch lies from the first.
int64_t batch_offset(const Tensor& out, const Tensor& x, int64_t index) {
  const int64_t shift = out.dim() - x.dim();
  const TensorImpl* impl = x.impl();
  int64_t at = 0;
  for (int64_t d = out.dim() - 3; d >= 0; --d) {
    const int64_t size = out.impl()->sizes[d];
    const int64_t i = index % size;
    index /= size;
    if (d >= shift && impl->sizes[d - shift] != 1) {
      at += i * impl->strides[d - shift];
    }
  }
  return at;
}

}  // namespace

void matmul_into(Tensor& out, const Tensor& a, const Tensor& b, Side op_a,
                 Side op_b, double alpha, double beta) {
  if (is_narrow(out)) {
    Tensor wide = widened(out);
    matmul_into(wide, widened(a), widened(b), op_a, op_b, alpha, beta);
    return copy_into(out, wide);
  }
  const profiler::OpScope scope("matmul", a, b);
  GemmCall call = product(out, matrix_of(a, op_a), matrix_of(b, op_b));
  call.alpha = alpha;
  call.beta = beta;
  const ScalarType dtype = a.dtype();
  if (out.dim() == 2) return gemm(dtype, call);
  if (out.numel() == 0) return;
  if (b.dim() == 2 && op_a == Side::kPlain && a.is_contiguous()) {
    // One matrix for the whole batch: the batch is more rows.
    call.m = out.numel() / call.n;
    call.a_row = call.k;
    call.a_col = 1;
    return gemm(dtype, call);
  }
  const int64_t size = element_size(dtype);
  const int64_t count = out.numel() / (call.m * call.n);
  parallel_each(count, grain_of(flops(call)), [&](int64_t at) {
    GemmCall one = call;
    one.a = offset(call.a, batch_offset(out, a, at), size);
    one.b = offset(call.b, batch_offset(out, b, at), size);
    one.c = offset(call.c, at * call.m * call.n, size);
    gemm(dtype, one);
  });
}

Tensor matmul(const Tensor& a, const Tensor& b, Side op_a, Side op_b) {
  SmallShape shape;
  if (a.dim() > 2 || b.dim() > 2) {
    const auto batch = [](const Tensor& x) {
      return IntArrayRef(x.impl()->sizes, static_cast<size_t>(x.dim() - 2));
    };
    shape = broadcast_shapes("matmul", batch(a), batch(b));
  }
  shape.push_back(matrix_of(a, op_a).rows);
  shape.push_back(matrix_of(b, op_b).columns);
  Tensor out = empty(shape, a.dtype());
  matmul_into(out, a, b, op_a, op_b, 1, 0);
  return out;
}

Tensor sum_products(const Tensor& a, const Tensor& b) {
  if (is_narrow(a))
    return cast(sum_products(widened(a), widened(b)), a.dtype());
  const profiler::OpScope scope("matmul", a, b);
  const Tensor left = contiguous(a), right = contiguous(b);
  const int64_t count = a.numel() / (a.size(-2) * a.size(-1));
  const int64_t parts = std::min<int64_t>(count, 16);
  Tensor sums = empty({parts, a.size(-2) * b.size(-2)}, a.dtype());
  const GemmCall call = product(sums, matrix_of(left, Side::kPlain),
                                matrix_of(right, Side::kTransposed));
  const int64_t size = element_size(a.dtype());
  const double rounds = static_cast<double>(count) / static_cast<double>(parts);
  parallel_each(parts, grain_of(flops(call) * rounds), [&](int64_t p) {
    for (int64_t i = p; i < count; i += parts) {
      GemmCall one = call;
      one.a = offset(call.a, i * call.m * call.k, size);
      one.b = offset(call.b, i * call.n * call.k, size);
      one.c = offset(call.c, p * call.m * call.n, size);
      one.beta = i == p ? 0 : 1;
      gemm(a.dtype(), one);
    }
  });
  return column_sum(sums);
}

Tensor mv(const Tensor& matrix, const Tensor& vector) {
  if (is_narrow(matrix)) {
    return cast(mv(widened(matrix), widened(vector)), matrix.dtype());
  }
  const profiler::OpScope scope("mv", matrix, vector);
  const Matrix left = matrix_of(matrix, Side::kPlain);
  Tensor out = empty({left.rows}, matrix.dtype());
  gemm(matrix.dtype(), product(out, left, as_column(vector)));
  return out;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (is_narrow(x)) {
    return cast(linear(widened(x), widened(weight), widened(bias)), x.dtype());
  }
  const profiler::OpScope scope("linear", x, weight);
  Tensor contiguous_x, contiguous_bias;
  const TensorImpl* input = x.impl();
  const TensorImpl* row = bias.impl();
  if (input->ndim != 2 && !input->contiguous) {
    contiguous_x = contiguous(x);
    input = contiguous_x.impl();
  }
  if (!row->contiguous) {
    contiguous_bias = contiguous(bias);
    row = contiguous_bias.impl();
  }
  const Matrix w = matrix_of(weight, Side::kTransposed);
  SmallShape shape(x.sizes());
  shape[shape.size - 1] = w.columns;
  Tensor out = empty(shape, x.dtype());
  const int64_t m = w.columns == 0 ? 0 : out.numel() / w.columns;
  const bool is_matrix = input->ndim == 2;
  const Matrix left = {input->data, m, w.rows,
                       is_matrix ? input->strides[0] : w.rows,
                       is_matrix ? input->strides[1] : 1};
  GemmCall call = product(out, left, w);
  call.bias = row->data;
  gemm(x.dtype(), call);
  return out;
}

Tensor column_sum(const Tensor& x) {
  if (is_narrow(x)) return accumulated(column_sum(widened(x)), x);
  const profiler::OpScope scope("sum", x);
  constexpr int64_t most_rows = 64;
  const int64_t columns = x.size(-1);
  const int64_t rows = columns == 0 ? 0 : x.numel() / columns;
  if (!x.is_contiguous() || rows > most_rows) {
    return sum(x, every_dim(x) & ~(Dims{1} << (x.dim() - 1)));
  }
  Tensor out = empty({columns}, x.dtype());
  const int type = index_of(x.dtype());
  if (columns == 1) {
    reduce_table->sum[type](out.impl()->data, x.impl()->data, rows);
  } else {
    std::memset(out.impl()->data, 0, out.nbytes());
    reduce_table->add_rows[type](out.impl()->data, x.impl()->data, rows,
                                 columns, columns);
  }
  return out;
}

Tensor dot(const Tensor& a, const Tensor& b) {
  if (is_narrow(a)) return cast(dot(widened(a), widened(b)), a.dtype());
  const profiler::OpScope scope("dot", a, b);
  Tensor out = empty({}, a.dtype());
  if (a.dtype() == kInt64) {
    const Matrix row = {a.impl()->data, 1, a.numel(), 0, a.impl()->strides[0]};
    gemm(kInt64, product(out, row, as_column(b)));
    return out;
  }
  const double sum =
      wide_sum(reduce_table->dot, a.dtype(), a.numel(),
               contiguous(a).data_ptr(), contiguous(b).data_ptr());
  visit_floating(out.dtype(),
                 [&]<class T>(T) { *out.data_as<T>() = static_cast<T>(sum); });
  return out;
}

}  // namespace taper::kernels
