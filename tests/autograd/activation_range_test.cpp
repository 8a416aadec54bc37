// The derivatives of activations and of losses of scores keep their digits over
// the whole range, and have their limits at infinity: against closed forms in
// long double, with the fused backward and with a graph.
#include <cmath>
#include <limits>

#include "autograd_support.h"

namespace taper::testing {
namespace {

using Real = long double;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Real sigmoid_of(Real x) { return 1 / (1 + std::exp(-x)); }
// sigmoid(x) * sigmoid(-x).
Real bump(Real x) { return sigmoid_of(x) * sigmoid_of(-x); }
Real normal_density(Real x) {
  return std::exp(-x * x / 2) / std::sqrt(8 * std::atan(Real{1}));
}

struct Formula {
  const char* name;
  Tensor (*f)(const Tensor& x);
  Real (*first)(Real x);
  Real (*second)(Real x);
  // f and f' at -infinity and infinity.
  double values[2];
  double slopes[2];
};

// 2 u of gelu's tanh form, with its derivatives.
constexpr Real kTwice = 2 * 0.797884560802865355879892L;
Real twice_u(Real x) { return kTwice * (x + 0.044715L * x * x * x); }
Real twice_slope(Real x) { return kTwice * (1 + 0.134145L * x * x); }

Real gelu_tanh_second(Real x) {
  const Real u = twice_u(x), du = twice_slope(x), ddu = kTwice * 0.26829L * x;
  const Real bend = sigmoid_of(-u) - sigmoid_of(u);
  return bump(u) * (2 * du + x * (bend * du * du + ddu));
}

// d/dx tanh(log(1 + e^x)) and the derivative of that.
Real mish_gate_slope(Real x) {
  const Real r = sigmoid_of(-x), q = 1 / (1 + r * r);
  return 4 * sigmoid_of(x) * r * r * q * q;
}
Real mish_gate_bend(Real x) {
  const Real s = sigmoid_of(x), r = sigmoid_of(-x), q = 1 / (1 + r * r);
  return mish_gate_slope(x) * (r - 2 * s + 4 * s * r * r * q);
}
Real mish_gate(Real x) {
  const Real r = sigmoid_of(-x);
  return sigmoid_of(x) * (1 + r) / (1 + r * r);
}

template <int kTenths>
Tensor score_loss(const Tensor& x) {
  const Tensor target = full_like(x.detach(), kTenths / 10.0);
  return binary_cross_entropy_with_logits(x, target, {}, {}, Reduction::Sum);
}

const Formula kFormulas[] = {
    {"silu",
     silu,
     [](Real x) { return sigmoid_of(x) * (1 + x * sigmoid_of(-x)); },
     [](Real x) {
       return bump(x) * (2 + x * (sigmoid_of(-x) - sigmoid_of(x)));
     },
     {0, kInfinity},
     {0, 1}},
    {"mish",
     mish,
     [](Real x) { return mish_gate(x) + x * mish_gate_slope(x); },
     [](Real x) { return 2 * mish_gate_slope(x) + x * mish_gate_bend(x); },
     {0, kInfinity},
     {0, 1}},
    {"gelu",
     [](const Tensor& x) { return gelu(x); },
     [](Real x) {
       return std::erfc(-x / std::sqrt(Real{2})) / 2 + x * normal_density(x);
     },
     [](Real x) { return normal_density(x) * (2 - x * x); },
     {0, kInfinity},
     {0, 1}},
    {"gelu_tanh",
     [](const Tensor& x) { return gelu(x, "tanh"); },
     [](Real x) {
       const Real u = twice_u(x);
       return sigmoid_of(u) * (1 + x * sigmoid_of(-u) * twice_slope(x));
     },
     gelu_tanh_second,
     {0, kInfinity},
     {0, 1}},
    {"softplus",
     [](const Tensor& x) { return softplus(x, 1, 1000); },
     sigmoid_of,
     bump,
     {0, kInfinity},
     {0, 1}},
    {"log_sigmoid",
     log_sigmoid,
     [](Real x) { return sigmoid_of(-x); },
     [](Real x) { return -bump(x); },
     {-kInfinity, 0},
     {1, 0}},
    {"softsign",
     softsign,
     [](Real x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); },
     [](Real x) {
       return -2 / std::pow(1 + std::abs(x), Real{3}) * (x < 0 ? -1 : 1);
     },
     {-1, 1},
     {0, 0}},
    {"tanhshrink",
     tanhshrink,
     [](Real x) { return std::tanh(x) * std::tanh(x); },
     [](Real x) { return 8 * std::tanh(x) * bump(2 * x); },
     {-kInfinity, kInfinity},
     {1, 1}},
    {"elu",
     [](const Tensor& x) { return elu(x, 1.5); },
     [](Real x) { return x > 0 ? 1 : 1.5L * std::exp(x); },
     [](Real x) { return x > 0 ? 0 : 1.5L * std::exp(x); },
     {-1.5, kInfinity},
     {0, 1}},
    {"celu",
     [](const Tensor& x) { return celu(x, 2); },
     [](Real x) { return x > 0 ? 1 : std::exp(x / 2); },
     [](Real x) { return x > 0 ? 0 : std::exp(x / 2) / 2; },
     {-2, kInfinity},
     {0, 1}},
    {"soft_margin_loss",
     [](const Tensor& x) {
       return soft_margin_loss(x, ones_like(x.detach()), Reduction::Sum);
     },
     [](Real x) { return -sigmoid_of(-x); },
     bump,
     {kInfinity, 0},
     {-1, 0}},
    {"score_loss_of_0",
     score_loss<0>,
     sigmoid_of,
     bump,
     {0, kInfinity},
     {0, 1}},
    {"score_loss_of_1",
     score_loss<10>,
     [](Real x) { return -sigmoid_of(-x); },
     bump,
     {kInfinity, 0},
     {-1, 0}},
};

class ActivationRange : public ::testing::TestWithParam<Formula> {};

void expect_close(const Tensor& got, Real expected, double x,
                  const char* what) {
  const auto value = got.item<double>();
  const auto right = static_cast<double>(expected);
  // e^u of a rounded u has |u| times its error.
  const double ulps = 16 + std::abs(std::log(std::abs(right) + 1e-300));
  EXPECT_NEAR(value, right, 2.2e-16 * ulps * std::abs(right))
      << what << " at " << x;
}

TEST_P(ActivationRange, DerivativesKeepTheirDigits) {
  for (const double size : {0.0625, 0.5, 1.0, 3.0, 6.0, 12.0, 20.0, 36.0}) {
    for (const double at : {size, -size}) {
      const Tensor x = leaf({at});
      const Tensor y = GetParam().f(x).sum();
      const Tensor fused = autograd::grad({y}, {x}, {}, true)[0];
      const Tensor first = autograd::grad({y}, {x}, {}, true, true)[0];
      const Tensor second = autograd::grad({first}, {x})[0];
      expect_close(fused, GetParam().first(at), at, "first, fused");
      expect_close(first, GetParam().first(at), at, "first");
      expect_close(second, GetParam().second(at), at, "second");
    }
  }
}

TEST_P(ActivationRange, InfinitiesHaveTheirLimits) {
  for (const int side : {0, 1}) {
    const Tensor x = leaf({side == 0 ? -kInfinity : kInfinity});
    const Tensor y = GetParam().f(x).sum();
    const Tensor fused = autograd::grad({y}, {x}, {}, true)[0];
    const Tensor first = autograd::grad({y}, {x}, {}, true, true)[0];
    const Tensor second = autograd::grad({first}, {x})[0];
    EXPECT_EQ(y.item<double>(), GetParam().values[side]) << side;
    EXPECT_EQ(fused.item<double>(), GetParam().slopes[side]) << side;
    EXPECT_EQ(first.item<double>(), GetParam().slopes[side]) << side;
    EXPECT_EQ(second.item<double>(), 0) << side;
  }
}

TEST_P(ActivationRange, NanStaysNan) {
  const Tensor x = leaf({std::nan("")});
  const Tensor y = GetParam().f(x).sum();
  EXPECT_TRUE(std::isnan(y.item<double>()));
  // Rectifiers let the gradient pass.
  const bool is_rectifier = GetParam().name == std::string("elu") ||
                            GetParam().name == std::string("celu");
  const Tensor first = autograd::grad({y}, {x})[0];
  EXPECT_TRUE(is_rectifier || std::isnan(first.item<double>()));
}

INSTANTIATE_TEST_SUITE_P(All, ActivationRange, ::testing::ValuesIn(kFormulas),
                         [](const auto& tested) {
                           return std::string(tested.param.name);
                         });

TEST(ActivationRange, TheBranchNotTakenAddsNothing) {
  const Tensor x = leaf({kInfinity, -2});
  const Tensor weight = leaf({0.5});
  prelu(x, weight).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 0.5}));
  EXPECT_EQ(numbers(weight.grad()), (Numbers{-2}));
  const Tensor log_p = leaf({-kInfinity, -1});
  const Tensor loss = kl_div(log_p, constant({0, 1}), Reduction::Sum);
  EXPECT_EQ(loss.item<double>(), 1);
  loss.backward();
  EXPECT_EQ(numbers(log_p.grad()), (Numbers{0, -1}));
}

