#include "taper/optim/lbfgs.h"

#include "tests/optim/golden.h"

namespace taper {
namespace {

using optim::LBFGS;
using optim::LBFGSOptions;

Tensor rosenbrock(const Tensor& x) {
  return (1 - x[0]).pow(2) + 5 * (x[1] - x[0].pow(2)).pow(2);
}

std::vector<double> descend(const LBFGSOptions& options) {
  Tensor x = tensor({-1.5, 2.0}, kDouble).requires_grad_();
  LBFGS optimizer({x}, options);
  std::vector<double> path;
  for (int i = 0; i < 5; ++i) {
    optimizer.step([&] {
      optimizer.zero_grad();
      Tensor loss = rosenbrock(x);
      loss.backward();
      return loss;
    });
    for (double value : numbers(x)) path.push_back(value);
  }
  return path;
}

// float64 and the same order of operations; sums and dot products differ in
// their last bits, which the iterations amplify.
TEST(Lbfgs, FollowsPyTorch) {
  expect_golden("lbfgs.fixed", descend(LBFGSOptions(0.1).max_iter(4)), 1e-9);
  expect_golden("lbfgs.history",
                descend(LBFGSOptions(0.1).max_iter(6).history_size(2)), 1e-9);
  const LBFGSOptions wolfe = LBFGSOptions(1).line_search_fn("strong_wolfe");
  expect_golden("lbfgs.wolfe", descend(LBFGSOptions(wolfe).max_iter(3)), 1e-7);
  expect_golden("lbfgs.few", descend(LBFGSOptions(wolfe).max_eval(5)), 1e-7);
}

TEST(Lbfgs, ReturnsFirstLossAndCountsEvaluations) {
  Tensor x = tensor({-1.5, 2.0}).requires_grad_();
  LBFGS optimizer({x}, LBFGSOptions(0.1).max_iter(3));
  int calls = 0;
  const Tensor loss = optimizer.step([&] {
    ++calls;
    optimizer.zero_grad();
    Tensor value = rosenbrock(x);
    value.backward();
    return value;
  });
  EXPECT_FLOAT_EQ(loss.item<float>(), 6.5625f);
  auto& state =
      static_cast<optim::LBFGSParamState&>(*optimizer.state().at(x.impl()));
  EXPECT_EQ(state.n_iter(), 2);
  EXPECT_EQ(state.func_evals(), calls);
  // max_eval is 3 as well, and was reached.
  EXPECT_EQ(state.func_evals(), 3);
}

TEST(Lbfgs, PutsParametersBackWhenClosureThrows) {
  Tensor x = tensor({-1.5, 2.0}).requires_grad_();
  LBFGS optimizer({x}, LBFGSOptions(0.1));
  int calls = 0;
  EXPECT_THROW(optimizer.step([&]() -> Tensor {
    if (++calls == 3) fail("stop");
    optimizer.zero_grad();
    Tensor value = rosenbrock(x);
    value.backward();
    return value;
  }),
               Error);
  EXPECT_EQ(numbers(x), (std::vector<double>{-1.5, 2.0}));
  EXPECT_TRUE(optimizer.state().empty());
}

TEST(Lbfgs, RejectsWhatMakesNoSense) {
  Tensor a = ones({2}).requires_grad_();
  Tensor b = ones({2}).requires_grad_();
  EXPECT_THROW(LBFGS({a}, LBFGSOptions(1).max_iter(0)), ValueError);
  EXPECT_THROW(LBFGS({a}, LBFGSOptions(1).history_size(0)), ValueError);
  EXPECT_THROW(LBFGS({a}, LBFGSOptions(1).line_search_fn("armijo")),
               ValueError);
  EXPECT_THROW(
      LBFGS({optim::OptimizerParamGroup({a}), optim::OptimizerParamGroup({b})}),
      ValueError);
  EXPECT_THROW(LBFGS({a}).step(nullptr), Error);
}

}  // namespace
}  // namespace taper
