#include "taper/autograd/ops/pointwise/pointwise.h"

#include "taper/autograd/ops/create/factories.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/elementwise.h"

namespace taper {
namespace {

using kernels::elementwise_table;

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kLn10 = 2.302585092994045684018;
constexpr double kTwoOverSqrtPi = 1.128379167095512573896;

// Functions with real values turn integers into the default dtype first.
Tensor real(const kernels::PerType<kernels::Unary>& leaf, const char* op,
            const Tensor& x) {
  if (is_floating(x.dtype())) return kernels::unary(leaf, op, x);
  return kernels::unary(leaf, op, x.to(get_default_dtype()));
}

Tensor& in_place_unary(const char* op, Tensor& self,
                       Tensor (*pure)(const Tensor&),
                       const kernels::PerType<kernels::Unary>& leaf) {
  return in_place(
      op, self, needs_grad(self), [&](const Tensor& old) { return pure(old); },
      [&] { kernels::unary_into(self, leaf, op, self); });
}

// Backwards with a fused kernel for when they are not recorded themselves.
Tensor abs_grad(const Tensor& grad, const Tensor& x) {
  if (detail::grad_enabled) return grad * x.sign();
  return kernels::binary(elementwise_table->abs_backward, "abs", grad, x);
}
Tensor tanh_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return grad * (1 - y * y);
  return kernels::binary(elementwise_table->tanh_backward, "tanh", grad, y);
}
Tensor sigmoid_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return grad * (y * (1 - y));
  return kernels::binary(elementwise_table->sigmoid_backward, "sigmoid", grad,
                         y);
}
Tensor relu_grad(const Tensor& grad, const Tensor& y) {
  if (detail::grad_enabled) return taper::where(y <= 0, 0, grad);
  return kernels::binary(elementwise_table->relu_backward, "relu", grad, y);
}

}  // namespace

Tensor abs(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->abs, "abs", x);
  return record(y, "AbsBackward0", x, [x = save(x)](const Tensor& grad) {
    return abs_grad(grad, x());
  });
}

Tensor& Tensor::abs_() const {
  return in_place_unary("abs_", self(), taper::abs, elementwise_table->abs);
}

Tensor neg(const Tensor& x) {
  check<TypeError>(x.dtype() != kBool, "[neg] bool tensors have no negative");
  Tensor y = kernels::unary(elementwise_table->neg, "neg", x);
  return record(y, "NegBackward0", x, [](const Tensor& grad) { return -grad; });
}

Tensor& Tensor::neg_() const {
  return in_place_unary("neg_", self(), taper::neg, elementwise_table->neg);
}

Tensor sign(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->sign, "sign", x);
  return record(y, "SignBackward0", x, zero_slope);
}

Tensor& Tensor::sign_() const {
  return in_place_unary("sign_", self(), taper::sign, elementwise_table->sign);
}

Tensor square(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->square, "square", x);
  return record(y, "SquareBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad * (x() * 2); });
}

Tensor& Tensor::square_() const {
  return in_place_unary("square_", self(), taper::square,
                        elementwise_table->square);
}

Tensor reciprocal(const Tensor& x) {
  Tensor y = real(elementwise_table->reciprocal, "reciprocal", x);
  return record(
      y, "ReciprocalBackward0", x,
      [y = save_output(y)](const Tensor& grad) { return -grad * (y() * y()); });
}

Tensor& Tensor::reciprocal_() const {
  return in_place_unary("reciprocal_", self(), taper::reciprocal,
                        elementwise_table->reciprocal);
}

Tensor sqrt(const Tensor& x) {
  Tensor y = real(elementwise_table->sqrt, "sqrt", x);
  return record(
      y, "SqrtBackward0", x,
      [y = save_output(y)](const Tensor& grad) { return grad / (y() * 2); });
}

Tensor& Tensor::sqrt_() const {
  return in_place_unary("sqrt_", self(), taper::sqrt, elementwise_table->sqrt);
}

Tensor rsqrt(const Tensor& x) {
  Tensor y = real(elementwise_table->rsqrt, "rsqrt", x);
  return record(y, "RsqrtBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return grad * (y().pow(3) * -0.5);
                });
}

Tensor& Tensor::rsqrt_() const {
  return in_place_unary("rsqrt_", self(), taper::rsqrt,
                        elementwise_table->rsqrt);
}

Tensor exp(const Tensor& x) {
  Tensor y = real(elementwise_table->exp, "exp", x);
  return record(y, "ExpBackward0", x, [y = save_output(y)](const Tensor& grad) {
    return grad * y();
  });
}

