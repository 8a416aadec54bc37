// Packed and unpacked tiles of products, and dot products.
#include "taper/tensor/kernels/simd/gemm.h"

#include "taper/tensor/kernels/simd/copy.h"
#include "taper/tensor/kernels/simd/first_lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

// Tiles that keep the sums, a row of B and one element of A in registers.
#if defined(__AVX512F__)
constexpr int tile_rows = 8;
constexpr int tile_vectors = 3;
constexpr int last_tile_vectors = 4;  // with six rows
constexpr int dot_tile_rows = 4;
constexpr int dot_tile_columns = 4;
#else
constexpr int tile_rows = 4;
constexpr int tile_vectors = 3;
constexpr int last_tile_vectors = 3;
constexpr int dot_tile_rows = 4;
constexpr int dot_tile_columns = 2;
#endif

// GemmCall with its types.
template <class T>
struct Product {
  int64_t m, n, k;
  const T* a;
  int64_t a_row, a_col;
  const T* b;
  int64_t b_row, b_col;
  T* c;
  int64_t c_row;
  const T* bias;
  T alpha, beta;
};

template <class T>
Product<T> typed(const GemmCall& call) {
  return {call.m,        call.n,        call.k,        as<T>(call.a),
          call.a_row,    call.a_col,    as<T>(call.b), call.b_row,
          call.b_col,    as<T>(call.c), call.c_row,    as<T>(call.bias),
          T(call.alpha), T(call.beta)};
}

// c = alpha * sum + bias + beta * c for the vector of sums at row i, column j.
template <bool whole, class T>
TAPER_INLINE void finish(const Product<T>& p, int64_t i, int64_t j,
                         Vector<T> sum, const FirstLanes<T>& part) {
  T* c = p.c + i * p.c_row + j;
  sum *= broadcast(p.alpha);
  if (p.bias != nullptr) sum += load_part<whole>(p.bias + j, part);
  if (p.beta != 0) {
    sum = multiply_add(broadcast(p.beta), load_part<whole>(c, part), sum);
  }
  if constexpr (whole) {
    store(c, sum);
  } else {
    part.store(c, sum);
  }
}

// The same for one element.
template <class T>
TAPER_INLINE void finish(const Product<T>& p, int64_t i, int64_t j, T sum) {
  T* c = p.c + i * p.c_row + j;
  sum *= p.alpha;
  if (p.bias != nullptr) sum += p.bias[j];
  if (p.beta != 0) sum = fmadd(p.beta, *c, sum);
  *c = sum;
}

// The same for a vector at `at` elements after the one at row i, column j, in
// a C of one column (with contiguous elements) or along a row.
template <bool is_column, class T>
TAPER_INLINE void finish_line(const Product<T>& p, int64_t i, int64_t j,
                              int64_t at, Vector<T> sum) {
  const FirstLanes<T> all(lanes<T>);
  if constexpr (is_column) {
    T* c = p.c + i + at;
    sum *= broadcast(p.alpha);
    if (p.bias != nullptr) sum += broadcast(*p.bias);
    if (p.beta != 0) sum = multiply_add(broadcast(p.beta), load(c), sum);
    store(c, sum);
  } else {
    finish<true>(p, i, j + at, sum, all);
  }
}

// C in tiles of R rows by V vectors: the one at row i, column j, whose last
// vector may be a part of one.
template <class T, int R, int V, bool whole>
void rows_tile(const Product<T>& p, int64_t i, int64_t j,
               const FirstLanes<T>& part) {
  constexpr int64_t w = lanes<T>;
  Vector<T> sum[R][V] = {};
  const int64_t a_row = p.a_row;
  const int64_t a_col = p.a_col;
  const int64_t b_row = p.b_row;
  const T* a = p.a + i * a_row;
  const T* b = p.b + j;
  for (int64_t k = p.k; k > 0; --k, a += a_col, b += b_row) {
    Vector<T> row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V - 1; ++v) row[v] = load(b + v * w);
    row[V - 1] = load_part<whole>(b + (V - 1) * w, part);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const Vector<T> x = broadcast(a[r * a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        sum[r][v] = multiply_add(x, row[v], sum[r][v]);
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < V - 1; ++v) {
      finish<true>(p, i + r, j + v * w, sum[r][v], part);
    }
    finish<whole>(p, i + r, j + (V - 1) * w, sum[r][V - 1], part);
  }
}

