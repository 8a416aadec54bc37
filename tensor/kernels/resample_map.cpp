// The maps of resampling: which inputs make an output, with which weights.
#include <algorithm>
#include <cmath>
#include <vector>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/resample.h"

namespace taper::kernels {
namespace {

// Every result has room for `width` weights, at most `in`.
DimMap empty_map(int64_t in, int64_t out, int64_t width, ScalarType dtype) {
  return {in, zeros(out, kLong), zeros({std::min(width, in), out}, dtype)};
}

// Result j as the sum of weights[k] * x[start + k]; beyond its ends x goes on
// with its first and last element.
template <class T>
void set_weights(const DimMap& map, int64_t j, int64_t start, const T* weights,
                 int64_t count) {
  const int64_t first = std::clamp<int64_t>(start, 0, map.in - map.width());
  map.first.data_as<int64_t>()[j] = first;
  for (int64_t k = 0; k < count; ++k) {
    const int64_t i = std::clamp<int64_t>(start + k, 0, map.in - 1);
    map.weights.data_as<T>()[(i - first) * map.out() + j] += weights[k];
  }
}

// The kernels of cubic convolution: Keys, "Cubic Convolution Interpolation for
// Digital Image Processing", 1981. `a` is the slope at 1.
template <class T>
T cubic_near(T x, T a) {
  return ((a + 2) * x - (a + 3)) * x * x + 1;
}
template <class T>
T cubic_far(T x, T a) {
  return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

// Input positions per output position.
template <class T>
T step_of(int64_t in, int64_t out, bool align_corners,
          std::optional<double> scale) {
  if (align_corners) {
    return out > 1 ? static_cast<T>(in - 1) / static_cast<T>(out - 1) : 0;
  }
  return scale && *scale > 0 ? static_cast<T>(1 / *scale)
                             : static_cast<T>(in) / static_cast<T>(out);
}

// Where output positions lie among the input's.
template <class T>
struct Positions {
  int64_t in;
  T step;
  bool align_corners;

  T at(int64_t j) const {
    const T half = static_cast<T>(0.5);
    const T place = static_cast<T>(j);
    return align_corners ? step * place : std::fma(step, place + half, -half);
  }
  // The input position at or before `place`, found in float, as PyTorch does.
  int64_t floor(T place) const {
    return std::min(static_cast<int64_t>(std::floor(static_cast<float>(place))),
                    in - 1);
  }
  // How far `place` is behind `start`.
  static T rest(T place, int64_t start) {
    return std::clamp<T>(place - static_cast<T>(start), 0, 1);
  }
};

template <class T>
void set_nearest(const DimMap& map, Positions<T> positions, bool exact) {
  const T one = 1;
  for (int64_t j = 0; j < map.out(); ++j) {
    T place = positions.step * static_cast<T>(j);
    if (exact) {
      place = std::max<T>(positions.at(j), 0) + static_cast<T>(0.5);
    }
    set_weights(map, j, positions.floor(place), &one, 1);
  }
}

template <class T>
void set_linear(const DimMap& map, Positions<T> positions) {
  for (int64_t j = 0; j < map.out(); ++j) {
    const T place = std::max<T>(positions.at(j), 0);
    const int64_t start = positions.floor(place);
    const T rest = positions.rest(place, start);
    const T weights[] = {1 - rest, rest};
    set_weights(map, j, start, weights, 2);
  }
}

template <class T>
void set_cubic(const DimMap& map, Positions<T> positions) {
  const T a = static_cast<T>(-0.75);
  for (int64_t j = 0; j < map.out(); ++j) {
    const T place = positions.at(j);
    const int64_t start = positions.floor(place);
    const T rest = positions.rest(place, start);
    const T weights[] = {cubic_far(rest + 1, a), cubic_near(rest, a),
                         cubic_near(1 - rest, a), cubic_far(2 - rest, a)};
    set_weights(map, j, start - 1, weights, 4);
  }
}

int64_t area_begin(int64_t j, int64_t in, int64_t out) {
  return j / out * in + j % out * in / out;
}
int64_t area_end(int64_t j, int64_t in, int64_t out) {
  return 1 + ((j + 1) * in - 1) / out;
}

template <class T>
void set_area(const DimMap& map) {
  std::vector<T> weights;
  for (int64_t j = 0; j < map.out(); ++j) {
    const int64_t begin = area_begin(j, map.in, map.out());
    const int64_t count = area_end(j, map.in, map.out()) - begin;
    weights.assign(static_cast<size_t>(count), 1 / static_cast<T>(count));
    set_weights(map, j, begin, weights.data(), count);
  }
}

// The filters without aliases: a triangle and a cubic kernel of slope -0.5.
template <class T>
T smooth_weight(T x, bool cubic) {
  x = std::abs(x);
  const T a = static_cast<T>(-0.5);
  if (!cubic) return std::max<T>(1 - x, 0);
  return x < 1 ? cubic_near(x, a) : x < 2 ? cubic_far(x, a) : 0;
}

// Inputs on either side of a result that have weight.
template <class T>
T smooth_reach(T step, bool cubic) {
  const T reach = cubic ? 2 : 1;
  return step >= 1 ? reach * step : reach;
}

template <class T>
void set_smooth(const DimMap& map, Positions<T> positions, bool cubic) {
  const T half = static_cast<T>(0.5);
  const T step = positions.step;
  const T reach = smooth_reach(step, cubic);
  const T narrowing = step >= 1 ? 1 / step : 1;
  std::vector<T> weights;
  for (int64_t j = 0; j < map.out(); ++j) {
    const T center = step * (static_cast<T>(j) + half);
    const auto begin =
        std::max<int64_t>(static_cast<int64_t>(center - reach + half), 0);
    const auto end =
        std::min(static_cast<int64_t>(center + reach + half), map.in);
    weights.clear();
    T sum = 0;
    for (int64_t i = begin; i < std::min(end, begin + map.width()); ++i) {
      const T offset = static_cast<T>(i) - center + half;
      weights.push_back(smooth_weight(offset * narrowing, cubic));
      sum += weights.back();
    }
    for (T& weight : weights) weight /= sum != 0 ? sum : 1;
    set_weights(map, j, begin, weights.data(),
                static_cast<int64_t>(weights.size()));
  }
}

template <class T>
int64_t width_of(Filter filter, int64_t in, int64_t out, T step) {
  switch (filter) {
    case Filter::kLinear:
      return 2;
    case Filter::kCubic:
      return 4;
    case Filter::kArea:
      return std::min(in / std::max<int64_t>(out, 1) + 2, in);
    case Filter::kSmoothLinear:
    case Filter::kSmoothCubic: {
      const bool cubic = filter == Filter::kSmoothCubic;
      const T reach = std::min(smooth_reach(step, cubic), static_cast<T>(in));
      return static_cast<int64_t>(std::ceil(reach)) * 2 + 1;
    }
    default:
      return 1;
  }
}

}  // namespace

DimMap filter_map(Filter filter, int64_t in, int64_t out, bool align_corners,
                  std::optional<double> scale, ScalarType dtype) {
  return visit_floating(dtype, [&]<class T>(T) {
    Positions<T> positions = {in, step_of<T>(in, out, align_corners, scale),
                              align_corners};
    const bool copies = filter == Filter::kLinear ||
                        filter == Filter::kSmoothLinear ||
                        filter == Filter::kSmoothCubic;
    // PyTorch does whatever the scale.
    if (in == out && copies) positions = {in, 1, false};
    DimMap map =
        empty_map(in, out, width_of(filter, in, out, positions.step), dtype);
    switch (filter) {
      case Filter::kNearest:
      case Filter::kNearestExact:
        set_nearest(map, positions, filter == Filter::kNearestExact);
        break;
      case Filter::kLinear:
        set_linear(map, positions);
        break;
      case Filter::kCubic:
        set_cubic(map, positions);
        break;
      case Filter::kArea:
        set_area<T>(map);
        break;
      case Filter::kSmoothLinear:
      case Filter::kSmoothCubic:
        set_smooth(map, positions, filter == Filter::kSmoothCubic);
    }
    return map;
  });
}

DimMap window_map(int64_t in, const std::vector<Window>& windows, double factor,
                  ScalarType dtype) {
  int64_t width = 1;
  for (const Window& w : windows) width = std::max(width, w.end - w.begin);
  return visit_floating(dtype, [&]<class T>(T) {
    const auto out = static_cast<int64_t>(windows.size());
    DimMap map = empty_map(in, out, width, dtype);
    const std::vector<T> weights(static_cast<size_t>(width),
                                 static_cast<T>(factor));
    for (int64_t j = 0; j < out; ++j) {
      const Window& window = windows[static_cast<size_t>(j)];
      set_weights(map, j, window.begin, weights.data(),
                  window.end - window.begin);
    }
    return map;
  });
}

DimMap transposed(const DimMap& map) {
  const int64_t out = map.out();
  const int64_t* first = map.first.data_as<int64_t>();
  // As `first` never decreases, the results that input i is in are neighbours:
  // those from begin[i] on, before end[i].
  std::vector<int64_t> begin(static_cast<size_t>(map.in));
  std::vector<int64_t> end(begin);
  int64_t width = 1;
  int64_t low = 0;
  int64_t high = 0;
  for (int64_t i = 0; i < map.in; ++i) {
    while (low < out && first[low] + map.width() <= i) ++low;
    while (high < out && first[high] <= i) ++high;
    begin[static_cast<size_t>(i)] = low;
    end[static_cast<size_t>(i)] = high;
    width = std::max(width, high - low);
  }
  DimMap back = empty_map(out, map.in, width, map.weights.dtype());
  visit_floating(map.weights.dtype(), [&]<class T>(T) {
    std::vector<T> weights;
    for (int64_t i = 0; i < map.in; ++i) {
      weights.clear();
      const int64_t start = begin[static_cast<size_t>(i)];
      for (int64_t j = start; j < end[static_cast<size_t>(i)]; ++j) {
        weights.push_back(map.weights.data_as<T>()[(i - first[j]) * out + j]);
      }
      set_weights(back, i, start, weights.data(),
                  static_cast<int64_t>(weights.size()));
    }
  });
  return back;
}

}  // namespace taper::kernels
