// One loop per rule, and its entry that gives the elements their type.
#include "taper/tensor/kernels/simd/optim.h"

#include "taper/tensor/kernels/simd/lanes.h"

namespace taper::kernels::TAPER_ISA {
namespace {

// average = average * beta + g * (1 - beta), rounded like mul_ and add_.
template <class T>
inline T decay_towards(T average, T g, T beta, T rest) {
  return fmadd(rest, g, average * beta);
}

// The same for g^2, rounded like mul_ and addcmul_.
template <class T>
inline T decay_towards_square(T average, T g, T beta, T rest) {
  return fmadd(rest * g, g, average * beta);
}

// p + value * numerator / denominator, rounded like addcdiv_.
template <class T>
inline T add_quotient(T p, T value, T numerator, T denominator) {
  return p + (value * numerator) / denominator;
}

// x / divisor, correctly rounded without a division for x >= 0 (Markstein's
// theorem: the quotient by the rounded reciprocal, corrected once by its exact
// remainder). Infinite quotients have no remainder and stay.
template <class T>
struct Quotient {
  T divisor;
  T inverse;
  explicit Quotient(T d) : divisor(d), inverse(1 / d) {}
  T operator()(T x) const {
#if defined(__FP_FAST_FMA)
    const T q = x * inverse;
    const T corrected = fmadd(fmadd(-q, divisor, x), inverse, q);
    return corrected == corrected ? corrected : q;
#else
    return x / divisor;
#endif
  }
};

// Weight decay as a part of the gradient.
template <class T>
struct Penalty {
  T weight;
  explicit Penalty(double weight_decay) : weight(T(weight_decay)) {}
  T operator()(T p, T g) const { return weight != 0 ? fmadd(weight, p, g) : g; }
};

template <bool has_momentum, class T>
void sgd_loop(T* p, const T* g, T* buf, int64_t n, const SgdStep& step) {
  const T rate = T(-step.lr);
  const T momentum = T(step.momentum);
  const T rest = T(1 - step.dampening);
  const Penalty<T> penalised(step.weight_decay);
  const bool first = step.first;
  const bool nesterov = step.nesterov;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    T d = penalised(p[i], g[i]);
    if constexpr (has_momentum) {
      const T b = first ? d : decay_towards(buf[i], d, momentum, rest);
      buf[i] = b;
      d = nesterov ? fmadd(momentum, b, d) : b;
    }
    p[i] = fmadd(rate, d, p[i]);
  }
}

template <class T>
void update(const StepRange& x, const SgdStep& step) {
  T* buf = as<T>(x.state[0]);
  const auto loop = buf ? sgd_loop<true, T> : sgd_loop<false, T>;
  loop(as<T>(x.p), as<T>(x.g), buf, x.n, step);
}

template <bool amsgrad, class T>
void adam_loop(T* p, const T* g, T* m, T* v, T* v_max, int64_t n,
               const AdamStep& step) {
  const T beta1 = T(step.beta1), rest1 = T(1 - step.beta1);
  const T beta2 = T(step.beta2), rest2 = T(1 - step.beta2);
  const T eps = T(step.eps);
  const T shrink = T(step.decoupled ? 1 - step.lr * step.weight_decay : 1);
  const Penalty<T> penalised(step.decoupled ? 0 : step.weight_decay);
  const T rate = T(-step.lr / step.bias_correction1);
  const Quotient<T> corrected(T(sqrt(step.bias_correction2)));
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T grad = penalised(p[i], g[i]);
    m[i] = decay_towards(m[i], grad, beta1, rest1);
    T square = decay_towards_square(v[i], grad, beta2, rest2);
    v[i] = square;
    if constexpr (amsgrad) {
      square = v_max[i] > square ? v_max[i] : square;
      v_max[i] = square;
    }
    const T denominator = corrected(sqrt(square)) + eps;
    p[i] = add_quotient(p[i] * shrink, rate, m[i], denominator);
  }
}

template <class T>
void update(const StepRange& x, const AdamStep& step) {
  const auto [m, v, v_max] = x.state;
  const auto loop = v_max ? adam_loop<true, T> : adam_loop<false, T>;
  loop(as<T>(x.p), as<T>(x.g), as<T>(m), as<T>(v), as<T>(v_max), x.n, step);
}

template <bool centered, bool has_momentum, class T>
void rmsprop_loop(T* p, const T* g, T* square_avg, T* g_avg, T* buf, int64_t n,
                  const RmspropStep& step) {
  const T rate = T(-step.lr);
  const T alpha = T(step.alpha), rest = T(1 - step.alpha);
  const T eps = T(step.eps);
  const T momentum = T(step.momentum);
  const Penalty<T> penalised(step.weight_decay);
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T grad = penalised(p[i], g[i]);
    T square = decay_towards_square(square_avg[i], grad, alpha, rest);
    square_avg[i] = square;
    if constexpr (centered) {
      g_avg[i] = decay_towards(g_avg[i], grad, alpha, rest);
      square = fmadd(-g_avg[i], g_avg[i], square);
    }
    const T denominator = sqrt(square) + eps;
    if constexpr (has_momentum) {
      buf[i] = add_quotient(buf[i] * momentum, T(1), grad, denominator);
      p[i] = fmadd(rate, buf[i], p[i]);
    } else {
      p[i] = add_quotient(p[i], rate, grad, denominator);
    }
  }
}

template <class T>
void update(const StepRange& x, const RmspropStep& step) {
  const auto [square_avg, g_avg, buf] = x.state;
  const auto loop =
      g_avg ? (buf ? rmsprop_loop<true, true, T> : rmsprop_loop<true, false, T>)
            : (buf ? rmsprop_loop<false, true, T>
                   : rmsprop_loop<false, false, T>);
  loop(as<T>(x.p), as<T>(x.g), as<T>(square_avg), as<T>(g_avg), as<T>(buf), x.n,
       step);
}

template <class T>
void update(const StepRange& x, const AdagradStep& step) {
  T *p = as<T>(x.p), *sum = as<T>(x.state[0]);
  const T* g = as<T>(x.g);
  const T rate = T(-step.lr);
  const T eps = T(step.eps);
  const Penalty<T> penalised(step.weight_decay);
#pragma omp simd
  for (int64_t i = 0; i < x.n; ++i) {
    const T grad = penalised(p[i], g[i]);
    sum[i] = fmadd(grad, grad, sum[i]);
    p[i] = add_quotient(p[i], rate, grad, sqrt(sum[i]) + eps);
  }
}

template <class T, class Settings>
void entry(const StepRange& range, const void* settings) {
  update<T>(range, *static_cast<const Settings*>(settings));
}
template <class Settings>
constexpr StepKernels<Settings> kernels_of = {
    {entry<float, Settings>, entry<double, Settings>}};

}  // namespace

const OptimTable optim_table = {kernels_of<SgdStep>, kernels_of<AdamStep>,
                                kernels_of<RmspropStep>,
                                kernels_of<AdagradStep>};

}  // namespace taper::kernels::TAPER_ISA
