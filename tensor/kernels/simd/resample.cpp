// Weighted sums of neighbours. Along a row the sources of a vector of results
// lie close together, so that one or two vectors hold them all and a
// permutation picks them.
#include "taper/tensor/kernels/simd/resample.h"

#include "taper/tensor/kernels/simd/first_lanes.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
using Words = typename VectorOf<Bits<T>, vector_bytes>::type;

// Vectors that a permutation can pick from.
#if defined(__AVX2__)
constexpr int64_t most_sources = 2;
#else
constexpr int64_t most_sources = 0;
#endif

// Lane l of the result is x[places[l]]; the places lie in the first `sources`
// vectors from x on, all of which are read, or, if that is 0, anywhere.
template <class T, int sources>
class Picker {
 public:
  explicit Picker(const Bits<T>* places) : places_(places) {}
  TAPER_INLINE Vector<T> operator()(const T* x) const {
    Vector<T> v;
    for (int64_t l = 0; l < lanes<T>; ++l) v[l] = x[places_[l]];
    return v;
  }

 private:
  const Bits<T>* places_;
};

#if defined(__AVX512F__)

template <class T>
TAPER_INLINE Vector<T> permute(Vector<T> x, __m512i places) {
  if constexpr (sizeof(T) == 4) {  // gcc 12 warns of the forms without a mask
    return _mm512_maskz_permutexvar_ps(0xffff, places, x);
  } else {
    return _mm512_maskz_permutexvar_pd(0xff, places, x);
  }
}

template <class T, int sources>
requires(sources > 0) class Picker<T, sources> {
 public:
  explicit Picker(const Bits<T>* places)
      : places_(_mm512_loadu_si512(places)) {}
  TAPER_INLINE Vector<T> operator()(const T* x) const {
    if constexpr (sources == 1) {
      return permute<T>(load(x), places_);
    } else if constexpr (sizeof(T) == 4) {
      return _mm512_permutex2var_ps(load(x), places_, load(x + lanes<T>));
    } else {
      return _mm512_permutex2var_pd(load(x), places_, load(x + lanes<T>));
    }
  }

 private:
  __m512i places_;
};

#elif defined(__AVX2__)

template <class T, int sources>
requires(sources > 0) class Picker<T, sources> {
 public:
  explicit Picker(const Bits<T>* places) {
    std::uint32_t words[8];  // a double is two of them
    constexpr int64_t parts = sizeof(T) / 4;
    for (int64_t l = 0; l < 8; ++l) {
      words[l] =
          std::uint32_t(places[l / parts]) * std::uint32_t(parts) + l % parts;
    }
    __builtin_memcpy(&words_, words, sizeof words);
    in_second_ = _mm256_cmpgt_epi32(words_, _mm256_set1_epi32(7));
  }
  TAPER_INLINE Vector<T> operator()(const T* x) const {
    if constexpr (sources == 1) {
      return permuted(x);
    } else {
      return (Vector<T>)_mm256_blendv_ps((__m256)permuted(x),
                                         (__m256)permuted(x + lanes<T>),
                                         (__m256)in_second_);
    }
  }

 private:
  TAPER_INLINE Vector<T> permuted(const T* x) const {
    return (Vector<T>)_mm256_permutevar8x32_ps((__m256)load(x), words_);
  }
  __m256i words_;
  __m256i in_second_;
};

#endif

// x where the weight is not 0, else 0.
template <class T>
TAPER_INLINE Vector<T> counted(Vector<T> x, Words<T> counts) {
  return (Vector<T>)((Words<T>)x & counts);
}

// The results from j on in every row, at most a vector of them.
template <class T>
struct Strip {
  Strip(const Band& b, int64_t begin)
      : band(b), j(begin), part(b.out - j < lanes<T> ? b.out - j : lanes<T>) {
    const int64_t count = band.out - j < lanes<T> ? band.out - j : lanes<T>;
    base = band.first[j];
    for (int64_t l = 0; l < count; ++l) {
      places[l] = Bits<T>(band.first[j + l] - base);
    }
    reach = int64_t(places[count - 1]) + 1;
  }
  Vector<T> weights(int64_t k) const {
    return part.load(as<T>(band.weights) + k * band.out + j);
  }

  const Band& band;
  int64_t j;
  int64_t base;
  int64_t reach;  // from the first to the last source of one weight
  Bits<T> places[lanes<T>] = {};
  FirstLanes<T> part;
};

// The strip in all rows, its weights held in registers.
template <class T, int width, int sources>
void strip_rows(const Strip<T>& strip, T* y, const T* x, int64_t rows) {
  const Picker<T, sources> pick(strip.places);
  Vector<T> weights[width];
  Words<T> counts[width];
#pragma GCC unroll 4
  for (int k = 0; k < width; ++k) {
    weights[k] = strip.weights(k);
    counts[k] = (Words<T>)(weights[k] != 0);
  }
  const FirstLanes<T> part = strip.part;
  const int64_t in = strip.band.in, out = strip.band.out;
  for (; rows > 0; --rows, x += in, y += out) {
    Vector<T> sum = counted<T>(pick(x), counts[0]) * weights[0];
#pragma GCC unroll 4
    for (int k = 1; k < width; ++k) {
      sum = multiply_add(counted<T>(pick(x + k), counts[k]), weights[k], sum);
    }
    part.store(y, sum);
  }
}