// The gradient of f(x).sum() by x, to be differentiated again.
template <class F>
Tensor curved(const F& f, const Tensor& x) {
  return autograd::grad({f(x).sum()}, {x}, {}, std::nullopt, true)[0];
}

TEST(ActivationRange, PreluForgetsWhatTheGradientDoesNotDependOn) {
  const Tensor w = leaf({0.25});
  const auto f = [&](const Tensor& x) { return prelu(x, w); };
  const auto by_weight = [&](const Tensor& y) {
    return numbers(autograd::grad({y.sum()}, {w})[0]);
  };
  EXPECT_EQ(by_weight(curved(f, leaf({-kInfinity, -1}))), (Numbers{2}));
  EXPECT_EQ(by_weight(curved(f, leaf({-kInfinity, -1, -2})).square()),
            (Numbers{1.5}));
  const Tensor slope =
      curved(f, leaf({std::nan(""), kInfinity, 0, -kInfinity}));
  EXPECT_EQ(numbers(slope), (Numbers{0.25, 1, 0.25, 0.25}));
  EXPECT_EQ(by_weight(slope), (Numbers{3}));
  const Tensor x = leaf({kInfinity, -kInfinity, -1});
  EXPECT_EQ(numbers(autograd::grad({curved(f, x).sum()}, {x})[0]),
            (Numbers{0, 0, 0}));
  const Tensor by_w =
      autograd::grad({f(x).sum()}, {w}, {}, std::nullopt, true)[0];
  const auto both = autograd::grad({by_w.sum()}, {x, w});
  EXPECT_EQ(numbers(both[0]), (Numbers{0, 1, 1}));
  EXPECT_EQ(numbers(both[1]), (Numbers{0}));
}

