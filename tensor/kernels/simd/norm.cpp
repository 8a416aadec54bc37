// Moments and gradients of rows and of columns.
#include "taper/tensor/kernels/simd/norm.h"

#include "taper/tensor/kernels/simd/blocked_sum.h"
#include "taper/tensor/kernels/simd/first_lanes.h"
#include "taper/tensor/kernels/simd/softmax.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

struct Moments {
  double mean;
  double variance;
};

// For rows whose sums leave the range of T.
template <class T>
[[gnu::noinline]] Moments wide_moments(const T* x, int64_t n) {
  long double sum = 0, sum_sq = 0;
  for (int64_t i = 0; i < n; ++i) sum += x[i];
  const T mean = T(sum / n);
  for (int64_t i = 0; i < n; ++i) {
    const long double d = static_cast<long double>(x[i]) - mean;
    sum_sq += d * d;
  }
  return {double(mean), double(sum_sq / n)};
}

// Two passes, because the difference of large sums would lose the variance.
template <class T>
Moments moments(const T* x, int64_t n) {
  const double mean = blocked_sum(n, value_of, x) / double(n);
  const double sum_sq = blocked_sum(n, square_around(T(mean)), x);
  if (!(sum_sq < infinity<double>)) return wide_moments(x, n);
  return {mean, sum_sq / double(n)};
}

// PyTorch's sums over short rows (RowwiseMoments in moments_utils.h), so that
// what is normalised agrees with it to the last bit: Welford's updates in eight
// lanes of float, then those of the rest, then the lanes merged one by one.
constexpr int64_t short_row = 128;
constexpr int64_t welford_lanes = 8;

Moments short_moments(const float* x, int64_t n) {
  float means[welford_lanes] = {};
  float squares[welford_lanes] = {};
  const int64_t steps = n / welford_lanes;
  for (int64_t s = 0; s < steps; ++s) {
    const float share = 1 / float(s + 1);
    for (int64_t k = 0; k < welford_lanes; ++k) {
      const float value = x[s * welford_lanes + k];
      const float delta = value - means[k];
      means[k] = fmadd(delta, share, means[k]);
      squares[k] = fmadd(delta, value - means[k], squares[k]);
    }
  }
  float mean = 0, square = 0, count = 0;
  for (int64_t i = steps * welford_lanes; i < n; ++i) {
    const float delta = x[i] - mean;
    count += 1;
    mean += delta / count;
    square = fmadd(delta, x[i] - mean, square);
  }
  for (int64_t k = 0; k < welford_lanes && steps > 0; ++k) {
    const float share = float(steps) / (count + float(steps));
    const float delta = means[k] - mean;
    mean = fmadd(share, delta, mean);
    square += fmadd(delta * delta * share, count, squares[k]);
    count += float(steps);
  }
  return {mean, square / float(n)};
}

template <class T>
void set_stats(void* mean, void* rstd, Moments m, double eps) {
  *as<T>(mean) = T(m.mean);
  *as<T>(rstd) = T(1 / sqrt(m.variance + eps));
}

template <class T>
void row_stats(void* mean, void* rstd, const void* x, int64_t n, double eps) {
  if constexpr (sizeof(T) == sizeof(float)) {
    if (n <= short_row) {
      const Moments m = short_moments(as<T>(x), n);
      // Far from zero, float has not enough digits for such updates; where they
      // leave its range, the variance is infinite or nan.
      if (m.variance < infinity<double> &&
          !is_far(m.mean * m.mean, m.variance + eps)) {
        return set_stats<T>(mean, rstd, m, eps);
      }
    }
  }
  set_stats<T>(mean, rstd, moments(as<T>(x), n), eps);
}

template <class T>
void normalise(T* y, const T* x, T mean, T rstd, const T* gamma, const T* beta,
               int64_t n) {
  const auto unit = [=](auto v) { return (v - mean) * rstd; };
  if (gamma != nullptr && beta != nullptr) {
    const auto affine = [=](auto v, auto a, auto b) { return unit(v) * a + b; };
    return map(n, affine, y, x, gamma, beta);
  }
  if (gamma != nullptr) {
    return map(
        n, [=](auto v, auto a) { return unit(v) * a; }, y, x, gamma);
  }
  if (beta != nullptr) {
    return map(
        n, [=](auto v, auto b) { return unit(v) + b; }, y, x, beta);
  }
  map(n, unit, y, x);
}

template <class T>
void layer_norm(void* y, void* mean, void* rstd, const void* x,
                const void* gamma, const void* beta, int64_t n, double eps) {
  set_stats<T>(mean, rstd, moments(as<T>(x), n), eps);
  normalise(as<T>(y), as<T>(x), *as<T>(mean), *as<T>(rstd), as<T>(gamma),
            as<T>(beta), n);
}