Tensor& Tensor::exp_() const {
  return in_place_unary("exp_", self(), taper::exp, elementwise_table->exp);
}

Tensor exp2(const Tensor& x) {
  Tensor y = real(elementwise_table->exp2, "exp2", x);
  return record(
      y, "Exp2Backward0", x,
      [y = save_output(y)](const Tensor& grad) { return grad * (y() * kLn2); });
}

Tensor& Tensor::exp2_() const {
  return in_place_unary("exp2_", self(), taper::exp2, elementwise_table->exp2);
}

Tensor expm1(const Tensor& x) {
  Tensor y = real(elementwise_table->expm1, "expm1", x);
  return record(
      y, "Expm1Backward0", x,
      [y = save_output(y)](const Tensor& grad) { return grad * (y() + 1); });
}

Tensor& Tensor::expm1_() const {
  return in_place_unary("expm1_", self(), taper::expm1,
                        elementwise_table->expm1);
}

Tensor log(const Tensor& x) {
  Tensor y = real(elementwise_table->log, "log", x);
  return record(y, "LogBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad / x(); });
}

Tensor& Tensor::log_() const {
  return in_place_unary("log_", self(), taper::log, elementwise_table->log);
}

Tensor log2(const Tensor& x) {
  Tensor y = real(elementwise_table->log2, "log2", x);
  return record(y, "Log2Backward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * kLn2);
  });
}

Tensor& Tensor::log2_() const {
  return in_place_unary("log2_", self(), taper::log2, elementwise_table->log2);
}

Tensor log10(const Tensor& x) {
  Tensor y = real(elementwise_table->log10, "log10", x);
  return record(y, "Log10Backward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * kLn10);
  });
}

Tensor& Tensor::log10_() const {
  return in_place_unary("log10_", self(), taper::log10,
                        elementwise_table->log10);
}

Tensor log1p(const Tensor& x) {
  Tensor y = real(elementwise_table->log1p, "log1p", x);
  return record(y, "Log1pBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad / (x() + 1); });
}

Tensor& Tensor::log1p_() const {
  return in_place_unary("log1p_", self(), taper::log1p,
                        elementwise_table->log1p);
}

Tensor sin(const Tensor& x) {
  Tensor y = real(elementwise_table->sin, "sin", x);
  return record(y, "SinBackward0", x,
                [x = save(x)](const Tensor& grad) { return grad * x().cos(); });
}

Tensor& Tensor::sin_() const {
  return in_place_unary("sin_", self(), taper::sin, elementwise_table->sin);
}

Tensor cos(const Tensor& x) {
  Tensor y = real(elementwise_table->cos, "cos", x);
  return record(y, "CosBackward0", x, [x = save(x)](const Tensor& grad) {
    return -grad * x().sin();
  });
}

Tensor& Tensor::cos_() const {
  return in_place_unary("cos_", self(), taper::cos, elementwise_table->cos);
}

Tensor tan(const Tensor& x) {
  Tensor y = real(elementwise_table->tan, "tan", x);
  return record(y, "TanBackward0", x, [y = save_output(y)](const Tensor& grad) {
    return grad * (y() * y() + 1);
  });
}

Tensor& Tensor::tan_() const {
  return in_place_unary("tan_", self(), taper::tan, elementwise_table->tan);
}

Tensor asin(const Tensor& x) {
  Tensor y = real(elementwise_table->asin, "asin", x);
  return record(y, "AsinBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * (1 - x() * x()).rsqrt();
  });
}

Tensor& Tensor::asin_() const {
  return in_place_unary("asin_", self(), taper::asin, elementwise_table->asin);
}

Tensor acos(const Tensor& x) {
  Tensor y = real(elementwise_table->acos, "acos", x);
  return record(y, "AcosBackward0", x, [x = save(x)](const Tensor& grad) {
    return -grad * (1 - x() * x()).rsqrt();
  });
}

Tensor& Tensor::acos_() const {
  return in_place_unary("acos_", self(), taper::acos, elementwise_table->acos);
}

Tensor atan(const Tensor& x) {
  Tensor y = real(elementwise_table->atan, "atan", x);
  return record(y, "AtanBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad / (x() * x() + 1);
  });
}

Tensor& Tensor::atan_() const {
  return in_place_unary("atan_", self(), taper::atan, elementwise_table->atan);
}

Tensor sinh(const Tensor& x) {
  Tensor y = real(elementwise_table->sinh, "sinh", x);
  return record(y, "SinhBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * x().cosh();
  });
}

