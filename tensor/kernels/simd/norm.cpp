#include "taper/tensor/kernels/simd/norm.h"

#include "taper/tensor/kernels/simd/blocked_sum.h"
#include "taper/tensor/kernels/simd/exp.h"
#include "taper/tensor/kernels/simd/log.h"
#include "taper/tensor/kernels/simd/vector.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
T* as(void* p) {
  return static_cast<T*>(p);
}
template <class T>
const T* as(const void* p) {
  return static_cast<const T*>(p);
}

// --- softmax ---

// A nan may get lost here: it comes back through exp(nan - max).
template <class T>
T row_max(const T* x, int64_t n) {
  return fold(x, n, [](auto a, auto b) { return b > a ? b : a; });
}

// y = exp(x - shift); returns the sum, blocks of which are added in double.
template <class T>
double exp_row(T* y, const T* x, T shift, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; i += reduce_block) {
    const int64_t end = i + block_length(n, i);
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = i; j < end; ++j) {
      const T e = exp(x[j] - shift);
      y[j] = e;
      sum += e;
    }
    total += double(sum);
  }
  return total;
}

// The same sum without the row.
template <class T>
double exp_sum(const T* x, T shift, int64_t n) {
  double total = 0;
  for (int64_t i = 0; i < n; i += reduce_block) {
    const int64_t end = i + block_length(n, i);
    T sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = i; j < end; ++j) sum += exp(x[j] - shift);
    total += double(sum);
  }
  return total;
}

template <class T>
void softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  T* out = as<T>(y);
  const double sum = exp_row(out, in, row_max(in, n), n);
  const T scale = T(1 / sum);
  map(
      n, [scale](auto v) { return v * scale; }, out, out);
}

template <class T>
void log_softmax(void* y, const void* x, int64_t n) {
  if (n == 0) return;
  const T* in = as<T>(x);
  const T shift = row_max(in, n);
  const T log_sum = T(log(exp_sum(in, shift, n)));
  const auto normalise = [=](auto v) { return (v - shift) - log_sum; };
  map(n, normalise, as<T>(y), in);
}

template <class T>
void softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  const T mean = T(blocked_sum(n, product_of, grad, out));
  const auto backward = [mean](auto d, auto p) { return p * (d - mean); };
  map(n, backward, as<T>(gx), grad, out);
}

template <class T>
void log_softmax_backward(void* gx, const void* g, const void* y, int64_t n) {
  const T* grad = as<T>(g);
  const T* out = as<T>(y);
  T* result = as<T>(gx);
  const T sum = T(blocked_sum(n, value_of, grad));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) result[i] = grad[i] - exp(out[i]) * sum;
}

// An infinite maximum is not subtracted: -inf rows give -inf, not nan.
template <class T>
double log_sum_exp(const T* x, int64_t n) {
  if (n == 0) return -__builtin_inf();
  const T max = row_max(x, n);
  const T shift = max - max == 0 ? max : 0;
  return double(shift) + log(exp_sum(x, shift, n));
}

template <class T>
void logsumexp(void* out, const void* x, int64_t n) {
  *as<T>(out) = T(log_sum_exp(as<T>(x), n));
}

template <class T>
void cross_entropy(void* loss,
                   void* lse,
                   const void* x,
                   int64_t target,
                   double smoothing,
                   int64_t n) {
  const T* in = as<T>(x);
  const double log_sum = log_sum_exp(in, n);
  double total = log_sum - double(in[target]);
  if (smoothing != 0) {
    const double mean = blocked_sum(n, value_of, in) / double(n);
    total = (1 - smoothing) * total + smoothing * (log_sum - mean);
  }
  *as<T>(lse) = T(log_sum);
  *as<T>(loss) = T(total);
}

template <class T>
void cross_entropy_backward(void* gx,
                            double g,
                            const void* x,
                            const void* lse,
                            int64_t target,
                            double smoothing,
                            int64_t n) {
  const T* in = as<T>(x);
  T* out = as<T>(gx);
  const T log_sum = *as<T>(lse);
  const T grad = T(g);
  const T base = T(smoothing / double(n));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    out[i] = grad * (exp(in[i] - log_sum) - base);
  }
  out[target] -= grad * T(1 - smoothing);
}

