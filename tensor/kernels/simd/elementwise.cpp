// The formulas, and the dtypes that each is compiled for.
#include "taper/tensor/kernels/simd/elementwise.h"

#include "taper/tensor/kernels/simd/erf.h"
#include "taper/tensor/kernels/simd/exp.h"
#include "taper/tensor/kernels/simd/integer.h"
#include "taper/tensor/kernels/simd/log.h"
#include "taper/tensor/kernels/simd/loops.h"
#include "taper/tensor/kernels/simd/trig.h"

namespace taper::kernels::TAPER_ISA {
namespace {

using std::int64_t;

// Which dtypes an operation, given by its formula, is compiled for: real is
// float and double, number is real and int64, any is number and bool; test
// gives bool; bits is int64 and bool. heavy and light name another loop; else
// the row tells which of the loops of loops.h it is.

template <class Leaf, class Op>
constexpr void real(PerType<Leaf>& row, Op) {
  row[float32] = loop<Op, float>;
  row[float64] = loop<Op, double>;
}

template <class Leaf, class Op>
constexpr void number(PerType<Leaf>& row, Op op) {
  real(row, op);
  row[integer] = loop<Op, int64_t>;
}

template <class Leaf, class Op>
constexpr void flags(PerType<Leaf>& row, Op) {
  row[boolean] = loop<Op, bool>;
}

template <class Op>
constexpr void bits(PerType<Binary>& row, Op op) {
  row[integer] = loop<Op, int64_t>;
  flags(row, op);
}

template <class Op>
constexpr void any(PerType<Binary>& row, Op op) {
  number(row, op);
  flags(row, op);
}

template <class Leaf, class Op>
constexpr void test(PerType<Leaf>& row, Op) {
  row[float32] = loop<Op, bool, float>;
  row[float64] = loop<Op, bool, double>;
  row[integer] = loop<Op, bool, int64_t>;
  row[boolean] = loop<Op, bool, bool>;
}

template <class Op>
constexpr void heavy(PerType<Unary>& row, Op) {
  row[float32] = heavy_unary<Op, float>;
  row[float64] = heavy_unary<Op, double>;
}

template <class Op>
constexpr void heavy(PerType<Binary>& row, Op) {
  row[float32] = heavy_binary<Op, float>;
  row[float64] = heavy_binary<Op, double>;
}

template <class Op>
constexpr void light_real(PerType<Binary>& row, Op) {
  row[float32] = light_binary<Op, float>;
  row[float64] = light_binary<Op, double>;
}

template <class Op>
constexpr void light_number(PerType<Binary>& row, Op op) {
  light_real(row, op);
  row[integer] = loop<Op, int64_t>;
}

// The operation in double, which is libm's, where the reduction of trig.h does
// not reach.
template <class Op>
struct Huge {
  static bool applies(float x) { return trig_huge(x); }
  float operator()(float x) const {
    return static_cast<float>(Op{}(static_cast<double>(x)));
  }
};

template <class Op>
constexpr void periodic(PerType<Unary>& row, Op) {
  row[float32] = guarded<Op, Huge<Op>, float>;
  row[float64] = loop<Op, double>;
}

constexpr void set_arithmetic(ElementwiseTable& t) {
  number(t.abs, [](auto x) { return absolute(x); });
  number(t.neg, [](auto x) { return negated(x); });
  number(t.sign, [](auto x) { return sign(x); });
  flags(t.sign, [](bool x) { return x; });
  number(t.square, [](auto x) { return product(x, x); });
  real(t.reciprocal, [](auto x) { return 1 / x; });
  heavy(t.rsqrt, [](auto x) { return 1 / sqrt(x); });
  number(t.floor, [](auto x) { return round_down(x); });
  number(t.ceil, [](auto x) { return round_up(x); });
  number(t.round, [](auto x) { return round_even(x); });
  number(t.trunc, [](auto x) { return round_to_zero(x); });
  real(t.frac, [](auto x) { return x - round_to_zero(x); });

  light_number(t.add, [](auto x, auto y) { return sum(x, y); });
  light_number(t.sub, [](auto x, auto y) { return difference(x, y); });
  light_number(t.mul, [](auto x, auto y) { return product(x, y); });
  flags(t.add, [](bool x, bool y) { return x | y; });
  flags(t.mul, [](bool x, bool y) { return x & y; });
  light_real(t.div, [](auto x, auto y) { return x / y; });
  any(t.maximum, [](auto x, auto y) { return ((x > y) | (x != x)) ? x : y; });
  any(t.minimum, [](auto x, auto y) { return ((x < y) | (x != x)) ? x : y; });
  number(t.fmod, [](auto x, auto y) { return fmod(x, y); });
  number(t.remainder, [](auto x, auto y) { return remainder(x, y); });
  number(t.floor_divide, [](auto x, auto y) { return floor_divide(x, y); });

  bits(t.bitwise_and, [](auto x, auto y) { return x & y; });
  bits(t.bitwise_or, [](auto x, auto y) { return x | y; });
  bits(t.bitwise_xor, [](auto x, auto y) { return x ^ y; });

  number(t.add_scaled,
         [](auto x, auto y, auto alpha) { return fmadd(alpha, y, x); });
  real(t.lerp, [](auto x, auto y, auto weight) {
    return (weight < 0 ? -weight : weight) < 0.5f ? fmadd(weight, y - x, x)
                                                  : fmadd(weight - 1, y - x, y);
  });
  number(t.addcmul, [](auto z, auto x, auto y, auto value) {
    return fmadd(product(value, x), y, z);
  });
  real(t.addcdiv,
       [](auto z, auto x, auto y, auto value) { return z + value * x / y; });
}

constexpr void set_functions(ElementwiseTable& t) {
#define TAPER_UNARY_MATH(f) heavy(t.f, [](auto x) { return f(x); });
#include "taper/tensor/pointwise.inc"
  number(t.pow, [](auto x, auto y) { return pow(x, y); });
  periodic(t.sin, [](auto x) { return sin(x); });
  periodic(t.cos, [](auto x) { return cos(x); });
  periodic(t.tan, [](auto x) { return tan(x); });
  real(t.atan2, [](auto y, auto x) { return atan2(y, x); });
}

constexpr void set_activations(ElementwiseTable& t) {
  number(t.relu, [](auto x) { return x < 0 ? 0 : x; });
  heavy(t.gelu, [](auto x) { return gelu(x); });
  heavy(t.gelu_tanh, [](auto x) { return gelu_tanh(x); });
  heavy(t.silu, [](auto x) { return silu(x); });
  heavy(t.mish, [](auto x) { return mish(x); });
  heavy(t.tanhshrink, [](auto x) { return tanhshrink(x); });
  heavy(t.softplus, [](auto x) { return softplus(x); });
  heavy(t.log_sigmoid, [](auto x) { return -softplus(-x); });

  // NaN lets the gradient pass, as in PyTorch.
  light_real(t.relu_backward, [](auto g, auto y) { return y <= 0 ? 0 : g; });
  light_real(t.tanh_backward, [](auto g, auto y) { return g * (1 - y * y); });
  light_real(t.sigmoid_backward,
             [](auto g, auto y) { return g * ((1 - y) * y); });
  heavy(t.gelu_backward, [](auto g, auto x) { return g * gelu_slope(x); });
  heavy(t.gelu_tanh_backward,
        [](auto g, auto x) { return g * gelu_tanh_slope(x); });
  heavy(t.silu_backward, [](auto g, auto x) { return g * silu_slope(x); });
  heavy(t.mish_backward, [](auto g, auto x) { return g * mish_slope(x); });
  real(t.l1_backward, [](auto g, auto x) {
    return g * (x > 0 ? 1 : x < 0 ? -1 : x);
  });
  real(t.abs_backward, [](auto g, auto x) { return g * sign(x); });
}

constexpr void set_tests(ElementwiseTable& t) {
  test(t.logical_not, [](auto x) { return x == 0; });
  test(t.isnan, [](auto x) { return x != x; });
  test(t.isinf, [](auto x) { return is_infinite(x); });
  test(t.isfinite, [](auto x) { return is_finite(x); });
  test(t.eq, [](auto x, auto y) { return x == y; });
  test(t.ne, [](auto x, auto y) { return x != y; });
  test(t.lt, [](auto x, auto y) { return x < y; });
  test(t.le, [](auto x, auto y) { return x <= y; });
  test(t.gt, [](auto x, auto y) { return x > y; });
  test(t.ge, [](auto x, auto y) { return x >= y; });
  test(t.logical_and, [](auto x, auto y) { return (x != 0) & (y != 0); });
  test(t.logical_or, [](auto x, auto y) { return (x != 0) | (y != 0); });
  test(t.logical_xor, [](auto x, auto y) { return (x != 0) ^ (y != 0); });
}

struct Convert {
  template <class T>
  T operator()(T x) const {
    return x;
  }
};

template <class From>
constexpr void set_casts(PerType<Unary>& row) {
  row[float32] = loop<Convert, float, From>;
  row[float64] = loop<Convert, double, From>;
  row[integer] = loop<Convert, int64_t, From>;
  row[boolean] = loop<Convert, bool, From>;
}

// Moving elements asks for their size alone.
template <class... Words>
constexpr void set_moves(ElementwiseTable& t) {
  ((t.where[size_index(sizeof(Words))] = where<Words>), ...);
  ((t.fill[size_index(sizeof(Words))] = fill<Words>), ...);
}

constexpr ElementwiseTable make_table() {
  ElementwiseTable t{};
  set_arithmetic(t);
  set_functions(t);
  set_activations(t);
  set_tests(t);
  set_casts<float>(t.cast[float32]);
  set_casts<double>(t.cast[float64]);
  set_casts<int64_t>(t.cast[integer]);
  set_casts<Byte>(t.cast[boolean]);
  set_moves<uint8_t, uint16_t, uint32_t, uint64_t>(t);
  return t;
}

}  // namespace

constinit const ElementwiseTable elementwise_table = make_table();

}  // namespace taper::kernels::TAPER_ISA