// h = gamma * g is formed again in each of the three loops: it is cheaper than
// a place to keep it.
template <class T, class... Gamma>
void layer_norm_row_backward(T* gx, const T* g, const T* x, T mean, T rstd,
                             int64_t n, const Gamma*... gamma) {
  const auto h_of = [](auto d, auto... a) { return (d * ... * a); };
  const auto h_z_of = [=](auto d, auto v, auto... a) {
    return (h_of(d, a...) * (v - mean)) * rstd;
  };
  const T mean_h = T(blocked_sum(n, h_of, g, gamma...) / double(n));
  const T mean_h_z = T(blocked_sum(n, h_z_of, g, x, gamma...) / double(n));
  const auto backward = [=](auto d, auto v, auto... a) {
    const auto z = (v - mean) * rstd;
    return rstd * (h_of(d, a...) - mean_h - z * mean_h_z);
  };
  map(n, backward, gx, g, x, gamma...);
}

template <class T>
void layer_norm_backward(void* gx, const void* g, const void* x,
                         const void* gamma, const void* mean, const void* rstd,
                         int64_t n) {
  T* out = as<T>(gx);
  const T* grad = as<T>(g);
  const T* in = as<T>(x);
  const T m = *as<T>(mean);
  const T r = *as<T>(rstd);
  if (gamma == nullptr) {
    return layer_norm_row_backward(out, grad, in, m, r, n);
  }
  layer_norm_row_backward(out, grad, in, m, r, n, as<T>(gamma));
}

// Row after row over `cols` whole vectors, or, for the columns that do not
// fill a vector, with the sums in registers (see fold_narrow_rows).
template <class T>
struct LayerNormParams {
  T* dgamma;
  T* dbeta;
  const T* g;
  const T* x;
  const T* mean;
  const T* rstd;
  int64_t row_stride;

  void add_rows(int64_t rows, int64_t cols) const {
    const auto add = [](auto acc, auto d) { return acc + d; };
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t row = r * row_stride;
      const T m = mean[r], s = rstd[r];
      const auto add_scaled = [=](auto acc, auto d, auto v) {
        return acc + d * ((v - m) * s);
      };
      if (dgamma != nullptr) {
        map(cols, add_scaled, dgamma, dgamma, g + row, x + row);
      }
      if (dbeta != nullptr) map(cols, add, dbeta, dbeta, g + row);
    }
  }

  void add_narrow_rows(int64_t rows, int64_t first, int64_t cols) const {
    Vector<T> scale{}, shift{};
    if (dgamma != nullptr) scale = load_few(dgamma + first, cols, T(0));
    if (dbeta != nullptr) shift = load_few(dbeta + first, cols, T(0));
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t row = r * row_stride + first;
      const Vector<T> d = load_few(g + row, cols, T(0));
      scale += d * ((load_few(x + row, cols, T(0)) - mean[r]) * rstd[r]);
      shift += d;
    }
    if (dgamma != nullptr) store_few<T>(dgamma + first, scale, cols);
    if (dbeta != nullptr) store_few<T>(dbeta + first, shift, cols);
  }
};

template <class T>
void layer_norm_params(void* dgamma, void* dbeta, const void* g, const void* x,
                       const void* mean, const void* rstd, int64_t rows,
                       int64_t cols) {
  const LayerNormParams<T> params = {
      as<T>(dgamma), as<T>(dbeta), as<T>(g), as<T>(x),
      as<T>(mean),   as<T>(rstd),  cols,
  };
  const int64_t body = masked_tails ? cols & -lanes<T> : cols;
  if (body > 0) params.add_rows(rows, body);
  if (body < cols) params.add_narrow_rows(rows, body, cols - body);
}

// x * a + b for a number or a vector of them.
template <class T>
TAPER_INLINE T fused(T x, T a, T b) {
  return fmadd(x, a, b);
}
template <class T>
TAPER_INLINE Vector<T> fused(Vector<T> x, T a, T b) {
  return multiply_add(x, broadcast(a), broadcast(b));
}

template <class T>
void affine_row(void* y, const void* x, double mean, double scale, double shift,
                int64_t n) {
  const T m = T(mean), a = T(scale), b = T(shift);
  map(
      n, [=](auto v) { return fused(v - m, a, b); }, as<T>(y), as<T>(x));
}

template <class T>
void row_grad_sums(double* sum_g, double* sum_gx, const void* g, const void* x,
                   double mean, int64_t n) {
  const T m = T(mean);
  const auto centered = [m](auto d, auto v) { return d * (v - m); };
  *sum_g += blocked_sum(n, value_of, as<T>(g));
  *sum_gx += blocked_sum(n, centered, as<T>(g), as<T>(x));
}

template <class T>
void row_grad(void* gx, const void* g, const void* x, double mean, double a,
              double b, double c, int64_t n) {
  const T m = T(mean), a1 = T(a), b1 = T(b), c1 = T(c);
  const auto backward = [=](auto d, auto v) {
    return a1 * d + b1 * (v - m) + c1;
  };
  map(n, backward, as<T>(gx), as<T>(g), as<T>(x));
}

// Columns whose double sums fit the first-level cache beside the rows.
constexpr int64_t strip = 256;

