// Reads x at the places of a grid. In each dim a place is a few elements of x
// with weights and the slopes of these; over the dims both are multiplied. N is
// the batch size, C the number of channels, P that of places.
#include "taper/tensor/kernels/grid_sample.h"

#include <algorithm>
#include <cmath>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/simd/resample.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/profiler.h"

namespace taper::kernels {
namespace {

// Work of a thread in elements read.
constexpr int64_t kGrain = 8192;
// What finding the elements of a place costs in elements read.
constexpr int64_t kFinding = 64;

// A number as a function of a coordinate of the grid.
template <class T>
struct Place {
  T value;
  T slope;
};

// Kept between the first and the last element; nan is the first.
template <class T>
Place<T> clipped(Place<T> x, T last) {
  if (!(x.value > 0)) return {0, 0};
  return x.value < last ? x : Place<T>{last, 0};
}

// Mirrored at `low` and at `low` + `span` until it lies between them.
template <class T>
Place<T> reflected(Place<T> x, T low, T span) {
  if (span == 0) return {0, 0};
  const T offset = std::abs(x.value - low);
  const T sign = x.value < low ? T(-1) : T(1);
  const T rest = std::fmod(offset, span);
  const bool odd = std::fmod(std::floor(offset / span), T(2)) != 0;
  return odd ? Place<T>{span - rest + low, -sign * x.slope}
             : Place<T>{rest + low, sign * x.slope};
}

// What is read instead of a place outside of `size` elements.
template <class T>
Place<T> inside(Place<T> x, int64_t size, const GridOptions& options) {
  const auto n = static_cast<T>(size);
  if (options.outside == Outside::kReflection) {
    const bool align = options.align_corners;
    x = reflected(x, align ? T(0) : T(-0.5), align ? n - 1 : n);
  }
  return options.outside == Outside::kZeros ? x : clipped(x, n - 1);
}

// The elements that a coordinate reads, with their weights.
template <class T>
struct Taps {
  int count = 0;
  int64_t index[4];
  Place<T> weight[4];

  // Adds the element at `at`, a whole number, unless it is outside.
  void add(T at, Place<T> w, int64_t size) {
    if (!(at >= 0 && at <= static_cast<T>(size - 1))) return;
    index[count] = static_cast<int64_t>(at);
    weight[count++] = w;
  }
};

// The weight of an element at a distance x of 0 to 1, or 1 to 2, and its slope.
template <class T>
Place<T> cubic_near(Place<T> x) {
  const T a = T(-0.75), v = x.value;
  return {((a + 2) * v - (a + 3)) * v * v + 1,
          (3 * (a + 2) * v - 2 * (a + 3)) * v * x.slope};
}
template <class T>
Place<T> cubic_far(Place<T> x) {
  const T a = T(-0.75), v = x.value;
  return {((a * v - 5 * a) * v + 8 * a) * v - 4 * a,
          ((3 * a * v - 10 * a) * v + 8 * a) * x.slope};
}

template <class T>
Taps<T> taps_of(T coordinate, int64_t size, const GridOptions& options) {
  const auto n = static_cast<T>(size);
  Place<T> x = options.align_corners
                   ? Place<T>{(coordinate + 1) / 2 * (n - 1), (n - 1) / 2}
                   : Place<T>{((coordinate + 1) * n - 1) / 2, n / 2};
  if (options.sampling != Sampling::kCubic) x = inside(x, size, options);
  Taps<T> taps;
  if (options.sampling == Sampling::kNearest) {
    taps.add(std::nearbyint(x.value), {1, 0}, size);
    return taps;
  }
  const T first = std::floor(x.value);
  const Place<T> rest = {x.value - first, x.slope};
  const Place<T> other = {1 - rest.value, -rest.slope};
  if (options.sampling == Sampling::kLinear) {
    taps.add(first, other, size);
    taps.add(first + 1, rest, size);
    return taps;
  }
  const Place<T> weights[] = {
      cubic_far(Place<T>{rest.value + 1, rest.slope}), cubic_near(rest),
      cubic_near(other), cubic_far(Place<T>{other.value + 1, other.slope})};
  for (int k = 0; k < 4; ++k) {
    const Place<T> at = {first + static_cast<T>(k - 1), 0};
    taps.add(inside(at, size, options).value, weights[k], size);
  }
  return taps;
}

// The elements that a place of the grid reads.
template <class T, int D>
struct Sample {
  static constexpr int kMost = D == 2 ? 16 : 8;
  int count;
  int64_t index[kMost];
  T weight[kMost];
  T slope[D][kMost];  // of the weight by the coordinates, the last dim first

  // `coordinates` are those of the last dim first, `sizes` in x's order.
  void find(const T* coordinates, const int64_t* sizes,
            const GridOptions& options) {
    count = 1;
    index[0] = 0;
    weight[0] = 1;
    for (int d = D - 1; d >= 0; --d) {
      multiply(D - 1 - d, taps_of(coordinates[D - 1 - d], sizes[d], options),
               stride_of(d, sizes));
    }
  }

 private:
  static int64_t stride_of(int d, const int64_t* sizes) {
    int64_t stride = 1;
    for (int e = d + 1; e < D; ++e) stride *= sizes[e];
    return stride;
  }