// --- statistics of rows ---

struct Moments {
  double mean;
  double variance;
};

// Two passes, because the difference of large sums would lose the variance.
template <class T>
Moments moments(const T* x, int64_t n) {
  const double mean = blocked_sum(n, value_of, x) / double(n);
  const double sum_sq = blocked_sum(n, square_around(T(mean)), x);
  return {mean, sum_sq / double(n)};
}

template <class T>
void row_mean_var(void* mean, void* var, const void* x, int64_t n) {
  const Moments m = moments(as<T>(x), n);
  *as<T>(mean) = T(m.mean);
  *as<T>(var) = T(m.variance);
}

template <class T>
void row_stats(void* mean, void* rstd, const void* x, int64_t n, double eps) {
  const Moments m = moments(as<T>(x), n);
  *as<T>(mean) = T(m.mean);
  *as<T>(rstd) = T(1 / sqrt(m.variance + eps));
}

// --- layer norm ---

template <class T>
void normalise(T* y,
               const T* x,
               T mean,
               T rstd,
               const T* gamma,
               const T* beta,
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
void layer_norm(void* y,
                void* mean,
                void* rstd,
                const void* x,
                const void* gamma,
                const void* beta,
                int64_t n,
                double eps) {
  row_stats<T>(mean, rstd, x, n, eps);
  normalise(as<T>(y),
            as<T>(x),
            *as<T>(mean),
            *as<T>(rstd),
            as<T>(gamma),
            as<T>(beta),
            n);
}

// h = gamma * g is formed again in each of the three loops: it is cheaper than
// a place to keep it.
template <class T, class... Gamma>
void layer_norm_row_backward(T* gx,
                             const T* g,
                             const T* x,
                             T mean,
                             T rstd,
                             int64_t n,
                             const Gamma*... gamma) {
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
void layer_norm_backward(void* gx,
                         const void* g,
                         const void* x,
                         const void* gamma,
                         const void* mean,
                         const void* rstd,
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

template <class T>
void layer_norm_params(void* dgamma,
                       void* dbeta,
                       const void* g,
                       const void* x,
                       const void* mean,
                       const void* rstd,
                       int64_t rows,
                       int64_t cols) {
  T* scale_grad = as<T>(dgamma);
  T* shift_grad = as<T>(dbeta);
  for (int64_t r = 0; r < rows; ++r) {
    const T* grad = as<T>(g) + r * cols;
    const T m = as<T>(mean)[r];
    const T s = as<T>(rstd)[r];
    const auto add_scaled = [=](auto acc, auto d, auto v) {
      return acc + d * ((v - m) * s);
    };
    const auto add = [](auto acc, auto d) { return acc + d; };
    if (scale_grad != nullptr) {
      map(cols, add_scaled, scale_grad, scale_grad, grad, as<T>(x) + r * cols);
    }
    if (shift_grad != nullptr) map(cols, add, shift_grad, shift_grad, grad);
  }
}

// --- one set of coefficients for a row ---

template <class T>
void affine_row(void* y,
                const void* x,
                double mean,
                double scale,
                double shift,
                int64_t n) {
  const T m = T(mean), a = T(scale), b = T(shift);
  map(
      n, [=](auto v) { return (v - m) * a + b; }, as<T>(y), as<T>(x));
}

template <class T>
void row_grad_sums(double* sum_g,
                   double* sum_gx,
                   const void* g,
                   const void* x,
                   double mean,
                   int64_t n) {
  const T m = T(mean);
  const auto centered = [m](auto d, auto v) { return d * (v - m); };
  *sum_g += blocked_sum(n, value_of, as<T>(g));
  *sum_gx += blocked_sum(n, centered, as<T>(g), as<T>(x));
}

template <class T>
void row_grad(void* gx,
              const void* g,
              const void* x,
              double mean,
              double a,
              double b,
              double c,
              int64_t n) {
  const T m = T(mean), a1 = T(a), b1 = T(b), c1 = T(c);
  const auto backward = [=](auto d, auto v) {
    return a1 * d + b1 * (v - m) + c1;
  };
  map(n, backward, as<T>(gx), as<T>(g), as<T>(x));
}

// --- one set of coefficients per column ---

// Columns whose double sums fit the first-level cache beside the rows.
constexpr int64_t strip = 256;

template <class T>
void column_mean_var(void* mean,
                     void* var,
                     const void* x,
                     int64_t rows,
                     int64_t cols,
                     int64_t row_stride) {
  for (int64_t first = 0; first < cols; first += strip) {
    const int64_t width = cols - first < strip ? cols - first : strip;
    double sum[strip] = {};
    double sum_sq[strip] = {};
    for (int64_t r = 0; r < rows; ++r) {
      const T* row = as<T>(x) + r * row_stride + first;
#pragma omp simd
      for (int64_t c = 0; c < width; ++c) sum[c] += double(row[c]);
    }
    for (int64_t c = 0; c < width; ++c) sum[c] /= double(rows);
    for (int64_t r = 0; r < rows; ++r) {
      const T* row = as<T>(x) + r * row_stride + first;
#pragma omp simd
      for (int64_t c = 0; c < width; ++c) {
        const double d = double(row[c]) - sum[c];
        sum_sq[c] += d * d;
      }
    }
    for (int64_t c = 0; c < width; ++c) {
      as<T>(mean)[first + c] = T(sum[c]);
      as<T>(var)[first + c] = T(sum_sq[c] / double(rows));
    }
  }
}

template <class T>
void affine_columns(void* y,
                    const void* x,
                    const void* mean,
                    const void* scale,
                    const void* shift,
                    int64_t rows,
                    int64_t cols,
                    int64_t row_stride) {
  const auto affine = [](auto v, auto m, auto a, auto b) {
    return (v - m) * a + b;
  };
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = r * row_stride;
    map(cols,
        affine,
        as<T>(y) + row,
        as<T>(x) + row,
        as<T>(mean),
        as<T>(scale),
        as<T>(shift));
  }
}

template <class T>
void column_grad_sums(void* sum_g,
                      void* sum_gx,
                      const void* g,
                      const void* x,
                      const void* mean,
                      int64_t rows,
                      int64_t cols,
                      int64_t row_stride) {
  for (int64_t first = 0; first < cols; first += strip) {
    const int64_t width = cols - first < strip ? cols - first : strip;
    double sum[strip] = {};
    double moment[strip] = {};
    const T* center = as<T>(mean) + first;
    for (int64_t r = 0; r < rows; ++r) {
      const T* grad = as<T>(g) + r * row_stride + first;
      const T* row = as<T>(x) + r * row_stride + first;
#pragma omp simd
      for (int64_t c = 0; c < width; ++c) {
        sum[c] += double(grad[c]);
        moment[c] += double(grad[c] * (row[c] - center[c]));
      }
    }
    for (int64_t c = 0; c < width; ++c) {
      as<T>(sum_g)[first + c] = T(sum[c]);
      as<T>(sum_gx)[first + c] = T(moment[c]);
    }
  }
}

template <class T>
void column_grad(void* gx,
                 const void* g,
                 const void* x,
                 const void* mean,
                 const void* a,
                 const void* b,
                 const void* c,
                 int64_t rows,
                 int64_t cols,
                 int64_t row_stride) {
  const auto backward = [](auto d, auto v, auto m, auto a1, auto b1, auto c1) {
    return a1 * d + b1 * (v - m) + c1;
  };
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t row = r * row_stride;
    map(cols,
        backward,
        as<T>(gx) + row,
        as<T>(g) + row,
        as<T>(x) + row,
        as<T>(mean),
        as<T>(a),
        as<T>(b),
        as<T>(c));
  }
}

}  // namespace

#define TAPER_FLOATS(f) \
  { f<float>, f<double> }

extern const NormTable norm_table;
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
    .row_mean_var = TAPER_FLOATS(row_mean_var),
    .column_mean_var = TAPER_FLOATS(column_mean_var),
    .affine_row = TAPER_FLOATS(affine_row),
    .affine_columns = TAPER_FLOATS(affine_columns),
    .row_grad_sums = TAPER_FLOATS(row_grad_sums),
    .column_grad_sums = TAPER_FLOATS(column_grad_sums),
    .row_grad = TAPER_FLOATS(row_grad),
    .column_grad = TAPER_FLOATS(column_grad),
};

}  // namespace taper::kernels::TAPER_ISA