TEST(ActivationRange, InfiniteGradientsEndWhereHardswishIsFlat) {
  const Tensor x = leaf({-kInfinity, -4, -3, 4});
  const Tensor slope =
      curved([](const Tensor& z) { return hardswish(z).sqrt(); }, x);
  EXPECT_EQ(numbers(slope), (Numbers{0, 0, 0, 0.25}));
  EXPECT_EQ(numbers(autograd::grad({slope.sum()}, {x})[0]),
            (Numbers{0, 0, 0, -1 / 32.}));
}

TEST(ActivationRange, GluOfInfinityBendsInfinitely) {
  for (const double a : {kInfinity, -kInfinity}) {
    const Tensor x = leaf({a, 1, a, -1});
    const auto f = [](const Tensor& z) { return glu(z.view({2, 2}), 1); };
    const Tensor slope = curved(f, x);
    EXPECT_EQ(slope[1].item<double>(), a);
    const Numbers bend = numbers(autograd::grad({slope[1] + slope[3]}, {x})[0]);
    EXPECT_EQ(bend[1], -a);
    EXPECT_EQ(bend[3], a);
  }
}

// The gradient of f(x).sum() by each of the inputs.
template <class F>
std::vector<Numbers> slopes(const F& f, autograd::variable_list inputs) {
  std::vector<Numbers> all;
  for (const Tensor& grad : autograd::grad({f(inputs).sum()}, inputs)) {
    all.push_back(numbers(grad));
  }
  return all;
}

TEST(ActivationRange, AnInfiniteGradientStopsWhereTheFunctionIsFlat) {
  const auto root_of = [](auto f, const Numbers& x) {
    return slopes([&](auto& in) { return f(in[0]).sqrt(); }, {leaf(x)})[0];
  };
  EXPECT_EQ(root_of([](auto& x) { return softshrink(x); }, {0.2, -0.5, 4.5}),
            (Numbers{0, 0, 0.25}));
  EXPECT_EQ(root_of(hardswish, {-4, 4}), (Numbers{0, 0.25}));
  EXPECT_EQ(root_of([](auto& x) { return x.max(); }, {-1, 0}),
            (Numbers{0, kInfinity}));
  EXPECT_EQ(root_of([](auto& x) { return x.min(); }, {1, 0}),
            (Numbers{0, kInfinity}));
  EXPECT_EQ(root_of([](auto& x) { return x.amax({0}); }, {-1, 0}),
            (Numbers{0, kInfinity}));
}

