#include "taper/nn/layers/activation.h"

#include <limits>

#include "golden_nn.h"
#include "taper/nn/functional.h"

namespace taper {
namespace {

namespace F = nn::functional;

struct Case {
  const char* name;
  Tensor (*function)(const Tensor& x);
};

const Case kCases[] = {
    {"relu", [](const Tensor& x) { return F::relu(x); }},
    {"relu6", [](const Tensor& x) { return F::relu6(x * 4); }},
    {"hardtanh",
     [](const Tensor& x) {
       return F::hardtanh(x,
                          F::HardtanhFuncOptions().min_val(-0.5).max_val(0.75));
     }},
    {"leaky_relu", [](const Tensor& x) { return F::leaky_relu(x); }},
    {"leaky_relu_0.2",
     [](const Tensor& x) {
       return nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2))(x);
     }},
    {"elu", [](const Tensor& x) { return F::elu(x); }},
    {"elu_0.7",
     [](const Tensor& x) { return nn::ELU(nn::ELUOptions().alpha(0.7))(x); }},
    {"celu",
     [](const Tensor& x) { return nn::CELU(nn::CELUOptions().alpha(1.3))(x); }},
    {"selu", [](const Tensor& x) { return nn::SELU()(x); }},
    {"threshold", [](const Tensor& x) { return nn::Threshold(0.3, 2)(x); }},
    {"gelu", [](const Tensor& x) { return nn::GELU()(x); }},
    {"gelu_tanh",
     [](const Tensor& x) {
       return nn::GELU(nn::GELUOptions().approximate("tanh"))(x);
     }},
    {"silu", [](const Tensor& x) { return nn::SiLU()(x); }},
    {"mish", [](const Tensor& x) { return nn::Mish()(x); }},
    {"hardswish", [](const Tensor& x) { return nn::Hardswish()(x * 2); }},
    {"sigmoid", [](const Tensor& x) { return nn::Sigmoid()(x); }},
    {"tanh", [](const Tensor& x) { return nn::Tanh()(x); }},
    {"log_sigmoid", [](const Tensor& x) { return nn::LogSigmoid()(x); }},
    {"tanhshrink", [](const Tensor& x) { return nn::Tanhshrink()(x); }},
    {"softplus", [](const Tensor& x) { return nn::Softplus()(x); }},
    {"softplus_2_1",
     [](const Tensor& x) {
       return nn::Softplus(nn::SoftplusOptions().beta(2).threshold(1))(x);
     }},
    {"softsign", [](const Tensor& x) { return nn::Softsign()(x); }},
    {"hardshrink", [](const Tensor& x) { return nn::Hardshrink()(x); }},
    {"softshrink", [](const Tensor& x) { return nn::Softshrink()(x); }},
    {"glu", [](const Tensor& x) { return nn::GLU()(x); }},
    {"softmax", [](const Tensor& x) { return nn::Softmax(1)(x); }},
    {"softmin", [](const Tensor& x) { return nn::Softmin(0)(x); }},
    {"log_softmax", [](const Tensor& x) { return nn::LogSoftmax(1)(x); }},
};

class ActivationGolden : public testing::TestWithParam<Case> {};

TEST_P(ActivationGolden, MatchesPyTorch) {
  expect_golden_gradients(GetParam().name, GetParam().function, ramp({3, 4}));
}

