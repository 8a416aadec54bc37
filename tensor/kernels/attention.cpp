// Blocks of queries by blocks of keys: the scores of one are never in memory
// together with those of another. Dao et al., "FlashAttention", 2022.
#include "taper/tensor/kernels/attention.h"

#include <algorithm>
#include <limits>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/gemm.h"
#include "taper/tensor/kernels/layout.h"
#include "taper/tensor/kernels/reduce.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/attention.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Queries of a block: its scores, and in the backward their gradients, stay in
// the level 2 cache.
constexpr int64_t kRows = attention_rows;

// A matrix in memory; strides count elements.
struct Matrix {
  char* data;
  int64_t row, column, size;

  char* at(int64_t i) const { return data + i * row * size; }
  Matrix from(int64_t i) const { return {at(i), row, column, size}; }
  Matrix transposed() const { return {data, column, row, size}; }
};

// Matrix number `index` of x (..., rows, columns), or row of x (..., rows).
Matrix matrix(const Tensor& x, int64_t index, int64_t own_dims = 2) {
  const TensorImpl* impl = x.impl();
  const int64_t size = x.element_size();
  const int64_t* strides = impl->strides + impl->ndim - own_dims;
  int64_t offset = 0;
  for (int64_t d = impl->ndim - own_dims - 1; d >= 0; --d) {
    offset += index % impl->sizes[d] * impl->strides[d];
    index /= impl->sizes[d];
  }
  return {static_cast<char*>(impl->data) + offset * size, strides[0],
          own_dims == 2 ? strides[1] : 0, size};
}

// c = alpha * a b + beta * c.
struct Product {
  ScalarType dtype;
  void operator()(int64_t m, int64_t n, int64_t k, const Matrix& a,
                  const Matrix& b, const Matrix& c, double alpha,
                  double beta) const {
    gemm_of_any_layout(dtype, {.m = m,
                               .n = n,
                               .k = k,
                               .a = a.data,
                               .a_row = a.row,
                               .a_col = a.column,
                               .b = b.data,
                               .b_row = b.row,
                               .b_col = b.column,
                               .c = c.data,
                               .c_row = c.row,
                               .alpha = alpha,
                               .beta = beta});
  }
};

// Sizes, and how many matrices there are.
struct Sizes {
  explicit Sizes(const Attention& a)
      : l(a.query.size(-2)),
        s(a.key.size(-2)),
        e(a.query.size(-1)),
        v(a.value.size(-1)),
        count(a.query.numel() / (l * e)),
        columns(a.causal ? 96 : 192) {}
  // Keys that the queries up to `last` see.
  int64_t seen(const Attention& a, int64_t last) const {
    return a.causal ? std::min(s, last) : s;
  }
  int64_t l, s, e, v, count;
  // Keys of a block, whole strips of gemm; with fewer less is computed that no
  // query sees.
  int64_t columns;
};

// The scores of the queries i <= ... < end by the keys from j on.
ScoreBlock block_at(const Attention& a, const Sizes& n, int64_t index,
                    int64_t i, int64_t end, int64_t j) {
  ScoreBlock block = {.rows = end - i,
                      .columns = std::min(n.columns, n.s - j),
                      .stride = n.columns,
                      .diagonal = a.causal ? i - j : n.s};
  if (a.mask.defined()) {
    const Matrix mask = matrix(a.mask, index).from(i);
    block.mask = mask.data + j * mask.size;
    block.mask_stride = mask.row;
  }
  if (a.keep.defined()) {
    block.keep = a.keep.data_as<bool>() + (index * n.l + i) * n.s + j;
    block.keep_stride = n.s;
    block.keep_scale = a.keep_scale;
  }
  return block;
}

// An empty tensor whose rows are contiguous, in the memory order of `like` if
// it can be.
Tensor empty_rows(IntArrayRef shape, const Tensor& like) {
  Tensor x = empty_result(shape, {&like}, like.dtype());
  return x.stride(-1) == 1 ? x : empty(shape, like.dtype());
}

// The result for the block of queries from `begin` on.
void forward_rows(const Attention& a, const Sizes& n, int64_t index,
                  int64_t begin, const AttentionResult& r) {
  const Product product = {a.query.dtype()};
  const int64_t size = a.query.element_size();
  const Matrix query = matrix(a.query, index), key = matrix(a.key, index),
               value = matrix(a.value, index), out = matrix(r.out, index);
  const int64_t end = std::min(n.l, begin + kRows);
  const Scratch memory(n.columns * (end - begin) * size);
  const Matrix scores = {memory.data(), n.columns, 1, size};
  for (int64_t j = 0; j < n.seen(a, end); j += n.columns) {
    const int64_t i = a.causal ? std::max(begin, j) : begin;
    const ScoreBlock block = block_at(a, n, index, i, end, j);
    product(block.rows, block.columns, n.e, query.from(i),
            key.from(j).transposed(), scores, a.scale, 0);
    attention_table->forward[index_of(product.dtype)](
        block, scores.data, at(r.top, index * n.l + i),
        at(r.factor, index * n.l + i), j == 0 ? nullptr : out.at(i), out.row,
        n.v);
    product(block.rows, n.v, block.columns, scores, value.from(j), out.from(i),
            1, j == 0 ? 0 : 1);
  }
}

