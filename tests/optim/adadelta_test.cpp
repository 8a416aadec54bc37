#include "taper/optim/adadelta.h"

#include "tests/optim/golden.h"

namespace taper {
namespace {

using optim::Adadelta;
using optim::AdadeltaOptions;

TEST(Adadelta, FollowsPyTorch) {
  expect_golden_steps<Adadelta>("adadelta", AdadeltaOptions());
  expect_golden_steps<Adadelta>(
      "adadelta_decay",
      AdadeltaOptions(0.5).rho(0.5).eps(1e-3).weight_decay(0.1));
}

TEST(Adadelta, HasPythonsDefaults) {
  const AdadeltaOptions options;
  EXPECT_EQ(options.lr(), 1.0);
  EXPECT_EQ(options.rho(), 0.9);
  EXPECT_EQ(options.eps(), 1e-6);
  EXPECT_EQ(options.weight_decay(), 0);
}

TEST(Adadelta, KeepsItsStatePerParameter) {
  Tensor a = ones({2}).requires_grad_(), b = ones({3}).requires_grad_();
  Adadelta optimizer({a, b}, AdadeltaOptions().rho(0.5));
  a.mutable_grad() = full({2}, 2.0);
  optimizer.step();
  optimizer.step();
  ASSERT_EQ(optimizer.state().size(), 1u);
  const auto& state =
      static_cast<optim::AdadeltaParamState&>(*optimizer.state().at(a.impl()));
  EXPECT_EQ(state.step(), 2);
  EXPECT_EQ(numbers(state.square_avg()), (std::vector<double>{3, 3}));
  EXPECT_FALSE(state.acc_delta().requires_grad());
}

TEST(Adadelta, RejectsOptionsThatMakeNoSense) {
  const std::vector<Tensor> params{ones({2}).requires_grad_()};
  const double nan = std::nan("");
  EXPECT_THROW(Adadelta(params, -0.1), ValueError);
  EXPECT_THROW(Adadelta(params, AdadeltaOptions().rho(-0.1)), ValueError);
  EXPECT_THROW(Adadelta(params, AdadeltaOptions().rho(1.1)), ValueError);
  EXPECT_THROW(Adadelta(params, AdadeltaOptions().rho(nan)), ValueError);
  EXPECT_THROW(Adadelta(params, AdadeltaOptions().eps(-1)), ValueError);
  EXPECT_THROW(Adadelta(params, AdadeltaOptions().weight_decay(nan)),
               ValueError);
  EXPECT_NO_THROW(Adadelta(params, AdadeltaOptions().rho(1)));
}

}  // namespace
}  // namespace taper
