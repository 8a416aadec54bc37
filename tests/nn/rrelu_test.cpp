// RReLU, Hardsigmoid and the activations that overwrite their input.
#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/nn.h"

namespace taper {
namespace {

namespace F = nn::functional;

Tensor x() { return golden_ramp({3, 5}); }

TEST(RReLU, DrawsAsPyTorch) {
  const GoldenCases golden("losses.txt");
  const auto options = F::RReLUFuncOptions().lower(0.1).upper(0.4);
  const auto train = F::RReLUFuncOptions(options).training(true);
  manual_seed(5);
  golden.expect_value("rrelu.float", F::rrelu(x().to(kFloat), train));
  golden.expect_value("rrelu.double", F::rrelu(x(), train));
  golden.expect_value("rrelu.strided", F::rrelu(x().t(), train));
  golden.expect_value("rrelu.bfloat16",
                      F::rrelu(x().to(kBFloat16), train).to(kFloat));
  golden.expect_value("rrelu.eval", F::rrelu(x(), options));
  golden.expect("hardsigmoid", hardsigmoid, x() * 3);
}

TEST(RReLU, TellsItsSlopes) {
  const Tensor a = x().requires_grad_();
  Tensor noise = zeros({3, 5}, kDouble);
  const Tensor y = rrelu_with_noise(a, noise, 0.1, 0.4, true);
  EXPECT_TRUE(y.detach().equal(a.detach() * noise));
  EXPECT_TRUE((noise == 1).equal(a.detach() > 0));
  EXPECT_TRUE(((noise >= 0.1).logical_and(noise < 0.4)).equal(a.detach() <= 0));
  y.sum().backward();
  EXPECT_TRUE(a.grad().equal(noise));
}

TEST(RReLU, LayerTrainsAndEvaluates) {
  nn::RReLU layer(nn::RReLUOptions().lower(0.25).upper(0.75));
  EXPECT_FALSE(layer(x()).equal(layer(x())));
  layer->eval();
  EXPECT_TRUE(layer(x()).equal(leaky_relu(x(), 0.5)));
  EXPECT_EQ(printed(nn::RReLU()),
            "taper::nn::RReLU(lower=0.125, upper=0.333333)");
  EXPECT_EQ(printed(nn::RReLU(nn::RReLUOptions().lower(0.24).inplace(true))),
            "taper::nn::RReLU(lower=0.24, upper=0.333333, inplace=true)");
}

TEST(RReLU, OverwritesIfAsked) {
  manual_seed(1);
  const Tensor y = rrelu(x(), 0.1, 0.4, true);
  manual_seed(1);
  const Tensor a = x();
  const Tensor z = F::rrelu(
      a,
      F::RReLUFuncOptions().lower(0.1).upper(0.4).training(true).inplace(true));
  EXPECT_TRUE(a.equal(y));
  EXPECT_TRUE(z.is_alias_of(a));
}

TEST(RReLU, DrawsFromTheGeneratorGiven) {
  const Generator generator = make_generator(5);
  const std::string before = generator_state();
  const Tensor y = rrelu(x(), 0.1, 0.4, true, generator);
  EXPECT_EQ(generator_state(), before);
  manual_seed(5);
  EXPECT_TRUE(rrelu(x(), 0.1, 0.4, true).equal(y));
}

TEST(RReLU, RejectsWhatDoesNotFitAndDrawsNothing) {
  const std::string before = generator_state();
  EXPECT_THROWS_TEXT(ValueError, rrelu(x(), 0.5, 0.25, true),
                     "[rrelu] lower 0.5 must not be above upper 0.25");
  EXPECT_THROW(rrelu(x(), 0, std::numeric_limits<double>::infinity()),
               ValueError);
  EXPECT_THROW(rrelu(x().to(kLong)), TypeError);
  Tensor noise = ones({2, 5}, kDouble);
  EXPECT_THROW(rrelu_with_noise(x(), noise, 0.1, 0.4, true), Error);
  Tensor leaf = x().requires_grad_();
  EXPECT_THROW(rrelu_(leaf, 0.1, 0.4, true), Error);
  EXPECT_TRUE(leaf.detach().equal(x()));
  EXPECT_EQ(generator_state(), before);
}

TEST(Activation, OverwritesItsInput) {
  const auto same = [](Tensor& (*in_place)(Tensor&),
                       Tensor (*f)(const Tensor&)) {
    Tensor y = x() * 4;
    in_place(y);
    EXPECT_TRUE(y.equal(f(x() * 4)));
  };
  same(silu_, silu);
  same(mish_, mish);
  same(hardswish_, hardswish);
  same(hardsigmoid_, hardsigmoid);
  same(selu_, selu);
  same(relu6_, relu6);
  Tensor y = x();
  EXPECT_TRUE(threshold_(y, 0.1, 7).equal(threshold(x(), 0.1, 7)));
  y = x();
  EXPECT_TRUE(leaky_relu_(y, 0.3).equal(leaky_relu(x(), 0.3)));
  y = x();
  EXPECT_TRUE(hardtanh_(y, -0.5, 0.5).equal(hardtanh(x(), -0.5, 0.5)));
  y = x();
  EXPECT_TRUE(celu_(y, 1.5).equal(celu(x(), 1.5)));
  Tensor leaf = x().requires_grad_();
  EXPECT_THROW(hardsigmoid_(leaf), Error);
  EXPECT_TRUE(leaf.detach().equal(x()));
}

}  // namespace
}  // namespace taper
