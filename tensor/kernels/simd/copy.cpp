// Transpositions in tiles, and strided elements.
#include "taper/tensor/kernels/simd/copy.h"

#include <cstddef>
#include <utility>

#include "taper/tensor/kernels/simd/sweep.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

constexpr int64_t line_bytes = 64;

// A square of one cache line of items a side.
template <class T>
constexpr int64_t side = line_bytes / static_cast<int64_t>(sizeof(T));

// Swaps the upper right and lower left `distance`-blocks of every
// 2 x 2 group of such blocks in rows a and b.
template <class T, int64_t distance, std::size_t... lane>
inline void swap_blocks(Vector<T>& a, Vector<T>& b,
                        std::index_sequence<lane...>) {
  constexpr int64_t n = lanes<T>;
  const Vector<T> row = a;
  a = __builtin_shufflevector(
      row, b, ((lane & distance) == 0 ? lane : n + lane - distance)...);
  b = __builtin_shufflevector(
      row, b, ((lane & distance) == 0 ? lane + distance : n + lane)...);
}

// Transposes lanes<T> vectors of lanes<T> items in place.
template <class T, int64_t distance = lanes<T> / 2>
inline void transpose_square(Vector<T> (&rows)[lanes<T>]) {
  for (int64_t i = 0; i < lanes<T>; ++i) {
    if ((i & distance) != 0) continue;
    swap_blocks<T, distance>(rows[i], rows[i + distance],
                             std::make_index_sequence<lanes<T>>{});
  }
  if constexpr (distance > 1) transpose_square<T, distance / 2>(rows);
}

// Whole cache lines are read and written at once: with row strides of 4 KiB
// and its multiples all the lines of a tile share one set of the cache.
template <class T, bool stream>
inline void transpose_tile(T* y, int64_t y_stride, const T* x,
                           int64_t x_stride) {
  constexpr int64_t n = lanes<T>;
  constexpr int64_t parts = side<T> / n;
  Vector<T> squares[parts][parts][n];
  for (int64_t i = 0; i < side<T>; ++i) {
    for (int64_t part = 0; part < parts; ++part) {
      squares[part][i / n][i % n] = load(x + i * x_stride + part * n);
    }
  }
  for (int64_t part = 0; part < parts; ++part) {
    for (auto& square : squares[part]) transpose_square<T>(square);
    for (int64_t j = 0; j < n; ++j) {
      T* row = y + (part * n + j) * y_stride;
      for (int64_t k = 0; k < parts; ++k) {
        if constexpr (stream) {
          stream_store(row + k * n, squares[part][k][j]);
        } else {
          store(row + k * n, squares[part][k][j]);
        }
      }
    }
  }
}

template <class T>
inline void transpose_plain(T* y, int64_t y_stride, const T* x,
                            int64_t x_stride, int64_t rows, int64_t cols) {
  for (int64_t j = 0; j < cols; ++j) {
    for (int64_t i = 0; i < rows; ++i) {
      y[j * y_stride + i] = x[i * x_stride + j];
    }
  }
}

template <class T, bool stream>
void transpose_tiles(T* y, int64_t y_stride, const T* x, int64_t x_stride,
                     int64_t rows, int64_t cols) {
  constexpr int64_t n = side<T>;
  const int64_t full_rows = rows / n * n;
  const int64_t full_cols = cols / n * n;
  for (int64_t i = 0; i < full_rows; i += n) {
    for (int64_t j = 0; j < full_cols; j += n) {
      transpose_tile<T, stream>(y + j * y_stride + i, y_stride,
                                x + i * x_stride + j, x_stride);
    }
  }
  transpose_plain(y + full_cols * y_stride, y_stride, x + full_cols, x_stride,
                  full_rows, cols - full_cols);
  transpose_plain(y + full_rows, y_stride, x + full_rows * x_stride, x_stride,
                  rows - full_rows, cols);
}

template <class T>
void transpose(void* y, int64_t y_stride, const void* x, int64_t x_stride,
               int64_t rows, int64_t cols, bool stream) {
  auto* out = as<T>(y);
  const auto* in = as<T>(x);
  const bool aligned = reinterpret_cast<uintptr_t>(y) % line_bytes == 0 &&
                       y_stride % side<T> == 0;
  if (!stream || !aligned) {
    return transpose_tiles<T, false>(out, y_stride, in, x_stride, rows, cols);
  }
  transpose_tiles<T, true>(out, y_stride, in, x_stride, rows, cols);
  stream_fence();
}

// Small items are rare: small tiles keep both sides in the cache.
template <class T>
void transpose_small(void* y, int64_t y_stride, const void* x, int64_t x_stride,
                     int64_t rows, int64_t cols, bool) {
  constexpr int64_t tile = 16;
  auto* out = as<T>(y);
  const auto* in = as<T>(x);
  for (int64_t i = 0; i < rows; i += tile) {
    const int64_t height = rows - i < tile ? rows - i : tile;
    for (int64_t j = 0; j < cols; j += tile) {
      const int64_t width = cols - j < tile ? cols - j : tile;
      transpose_plain(out + j * y_stride + i, y_stride, in + i * x_stride + j,
                      x_stride, height, width);
    }
  }
}

template <class T>
void gather_strided(void* y, const void* x, int64_t stride, int64_t n) {
  const auto* in = as<T>(x);
  for (int64_t i = 0; i < n; ++i) as<T>(y)[i] = in[i * stride];
}

template <class T>
void scatter_strided(void* y, int64_t stride, const void* x, int64_t n) {
  auto* out = as<T>(y);
  for (int64_t i = 0; i < n; ++i) out[i * stride] = as<T>(x)[i];
}

}  // namespace

const CopyTable copy_table = {
    .transpose = {transpose_small<uint8_t>, transpose_small<uint16_t>,
                  transpose<uint32_t>, transpose<uint64_t>},
    .gather_strided = {gather_strided<uint8_t>, gather_strided<uint16_t>,
                       gather_strided<uint32_t>, gather_strided<uint64_t>},
    .scatter_strided = {scatter_strided<uint8_t>, scatter_strided<uint16_t>,
                        scatter_strided<uint32_t>, scatter_strided<uint64_t>},
};

}  // namespace taper::kernels::TAPER_ISA