  // Every element so far at every tap of dim number d from the end. The first
  // tap comes last, since it overwrites the elements so far.
  void multiply(int d, const Taps<T>& taps, int64_t stride) {
    for (int k = taps.count - 1; k >= 0; --k) {
      const Place<T> w = taps.weight[k];
      for (int i = 0; i < count; ++i) {
        const int to = k * count + i;
        index[to] = index[i] + taps.index[k] * stride;
        for (int e = 0; e < d; ++e) slope[e][to] = slope[e][i] * w.value;
        slope[d][to] = weight[i] * w.slope;
        weight[to] = weight[i] * w.value;
      }
    }
    count *= taps.count;
  }
};

struct Geometry {
  Geometry(const Tensor& x, const Tensor& grid)
      : n(x.sizes()[0]), c(x.sizes()[1]), sizes(x.sizes().begin() + 2) {
    for (int64_t d = 2; d < x.dim(); ++d) {
      size *= x.sizes()[static_cast<size_t>(d)];
      places *= grid.sizes()[static_cast<size_t>(d - 1)];
    }
  }
  int64_t n, c;
  const int64_t* sizes;
  int64_t size = 1;    // elements of a channel of x
  int64_t places = 1;  // of a sample
};

// x (N, C, ...) as (N, ..., C), so that all channels are read at once.
Tensor channels_last(const Tensor& x, int64_t size) {
  const int64_t n = x.sizes()[0];
  const int64_t c = x.sizes()[1];
  return contiguous(alias(x, IntArrayRef({n, size, c}),
                          IntArrayRef({c * size, 1, size}), x.data_as<char>()));
}

// The way back, to shape `sizes`.
Tensor channels_second(const Tensor& x, IntArrayRef sizes) {
  const int64_t c = x.sizes()[2];
  const int64_t size = x.sizes()[1];
  Tensor y = empty(sizes, x.dtype());
  Tensor to = alias(y, IntArrayRef({x.sizes()[0], size, c}),
                    IntArrayRef({c * size, 1, size}), y.data_as<char>());
  copy_into(to, x);
  return y;
}

template <int D, class T>
void sample(const Tensor& y, const Tensor& x, const Tensor& grid,
            const Geometry& g, const GridOptions& options) {
  const auto rows = resample_table->rows[index_of(x.dtype())];
  const int64_t grain = 1 + kGrain / (g.c + kFinding);
  parallel_each(g.n * g.places, grain, [&](int64_t p) {
    Sample<T, D> s;
    s.find(grid.data_as<T>() + p * D, g.sizes, options);
    rows(at(y, p * g.c), at(x, p / g.places * g.size * g.c), g.c, s.index,
         s.weight, s.count);
  });
}

// Without x, no gradient of the grid.
template <int D, class T>
void sample_backward(const GridGrads& grads, const Tensor& grad,
                     const Tensor& x, const Tensor& grid, const Geometry& g,
                     const GridOptions& options) {
  const auto add_row = resample_table->add_row[index_of(grad.dtype())];
  const auto dot = resample_table->dot[index_of(grad.dtype())];
  const auto go_back = [&](int64_t p) {
    Sample<T, D> s;
    s.find(grid.data_as<T>() + p * D, g.sizes, options);
    const char* from = at(grad, p * g.c);
    const int64_t first = p / g.places * g.size;
    for (int k = 0; k < s.count && grads.x.defined(); ++k) {
      if (s.weight[k] == 0) continue;
      add_row(at(grads.x, (first + s.index[k]) * g.c), from,
              static_cast<double>(s.weight[k]), g.c);
    }
    if (!x.defined()) return;
    double sums[D] = {};
    for (int k = 0; k < s.count; ++k) {
      const double sum = dot(from, at(x, (first + s.index[k]) * g.c), g.c);
      for (int d = 0; d < D; ++d) {
        sums[d] += static_cast<double>(s.slope[d][k]) * sum;
      }
    }
    std::copy_n(sums, D, grads.grid.data_as<T>() + p * D);
  };
  // Places of one sample may share elements of x.
  parallel_each(g.n, 1 + kGrain / (g.places * (g.c + kFinding) + 1),
                [&](int64_t i) {
                  const int64_t first = i * g.places;
                  for (int64_t p = 0; p < g.places; ++p) go_back(first + p);
                });
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid,
                   const GridOptions& options) {
  const profiler::OpScope scope("grid_sample", x, grid);
  const Geometry g(x, grid);
  SmallShape sizes(x.sizes());
  for (int d = 2; d < sizes.size; ++d) {
    sizes[d] = grid.sizes()[static_cast<size_t>(d - 1)];
  }
  const Tensor y = empty({g.n, g.places, g.c}, x.dtype());
  const Tensor from = channels_last(x, g.size);
  visit_floating(x.dtype(), [&]<class T>(T) {
    x.dim() == 4 ? sample<2, T>(y, from, grid, g, options)
                 : sample<3, T>(y, from, grid, g, options);
  });
  return channels_second(y, sizes);
}

GridGrads grid_sample_backward(const Tensor& grad, const Tensor& x,
                               const Tensor& grid, const GridOptions& options,
                               bool wants_x, bool wants_grid) {
  const profiler::OpScope scope("grid_sample_backward", grad, x, grid);
  const Geometry g(x, grid);
  GridGrads grads;
  if (wants_x) grads.x = zeros({g.n, g.size, g.c}, x.dtype());
  if (wants_grid) grads.grid = zeros(grid.sizes(), grid.dtype());
  const Tensor back = channels_last(grad, g.places);
  // The nearest element stays the same when the place moves a little.
  const bool moves = wants_grid && options.sampling != Sampling::kNearest;
  const Tensor from = moves ? channels_last(x, g.size) : Tensor();
  visit_floating(x.dtype(), [&]<class T>(T) {
    x.dim() == 4 ? sample_backward<2, T>(grads, back, from, grid, g, options)
                 : sample_backward<3, T>(grads, back, from, grid, g, options);
  });
  if (wants_x) grads.x = channels_second(grads.x, x.sizes());
  return grads;
}

}  // namespace taper::kernels
