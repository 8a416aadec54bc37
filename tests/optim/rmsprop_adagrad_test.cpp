#include "taper/optim/adagrad.h"
#include "taper/optim/rmsprop.h"
#include "tests/optim/golden.h"

namespace taper {
namespace {

using optim::Adagrad;
using optim::AdagradOptions;
using optim::RMSprop;
using optim::RMSpropOptions;

TEST(RMSprop, FollowsPyTorch) {
  expect_golden_steps<RMSprop>("rmsprop", RMSpropOptions(0.05));
  expect_golden_steps<RMSprop>(
      "rmsprop_momentum",
      RMSpropOptions(0.05).momentum(0.9).alpha(0.9).weight_decay(0.1));
  expect_golden_steps<RMSprop>(
      "rmsprop_centered",
      RMSpropOptions(0.05).centered(true).alpha(0.9).eps(0.01));
  expect_golden_steps<RMSprop>(
      "rmsprop_both",
      RMSpropOptions(0.05).centered(true).momentum(0.5).eps(0.01));
}

TEST(RMSprop, RejectsOptionsThatMakeNoSense) {
  const std::vector<Tensor> params{ones({2}).requires_grad_()};
  EXPECT_THROW(RMSprop(params, -0.1), ValueError);
  EXPECT_THROW(RMSprop(params, RMSpropOptions().alpha(-1)), ValueError);
  EXPECT_THROW(RMSprop(params, RMSpropOptions().eps(-1)), ValueError);
  EXPECT_THROW(RMSprop(params, RMSpropOptions().momentum(-1)), ValueError);
}

TEST(Adagrad, FollowsPyTorch) {
  expect_golden_steps<Adagrad>("adagrad", AdagradOptions(0.1));
  expect_golden_steps<Adagrad>(
      "adagrad_decay", AdagradOptions(0.1).lr_decay(0.1).weight_decay(0.1));
  expect_golden_steps<Adagrad>(
      "adagrad_initial", AdagradOptions(0.1).initial_accumulator_value(0.5));
}

TEST(Adagrad, HasStateFromTheStart) {
  Tensor p = ones({2}).requires_grad_();
  Adagrad optimizer({p}, AdagradOptions().initial_accumulator_value(0.25));
  ASSERT_EQ(optimizer.state().size(), 1u);
  auto& state =
      static_cast<optim::AdagradParamState&>(*optimizer.state().at(p.impl()));
  EXPECT_EQ(state.step(), 0);
  EXPECT_EQ(numbers(state.sum()), (std::vector<double>{0.25, 0.25}));
}

TEST(Adagrad, RejectsOptionsThatMakeNoSense) {
  const std::vector<Tensor> params{ones({2}).requires_grad_()};
  EXPECT_THROW(Adagrad(params, -0.1), ValueError);
  EXPECT_THROW(Adagrad(params, AdagradOptions().lr_decay(-1)), ValueError);
  EXPECT_THROW(Adagrad(params, AdagradOptions().initial_accumulator_value(-1)),
               ValueError);
}

}  // namespace
}  // namespace taper
