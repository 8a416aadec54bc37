// Maps rows and columns of planes.
#include "taper/tensor/kernels/resample.h"

#include <algorithm>
#include <cmath>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/resample.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

Band band_of(const DimMap& map) {
  return {map.in, map.out(), map.width(), map.first.data_as<int64_t>(),
          map.weights.data_ptr()};
}

// Work of a thread in weighted elements.
constexpr int64_t kGrain = 16384;
// What the results of one map take that the next one reads.
constexpr int64_t kStripBytes = 64 << 10;
// More than the vectors that are read at once.
constexpr int64_t kSlackBytes = 256;

// x as `planes` of `rows` by `columns` elements.
struct Planes {
  const Tensor& x;
  int64_t planes, rows, columns;
};

void map_columns(const Tensor& y, const Planes& from, const Band& columns) {
  const auto leaf = resample_table->along[index_of(y.dtype())];
  const int64_t rows = from.planes * from.rows;
  // The leaf goes down the rows again and again: few of them stay in cache.
  const int64_t row_bytes = (columns.in + columns.out) * y.element_size();
  const int64_t block = std::max<int64_t>(kStripBytes / row_bytes, 8);
  const int64_t grain = 1 + kGrain / (block * columns.out * columns.width);
  parallel_for(0, div_up(rows, block), grain, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin * block; r < std::min(end * block, rows);
         r += block) {
      leaf(at(y, r * columns.out), at(from.x, r * columns.in),
           std::min(block, rows - r), (rows - r) * columns.in, columns);
    }
  });
}

void map_rows(const Tensor& y, const Planes& from, const Band& rows) {
  const auto leaf = resample_table->across[index_of(y.dtype())];
  const int64_t n = from.columns;
  const int64_t grain = 1 + kGrain / (n * rows.width + 1);
  parallel_for(0, from.planes * rows.out, grain,
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end;) {
                   const int64_t plane = r / rows.out;
                   const int64_t first = r % rows.out;
                   const int64_t last = std::min(rows.out, first + end - r);
                   leaf(at(y, r * n), at(from.x, plane * rows.in * n), n, 0,
                        first, last, rows);
                   r += last - first;
                 }
               });
}

// Both dims, in strips of rows. First comes what makes less of x.
void map_planes(const Tensor& y, const Planes& from, const Band& rows,
                const Band& columns) {
  const int i = index_of(y.dtype());
  const bool columns_first = rows.in <= rows.out;
  const int64_t n = columns_first ? columns.out : columns.in;
  const int64_t row_bytes = n * y.element_size();
  const int64_t strip =
      std::min(rows.out, std::max<int64_t>(kStripBytes / row_bytes, 8));
  const int64_t strips = div_up(rows.out, strip);
  const int64_t grain =
      1 + kGrain / (strip * columns.out * (rows.width + columns.width));
  parallel_for(0, from.planes * strips, grain, [&](int64_t begin, int64_t end) {
    int64_t most = strip;  // rows between the maps
    for (int64_t j = 0; j < rows.out && columns_first; j += strip) {
      const int64_t last = std::min(j + strip, rows.out) - 1;
      most = std::max(most, rows.first[last] + rows.width - rows.first[j]);
    }
    const Scratch scratch(most * row_bytes + kSlackBytes);
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t plane = unit / strips;
      const int64_t j = unit % strips * strip;
      const int64_t last = std::min(j + strip, rows.out);
      const int64_t x_row = rows.first[j];
      const int64_t x_rows = rows.first[last - 1] + rows.width - x_row;
      char* to = at(y, (plane * rows.out + j) * columns.out);
      const int64_t offset = (plane * rows.in + x_row) * columns.in;
      const char* x = at(from.x, offset);
      if (columns_first) {
        resample_table->along[i](scratch.data(), x, x_rows,
                                 from.x.numel() - offset, columns);
        resample_table->across[i](to, scratch.data(), n, x_row, j, last, rows);
      } else {
        resample_table->across[i](scratch.data(), x, n, x_row, j, last, rows);
        const int64_t readable =
            (last - j) * n + kSlackBytes / y.element_size();
        resample_table->along[i](to, scratch.data(), last - j, readable,
                                 columns);
      }
    }
  });
}

void resample_dim(const Tensor& y, const Tensor& x, size_t dim,
                  const DimMap& map) {
  const IntArrayRef sizes = x.sizes();
  const int64_t planes = numel_of(sizes.slice(0, dim));
  const int64_t n = numel_of(sizes.slice(dim + 1, sizes.size() - dim - 1));
  if (n == 1) {
    map_columns(y, {x, planes, 1, map.in}, band_of(map));
  } else {
    map_rows(y, {x, planes, map.in, n}, band_of(map));
  }
}

}  // namespace

Tensor resample_bytes(const Tensor& x, int64_t dim, const DimMap& map) {
  // PyTorch's weights are integers of 16 bits, scaled by 2^bits; sums of them
  // are exact.
  const DimMap scaled = {map.in, map.first, clone(map.weights)};
  auto* weights = scaled.weights.data_as<double>();
  double* end = weights + scaled.weights.numel();
  const double most = *std::max_element(weights, end);
  int bits = 0;
  while (bits < 21 && std::floor(std::ldexp(most, bits + 1) + 0.5) < 32768) {
    ++bits;
  }
  for (double* w = weights; w < end; ++w) *w = std::round(std::ldexp(*w, bits));
  const Tensor sums = resample(cast(x, kDouble), dim, {scaled});
  const double half = std::floor(std::ldexp(0.5, bits));
  Tensor y = empty(sums.sizes(), kByte);
  parallel_each(y.numel(), kGrain, [&](int64_t i) {
    const double sum = std::ldexp(sums.data_as<double>()[i] + half, -bits);
    y.data_as<uint8_t>()[i] =
        static_cast<uint8_t>(std::clamp(std::floor(sum), 0.0, 255.0));
  });
  return y;
}

Tensor resample(const Tensor& x, int64_t dim, const std::vector<DimMap>& maps) {
  if (maps.size() == 3) {  // first what makes less of x
    const std::vector<DimMap> depth = {maps[0]};
    const std::vector<DimMap> planes = {maps[1], maps[2]};
    return maps[0].in <= maps[0].out()
               ? resample(resample(x, dim + 1, planes), dim, depth)
               : resample(resample(x, dim, depth), dim + 1, planes);
  }
  const profiler::OpScope scope("resample", x);
  SmallShape sizes(x.sizes());
  int d = static_cast<int>(dim);
  for (const DimMap& map : maps) sizes[d++] = map.out();
  Tensor y = empty(sizes, x.dtype());
  if (y.numel() == 0) return y;
  if (x.numel() == 0) return zeros(sizes, x.dtype());
  if (maps.size() == 1) {
    resample_dim(y, x, static_cast<size_t>(dim), maps[0]);
  } else {
    const int64_t planes = x.numel() / (maps[0].in * maps[1].in);
    map_planes(y, {x, planes, maps[0].in, maps[1].in}, band_of(maps[0]),
               band_of(maps[1]));
  }
  return y;
}

}  // namespace taper::kernels