INSTANTIATE_TEST_SUITE_P(All, ActivationGolden, testing::ValuesIn(kCases),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

TEST(PReLU, MatchesPyTorch) {
  expect_golden_gradients("prelu_1", F::prelu, ramp({3, 4}), full(1, 0.3));
  expect_golden_gradients("prelu_4", F::prelu, ramp({3, 4}), ramp(4));
}

TEST(PReLU, LearnsItsSlopes) {
  nn::PReLU layer(nn::PReLUOptions().num_parameters(4).init(0.5));
  EXPECT_TRUE(layer->weight.equal(full(4, 0.5)));
  EXPECT_EQ(layer(tensor({{-2.0, -2.0, 1.0, 3.0}}))[0][1].item<double>(), -1);
  EXPECT_THROWS_TEXT(Error, layer(ramp({2, 3})), "(2, 3)");
  EXPECT_THROWS_TEXT(Error, prelu(ramp({2, 4}), ones({2, 2})), "(2, 2)");
  EXPECT_THROWS_TEXT(ValueError,
                     nn::PReLU(nn::PReLUOptions().num_parameters(-1)), "PReLU");
}

TEST(Activation, InPlaceOverwritesTheInput) {
  const auto options = nn::ReLUOptions(true);
  const Tensor x = tensor({-1.0, 2.0});
  EXPECT_TRUE(nn::ReLU(options)(x).is_same(x));
  EXPECT_TRUE(x.equal(tensor({0.0, 2.0})));
  const Tensor y = tensor({-1.0, 8.0});
  EXPECT_TRUE(nn::ReLU6(options)(y).is_same(y));
  EXPECT_TRUE(y.equal(tensor({0.0, 6.0})));
}

TEST(Activation, InPlaceHasTheSameGradient) {
  const auto gradient = [](bool inplace) {
    const Tensor x = ramp({3, 4}).requires_grad_();
    const Tensor y = F::elu(x * 2, F::ELUFuncOptions().inplace(inplace));
    F::selu(y, inplace).square().sum().backward();
    return x.grad();
  };
  EXPECT_TRUE(gradient(true).equal(gradient(false)));
}

TEST(Activation, InPlaceOnASavedTensorThrowsInBackward) {
  const Tensor x = ramp({3, 4}).requires_grad_();
  const Tensor y = x.exp();
  nn::ELU(nn::ELUOptions().inplace(true))(y);
  EXPECT_THROW(y.sum().backward(), Error);
}

TEST(Activation, InPlaceOnALeafThrowsAndChangesNothing) {
  const Tensor x = tensor({-1.0, 2.0}).requires_grad_();
  EXPECT_THROW(nn::ReLU(true)(x), Error);
  EXPECT_THROW(nn::SELU(true)(x), Error);
  EXPECT_TRUE(x.detach().equal(tensor({-1.0, 2.0})));
}

TEST(Activation, HardtanhHasNoGradientAtItsLimits) {
  const Tensor x = tensor({-1.0, 0.5, 1.0}).requires_grad_();
  nn::Hardtanh()(x).sum().backward();
  EXPECT_TRUE(x.grad().equal(tensor({0.0, 1.0, 0.0})));
}

TEST(Activation, HardswishEndsAtItsLimits) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Tensor x = tensor({-kInfinity, -4.0, -3.0, 3.0, 4.0, kInfinity});
  const Tensor leaf = x.clone().requires_grad_();
  nn::Hardswish()(leaf).sum().backward();
  EXPECT_TRUE(leaf.grad().equal(tensor({0.0, 0.0, 0.0, 1.0, 1.0, 1.0})));
  EXPECT_TRUE(nn::Hardswish(true)(x).is_same(x));
  EXPECT_TRUE(x.equal(tensor({0.0, 0.0, 0.0, 3.0, 4.0, kInfinity})));
}

TEST(Activation, Softmax2dWorksOnChannels) {
  const Tensor x = ramp({2, 3, 2, 2});
  EXPECT_TRUE(nn::Softmax2d()(x).equal(x.softmax(1)));
  EXPECT_TRUE(nn::Softmax2d()(x[0]).equal(x[0].softmax(0)));
  EXPECT_THROWS_TEXT(Error, nn::Softmax2d()(ramp({2, 3})), "Softmax2d");
}

TEST(Activation, SoftmaxCastsFirst) {
  const Tensor y =
      F::softmax(arange(3), F::SoftmaxFuncOptions(0).dtype(kDouble));
  EXPECT_EQ(y.dtype(), kDouble);
  EXPECT_NEAR(y[2].item<double>(), 0.66524095577482178, 1e-15);
}

TEST(Activation, GumbelSoftmaxSamples) {
  manual_seed(3);
  const Tensor x = ramp({5, 4}).requires_grad_();
  const Tensor soft = F::gumbel_softmax(x);
  EXPECT_TRUE(soft.sum(-1).allclose(ones(5)));
  const Tensor hard =
      F::gumbel_softmax(x, F::GumbelSoftmaxFuncOptions().hard(true).tau(0.5));
  EXPECT_TRUE(hard.sum(-1).allclose(ones(5)));
  EXPECT_TRUE(hard.detach().round().allclose(hard.detach(), 0, 1e-6));
  (hard * x.detach()).sum().backward();
  EXPECT_GT(x.grad().abs().sum().item<double>(), 0);
}