// All rows of the V vectors of columns from j on.
template <class T, int V, bool whole>
void rows_strip(const Product<T>& p, int64_t j, const FirstLanes<T>& part) {
  int64_t i = 0;
  if constexpr (V > tile_vectors) {
    for (; i + 6 <= p.m; i += 6) rows_tile<T, 6, V, whole>(p, i, j, part);
  } else if constexpr (tile_rows == 8) {
    for (; i + 8 <= p.m; i += 8) rows_tile<T, 8, V, whole>(p, i, j, part);
  }
  for (; i + 4 <= p.m; i += 4) rows_tile<T, 4, V, whole>(p, i, j, part);
  for (; i + 2 <= p.m; i += 2) rows_tile<T, 2, V, whole>(p, i, j, part);
  if (i < p.m) rows_tile<T, 1, V, whole>(p, i, j, part);
}

// At most one strip of columns, `p.n` of them, of one block of k.
template <class T>
void rows_strip(const Product<T>& p) {
  constexpr int64_t w = lanes<T>;
  const FirstLanes<T> part((p.n - 1) % w + 1);
  if (p.n == tile_vectors * w) {
    rows_strip<T, tile_vectors, true>(p, 0, part);
  } else if (p.n == last_tile_vectors * w) {
    rows_strip<T, last_tile_vectors, true>(p, 0, part);
  } else if (p.n <= w) {
    rows_strip<T, 1, false>(p, 0, part);
  } else if (p.n <= 2 * w) {
    rows_strip<T, 2, false>(p, 0, part);
  } else if (p.n < 3 * w) {
    rows_strip<T, 3, false>(p, 0, part);
  } else {
    rows_strip<T, last_tile_vectors, false>(p, 0, part);
  }
}

// Copies the strip of B to `strip`, where its rows are contiguous and side by
// side: strided rows of 4 KiB would share one set of the cache.
template <class T>
void pack(Product<T>& p, T* strip) {
  const int64_t width = (p.n - 1) / lanes<T> * lanes<T> + lanes<T>;
  if (p.b_row == 1) {
    constexpr int log2_size = sizeof(T) == 4 ? 2 : 3;
    copy_table.transpose[log2_size](strip, width, p.b, p.b_col, p.n, p.k,
                                    false);
  } else {
    for (int64_t k = 0; k < p.k; ++k) {
      const T* row = p.b + k * p.b_row;
      for (int64_t j = 0; j < p.n; ++j) strip[k * width + j] = row[j * p.b_col];
    }
  }
  p.b = strip;
  p.b_row = width;
  p.b_col = 1;
}

// Rows of A from which on it pays to pack B although its rows are contiguous.
constexpr int64_t pack_rows = 96;

template <class T>
void rows(const GemmCall& call) {
  constexpr int64_t width = tile_vectors * lanes<T>;
  constexpr int64_t last_width = last_tile_vectors * lanes<T>;
  alignas(64) T strip[gemm_k_block * last_width];
  const auto whole = typed<T>(call);
  for (int64_t k = 0; k == 0 || k < whole.k; k += gemm_k_block) {
    for (int64_t j = 0, next = 0; j < whole.n; j = next) {
      Product<T> p = whole;
      p.k = whole.k - k < gemm_k_block ? whole.k - k : gemm_k_block;
      next = whole.n - j <= last_width ? whole.n : j + width;
      p.n = next - j;
      p.a += k * p.a_col;
      p.b += k * p.b_row + j * p.b_col;
      p.c += j;
      if (k > 0) {
        p.beta = 1;
        p.bias = nullptr;
      } else if (p.bias != nullptr) {
        p.bias += j;
      }
      const bool is_packed = p.b_col == 1 && p.b_row == p.n;
      if (p.b_col != 1 || (p.m >= pack_rows && !is_packed)) pack(p, strip);
      rows_strip(p);
    }
  }
}

// One row of at most one vector: four running sums, for a single one would wait
// for itself.
template <class T>
void short_row(const GemmCall& call) {
  const auto p = typed<T>(call);
  const FirstLanes<T> part(p.n);
  Vector<T> sum[4] = {};
  int64_t k = 0;
  for (; k + 4 <= p.k; k += 4) {
#pragma GCC unroll 4
    for (int64_t t = 0; t < 4; ++t) {
      sum[t] = multiply_add(broadcast(p.a[(k + t) * p.a_col]),
                            part.load(p.b + (k + t) * p.b_row), sum[t]);
    }
  }
  for (; k < p.k; ++k) {
    sum[0] = multiply_add(broadcast(p.a[k * p.a_col]),
                          part.load(p.b + k * p.b_row), sum[0]);
  }
  finish<false>(p, 0, 0, (sum[0] + sum[1]) + (sum[2] + sum[3]), part);
}

