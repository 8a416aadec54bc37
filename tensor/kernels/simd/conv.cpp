// Convolutions as sums of shifted rows, in tiles that stay in registers.
#include "taper/tensor/kernels/simd/conv.h"

#include <cstddef>
#include <utility>

#include "taper/tensor/kernels/simd/first_lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int registers = 32;
constexpr int most_rows = 8;
#else
constexpr int registers = 16;
constexpr int most_rows = 4;
#endif

// Vectors beside each other in a tile of R rows: with the row of x and one
// weight, the sums fill the registers.
template <int R>
constexpr int tile_vectors = R == 1                     ? 8
                             : R >= 5 || registers < 32 ? 3
                             : R == 2                   ? 8
                                                        : 6;

template <class T>
TAPER_INLINE Vector<T> add_product(Vector<T> x, Vector<T> y, Vector<T> sum) {
  if constexpr (std::is_integral_v<T>) {
    return x * y + sum;
  } else {
    return multiply_add(x, y, sum);
  }
}

// The tile of R rows and V vectors at position p, the last of which may be a
// part of one.
template <class T, int R, int V, bool whole>
void tile(const ConvCall& call, int64_t row, int64_t p,
          const FirstLanes<T>& part) {
  constexpr int64_t w = lanes<T>;
  const int64_t stride = call.rows;
  const T* weight = as<T>(call.weight) + row;
  const T* x = as<T>(call.x) + p;
  T* y = as<T>(call.y) + row * call.y_row + p;
  Vector<T> sum[R][V];
  for (int r = 0; r < R; ++r) {
    const T* before = y + r * call.y_row;
    const Vector<T> start =
        broadcast(call.bias != nullptr ? as<T>(call.bias)[row + r] : T(0));
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) {
      sum[r][v] = !call.adds  ? start
                  : v < V - 1 ? load(before + v * w)
                              : load_part<whole>(before + v * w, part);
    }
  }
  for (int64_t t = 0; t < call.taps; ++t, weight += stride) {
    const T* from = x + call.at[t];
    Vector<T> item[V];
#pragma GCC unroll 8
    for (int v = 0; v < V - 1; ++v) item[v] = load(from + v * w);
    item[V - 1] = load_part<whole>(from + (V - 1) * w, part);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const Vector<T> factor = broadcast(weight[r]);
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        sum[r][v] = add_product<T>(factor, item[v], sum[r][v]);
      }
    }
  }
  for (int r = 0; r < R; ++r, y += call.y_row) {
#pragma GCC unroll 8
    for (int v = 0; v < V - 1; ++v) store(y + v * w, sum[r][v]);
    if constexpr (whole) {
      store(y + (V - 1) * w, sum[r][V - 1]);
    } else {
      part.store(y + (V - 1) * w, sum[r][V - 1]);
    }
  }
}

template <class T, int R>
void rows_of(const ConvCall& call, int64_t row) {
  constexpr int64_t w = lanes<T>;
  constexpr int V = tile_vectors<R>;
  const FirstLanes<T> part((call.length - 1) % w + 1);
  int64_t p = 0;
  for (; p + V * w <= call.length; p += V * w) {
    tile<T, R, V, true>(call, row, p, part);
  }
  if constexpr (V > 3) {
    for (; p + 3 * w < call.length; p += 3 * w) {
      tile<T, R, 3, true>(call, row, p, part);
    }
  }
  const int64_t left = call.length - p;
  if (left > 2 * w) return tile<T, R, 3, false>(call, row, p, part);
  if (left > w) return tile<T, R, 2, false>(call, row, p, part);
  if (left > 0) tile<T, R, 1, false>(call, row, p, part);
}

// Integers are rare, and come row by row.
template <class T>
constexpr int most_rows_of = std::is_integral_v<T> ? 1 : most_rows;

template <class T, int R = most_rows_of<T>>
void rows_from(const ConvCall& call, int64_t row, int64_t count) {
  if constexpr (R > 1) {
    if (count < R) return rows_from<T, R - 1>(call, row, count);
  }
  rows_of<T, R>(call, row);
}