TEST(Activation, RejectsBadOptions) {
  const Tensor x = ramp({2, 3});
  EXPECT_THROWS_TEXT(ValueError,
                     nn::Hardtanh(nn::HardtanhOptions().min_val(1).max_val(0)),
                     "Hardtanh");
  EXPECT_THROWS_TEXT(ValueError, nn::CELU(nn::CELUOptions().alpha(0)), "CELU");
  EXPECT_THROWS_TEXT(ValueError, nn::Softshrink(-1.0), "-1");
  EXPECT_THROWS_TEXT(Error, nn::GLU(1)(x), "(2, 3)");
  EXPECT_THROWS_TEXT(IndexError, nn::Softmax(2)(x), "softmax");
  EXPECT_THROWS_TEXT(ValueError,
                     nn::GELU(nn::GELUOptions().approximate("sin"))(x), "sin");
  EXPECT_THROW(nn::ReLU()(Tensor()), Error);
}

// Texts of LibTorch 2.13, but for the namespace.
TEST(Activation, Prints) {
  const std::pair<std::string, std::string> cases[] = {
      {printed(nn::ReLU()), "ReLU()"},
      {printed(nn::ReLU(true)), "ReLU(inplace=true)"},
      {printed(nn::ReLU6(true)), "ReLU6(inplace=true)"},
      {printed(nn::Hardtanh()), "Hardtanh(min_val=-1, max_val=1)"},
      {printed(nn::LeakyReLU(
           nn::LeakyReLUOptions().inplace(true).negative_slope(0.42))),
       "LeakyReLU(negative_slope=0.42, inplace=true)"},
      {printed(nn::ELU()), "ELU(alpha=1)"},
      {printed(nn::CELU(nn::CELUOptions().alpha(42.42).inplace(true))),
       "CELU(alpha=42.42, inplace=true)"},
      {printed(nn::SELU()), "SELU()"},
      {printed(nn::PReLU()), "PReLU(num_parameters=1)"},
      {printed(nn::Threshold(24, 42)), "Threshold(threshold=24, value=42)"},
      {printed(nn::GELU()), "GELU()"},
      {printed(nn::SiLU()), "SiLU()"},
      {printed(nn::Mish()), "Mish()"},
      {printed(nn::Hardswish()), "Hardswish()"},
      {printed(nn::Hardswish(true)), "Hardswish(inplace=true)"},
      {printed(nn::Sigmoid()), "Sigmoid()"},
      {printed(nn::LogSigmoid()), "LogSigmoid()"},
      {printed(nn::Tanh()), "Tanh()"},
      {printed(nn::Tanhshrink()), "Tanhshrink()"},
      {printed(nn::Softplus()), "Softplus(beta=1, threshold=20)"},
      {printed(nn::Softsign()), "Softsign()"},
      {printed(nn::Hardshrink()), "Hardshrink(0.5)"},
      {printed(nn::Softshrink()), "Softshrink(0.5)"},
      {printed(nn::GLU()), "GLU(dim=-1)"},
      {printed(nn::Softmax(1)), "Softmax(dim=1)"},
      {printed(nn::Softmax2d()), "Softmax2d()"},
      {printed(nn::Softmin(1)), "Softmin(dim=1)"},
      {printed(nn::LogSoftmax(1)), "LogSoftmax(dim=1)"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(text, "taper::nn::" + expected);
  }
}

TEST(Activation, EluInPlaceIsElu) {
  const Tensor x = tensor({-2.0, -0.5, 0.0, 3.0}, kDouble);
  Tensor y = x.clone();
  EXPECT_TRUE(elu_(y, 0.5, 2, 3).is_same(y));
  EXPECT_TRUE(y.equal(elu(x, 0.5, 2, 3)));
  EXPECT_EQ(y[3].item<double>(), 6);
  EXPECT_DOUBLE_EQ(y[0].item<double>(), std::expm1(-6.0));
}

}  // namespace
}  // namespace taper
