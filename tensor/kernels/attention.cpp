// Blocks of queries by blocks of keys: the scores of one are never in memory
// together with those of another. Dao et al., "FlashAttention", 2022.
#include "taper/tensor/kernels/attention.h"

#include <algorithm>
#include <limits>
#include <mutex>

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
#include "taper/tensor/random/distributions.h"

namespace taper::kernels {
namespace {

// Queries of a block: its scores, and in the backward their gradients, stay in
// the level 2 cache.
constexpr int64_t kRows = attention_rows;
// Of more weights it is not stored which of them dropout leaves.
constexpr int64_t kMostKept = int64_t{1} << 23;

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
        count(numel_of(
            a.query.sizes().slice(0, static_cast<size_t>(a.query.dim() - 2)))),
        blocks(div_up(l, kRows)),
        columns(std::min<int64_t>(a.causal ? 96 : 192, div_up(s, 16) * 16)) {}
  // Keys that the queries up to `last` see.
  int64_t seen(const Attention& a, int64_t last) const {
    return a.causal ? std::min(s, last) : s;
  }
  int64_t l, s, e, v, count;
  // Of queries.
  int64_t blocks;
  // Keys of a block, whole strips of gemm; with fewer less is computed that no
  // query sees.
  int64_t columns;
};

// A block of queries of one matrix, and what their scores have in common.
struct Queries {
  const Attention& a;
  const Sizes& n;
  int64_t index, begin, end;
  // From `begin` on; null if all weights stay.
  const bool* keep;

  // The scores of the queries from i on by the keys from j on.
  ScoreBlock block(int64_t i, int64_t j) const {
    ScoreBlock block = {.rows = end - i,
                        .columns = std::min(n.columns, n.s - j),
                        .stride = n.columns,
                        .diagonal = a.causal ? i - j : n.s};
    if (a.mask.defined()) {
      const Matrix mask = matrix(a.mask, index).from(i);
      block.mask = mask.data + j * mask.size;
      block.mask_stride = mask.row;
    }
    if (keep != nullptr) {
      block.keep = keep + (i - begin) * n.s + j;
      block.keep_stride = n.s;
      block.keep_scale = 1 / a.keep_probability;
    }
    return block;
  }
};

// Bytes that queries_at() needs to draw which weights stay.
int64_t drawn_bytes(const Attention& a, const Sizes& n) {
  return a.streams.empty() ? 0 : std::min(n.l, kRows) * n.s;
}

Queries queries_at(const Attention& a, const Sizes& n, int64_t index,
                   int64_t begin, char* drawn) {
  const int64_t end = std::min(n.l, begin + kRows);
  const bool* keep = nullptr;
  if (!a.streams.empty()) {
    const auto stream = static_cast<size_t>(index * n.blocks + begin / kRows);
    auto* choice = reinterpret_cast<bool*>(drawn);
    random::fill_bernoulli(a.streams[stream].clone(), choice,
                           (end - begin) * n.s, a.keep_probability);
    keep = choice;
  } else if (a.keep.defined()) {
    keep = a.keep.data_as<bool>() + (index * n.l + begin) * n.s;
  }
  return {a, n, index, begin, end, keep};
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
  const int64_t scores_bytes = n.columns * std::min(n.l, kRows) * size;
  const Scratch memory(scores_bytes + drawn_bytes(a, n));
  const Matrix scores = {memory.data(), n.columns, 1, size};
  const Queries queries =
      queries_at(a, n, index, begin, memory.data() + scores_bytes);
  for (int64_t j = 0; j < n.seen(a, queries.end); j += n.columns) {
    const int64_t i = a.causal ? std::max(begin, j) : begin;
    const ScoreBlock block = queries.block(i, j);
    product(block.rows, block.columns, n.e, query.from(i),
            key.from(j).transposed(), scores, a.scale, 0);
    attention_table->forward[index_of(product.dtype)](
        block, scores.data, at(r.top, index * n.l + i),
        at(r.factor, index * n.l + i), j == 0 ? nullptr : out.at(i), out.row,
        n.v);
    product(block.rows, n.v, block.columns, scores, value.from(j), out.from(i),
            1, j == 0 ? 0 : 1);
  }
  attention_table->finish[index_of(product.dtype)](
      queries.end - begin, at(r.top, index * n.l + begin),
      at(r.factor, index * n.l + begin), out.at(begin), out.row, n.v);
}

// sum(grad * out) per query: what the gradients of the weights have in common.
template <class T>
void deltas(T* to, const Matrix& grad, const Matrix& out, int64_t rows,
            int64_t n) {
  const auto dot = reduce_table->dot.whole[index_of(scalar_type_of<T>)];
  for (int64_t i = 0; i < rows; ++i) {
    to[i] = static_cast<T>(dot(grad.at(i), out.at(i), n));
  }
}

// Adds what the block of queries from `begin` on has of the gradients of matrix
// number `index`; the first block to see a key sets those of the key.
void backward_rows(const Attention& a, const Sizes& n, int64_t index,
                   int64_t begin, const AttentionResult& r, const Tensor& grad,
                   const AttentionGrads& grads, char* memory) {
  const Product product = {a.query.dtype()};
  const int64_t size = a.query.element_size(), most = std::min(n.l, kRows);
  const Matrix query = matrix(a.query, index), key = matrix(a.key, index),
               value = matrix(a.value, index), g = matrix(grad, index),
               out = matrix(r.out, index),
               to_query = matrix(grads.query, index),
               to_key = matrix(grads.key, index),
               to_value = matrix(grads.value, index);
  const Matrix p = {memory, n.columns, 1, size}, d = p.from(most);
  const Matrix delta = {d.at(most), 1, 1, size};
  const Queries queries = queries_at(a, n, index, begin, delta.at(most));
  visit_floating(product.dtype, [&]<class T>(T) {
    deltas(reinterpret_cast<T*>(delta.data), g.from(begin), out.from(begin),
           queries.end - begin, n.v);
  });
  for (int64_t j = 0; j < n.seen(a, queries.end); j += n.columns) {
    const int64_t i = a.causal ? std::max(begin, j) : begin;
    const ScoreBlock block = queries.block(i, j);
    const int64_t rows = block.rows, columns = block.columns;
    product(rows, columns, n.e, query.from(i), key.from(j).transposed(), p,
            a.scale, 0);
    product(rows, columns, n.v, g.from(i), value.from(j).transposed(), d, 1, 0);
    attention_table->backward[index_of(product.dtype)](
        block, p.data, d.data, at(r.top, index * n.l + i),
        at(r.factor, index * n.l + i), delta.at(i - begin));
    const double more = begin == 0 || (a.causal && j >= begin) ? 0 : 1;
    product(columns, n.v, rows, p.transposed(), g.from(i), to_value.from(j), 1,
            more);
    product(columns, n.e, rows, d.transposed(), query.from(i), to_key.from(j),
            a.scale, more);
    product(rows, n.e, columns, d, key.from(j), to_query.from(i), a.scale,
            j == 0 ? 0 : 1);
  }
}

}  // namespace