template <class T>
void rows(const ConvCall& call) {
  constexpr int most = most_rows_of<T>;
  const int64_t parts = (call.rows + most - 1) / most;
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t row = call.rows * i / parts;
    rows_from<T>(call, row, call.rows * (i + 1) / parts - row);
  }
}

// Adds the sums of R rows of g with S taps from `tap` on; at the end the last
// row and tap are taken more than once and counted once.
template <class T, int R, int S>
void dots_tile(const ConvDotsCall& call, int64_t row, int64_t tap,
               const FirstLanes<T>& part) {
  constexpr int64_t w = lanes<T>;
  constexpr int64_t vectors = (int64_t{R} * S + w - 1) / w;
  const int64_t rows = call.rows - row < R ? call.rows - row : R;
  const int64_t taps = call.taps - tap < S ? call.taps - tap : S;
  int64_t at[S];
  for (int s = 0; s < S; ++s) at[s] = call.at[tap + (s < taps ? s : taps - 1)];
  Vector<T> sum[R * S] = {};
  const T* x = as<T>(call.x);
  const T* g[R];
  for (int r = 0; r < R; ++r) {
    g[r] = as<T>(call.g) + (row + (r < rows ? r : rows - 1)) * call.g_row;
  }
  for (int64_t i = 0; i < call.images; ++i, x += call.x_image) {
    const auto add = [&](int64_t p, const auto& read) {
      Vector<T> item[S];
#pragma GCC unroll 16
      for (int s = 0; s < S; ++s) item[s] = read(x + at[s] + p);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Vector<T> factor = read(g[r] + p);
#pragma GCC unroll 16
        for (int s = 0; s < S; ++s) {
          sum[r * S + s] = add_product<T>(factor, item[s], sum[r * S + s]);
        }
      }
    };
    int64_t p = 0;
    for (; p + w <= call.length; p += w) {
      add(p, [](const T* from) { return load(from); });
    }
    if (p < call.length) {
      add(p, [&part](const T* from) { return part.load(from); });
    }
    for (int r = 0; r < R; ++r) g[r] += call.g_image;
  }
  fold_each<T, R * S>(sum);
  T results[vectors * w];
  for (int64_t i = 0; i < vectors; ++i) store(results + i * w, sum[i]);
  for (int64_t r = 0; r < rows; ++r) {
    T* sums = as<T>(call.sums) + (row + r) * call.taps + tap;
    for (int64_t s = 0; s < taps; ++s) sums[s] += results[r * S + s];
  }
}

// Taps whose rows stay in the level 1 cache while all rows of g pass by.
constexpr int64_t near_bytes = 24 << 10;

template <class T>
void dots(const ConvDotsCall& call) {
  constexpr int S = registers == 32 ? 6 : 3;
  const FirstLanes<T> part(call.length % lanes<T>);
  if (call.rows == 1 || std::is_integral_v<T>) {
    for (int64_t row = 0; row < call.rows; ++row) {
      for (int64_t tap = 0; tap < call.taps; tap += 9) {
        dots_tile<T, 1, 9>(call, row, tap, part);
      }
    }
    return;
  }
  const int64_t bytes = call.length * call.images * int64_t{sizeof(T)};
  const int64_t near = near_bytes / bytes / S * S + S;
  for (int64_t from = 0; from < call.taps; from += near) {
    const int64_t end = from + near < call.taps ? from + near : call.taps;
    for (int64_t row = 0; row < call.rows; row += 4) {
      for (int64_t tap = from; tap < end; tap += S) {
        dots_tile<T, 4, S>(call, row, tap, part);
      }
    }
  }
}

