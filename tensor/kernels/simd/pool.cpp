// Pooling in two passes, over the rows of a window and then over its columns.
// Between the two, a row of maxima has room for the padding, so that
// all its windows are whole.
#include "taper/tensor/kernels/simd/pool.h"

#include <limits>
#include <type_traits>
#include <utility>

#include "taper/tensor/kernels/simd/first_lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

// A place in a plane, as wide as the elements that it is chosen by.
template <class T>
using Place = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;

template <class T>
constexpr T lowest =
    std::numeric_limits<T>::lowest() - std::numeric_limits<T>::infinity();
template <class T>
constexpr T highest = std::numeric_limits<T>::max();

// Where the pooled rows of x lie between the passes.
struct Between {
  explicit Between(const PoolDim& w) {
    const bool is_apart = w.stride != 0 && w.extent <= w.stride;
    width = w.stride == 0 ? w.size : w.outputs * w.stride;
    if (is_apart && width < kPoolPiece) rows = kPoolPiece / width;
    if (!is_apart) width += w.extent;
    const int64_t room = width - w.padding;
    columns = w.size < room ? w.size : room;
  }

  /// Rows side by side, which are one to the second pass; 1 where a window
  /// would reach into the next row.
  int64_t rows = 1;
  /// From one row to the next; the first column is `padding` left of the dim.
  int64_t width;
  /// Columns of x that are seen.
  int64_t columns;
};

// Goes through the rows of y.
class OutputRow {
 public:
  OutputRow(const PoolDim* dims, int64_t row)
      : d_(dims[0]),
        h_(dims[1]),
        width_(dims[2].size),
        plane_size_(d_.size * h_.size * width_),
        i_(row / h_.outputs % d_.outputs),
        j_(row % h_.outputs),
        plane_(row / h_.outputs / d_.outputs * plane_size_) {}

  void next() {
    if (++j_ < h_.outputs) return;
    j_ = 0;
    if (++i_ < d_.outputs) return;
    i_ = 0;
    plane_ += plane_size_;
  }
  /// Where the plane of x begins.
  int64_t plane() const { return plane_; }
  /// visit(where a row that this one sees begins in the plane).
  template <class F>
  TAPER_INLINE void each(const F& visit) const {
    const Window& d = d_.windows[i_];
    const Window& h = h_.windows[j_];
    for (int64_t i = d.begin; i < d.end; i += d_.step) {
      for (int64_t j = h.begin; j < h.end; j += h_.step) {
        visit((i * h_.size + j) * width_);
      }
    }
  }
  int64_t first() const {
    return (d_.windows[i_].begin * h_.size + h_.windows[j_].begin) * width_;
  }

 private:
  const PoolDim& d_;
  const PoolDim& h_;
  int64_t width_;
  int64_t plane_size_;
  int64_t i_;
  int64_t j_;
  int64_t plane_;
};

// FirstLanes of a whole vector.
template <class T>
struct AllLanes {
  Vector<T> load(const T* x) const { return kernels::TAPER_ISA::load(x); }
};

// Calls f(first column, loader) for the vectors that make a row.
template <class T, class F>
TAPER_INLINE void for_vectors(int64_t columns, const FirstLanes<T>& last,
                              const F& f) {
  int64_t j = 0;
  for (; j + lanes<T> <= columns; j += lanes<T>) f(j, AllLanes<T>());
  if (j < columns) f(j, last);
}

// x[0], x[stride], x[2 * stride], ...
template <int64_t stride>
using Constant = std::integral_constant<int64_t, stride>;
template <class T>
TAPER_INLINE Vector<T> load_every(const T* x, Constant<1>) {
  return load(x);
}
template <class T>
TAPER_INLINE Vector<T> load_every(const T* x, Constant<2>) {
  const Vector<T> a = load(x), b = load(x + lanes<T>);
  return [&]<int... i>(std::integer_sequence<int, i...>) {
    return __builtin_shufflevector(a, b, (2 * i)...);
  }
  (std::make_integer_sequence<int, int(lanes<T>)>());
}
template <class T>
TAPER_INLINE Vector<T> load_every(const T* x, int64_t stride) {
  T items[lanes<T>];
  for (int64_t i = 0; i < lanes<T>; ++i) items[i] = x[i * stride];
  return load(items);
}

// Calls f with the stride, as a constant where it is common.
template <class F>
TAPER_INLINE void with_stride(int64_t stride, const F& f) {
  if (stride == 1) return f(Constant<1>());
  if (stride == 2) return f(Constant<2>());
  f(stride);
}