TEST(ActivationRange, LerpToInfinityGrowsWithoutBound) {
  const auto mix = [](auto& x) { return lerp(x[0], x[1], x[2]); };
  for (const double weight : {0.25, 0.75}) {
    const auto grads =
        slopes(mix, {leaf({1}), leaf({kInfinity}), leaf({weight})});
    EXPECT_EQ(grads[0], (Numbers{1 - weight}));
    EXPECT_EQ(grads[1], (Numbers{weight}));
    EXPECT_EQ(grads[2], (Numbers{kInfinity}));
  }
}

TEST(ActivationRange, APowerOfNothingHasNoCurvature) {
  const Tensor x = leaf({0});
  const Tensor y = x.pow(constant({0}));
  const Tensor first = autograd::grad({y}, {x}, {}, true, true)[0];
  EXPECT_EQ(numbers(autograd::grad({first}, {x})[0]), (Numbers{0}));
}

TEST(ActivationRange, MaskedScoresLeaveLogsumexpItsGradient) {
  const auto total = [](auto& x) { return logsumexp(x[0], {0, 1}); };
  const Tensor x = leaf({-kInfinity, 700, 700, -kInfinity}).view({2, 2});
  EXPECT_EQ(slopes(total, {x})[0], (Numbers{0, 0.5, 0.5, 0}));
}

TEST(ActivationRange, IgnoredScoresPassNoNan) {
  for (const bool recorded : {false, true}) {
    const Tensor x = leaf({std::nan(""), 1, 2, 2}).view({2, 2});
    const Tensor loss = cross_entropy_loss(x, tensor({-100, 0}));
    const Tensor grad = autograd::grad({loss}, {x}, {}, true, recorded)[0];
    EXPECT_EQ(numbers(grad), (Numbers{0, 0, -0.5, 0.5}));
  }
}

TEST(ActivationRange, IgnoredScoresPassNoInfiniteGradient) {
  const Tensor target = tensor({0, 2});
  for (const int64_t reduction :
       {Reduction::None, Reduction::Mean, Reduction::Sum}) {
    const Tensor x = ones({2, 3}).requires_grad_();
    const Tensor y = cross_entropy_loss(x, target, {}, reduction, 2);
    y.backward(full(y.sizes(), NAN, kFloat));
    EXPECT_TRUE(x.grad()[0].isnan().all().item<bool>());
    EXPECT_TRUE(x.grad()[1].eq(0).all().item<bool>());
  }
}

TEST(ActivationRange, NanIsPassedOnByAll) {
  const Tensor x = tensor({NAN, 1.0}).requires_grad_();
  x.amax(0).backward();
  EXPECT_TRUE(x.grad().isnan().all().item<bool>());
  const Tensor scores = tensor({{kInfinity, 1.0, 0.0}}).requires_grad_();
  cross_entropy_loss(scores, tensor({0})).backward();
  EXPECT_TRUE(scores.grad().isnan().all().item<bool>());
}

TEST(ActivationRange, SmallLossesKeepTheirDigits) {
  const double tiny = 1e-20;
  const Tensor p = constant({tiny});
  const Tensor zero = constant({0});
  EXPECT_EQ(binary_cross_entropy(p, zero).item<double>(), tiny);
  const Tensor x = constant({-50});
  EXPECT_DOUBLE_EQ(binary_cross_entropy_with_logits(x, zero).item<double>(),
                   std::exp(-50));
  const Tensor huge = constant({1000});
  EXPECT_EQ(soft_margin_loss(huge, constant({-1})).item<double>(), 1000);
}

TEST(ActivationRange, OtherSlopesKeepTheirDigitsAtTheEndsOfTheRange) {
  const auto slope = [](Tensor (*f)(const Tensor&), double at) {
    const Tensor x = tensor({at}, kFloat).requires_grad_();
    f(x).sum().backward();
    return x.grad().item<double>();
  };
  EXPECT_NEAR(slope(expm1, -20.8f) / std::exp(double{-20.8f}), 1, 1e-6);
  EXPECT_NEAR(slope(asinh, 1e20) * 1e20, 1, 1e-6);
  EXPECT_NEAR(slope(acosh, 1e20) * 1e20, 1, 1e-6);
  const double small = 1.68e-26f;
  EXPECT_NEAR(slope(rsqrt, small) / (-0.5 * std::pow(small, -1.5)), 1, 1e-6);
}

}  // namespace
}  // namespace taper::testing