// The sums for R taps from `tap` on and V vectors of rows of g.
template <class T, int R, int V>
void outer_tile(const ConvOuterCall& call, int64_t tap, int64_t row) {
  constexpr int64_t w = lanes<T>;
  T* sums = as<T>(call.sums) + tap * call.g_pitch + row;
  const int64_t* at = call.at + tap;
  Vector<T> sum[R][V];
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v)
      sum[r][v] = load(sums + r * call.g_pitch + v * w);
  }
  const T* g = as<T>(call.g) + row;
  for (int64_t i = 0; i < call.images; ++i) {
    const T* x = as<T>(call.x) + i * call.x_image;
    // Adds N positions, so that a place is read once for them.
    const auto add = [&]<int N>(std::integral_constant<int, N>) {
      Vector<T> item[N][V];
#pragma GCC unroll 8
      for (int n = 0; n < N; ++n, g += call.g_pitch) {
#pragma GCC unroll 8
        for (int v = 0; v < V; ++v) item[n][v] = load(g + v * w);
      }
#pragma GCC unroll 32
      for (int r = 0; r < R; ++r) {
        const T* from = x + at[r];
#pragma GCC unroll 8
        for (int n = 0; n < N; ++n) {
          const Vector<T> factor = broadcast(from[n]);
#pragma GCC unroll 8
          for (int v = 0; v < V; ++v) {
            sum[r][v] = add_product<T>(factor, item[n][v], sum[r][v]);
          }
        }
      }
      x += N;
    };
    int64_t p = 0;
    for (; p + 2 <= call.length; p += 2) add(std::integral_constant<int, 2>());
    if (p < call.length) add(std::integral_constant<int, 1>());
  }
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v)
      store<T>(sums + r * call.g_pitch + v * w, sum[r][v]);
  }
}

template <class T, int R, int V>
void outer_strip(const ConvOuterCall& call, int64_t tap, int64_t row) {
  for (; tap + R <= call.taps; tap += R) outer_tile<T, R, V>(call, tap, row);
  if constexpr (R > 1) outer_strip<T, (R + 2) / 4, V>(call, tap, row);
}

template <class T>
void outer(const ConvOuterCall& call) {
  constexpr int64_t w = lanes<T>;
  constexpr int R = registers * 3 / 8;
  int64_t row = 0;
  for (; row + 2 * w <= call.g_pitch; row += 2 * w) {
    outer_strip<T, R, 2>(call, 0, row);
  }
  if (row < call.g_pitch) outer_strip<T, 2 * R, 1>(call, 0, row);
}

// Every second element of 2 n, the last of which is not read.
template <class T, std::size_t... lane>
TAPER_INLINE void copy_even(T* y, const T* x, int64_t n,
                            std::index_sequence<lane...>) {
  constexpr int64_t w = lanes<T>;
  int64_t i = 0;
  for (; i + w < n; i += w) {
    store<T>(y + i, __builtin_shufflevector(
                        load(x + 2 * i), load(x + 2 * i + w), (2 * lane)...));
  }
  for (; i < n; ++i) y[i] = x[2 * i];
}

template <class T>
void copy(const ConvCopyCall& call) {
  constexpr int64_t w = lanes<T>;
  T* y = as<T>(call.y);
  const T* x = as<T>(call.x);
  const int64_t count = call.end - call.begin;
  if (call.step == 1 && call.width <= w) {
    const FirstLanes<T> from(call.end, call.begin);
    const FirstLanes<T> to(call.width);
    for (int64_t r = 0; r < call.rows; ++r) {
      to.store(y + r * call.width, from.load(x + r * call.x_row - call.begin));
    }
    return;
  }
  const FirstLanes<T> part(count % w);
  for (int64_t r = 0; r < call.rows; ++r, x += call.x_row) {
    int64_t i = 0;
    for (; i < call.begin; ++i) *y++ = 0;
    if (call.step == 2) {
      copy_even(y, x, count, std::make_index_sequence<w>{});
    } else if (call.step != 1) {
      for (i = 0; i < count; ++i) y[i] = x[i * call.step];
    } else {
      for (i = 0; i + w <= count; i += w) store(y + i, load(x + i));
      if (i < count) part.store(y + i, part.load(x + i));
    }
    y += count;
    for (i = call.end; i < call.width; ++i) *y++ = 0;
  }
}

}  // namespace

const ConvTable conv_table = {
    .rows = {rows<float>, rows<double>, rows<int64_t>},
    .dots = {dots<float>, dots<double>, dots<int64_t>},
    .outer = {outer<float>, outer<double>},
    .copy = {copy<float>, copy<double>, copy<int64_t>},
    .lanes = {lanes<float>, lanes<double>},
};

}  // namespace taper::kernels::TAPER_ISA