// out[c] = (sum over rows of term(c, x[r * row_stride + c]...)) / divisor for
// c < width. Four rows are added in T first, as in block_sum.
template <class T, class Term, class... X>
void column_sums(T* out, double divisor, int64_t rows, int64_t width,
                 int64_t row_stride, Term term, const X*... x) {
  double sum[strip] = {};
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) {
      const auto at = [&](int64_t i) {
        return term(c, x[(r + i) * row_stride + c]...);
      };
      sum[c] += double((at(0) + at(1)) + (at(2) + at(3)));
    }
  }
  for (; r < rows; ++r) {
#pragma omp simd
    for (int64_t c = 0; c < width; ++c) {
      sum[c] += double(term(c, x[r * row_stride + c]...));
    }
  }
  for (int64_t c = 0; c < width; ++c) {
    out[c] = T(sum[c] / divisor);
    if (out[c] - out[c] == 0) continue;
    long double total = 0;  // what fits may be a sum of what does not
    for (r = 0; r < rows; ++r) {
      total += term(c, static_cast<long double>(x[r * row_stride + c])...);
    }
    out[c] = T(total / divisor);
  }
}

template <class T>
void column_mean_var(void* mean, void* var, const void* x, int64_t rows,
                     int64_t cols, int64_t row_stride) {
  for (int64_t first = 0; first < cols; first += strip) {
    const int64_t width = cols - first < strip ? cols - first : strip;
    const T* in = as<T>(x) + first;
    T* center = as<T>(mean) + first;
    const auto value = [](int64_t, auto v) { return v; };
    const auto square = [center](int64_t c, auto v) {
      return (v - center[c]) * (v - center[c]);
    };
    const auto n = double(rows);
    column_sums(center, n, rows, width, row_stride, value, in);
    column_sums(as<T>(var) + first, n, rows, width, row_stride, square, in);
  }
}

template <class T>
void affine_columns(void* y, const void* x, const void* mean, const void* scale,
                    const void* shift, int64_t rows, int64_t cols,
                    int64_t row_stride) {
  const auto affine = [](auto v, auto m, auto a, auto b) {
    return (v - m) * a + b;
  };
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = r * row_stride;
    map(cols, affine, as<T>(y) + row, as<T>(x) + row, as<T>(mean), as<T>(scale),
        as<T>(shift));
  }
}

template <class T>
void column_grad_sums(void* sum_g, void* sum_gx, const void* g, const void* x,
                      const void* mean, int64_t rows, int64_t cols,
                      int64_t row_stride) {
  for (int64_t first = 0; first < cols; first += strip) {
    const int64_t width = cols - first < strip ? cols - first : strip;
    const T* grad = as<T>(g) + first;
    const T* center = as<T>(mean) + first;
    const auto value = [](int64_t, auto d) { return d; };
    const auto moment = [center](int64_t c, auto d, auto v) {
      return d * (v - center[c]);
    };
    column_sums(as<T>(sum_g) + first, 1, rows, width, row_stride, value, grad);
    column_sums(as<T>(sum_gx) + first, 1, rows, width, row_stride, moment, grad,
                as<T>(x) + first);
  }
}

template <class T>
void column_grad(void* gx, const void* g, const void* x, const void* mean,
                 const void* a, const void* b, const void* c, int64_t rows,
                 int64_t cols, int64_t row_stride) {
  const auto backward = [](auto d, auto v, auto m, auto a1, auto b1, auto c1) {
    return a1 * d + b1 * (v - m) + c1;
  };
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = r * row_stride;
    map(cols, backward, as<T>(gx) + row, as<T>(g) + row, as<T>(x) + row,
        as<T>(mean), as<T>(a), as<T>(b), as<T>(c));
  }
}

}  // namespace

#define TAPER_FLOATS(f) \
  { f<float>, f<double> }

const NormTable norm_table = {
    .softmax = TAPER_FLOATS(softmax),
    .log_softmax = TAPER_FLOATS(log_softmax),
    .softmax_backward = TAPER_FLOATS(softmax_backward),
    .log_softmax_backward = TAPER_FLOATS(log_softmax_backward),
    .logsumexp = TAPER_FLOATS(logsumexp),
    .cross_entropy = TAPER_FLOATS(cross_entropy),
    .cross_entropy_backward = TAPER_FLOATS(cross_entropy_backward),
    .row_stats = TAPER_FLOATS(row_stats),
    .layer_norm = TAPER_FLOATS(layer_norm),
    .layer_norm_backward = TAPER_FLOATS(layer_norm_backward),
    .layer_norm_params = TAPER_FLOATS(layer_norm_params),
    .column_mean_var = TAPER_FLOATS(column_mean_var),
    .affine_row = TAPER_FLOATS(affine_row),
    .affine_columns = TAPER_FLOATS(affine_columns),
    .row_grad_sums = TAPER_FLOATS(row_grad_sums),
    .column_grad_sums = TAPER_FLOATS(column_grad_sums),
    .row_grad = TAPER_FLOATS(row_grad),
    .column_grad = TAPER_FLOATS(column_grad),
};

}  // namespace taper::kernels::TAPER_ISA
