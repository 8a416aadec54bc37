#include "taper/tensor/kernels/matmul.h"

#include <cblas.h>

#include <algorithm>
#include <utility>

#include "taper/tensor/allocator.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/elementwise.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/parallel.h"

namespace taper::kernels {
namespace {

// Work for which a second thread pays: about 5 us.
constexpr double parallel_flops = 5e5;
// Rows of A (times gemm_k_block columns) that stay in the level 2 cache.
constexpr int64_t block_rows = 256;
constexpr int64_t small_block_rows = 64;

// With more than one thread of its own OpenBLAS would give bits that depend on
// their number, even if it is called on one of ours.
[[gnu::constructor]] void use_one_blas_thread() {
  openblas_set_num_threads(1);
}

int64_t divide_up(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

double flops(const GemmCall& call) {
  return 2.0 * static_cast<double>(call.m) * static_cast<double>(call.n) *
         static_cast<double>(std::max<int64_t>(call.k, 1));
}

// How many items of a loop, each doing `flops_each`, make one thread's share.
int64_t grain_of(double flops_each) {
  return 1 + static_cast<int64_t>(parallel_flops / 2 / flops_each);
}

const void* offset(const void* data, int64_t elements, int64_t size) {
  return static_cast<const char*>(data) + elements * size;
}
void* offset(void* data, int64_t elements, int64_t size) {
  return static_cast<char*>(data) + elements * size;
}

// The part of the product with at most `rows` rows of C from i on and at most
// `columns` columns from j on.
GemmCall cut(const GemmCall& call,
             int64_t size,
             int64_t i,
             int64_t rows,
             int64_t j,
             int64_t columns) {
  GemmCall part = call;
  part.m = std::min(rows, call.m - i);
  part.n = std::min(columns, call.n - j);
  part.a = offset(call.a, i * call.a_row, size);
  part.b = offset(call.b, j * call.b_col, size);
  part.c = offset(call.c, i * call.c_row + j, size);
  if (call.bias != nullptr) part.bias = offset(call.bias, j, size);
  return part;
}

// --- own kernels; `type` is 0 for float32 and 1 for float64 ---

int64_t size_of(int type) {
  return type == 0 ? 4 : 8;
}

// Scratch memory of one call.
class Buffer {
 public:
  explicit Buffer(int64_t bytes)
      : bytes_(static_cast<size_t>(bytes)), data_(allocate(bytes_)) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { deallocate(data_, bytes_); }
  void* get() const { return data_; }

 private:
  size_t bytes_;
  void* data_;
};

// A block of rows whose columns of A are contiguous and far apart: these are
// transposed first, since every element would be on another page.
void transposed_row_block(const GemmCall& call, int type) {
  const int64_t size = size_of(type);
  const Buffer buffer(block_rows * gemm_k_block * size);
  for (int64_t k = 0; k < call.k; k += gemm_k_block) {
    GemmCall part = call;
    part.k = std::min(gemm_k_block, call.k - k);
    part.b = offset(call.b, k * call.b_row, size);
    copy->transpose[type + 2](buffer.get(),
                              gemm_k_block,
                              offset(call.a, k * call.a_col, size),
                              call.a_col,
                              part.k,
                              call.m,
                              false);
    part.a = buffer.get();
    part.a_row = gemm_k_block;
    part.a_col = 1;
    if (k > 0) {
      part.beta = 1;
      part.bias = nullptr;
    }
    small_gemm->rows[type](part);
  }
}

void row_block(const GemmCall& call, int type) {
  const bool is_far = call.a_row == 1 && call.a_col * size_of(type) >= 4096;
  if (is_far && call.m > 1 && call.k >= 128 && call.n >= 48) {
    transposed_row_block(call, type);
  } else {
    small_gemm->rows[type](call);
  }
}

// Threads share the row blocks by strips of columns of C.
void rows(const GemmCall& call, int type) {
  if (flops(call) < parallel_flops && call.m <= block_rows) {
    return small_gemm->rows[type](call);
  }
  const int64_t strip = small_gemm->strip[type];
  const int64_t strips = divide_up(call.n, strip);
  const int64_t height = divide_up(call.m, block_rows) * strips < 16
                             ? small_block_rows
                             : block_rows;
  const int64_t count = divide_up(call.m, height) * strips;
  const int64_t grain = grain_of(flops(call) / static_cast<double>(count));
  parallel_for(0, count, grain, [&](int64_t at, int64_t end) {
    while (at < end) {
      const int64_t first = at % strips;
      const int64_t taken = std::min(strips - first, end - at);
      row_block(cut(call,
                    size_of(type),
                    at / strips * height,
                    height,
                    first * strip,
                    taken * strip),
                type);
      at += taken;
    }
  });
}

void dots(const GemmCall& call, int type) {
  constexpr int64_t width = 16;
  if (flops(call) < parallel_flops) return small_gemm->dots[type](call);
  const bool by_rows = call.n == 1;
  const int64_t count = divide_up(by_rows ? call.m : call.n, width);
  const int64_t grain = grain_of(flops(call) / static_cast<double>(count));
  parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
    const int64_t at = begin * width;
    const int64_t length = (end - begin) * width;
    small_gemm->dots[type](
        by_rows ? cut(call, size_of(type), at, length, 0, 1)
                : cut(call, size_of(type), 0, call.m, at, length));
  });
}

// --- OpenBLAS ---

bool is_blas_matrix(int64_t rows,
                    int64_t columns,
                    int64_t row_stride,
                    int64_t column_stride) {
  return (column_stride == 1 && row_stride >= columns) ||
         (row_stride == 1 && column_stride >= rows);
}

// OpenBLAS fills whole tiles of C where ours would be mostly edge, and has fast
// kernels for every processor.
bool is_for_blas(const GemmCall& call, int type) {
  if (call.m == 1 || call.n == 1) return false;
  if (!small_gemm->is_fast) {
    if (flops(call) < 8192) return false;
  } else {
    const int64_t width = small_gemm->strip[type] / 3;
    const bool is_narrow = 10 * divide_up(call.n, width) * width >= 13 * call.n;
    if (!is_narrow || flops(call) < 32768) return false;
  }
  return is_blas_matrix(call.m, call.k, call.a_row, call.a_col) &&
         is_blas_matrix(call.k, call.n, call.b_row, call.b_col);
}

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
    function(CblasRowMajor,
             a_op,
             b_op,
             m,
             n,
             k,
             static_cast<T>(call.alpha),
             static_cast<const T*>(call.a),
             a_stride,
             static_cast<const T*>(call.b),
             b_stride,
             static_cast<T>(call.beta),
             static_cast<T*>(call.c),
             c_stride);
  };
  if (type == 0) {
    gemm_of(cblas_sgemm, 0.0f);
  } else {
    gemm_of(cblas_dgemm, 0.0);
  }
  if (call.bias == nullptr) return;
  for (int64_t i = 0; i < call.m; ++i) {
    void* row = offset(call.c, i * call.c_row, size_of(type));
    elementwise->add[type](row, row, call.bias, call.n, false, false);
  }
}