// Adds the products of the elements from k on to the sums of a tile.
template <bool whole, class T, int R, int S>
TAPER_INLINE void add_products(Vector<T> (&sum)[R * S], const T* const (&a)[R],
                               const T* const (&b)[S], int64_t k,
                               const FirstLanes<T>& part) {
  Vector<T> y[S];
#pragma GCC unroll 16
  for (int s = 0; s < S; ++s) y[s] = load_part<whole>(b[s] + k, part);
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    const Vector<T> x = load_part<whole>(a[r] + k, part);
#pragma GCC unroll 16
    for (int s = 0; s < S; ++s) {
      sum[r * S + s] = multiply_add(x, y[s], sum[r * S + s]);
    }
  }
}

// The tile of R rows and S columns at row i, column j. At the `edge` of C it
// repeats the last row or column instead of going beyond.
template <class T, int R, int S, bool edge>
TAPER_INLINE void dot_tile(const Product<T>& p, int64_t i, int64_t j,
                           const FirstLanes<T>& part) {
  constexpr int64_t w = lanes<T>;
  constexpr int64_t vectors = int64_t{R} * S / w;
  static_assert(vectors * w == int64_t{R} * S);
  const int64_t rows = edge && p.m - i < R ? p.m - i : R;
  const int64_t columns = edge && p.n - j < S ? p.n - j : S;
  const T* a[R];
  const T* b[S];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    a[r] = p.a + (i + (edge && r >= rows ? rows - 1 : r)) * p.a_row;
  }
#pragma GCC unroll 16
  for (int s = 0; s < S; ++s) {
    b[s] = p.b + (j + (edge && s >= columns ? columns - 1 : s)) * p.b_col;
  }
  Vector<T> sum[R * S] = {};
  int64_t k = 0;
  for (; k + w <= p.k; k += w) add_products<true, T, R, S>(sum, a, b, k, part);
  if (k < p.k) add_products<false, T, R, S>(sum, a, b, k, part);
  if constexpr (!edge && (R == 1 || S == 1)) {
    if (R == 1 || p.c_row == 1) {
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        fold_each<T, w>(sum + v * w);
        finish_line<S == 1>(p, i, j, v * w, sum[v * w]);
      }
      return;
    }
  }
  T results[R * S];
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) {
    fold_each<T, w>(sum + v * w);
    store(results + v * w, sum[v * w]);
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t s = 0; s < columns; ++s) {
      finish(p, i + r, j + s, results[r * S + s]);
    }
  }
}

template <class T, int R, int S>
void dot_tiles(const Product<T>& p) {
  const FirstLanes<T> part(p.k % lanes<T>);
  for (int64_t j = 0; j < p.n; j += S) {
    for (int64_t i = 0; i < p.m; i += R) {
      if (i + R <= p.m && j + S <= p.n) {
        dot_tile<T, R, S, false>(p, i, j, part);
      } else {
        dot_tile<T, R, S, true>(p, i, j, part);
      }
    }
  }
}

template <class T>
void dots(const GemmCall& call) {
  const auto p = typed<T>(call);
  if (p.n == 1) {
    dot_tiles<T, dot_tile_rows * dot_tile_columns, 1>(p);
  } else if (p.m == 1) {
    dot_tiles<T, 1, dot_tile_rows * dot_tile_columns>(p);
  } else {
    dot_tiles<T, dot_tile_rows, dot_tile_columns>(p);
  }
}

}  // namespace

const GemmTable gemm_table = {
    .rows = {rows<float>, rows<double>},
    .short_row = {short_row<float>, short_row<double>},
    .short_row_limit = {lanes<float>, lanes<double>},
    .dots = {dots<float>, dots<double>},
    .dot_rows = lanes<float> == 16 ? 31 : 1,
    .strip = {tile_vectors * lanes<float>, tile_vectors* lanes<double>},
    .is_fast = lanes<float> >= 8,
};

}  // namespace taper::kernels::TAPER_ISA