Tensor& Tensor::sinh_() const {
  return in_place_unary("sinh_", self(), taper::sinh, elementwise_table->sinh);
}

Tensor cosh(const Tensor& x) {
  Tensor y = real(elementwise_table->cosh, "cosh", x);
  return record(y, "CoshBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * x().sinh();
  });
}

Tensor& Tensor::cosh_() const {
  return in_place_unary("cosh_", self(), taper::cosh, elementwise_table->cosh);
}

Tensor tanh(const Tensor& x) {
  Tensor y = real(elementwise_table->tanh, "tanh", x);
  return record(y, "TanhBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return tanh_grad(grad, y());
                });
}

Tensor& Tensor::tanh_() const {
  return in_place_unary("tanh_", self(), taper::tanh, elementwise_table->tanh);
}

Tensor sigmoid(const Tensor& x) {
  Tensor y = real(elementwise_table->sigmoid, "sigmoid", x);
  return record(y, "SigmoidBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return sigmoid_grad(grad, y());
                });
}

Tensor& Tensor::sigmoid_() const {
  return in_place_unary("sigmoid_", self(), taper::sigmoid,
                        elementwise_table->sigmoid);
}

Tensor erf(const Tensor& x) {
  Tensor y = real(elementwise_table->erf, "erf", x);
  return record(y, "ErfBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * ((-(x() * x())).exp() * kTwoOverSqrtPi);
  });
}

Tensor& Tensor::erf_() const {
  return in_place_unary("erf_", self(), taper::erf, elementwise_table->erf);
}

Tensor erfc(const Tensor& x) {
  Tensor y = real(elementwise_table->erfc, "erfc", x);
  return record(y, "ErfcBackward0", x, [x = save(x)](const Tensor& grad) {
    return grad * ((-(x() * x())).exp() * -kTwoOverSqrtPi);
  });
}

Tensor& Tensor::erfc_() const {
  return in_place_unary("erfc_", self(), taper::erfc, elementwise_table->erfc);
}

Tensor floor(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->floor, "floor", x);
  return record(y, "FloorBackward0", x, zero_slope);
}

Tensor& Tensor::floor_() const {
  return in_place_unary("floor_", self(), taper::floor,
                        elementwise_table->floor);
}

Tensor ceil(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->ceil, "ceil", x);
  return record(y, "CeilBackward0", x, zero_slope);
}

Tensor& Tensor::ceil_() const {
  return in_place_unary("ceil_", self(), taper::ceil, elementwise_table->ceil);
}

Tensor round(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->round, "round", x);
  return record(y, "RoundBackward0", x, zero_slope);
}

Tensor& Tensor::round_() const {
  return in_place_unary("round_", self(), taper::round,
                        elementwise_table->round);
}

Tensor trunc(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->trunc, "trunc", x);
  return record(y, "TruncBackward0", x, zero_slope);
}

Tensor& Tensor::trunc_() const {
  return in_place_unary("trunc_", self(), taper::trunc,
                        elementwise_table->trunc);
}

Tensor frac(const Tensor& x) {
  Tensor y = real(elementwise_table->frac, "frac", x);
  return record(y, "FracBackward0", x, pass_grad);
}

Tensor& Tensor::frac_() const {
  return in_place_unary("frac_", self(), taper::frac, elementwise_table->frac);
}

Tensor relu(const Tensor& x) {
  Tensor y = kernels::unary(elementwise_table->relu, "relu", x);
  return record(y, "ReluBackward0", x,
                [y = save_output(y)](const Tensor& grad) {
                  return relu_grad(grad, y());
                });
}

Tensor& Tensor::relu_() const {
  return in_place_unary("relu_", self(), taper::relu, elementwise_table->relu);
}

Tensor logical_not(const Tensor& x) {
  return kernels::unary(elementwise_table->logical_not, "logical_not", x,
                        kBool);
}

Tensor isnan(const Tensor& x) {
  return kernels::unary(elementwise_table->isnan, "isnan", x, kBool);
}

Tensor isinf(const Tensor& x) {
  return kernels::unary(elementwise_table->isinf, "isinf", x, kBool);
}

Tensor isfinite(const Tensor& x) {
  return kernels::unary(elementwise_table->isfinite, "isfinite", x, kBool);
}

Tensor& Tensor::logical_not_() const {
  return in_place(
      "logical_not_", self(), false,
      [](const Tensor& old) { return taper::logical_not(old); },
      [&] { kernels::copy_into(self(), taper::logical_not(self())); });
}

}  // namespace taper