// The panels depend on the shape only: other ones give other bits.
void blas(const GemmCall& call, int type) {
  const bool by_rows = call.m >= call.n;
  const int64_t count = divide_up(by_rows ? call.m : call.n, block_rows);
  const int64_t least = grain_of(flops(call) / static_cast<double>(count));
  parallel_blocks(count, least, [&](int64_t block) {
    const int64_t at = block * block_rows;
    call_blas(by_rows ? cut(call, size_of(type), at, block_rows, 0, call.n)
                      : cut(call, size_of(type), 0, call.m, at, block_rows),
              type);
  });
}

// --- choice ---

// With few rows and long sums, packing B would cost more than the dots waste.
constexpr int64_t dots_least_length = 256;

bool is_for_dots(const GemmCall& call) {
  if (call.a_col != 1 || call.b_row != 1) return false;
  if (call.n == 1) return true;
  if (call.b_col == 1) return false;
  return call.m == 1 ||
         (call.k >= dots_least_length && call.m <= small_gemm->dot_rows);
}

void floating(const GemmCall& call, int type) {
  if (is_for_blas(call, type)) {
    blas(call, type);
  } else if (is_for_dots(call)) {
    dots(call, type);
  } else if (call.m == 1 && call.b_col == 1 &&
             call.n <= small_gemm->short_row_limit[type]) {
    small_gemm->short_row[type](call);
  } else {
    rows(call, type);
  }
}