// The same for any number of weights.
template <class T, int sources>
void wide_strip_rows(const Strip<T>& strip, T* y, const T* x, int64_t rows) {
  const Picker<T, sources> pick(strip.places);
  for (; rows > 0; --rows, x += strip.band.in, y += strip.band.out) {
    Vector<T> sum{};
    for (int64_t k = 0; k < strip.band.width; ++k) {
      const Vector<T> w = strip.weights(k);
      sum = multiply_add(counted<T>(pick(x + k), (Words<T>)(w != 0)), w, sum);
    }
    strip.part.store(y, sum);
  }
}

template <class T, int sources>
void strip_rows(const Strip<T>& strip, T* y, const T* x, int64_t rows) {
  switch (strip.band.width) {
    case 1:
      return strip_rows<T, 1, sources>(strip, y, x, rows);
    case 2:
      return strip_rows<T, 2, sources>(strip, y, x, rows);
    case 4:
      return strip_rows<T, 4, sources>(strip, y, x, rows);
    default:
      return wide_strip_rows<T, sources>(strip, y, x, rows);
  }
}

template <class T>
void along(void* to, const void* from, int64_t rows, int64_t readable,
           const Band& band) {
  for (int64_t j = 0; j < band.out; j += lanes<T>) {
    const Strip<T> strip(band, j);
    T* y = as<T>(to) + j;
    const T* x = as<T>(from) + strip.base;
    const int64_t sources = (strip.reach - 1) / lanes<T> + 1;
    // Whole vectors are read in the rows where they do not end behind x.
    const int64_t end = strip.base + band.width - 1 + sources * lanes<T>;
    int64_t whole = readable < end ? 0 : (readable - end) / band.in + 1;
    if (sources > most_sources) whole = 0;
    if (whole > rows) whole = rows;
    if constexpr (most_sources > 0) {
      if (sources == 1) strip_rows<T, 1>(strip, y, x, whole);
      if (sources == 2) strip_rows<T, 2>(strip, y, x, whole);
    }
    strip_rows<T, 0>(strip, y + whole * band.out, x + whole * band.in,
                     rows - whole);
  }
}

template <class T>
TAPER_INLINE T weighed(T x, T weight, T sum) {
  return fmadd(x, weight, sum);
}
template <class T>
TAPER_INLINE Vector<T> weighed(Vector<T> x, T weight, Vector<T> sum) {
  return multiply_add(x, broadcast(weight), sum);
}

// y = the sum of w[k] * x[k] over up to four rows.
template <class T>
void add_rows(T* y, const T* const* x, const T* w, int count, int64_t n) {
  const T w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
  switch (count) {
    case 1:
      return map(
          n, [=](auto a) { return a * w0; }, y, x[0]);
    case 2:
      return map(
          n, [=](auto a, auto b) { return weighed<T>(b, w1, a * w0); }, y, x[0],
          x[1]);
    case 3:
      return map(
          n,
          [=](auto a, auto b, auto c) {
            return weighed<T>(c, w2, weighed<T>(b, w1, a * w0));
          },
          y, x[0], x[1], x[2]);
    default:
      return map(
          n,
          [=](auto a, auto b, auto c, auto d) {
            const auto sum = weighed<T>(b, w1, a * w0);
            return weighed<T>(d, w3, weighed<T>(c, w2, sum));
          },
          y, x[0], x[1], x[2], x[3]);
  }
}

// y = the sum over the weights of result j * rows of x, n elements each.
template <class T>
void sum_rows(T* y, const T* x, int64_t n, int64_t j, const Band& band) {
  const T* rows[4];
  T w[4] = {};
  int taken = 0;
  for (int64_t k = 0; k < band.width; ++k) {
    const T weight = as<T>(band.weights)[k * band.out + j];
    if (weight == 0) continue;
    if (taken == 4) {  // their sum is the first of the next ones
      add_rows(y, rows, w, 4, n);
      rows[0] = y;
      w[0] = 1;
      taken = 1;
    }
    rows[taken] = x + k * n;
    w[taken++] = weight;
  }
  if (taken > 0) return add_rows(y, rows, w, taken, n);
  for (int64_t i = 0; i < n; ++i) y[i] = 0;
}

template <class T>
void across(void* y, const void* x, int64_t n, int64_t x_row, int64_t begin,
            int64_t end, const Band& band) {
  for (int64_t j = begin; j < end; ++j) {
    sum_rows(as<T>(y) + (j - begin) * n, as<T>(x) + (band.first[j] - x_row) * n,
             n, j, band);
  }
}

}  // namespace

const ResampleTable resample_table = {
    .along = {along<float>, along<double>},
    .across = {across<float>, across<double>},
};

}  // namespace taper::kernels::TAPER_ISA
