#include "taper/optim/sgd.h"

#include "tests/optim/golden.h"

namespace taper {
namespace {

using optim::SGD;
using optim::SGDOptions;

TEST(Sgd, FollowsPyTorch) {
  expect_golden_steps<SGD>("sgd", SGDOptions(0.1));
  expect_golden_steps<SGD>("sgd_momentum", SGDOptions(0.1).momentum(0.9));
  expect_golden_steps<SGD>("sgd_dampening",
                           SGDOptions(0.1).momentum(0.9).dampening(0.5));
  expect_golden_steps<SGD>("sgd_nesterov",
                           SGDOptions(0.1).momentum(0.9).nesterov(true));
  expect_golden_steps<SGD>(
      "sgd_decay",
      SGDOptions(0.1).momentum(0.5).dampening(0.25).weight_decay(0.01));
}

TEST(Sgd, TakesPlainLearningRate) {
  Tensor p = ones({2}).requires_grad_();
  SGD optimizer({p}, 0.5);
  p.mutable_grad() = tensor({1.0f, 2.0f});
  optimizer.step();
  EXPECT_EQ(numbers(p), (std::vector<double>{0.5, 0.0}));
  EXPECT_EQ(numbers(p.grad()), (std::vector<double>{1, 2}));
}

TEST(Sgd, RejectsOptionsThatMakeNoSense) {
  const std::vector<Tensor> params{ones({2}).requires_grad_()};
  EXPECT_THROW(SGD(params, -0.1), ValueError);
  EXPECT_THROW(SGD(params, std::nan("")), ValueError);
  EXPECT_THROW(SGD(params, SGDOptions(1).momentum(-1)), ValueError);
  EXPECT_THROW(SGD(params, SGDOptions(1).weight_decay(-1)), ValueError);
  EXPECT_THROW(SGD(params, SGDOptions(1).dampening(std::nan(""))), ValueError);
  EXPECT_THROW(SGD(params, SGDOptions(1).nesterov(true)), ValueError);
  EXPECT_THROW(
      SGD(params, SGDOptions(1).momentum(0.9).dampening(0.1).nesterov(true)),
      ValueError);
}

TEST(Sgd, NamesOptimiserOptionAndValue) {
  try {
    SGD({ones({2}).requires_grad_()}, -0.25);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.msg(), "[SGD] lr has to be >= 0, got -0.25");
  }
}

TEST(Sgd, KeepsMomentumInTheState) {
  Tensor p = ones({2}).requires_grad_();
  SGD optimizer({p}, SGDOptions(0.5).momentum(0.9));
  EXPECT_TRUE(optimizer.state().empty());
  p.mutable_grad() = tensor({1.0f, 2.0f});
  optimizer.step();
  ASSERT_EQ(optimizer.state().size(), 1u);
  auto& state =
      static_cast<optim::SGDParamState&>(*optimizer.state().at(p.impl()));
  EXPECT_TRUE(state.momentum_buffer().equal(p.grad()));
  EXPECT_FALSE(state.momentum_buffer().is_same(p.grad()));
}

}  // namespace
}  // namespace taper
