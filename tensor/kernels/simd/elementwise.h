// Leaf kernels for elementwise operations: contiguous, single-threaded loops
// over raw pointers, one table per instruction set, chosen once at load.
#pragma once

#include <cstdint>

namespace taper::kernels {

/// y[i] = f(x[i]) for i < n. `y` may be `x`; n may be 0.
using Unary = void (*)(void* y, const void* x, std::int64_t n);

/// A leaf that is bound by memory writes a result of so many bytes around the
/// caches; the caller cuts what had better stay there into shorter calls.
inline constexpr std::int64_t streamed_bytes = std::int64_t{1} << 20;

/// y[i] = f(a[i], b[i]). With `a_scalar`, a[0] stands for every a[i]; likewise
/// for b. `y` may be any of the inputs.
using Binary = void (*)(void* y, const void* a, const void* b, std::int64_t n,
                        bool a_scalar, bool b_scalar);

/// y[i] = f(a[i], b[i], c[i]).
using Ternary = void (*)(void* y, const void* a, const void* b, const void* c,
                         std::int64_t n, bool a_scalar, bool b_scalar,
                         bool c_scalar);

/// y[i] = f(a[i], b[i], alpha), alpha rounded to the type of y first.
using Scaled = void (*)(void* y, const void* a, const void* b, double alpha,
                        std::int64_t n, bool a_scalar, bool b_scalar);

/// y[i] = f(t[i], a[i], b[i], value).
using ScaledTernary = void (*)(void* y, const void* t, const void* a,
                               const void* b, double value, std::int64_t n,
                               bool t_scalar, bool a_scalar, bool b_scalar);

/// y[i] = *value, an element of the type of y.
using Fill = void (*)(void* y, const void* value, std::int64_t n);

/// Every row is indexed by dtype: 0 float32, 1 float64, 2 int64, 3 bool (one
/// byte, 0 or 1). A null entry means that the type is not supported.
struct ElementwiseTable {
  Unary abs[4], neg[4], sign[4], square[4], reciprocal[4], sqrt[4], rsqrt[4];
  Unary exp[4], exp2[4], expm1[4], log[4], log2[4], log10[4], log1p[4];
  Unary sin[4], cos[4], tan[4], asin[4], acos[4], atan[4];
  Unary sinh[4], cosh[4], tanh[4], sigmoid[4], erf[4], erfc[4];
  /// `round` takes halves to the even neighbour; frac(x) = x - trunc(x).
  Unary floor[4], ceil[4], round[4], trunc[4], frac[4];
  /// `gelu` is the exact form with erf; softplus(x) = log(1 + exp(x)).
  Unary relu[4], gelu[4], gelu_tanh[4], silu[4], softplus[4], log_sigmoid[4];
  /// The result of these four is bool.
  Unary logical_not[4], isnan[4], isinf[4], isfinite[4];

  /// On bool, add is "or", mul is "and". maximum and minimum propagate NaN.
  Binary add[4], sub[4], mul[4], div[4], maximum[4], minimum[4], pow[4];
  /// fmod has the sign of a, remainder and floor_divide follow Python. For
  /// int64 the caller rejects zero divisors.
  Binary fmod[4], remainder[4], floor_divide[4], atan2[4];
  /// The result of these nine is bool.
  Binary eq[4], ne[4], lt[4], le[4], gt[4], ge[4];
  Binary logical_and[4], logical_or[4], logical_xor[4];

  /// Backward of one operation: f(grad, y) = grad * f'(.) for relu, tanh and
  /// sigmoid, whose derivative follows from the result y; f(grad, x) for the
  /// others.
  Binary relu_backward[4], tanh_backward[4], sigmoid_backward[4];
  Binary gelu_backward[4], gelu_tanh_backward[4], silu_backward[4];
  Binary softplus_backward[4], log_sigmoid_backward[4], abs_backward[4];

  /// a[i] ? b[i] : c[i]; `a` is bool, the row is the type of b, c and y.
  Ternary where[4];

  /// add_scaled: fma(alpha, b, a). mul_scaled: (a * b) * alpha.
  /// lerp: |alpha| < 1/2 ? fma(alpha, b - a, a) : fma(alpha - 1, b - a, b).
  Scaled add_scaled[4], mul_scaled[4], lerp[4];

  /// addcmul: fma(value * a, b, t). addcdiv: t + (value * a) / b.
  ScaledTernary addcmul[4], addcdiv[4];

  /// cast[from][to]; real to int64 truncates, anything to bool is x != 0.
  Unary cast[4][4];

  Fill fill[4];
};

/// The table for the instruction set of this processor (see select.h).
extern const ElementwiseTable* elementwise_table;

}  // namespace taper::kernels