// y[i] = v[i] for i < count.
template <class Y, class V>
TAPER_INLINE void store_first(Y* y, V v, int64_t count) {
  constexpr int64_t width = sizeof(V) / sizeof(v[0]);
  typename VectorOf<Y, width * int64_t{sizeof(Y)}>::type items =
      __builtin_convertvector(v, decltype(items));
  if (count >= width) {
    __builtin_memcpy(y, &items, sizeof items);
  } else {
    for (int64_t i = 0; i < count; ++i) y[i] = items[i];
  }
}

// True, or -1 in a vector, where an item of the type T is nan.
template <class T, class V>
TAPER_INLINE auto is_nan(V v) {
  if constexpr (std::is_floating_point_v<T>) {
    return v != v;
  } else {
    return V{};
  }
}

template <class T>
struct Best {
  T* value;
  Place<T>* place;
};

template <class T>
TAPER_INLINE void max_of_rows(Best<T> best, const T* x, const OutputRow& row,
                              int64_t columns, const FirstLanes<T>& last) {
  using P = Place<T>;
  Vector<P> iota;
  for (int64_t i = 0; i < lanes<T>; ++i) iota[i] = P(i);
  for_vectors<T>(columns, last, [&](int64_t j, const auto& lanes_of_row) {
    Vector<T> value = broadcast(lowest<T>);
    Vector<P> start = broadcast(P(row.first()));
    row.each([&](int64_t offset) {
      const Vector<T> v = lanes_of_row.load(x + offset + j);
      const auto is_better = (v > value) | is_nan<T>(v);
      value = is_better ? v : value;
      start = is_better ? broadcast(P(offset)) : start;
    });
    Vector<P> place = start + iota + P(j);
    // What the last vector has too many is like padding.
    const auto is_there = iota < P(columns - j);
    store(best.value + j, is_there ? value : broadcast(lowest<T>));
    store(best.place + j, is_there ? place : broadcast(highest<P>));
  });
}

// The places do not grow from one column to the next as they do from row to
// row.
template <class T, class V, class P>
TAPER_INLINE auto is_better(V v, P place, V best, P best_place) {
  return (v > best) | ((v == best) & (place < best_place)) |
         (is_nan<T>(v) & ((best == best) | (place > best_place)));
}

template <class T, class Stride>
TAPER_INLINE void max_of_columns(T* y, int32_t* places, Best<T> best, int64_t n,
                                 const PoolDim& w, Stride stride) {
  for (int64_t i = 0; i < n; i += lanes<T>) {
    const int64_t first = i * stride;
    auto value = load_every(best.value + first, stride);
    auto place = load_every(best.place + first, stride);
    for (int64_t t = first + w.step; t < first + w.extent; t += w.step) {
      const auto v = load_every(best.value + t, stride);
      const auto p = load_every(best.place + t, stride);
      const auto better = is_better<T>(v, p, value, place);
      value = better ? v : value;
      place = better ? p : place;
    }
    store_first(y + i, value, n - i);
    store_first(places + i, place, n - i);
  }
}

template <class T>
void max_of_windows(T* y, int32_t* places, Best<T> best, const PoolDim& w) {
  for (int64_t o = 0; o < w.outputs; ++o) {
    int64_t at = w.windows[o].begin;
    for (int64_t i = at + w.step; i < w.windows[o].end; i += w.step) {
      if (is_better<T>(best.value[i], best.place[i], best.value[at],
                       best.place[at])) {
        at = i;
      }
    }
    y[o] = best.value[at];
    places[o] = int32_t(best.place[at]);
  }
}

template <class T>
void max(void* y, int32_t* places, const void* x, const PoolDim* dims,
         int64_t begin, int64_t end, void* room) {
  const PoolDim& w = dims[2];
  const Best<T> best = {as<T>(room), as<Place<T>>(as<T>(room) + pool_room(w))};
  for (int64_t j = 0; j < pool_room(w); ++j) {
    best.value[j] = lowest<T>;
    best.place[j] = highest<Place<T>>;
  }
  const Between between(w);
  const FirstLanes<T> last(between.columns % lanes<T>);
  OutputRow row(dims, begin);
  for (int64_t r = begin; r < end; r += between.rows) {
    const int64_t count = end - r < between.rows ? end - r : between.rows;
    for (int64_t i = 0; i < count; ++i, row.next()) {
      const int64_t first = i * between.width + w.padding;
      max_of_rows({best.value + first, best.place + first},
                  as<T>(x) + row.plane(), row, between.columns, last);
    }
    T* to = as<T>(y) + r * w.outputs;
    int32_t* to_places = places + r * w.outputs;
    if (w.stride == 0) {
      max_of_windows(to, to_places, best, w);
    } else {
      with_stride(w.stride, [&](auto stride) {
        max_of_columns(to, to_places, best, count * w.outputs, w, stride);
      });
    }
  }
}

}  // namespace

const PoolTable pool_table = {
    .max = {max<float>, max<double>, max<int64_t>},
};

}  // namespace taper::kernels::TAPER_ISA