void drop_weights(Attention& a, double p) {
  const Sizes n(a);
  a.keep_probability = 1 - p;
  const Generator& generator = default_generator();
  SmallShape shape(a.query.sizes());
  shape[shape.size - 1] = n.s;
  if (numel_of(shape) <= kMostKept) {
    a.keep = empty(shape, kBool);
    return random::fill_bernoulli(generator, a.keep.data_as<bool>(),
                                  a.keep.numel(), a.keep_probability);
  }
  const std::lock_guard<std::mutex> lock(generator.mutex());
  for (int64_t block = 0; block < n.count * n.blocks; ++block) {
    const int64_t begin = block % n.blocks * kRows;
    a.streams.push_back(generator.clone());
    generator.engine().discard(2 * std::min(kRows, n.l - begin) * n.s);
  }
}

Tensor kept_weights(const Attention& a, IntArrayRef shape) {
  if (a.keep.defined()) return a.keep;
  Tensor keep = empty(shape, kBool);
  random::fill_bernoulli(a.streams.front().clone(), keep.data_as<bool>(),
                         keep.numel(), a.keep_probability);
  return keep;
}

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
  fill(r.top, -std::numeric_limits<double>::infinity());
  const double work = 2.0 * static_cast<double>(std::min(n.l, kRows)) *
                      static_cast<double>(n.s * (n.e + n.v));
  parallel_each(n.count * n.blocks, grain_of(work), [&](int64_t task) {
    forward_rows(a, n, task / n.blocks, task % n.blocks * kRows, r);
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
  const int64_t bytes =
      std::min(n.l, kRows) * (2 * n.columns + 1) * grad.element_size();
  parallel_each(n.count, grain_of(work), [&](int64_t index) {
    const Scratch memory(bytes + drawn_bytes(a, n));
    for (int64_t i = 0; i < n.l; i += kRows) {
      backward_rows(a, n, index, i, r, grad, grads, memory.data());
    }
  });
  return grads;
}

}  // namespace taper::kernels