// The arithmetic wraps around, as unsigned arithmetic does.
void integer(const GemmCall& call) {
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

// Sizes and strides of one matrix of an operand.
struct Matrix {
  Matrix(const Tensor& x, Side side) {
    const TensorImpl* impl = x.impl();
    const int last = impl->ndim - 1;
    rows = impl->sizes[last - 1];
    columns = impl->sizes[last];
    row_stride = impl->strides[last - 1];
    column_stride = impl->strides[last];
    if (side == Side::kTransposed) {
      std::swap(rows, columns);
      std::swap(row_stride, column_stride);
    }
  }
  int64_t rows, columns, row_stride, column_stride;
};

GemmCall make_call(const Tensor& out,
                   const Tensor& a,
                   const Tensor& b,
                   const Matrix& left,
                   const Matrix& right,
                   double alpha,
                   double beta) {
  return {.m = left.rows,
          .n = right.columns,
          .k = left.columns,
          .a = a.impl()->data,
          .a_row = left.row_stride,
          .a_col = left.column_stride,
          .b = b.impl()->data,
          .b_row = right.row_stride,
          .b_col = right.column_stride,
          .c = out.impl()->data,
          .c_row = right.columns,
          .bias = nullptr,
          .alpha = alpha,
          .beta = beta};
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

void gemm(ScalarType dtype, const GemmCall& call) {
  if (call.m == 0 || call.n == 0) return;
  if (dtype == kInt64) return integer(call);
  const int type = dtype == kFloat64 ? 1 : 0;
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

void matmul_into(Tensor& out,
                 const Tensor& a,
                 const Tensor& b,
                 Side op_a,
                 Side op_b,
                 double alpha,
                 double beta) {
  const Matrix left(a, op_a);
  const Matrix right(b, op_b);
  GemmCall call = make_call(out, a, b, left, right, alpha, beta);
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
  parallel_for(0, count, grain_of(flops(call)), [&](int64_t at, int64_t end) {
    for (; at < end; ++at) {
      GemmCall one = call;
      one.a = offset(call.a, batch_offset(out, a, at), size);
      one.b = offset(call.b, batch_offset(out, b, at), size);
      one.c = offset(call.c, at * call.m * call.n, size);
      gemm(dtype, one);
    }
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
  shape.push_back(Matrix(a, op_a).rows);
  shape.push_back(Matrix(b, op_b).columns);
  Tensor out = empty(shape, a.dtype());
  matmul_into(out, a, b, op_a, op_b, 1, 0);
  return out;
}

Tensor mv(const Tensor& matrix, const Tensor& vector) {
  const Matrix left(matrix, Side::kPlain);
  Tensor out = empty({left.rows}, matrix.dtype());
  gemm(matrix.dtype(),
       {.m = left.rows,
        .n = 1,
        .k = left.columns,
        .a = matrix.impl()->data,
        .a_row = left.row_stride,
        .a_col = left.column_stride,
        .b = vector.impl()->data,
        .b_row = vector.impl()->strides[0],
        .b_col = 1,
        .c = out.impl()->data,
        .c_row = 1,
        .bias = nullptr,
        .alpha = 1,
        .beta = 0});
  return out;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Tensor input = x.dim() == 2 ? x : contiguous(x);
  const Tensor row = contiguous(bias);
  const Matrix w(weight, Side::kTransposed);
  const TensorImpl* impl = input.impl();
  SmallShape shape(x.sizes());
  shape[shape.size - 1] = w.columns;
  Tensor out = empty(shape, x.dtype());
  const bool is_matrix = impl->ndim == 2;
  gemm(x.dtype(),
       {.m = w.columns == 0 ? 0 : out.numel() / w.columns,
        .n = w.columns,
        .k = w.rows,
        .a = impl->data,
        .a_row = is_matrix ? impl->strides[0] : w.rows,
        .a_col = is_matrix ? impl->strides[1] : 1,
        .b = weight.impl()->data,
        .b_row = w.row_stride,
        .b_col = w.column_stride,
        .c = out.impl()->data,
        .c_row = w.columns,
        .bias = row.impl()->data,
        .alpha = 1,
        .beta = 0});
  return out;
}

Tensor dot(const Tensor& a, const Tensor& b) {
  Tensor out = empty({}, a.dtype());
  const int64_t n = a.numel();
  if (a.dtype() == kInt64) {
    gemm(kInt64,
         {.m = 1,
          .n = 1,
          .k = n,
          .a = a.impl()->data,
          .a_row = 0,
          .a_col = a.impl()->strides[0],
          .b = b.impl()->data,
          .b_row = b.impl()->strides[0],
          .b_col = 0,
          .c = out.impl()->data,
          .c_row = 1,
          .bias = nullptr,
          .alpha = 1,
          .beta = 0});
    return out;
  }
  const int type = a.dtype() == kFloat64 ? 1 : 0;
  const Tensor x = contiguous(a);
  const Tensor y = contiguous(b);
  double sum = 0;
  if (n <= 8 * reduce_block) {
    sum = reduce->dot[type](x.impl()->data, y.impl()->data, n);
  } else {
    const int64_t count = divide_up(n, reduce_block);
    const Buffer partials(count * 8);
    auto* part = static_cast<double*>(partials.get());
    parallel_for(0, count, 8, [&](int64_t begin, int64_t end) {
      const int64_t at = begin * reduce_block;
      reduce->dot_blocks[type](part + begin,
                               offset(x.impl()->data, at, size_of(type)),
                               offset(y.impl()->data, at, size_of(type)),
                               std::min(n, end * reduce_block) - at);
    });
    sum = reduce->combine(part, count);
  }
  if (type == 0) {
    *out.data_as<float>() = static_cast<float>(sum);
  } else {
    *out.data_as<double>() = sum;
  }
  return out;
}

}  // namespace taper::kernels
