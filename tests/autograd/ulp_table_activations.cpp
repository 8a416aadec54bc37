// The activations of the ulp table.
#include "ulp_table.h"

namespace taper::testing {
namespace {

// a + b x where x > 0, else c + d x: a function of two straight lines.
Jet line(Real x, Real at_zero, Real slope) {
  return {Exact{at_zero, slope * x}, slope, 0};
}

Jet elu_jet(Real x, Real alpha, Real scale, Real in) {
  if (x > 0) return line(x, 0, scale);
  const Real power = scale * alpha * in * std::exp(in * x);
  return {scale * alpha * std::expm1(in * x), power, in * power};
}

Jet silu_jet(Real x) {
  const Real s = sigmoid_of(x), b = bump_of(x);
  return {x * s, Exact{s, x * b}, Exact{2 * b, x * b * tilt_of(x)}};
}

Real density(Real x) {
  return std::exp(-x * x / 2) / std::sqrt(8 * std::atan(Real{1}));
}
Jet gelu_jet(Real x) {
  const Real cdf = std::erfc(-x / std::sqrt(Real{2})) / 2, d = density(x);
  if (d == 0) return {x * cdf, cdf, 0};
  return {x * cdf, Exact{cdf, x * d}, Exact{2 * d, -x * x * d}};
}

// x sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3).
Jet gelu_tanh_jet(Real x) {
  constexpr Real k = 2 * 0.797884560802865355879892L;
  const Real u = k * (x + 0.044715L * x * x * x);
  const Real du = k * (1 + 0.134145L * x * x), ddu = k * 0.26829L * x;
  const Real s = sigmoid_of(u), b = bump_of(u);
  if (b == 0) return {x * s, s, 0};
  return {x * s, Exact{s, x * b * du},
          Exact{2 * b * du, x * b * tilt_of(u) * du * du, x * b * ddu}};
}

// x tanh(softplus(x)). With s = sigmoid(x) and r = sigmoid(-x), the gate is
// s (1 + r) / (1 + r^2) and its derivative 4 s r^2 / (1 + r^2)^2.
Jet mish_jet(Real x) {
  const Real s = sigmoid_of(x), r = sigmoid_of(-x), q = 1 / (1 + r * r);
  const Real gate = s * (1 + r) * q, slope = 4 * s * r * r * q * q;
  if (slope == 0) return {x * gate, gate, 0};
  return {x * gate, Exact{gate, x * slope},
          Exact{2 * slope, x * slope * r, -2 * x * slope * s,
                4 * x * slope * s * r * r * q}};
}

Jet softplus_jet(Real x) { return {softplus_of(x), sigmoid_of(x), bump_of(x)}; }

Jet softsign_jet(Real x) {
  const Real u = 1 / (1 + std::fabs(x));
  return {std::isinf(x) ? std::copysign(Real{1}, x) : x * u, u * u,
          std::copysign(2 * u * u * u, -x) * (x == 0 ? 0 : 1)};
}

Real tanhshrink_of(Real x) {
  if (std::fabs(x) > 0.25) return x - std::tanh(x);
  // x^3 / 3 - 2 x^5 / 15 + ...: (sinh - ... ) by the series of both.
  Real sum = 0, power = x, y = x * x;
  // tanh(x) = x - x^3/3 + 2x^5/15 - 17x^7/315 + ...
  constexpr Real c[] = {1.L / 3,
                        -2.L / 15,
                        17.L / 315,
                        -62.L / 2835,
                        1382.L / 155925,
                        -21844.L / 6081075,
                        929569.L / 638512875,
                        -6404582.L / 10854718875,
                        443861162.L / 1856156927625,
                        -18888466084.L / 194896477400625,
                        113927491862.L / 2900518163668125,
                        -58870668456604.L / 3698160658676859375,
                        8374643517010684.L / 1298054391195577640625.L};
  for (const Real k : c) {
    power *= y;
    sum += k * power;
  }
  return sum;
}
Jet tanhshrink_jet(Real x) {
  const Real t = std::tanh(x);
  return {tanhshrink_of(x), t * t, 8 * t * bump_of(2 * x)};
}

const char* const kOutputOnly =
    "only the output is kept, which has lost the tail";

const char* const kRoundedArgument =
    "e^(k x) of a rounded k x has |k x| times its error";

}  // namespace

std::vector<UlpRow> activation_rows() {
  return {
      row("relu", relu, [](Real x) { return line(x, 0, x > 0); }).linear(),
      row("relu6", relu6,
          [](Real x) { return x >= 6 ? line(0, 6, 0) : line(x, 0, x > 0); })
          .linear(),
      row(
          "hardtanh", [](const Tensor& x) { return hardtanh(x); },
          [](Real x) {
            return x >= 1    ? line(0, 1, 0)
                   : x <= -1 ? line(0, -1, 0)
                             : line(x, 0, 1);
          })
          .linear(),
      row("hardswish", hardswish,
          [](Real x) -> Jet {
            if (x >= 3) return line(x, 0, 1);
            if (x <= -3) return {-Real{0}, 0, 0};
            return {x * (x + 3) / 6, Exact{x / 3, 0.5}, 1.L / 3};
          }),
      row("hardsigmoid", hardsigmoid,
          [](Real x) {
            if (x >= 3) return line(0, 1, 0);
            return x <= -3 ? line(0, 0, 0) : line(x, 0.5, 1.L / 6);
          })
          .linear(),
      row(
          "rrelu", [](const Tensor& x) { return rrelu(x, 0.125, 0.25); },
          [](Real x) { return line(x, 0, x > 0 ? 1 : 0.1875); })
          .linear(),
      row(
          "hardshrink", [](const Tensor& x) { return hardshrink(x); },
          [](Real x) { return line(x, 0, std::fabs(x) > 0.5); })
          .linear(),
      row(
          "softshrink", [](const Tensor& x) { return softshrink(x); },
          [](Real x) {
            return std::fabs(x) <= 0.5
                       ? line(0, 0, 0)
                       : line(x, std::copysign(Real{0.5}, -x), 1);
          })
          .linear(),
      row(
          "threshold", [](const Tensor& x) { return threshold(x, 0.25, 2); },
          [](Real x) { return x > 0.25 ? line(x, 0, 1) : line(0, 2, 0); })
          .linear(),
      row(
          "leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.125); },
          [](Real x) { return line(x, 0, x > 0 ? 1 : 0.125); })
          .linear(),
      row(
          "prelu",
          [](const Tensor& x) { return prelu(x, full({1}, 0.125, x.dtype())); },
          [](Real x) { return line(x, 0, x > 0 ? 1 : 0.125); })
          .linear(),
      row(
          "prelu_weight",
          [](const Tensor& w) {
            return prelu(full({1, w.numel()}, -0.625, w.dtype()), w.view(-1));
          },
          [](Real w) { return line(w, 0, -0.625L); })
          .linear(),
      row(
          "elu", [](const Tensor& x) { return elu(x, 1.5); },
          [](Real x) { return elu_jet(x, 1.5, 1, 1); })
          .linear(),
      row(
          "elu_scaled", [](const Tensor& x) { return elu(x, 1.5, 0.75, 2); },
          [](Real x) { return elu_jet(x, 1.5, 0.75, 2); })
          .linear(),
      row(
          "celu", [](const Tensor& x) { return celu(x, 2); },
          [](Real x) { return elu_jet(x, 2, 1, 0.5); })
          .linear(),
      row(
          "celu_rounded", [](const Tensor& x) { return celu(x, 1.3); },
          [](Real x) { return elu_jet(x, 1.3, 1, 1 / Real{1.3}); })
          .linear()
          .except({8, 740, 740, 740}, kRoundedArgument),
      row("selu", selu,
          [](Real x) {
            return elu_jet(x, 1.6732632423543772848170429916717L,
                           1.0507009873554804934193349852946L, 1);
          })
          .linear(),
      row(
          "gelu", [](const Tensor& x) { return gelu(x); }, gelu_jet),
      row(
          "gelu_tanh", [](const Tensor& x) { return gelu(x, "tanh"); },
          gelu_tanh_jet),
      row("silu", silu, silu_jet),
      row("mish", mish, mish_jet),
      row(
          "softplus", [](const Tensor& x) { return softplus(x, 1, 1e6); },
          softplus_jet),
      row(
          "softplus_threshold",
          [](const Tensor& x) { return softplus(x, 2, 20); },
          [](Real x) -> Jet {
            if (x > 10) return line(x, 0, 1);
            return {softplus_of(2 * x) / 2, sigmoid_of(2 * x),
                    2 * bump_of(2 * x)};
          }),
      row(
          "softplus_rounded",
          [](const Tensor& x) { return softplus(x, 1.3, 1e6); },
          [](Real x) -> Jet {
            const Real k = 1.3, z = k * x;
            return {softplus_of(z) / k, sigmoid_of(z), k * bump_of(z)};
          })
          .except({740, 740, 740, 740}, kRoundedArgument),
      row("log_sigmoid", log_sigmoid,
          [](Real x) -> Jet {
            return {-softplus_of(-x), sigmoid_of(-x), -bump_of(x)};
          }),
      row("softsign", softsign, softsign_jet),
      row("tanhshrink", tanhshrink, tanhshrink_jet),
      row("sigmoid", sigmoid, logistic_jet)
          .except({8, 1.2e16, 1.2e16, 1.2e16}, kOutputOnly),
      row("tanh", tanh,
          [](Real x) -> Jet {
            const Real t = std::tanh(x), slope = 4 * bump_of(2 * x);
            return {t, slope, -2 * t * slope};
          })
          .except({8, 1.2e16, 1.2e16, 1.2e16}, kOutputOnly),
      row(
          "glu_gate",
          [](const Tensor& x) {
            return glu(stack({ones_like(x), x}, 1)).squeeze(1);
          },
          logistic_jet),
      row(
          "glu_value",
          [](const Tensor& x) {
            return glu(stack({x, ones_like(x)}, 1)).squeeze(1);
          },
          [](Real x) { return line(x, 0, sigmoid_of(1)); })
          .linear(),
  };
}

}  // namespace taper::testing
