// Leaf kernels for elementwise operations: contiguous, single-threaded loops
// over raw pointers, one table per instruction set, chosen once at load.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/simd/per_type.h"

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

struct ElementwiseTable {
#define TAPER_UNARY(f) PerType<Unary> f;
#include "taper/tensor/pointwise.inc"
  /// `gelu` is the exact form with erf; softplus(x) = log(1 + exp(x)).
  PerType<Unary> gelu, gelu_tanh, silu, mish, softplus, log_sigmoid;
  PerType<Unary> tanhshrink;
  /// The result of these four is bool.
  PerType<Unary> logical_not, isnan, isinf, isfinite;

  /// On bool, add is "or", mul is "and". maximum and minimum propagate NaN.
  PerType<Binary> add, sub, mul, div, maximum, minimum, pow;
  /// fmod has the sign of a, remainder and floor_divide follow Python. For
  /// int64 the caller rejects zero divisors.
  PerType<Binary> fmod, remainder, floor_divide, atan2;
  /// On int64 and bool only.
  PerType<Binary> bitwise_and, bitwise_or, bitwise_xor;
  /// The result of these nine is bool.
  PerType<Binary> eq, ne, lt, le, gt, ge;
  PerType<Binary> logical_and, logical_or, logical_xor;

  /// Backward of one operation: f(grad, y) = grad * f'(.) for relu, tanh and
  /// sigmoid, whose derivative follows from the result y; f(grad, x) for the
  /// others.
  PerType<Binary> relu_backward, tanh_backward, sigmoid_backward;
  PerType<Binary> gelu_backward, gelu_tanh_backward, silu_backward;
  PerType<Binary> mish_backward, abs_backward;
  /// The same as abs_backward, but nan of nan.
  PerType<Binary> l1_backward;

  /// a[i] ? b[i] : c[i]; `a` is bool, the entry is for the size of the others.
  PerSize<Ternary> where;

  /// add_scaled: fma(alpha, b, a). lerp: |alpha| < 1/2 ? fma(alpha, b - a, a) :
  /// fma(alpha - 1, b - a, b).
  PerType<Scaled> add_scaled, lerp;

  /// addcmul: fma(value * a, b, t). addcdiv: t + (value * a) / b.
  PerType<ScaledTernary> addcmul, addcdiv;

  /// cast[from][to]; real to int64 truncates, anything to bool is x != 0.
  PerType<PerType<Unary>> cast;

  PerSize<Fill> fill;
};

TAPER_TABLE(ElementwiseTable, elementwise_table)

}  // namespace taper::kernels
