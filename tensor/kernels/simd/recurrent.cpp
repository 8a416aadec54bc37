// One loop over the hidden units per cell and direction.
#include "taper/tensor/kernels/simd/recurrent.h"

#include "taper/tensor/kernels/simd/exp.h"

namespace taper::kernels::TAPER_ISA {
namespace {

template <class T>
TAPER_INLINE bool is_negative(T x) {
  return to_bits(x) >> (8 * sizeof(T) - 1) != 0;
}

// s = sigmoid(x), kept as min(s, 1 - s), negative where that is 1 - s.
template <class T>
TAPER_INLINE T gate_of(T x) {
  const T e = lifted_exp(-absolute(x));
  return with_sign(e / (lift<T> + e), -x);
}
// s, 1 - s and s (1 - s).
template <class T>
TAPER_INLINE T open(T gate) {
  return is_negative(gate) ? 1 + gate : gate;
}
template <class T>
TAPER_INLINE T closed(T gate) {
  return is_negative(gate) ? -gate : 1 - gate;
}
template <class T>
TAPER_INLINE T slope(T gate) {
  const T least = absolute(gate);
  return fmadd(-least, least, least);
}
// A gradient, 0 if subnormal: long sequences shrink gradients to such numbers,
// with which some processors compute a hundred times slower.
template <class T>
TAPER_INLINE T settled(T grad) {
  return absolute(grad) < Format<T>::min_normal ? 0 : grad;
}
// The derivative of tanh by its value.
template <class T>
TAPER_INLINE T tanh_slope(T y) {
  return fmadd(-y, y, T(1));
}

template <class T, bool relu>
[[gnu::flatten]] void rnn(const CellStep& s) {
  T *gates = as<T>(s.gates), *h = as<T>(s.h);
  const int64_t n = s.rows * s.hidden;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    gates[i] = relu ? at_least(gates[i], T(0)) : tanh(gates[i]);
    h[i] = gates[i];
  }
}

template <class T, bool relu>
void rnn_backward(const CellStepBackward& s) {
  const T *gates = as<T>(s.gates), *grad_h = as<T>(s.grad_h);
  T* grad_gates = as<T>(s.grad_gates);
  const int64_t n = s.rows * s.hidden;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const T y = gates[i];
    const T grad = settled(grad_h[i]);
    grad_gates[i] =
        relu ? (y > 0 ? grad : T(0)) : settled(grad * tanh_slope(y));
  }
}

// Gates: input, forget, cell, output.
template <class T>
[[gnu::flatten]] void lstm(const CellStep& s) {
  const int64_t n = s.hidden;
  for (int64_t row = 0; row < s.rows; ++row) {
    T *i = as<T>(s.gates) + row * 4 * n, *f = i + n, *g = f + n, *o = g + n;
    T *h = as<T>(s.h) + row * n, *c = as<T>(s.c) + row * n;
    T* tanh_c = as<T>(s.inner) + row * n;
#pragma omp simd
    for (int64_t k = 0; k < n; ++k) {
      const T in = gate_of(i[k]), keep = gate_of(f[k]), out = gate_of(o[k]);
      const T candidate = tanh(g[k]);
      const T cell = fmadd(open(keep), c[k], open(in) * candidate);
      const T y = tanh(cell);
      i[k] = in;
      f[k] = keep;
      g[k] = candidate;
      o[k] = out;
      c[k] = cell;
      tanh_c[k] = y;
      h[k] = open(out) * y;
    }
  }
}

template <class T>
void lstm_backward(const CellStepBackward& s) {
  const int64_t n = s.hidden;
  for (int64_t row = 0; row < s.rows; ++row) {
    const T *i = as<T>(s.gates) + row * 4 * n, *f = i + n, *g = f + n,
            *o = g + n;
    T *grad_i = as<T>(s.grad_gates) + row * 4 * n, *grad_f = grad_i + n,
      *grad_g = grad_f + n, *grad_o = grad_g + n;
    const T *tanh_c = as<T>(s.inner) + row * n,
            *before = as<T>(s.before) + row * n,
            *grad_h = as<T>(s.grad_h) + row * n;
    T* grad_c = as<T>(s.grad_c) + row * n;
#pragma omp simd
    for (int64_t k = 0; k < n; ++k) {
      const T y = tanh_c[k], from_h = settled(grad_h[k]);
      const T d = settled(fmadd(from_h * open(o[k]), tanh_slope(y), grad_c[k]));
      grad_o[k] = settled(from_h * y * slope(o[k]));
      grad_i[k] = settled(d * g[k] * slope(i[k]));
      grad_f[k] = settled(d * before[k] * slope(f[k]));
      grad_g[k] = settled(d * open(i[k]) * tanh_slope(g[k]));
      grad_c[k] = settled(d * open(f[k]));
    }
  }
}

// Gates: reset, update, new.
template <class T>
[[gnu::flatten]] void gru(const CellStep& s) {
  const int64_t n = s.hidden;
  for (int64_t row = 0; row < s.rows; ++row) {
    T *r = as<T>(s.gates) + row * 3 * n, *z = r + n, *g = z + n;
    const T* from_state = as<T>(s.from_state) + row * 3 * n;
    T *h = as<T>(s.h) + row * n, *inner = as<T>(s.inner) + row * n;
#pragma omp simd
    for (int64_t k = 0; k < n; ++k) {
      const T reset = gate_of(r[k] + from_state[k]);
      const T update = gate_of(z[k] + from_state[n + k]);
      const T old = from_state[2 * n + k];
      const T fresh = tanh(fmadd(open(reset), old, g[k]));
      r[k] = reset;
      z[k] = update;
      g[k] = fresh;
      inner[k] = old;
      h[k] = fmadd(h[k] - fresh, open(update), fresh);
    }
  }
}

template <class T>
void gru_backward(const CellStepBackward& s) {
  const int64_t n = s.hidden;
  for (int64_t row = 0; row < s.rows; ++row) {
    const T *r = as<T>(s.gates) + row * 3 * n, *z = r + n, *g = z + n;
    const T *inner = as<T>(s.inner) + row * n,
            *before = as<T>(s.before) + row * n;
    T* grad_h = as<T>(s.grad_h) + row * n;
    T* grad = as<T>(s.grad_gates) + row * 3 * n;
    T* to_state = as<T>(s.grad_from_state) + row * 3 * n;
#pragma omp simd
    for (int64_t k = 0; k < n; ++k) {
      const T from_h = settled(grad_h[k]);
      const T d = settled(from_h * closed(z[k]) * tanh_slope(g[k]));
      const T grad_r = settled(d * inner[k] * slope(r[k]));
      const T grad_z = settled(from_h * (before[k] - g[k]) * slope(z[k]));
      grad[k] = to_state[k] = grad_r;
      grad[n + k] = to_state[n + k] = grad_z;
      grad[2 * n + k] = d;
      to_state[2 * n + k] = settled(d * open(r[k]));
      grad_h[k] = settled(from_h * open(z[k]));
    }
  }
}

}  // namespace

const RecurrentTable recurrent_table = {
    .step = {{rnn<float, false>, rnn<double, false>},
             {rnn<float, true>, rnn<double, true>},
             {lstm<float>, lstm<double>},
             {gru<float>, gru<double>}},
    .backward = {{rnn_backward<float, false>, rnn_backward<double, false>},
                 {rnn_backward<float, true>, rnn_backward<double, true>},
                 {lstm_backward<float>, lstm_backward<double>},
                 {gru_backward<float>, gru_backward<double>}},
};

}  // namespace taper::kernels::TAPER_ISA