// Divides the rows of `out` by their sums of weights, which become the factors.
template <class T>
void normalise(const Matrix& out, T* tops, T* sums, const Sizes& n, int64_t i) {
  const int64_t end = std::min(n.l, i + kRows);
  for (; i < end; ++i) {
    const bool sees_nothing = sums[i] == 0;
    if (sees_nothing) tops[i] = 0;  // -inf would be subtracted from itself
    sums[i] = sees_nothing ? 0 : 1 / sums[i];
    T* row = reinterpret_cast<T*>(out.at(i));
    for (int64_t j = 0; j < n.v; ++j) row[j] *= sums[i];
  }
}

// sum(grad * out) per query: what the gradients of the weights have in common.
template <class T>
void deltas(T* to, const Matrix& grad, const Matrix& out, const Sizes& n) {
  const auto dot = reduce_table->dot.whole[index_of(scalar_type_of<T>)];
  for (int64_t i = 0; i < n.l; ++i) {
    to[i] = static_cast<T>(dot(grad.at(i), out.at(i), n.v));
  }
}

// The gradients of matrix number `index`.
void backward_matrix(const Attention& a, const Sizes& n, int64_t index,
                     const AttentionResult& r, const Tensor& grad,
                     const AttentionGrads& grads) {
  const Product product = {a.query.dtype()};
  const int64_t size = a.query.element_size();
  const Matrix query = matrix(a.query, index), key = matrix(a.key, index),
               value = matrix(a.value, index), g = matrix(grad, index),
               to_query = matrix(grads.query, index),
               to_key = matrix(grads.key, index),
               to_value = matrix(grads.value, index);
  const int64_t most = std::min(n.l, kRows);
  const Scratch memory((2 * most * n.columns + n.l) * size);
  const Matrix p = {memory.data(), n.columns, 1, size};
  const Matrix d = p.from(most), delta = {p.at(2 * most), 1, 1, size};
  visit_floating(product.dtype, [&]<class T>(T) {
    deltas(reinterpret_cast<T*>(delta.data), g, matrix(r.out, index), n);
  });
  for (int64_t j = 0; j < n.s; j += n.columns) {
    const int64_t first = a.causal ? j : 0;
    for (int64_t i = first; i < n.l; i += kRows) {
      const ScoreBlock block =
          block_at(a, n, index, i, std::min(n.l, i + kRows), j);
      const int64_t rows = block.rows, columns = block.columns;
      product(rows, columns, n.e, query.from(i), key.from(j).transposed(), p,
              a.scale, 0);
      product(rows, columns, n.v, g.from(i), value.from(j).transposed(), d, 1,
              0);
      attention_table->backward[index_of(product.dtype)](
          block, p.data, d.data, at(r.top, index * n.l + i),
          at(r.factor, index * n.l + i), delta.at(i));
      const double more = i == first ? 0 : 1;
      product(columns, n.v, rows, p.transposed(), g.from(i), to_value.from(j),
              1, more);
      product(columns, n.e, rows, d.transposed(), query.from(i), to_key.from(j),
              a.scale, more);
      product(rows, n.e, columns, d, key.from(j), to_query.from(i), a.scale,
              j == 0 ? 0 : 1);
    }
  }
}

}  // namespace

AttentionResult attention(const Attention& a) {
  const profiler::OpScope scope("attention", a.query, a.key, a.value);
  const Sizes n(a);
  SmallShape shape(a.query.sizes());
  shape[shape.size - 1] = n.v;
  const IntArrayRef rows =
      IntArrayRef(shape).slice(0, static_cast<size_t>(shape.size - 1));
  const ScalarType dtype = a.query.dtype();
  AttentionResult r = {empty_rows(shape, a.query), empty(rows, dtype),
                       zeros(rows, dtype)};
  const int64_t blocks = div_up(n.l, kRows);
  const double work = 2.0 * static_cast<double>(std::min(n.l, kRows)) *
                      static_cast<double>(n.s * (n.e + n.v));
  visit_floating(dtype, [&]<class T>(T) {
    T* tops = r.top.data_as<T>();
    std::fill(tops, tops + r.top.numel(), -std::numeric_limits<T>::infinity());
    parallel_each(n.count * blocks, grain_of(work), [&](int64_t task) {
      const int64_t index = task / blocks, i = task % blocks * kRows;
      forward_rows(a, n, index, i, r);
      normalise(matrix(r.out, index), tops + index * n.l,
                r.factor.data_as<T>() + index * n.l, n, i);
    });
  });
  return r;
}

AttentionGrads attention_backward(const Attention& a, const AttentionResult& r,
                                  const Tensor& grad) {
  const profiler::OpScope scope("attention_backward", grad, a.query, a.key);
  const Sizes n(a);
  AttentionGrads grads = {empty_rows(a.query.sizes(), a.query),
                          empty_rows(a.key.sizes(), a.key),
                          empty_rows(a.value.sizes(), a.value)};
  // Keys that no query sees are left out below.
  if (a.causal && n.s > n.l) {
    fill(grads.key, 0);
    fill(grads.value, 0);
  }
  const double work =
      4.0 * static_cast<double>(n.l * n.s) * static_cast<double>(n.e + n.v);
  parallel_each(n.count, grain_of(work), [&](int64_t index) {
    backward_matrix(a, n, index, r, grad, grads);
  });
  return grads;
}

}  // namespace taper::kernels
