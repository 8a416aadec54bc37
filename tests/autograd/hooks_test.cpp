#include "autograd_support.h"

namespace taper::testing {
namespace {

TEST(Hooks, RunInOrderOnTheSummedGradient) {
  const Tensor x = leaf({2});
  std::vector<std::string> calls;
  x.register_hook([&](const Tensor& grad) {
    calls.push_back("a" +
                    std::to_string(static_cast<int>(grad.item<double>())));
    return grad * 2;
  });
  x.register_hook([&](const Tensor& grad) {
    calls.push_back("b" +
                    std::to_string(static_cast<int>(grad.item<double>())));
  });
  (x * 3 + x * 4).backward();
  EXPECT_EQ(calls, (std::vector<std::string>{"a7", "b14"}));
  EXPECT_EQ(x.grad().item<double>(), 14);
}

TEST(Hooks, OfAnInnerTensorReplaceWhatFlowsOn) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  y.register_hook([](const Tensor& grad) { return grad * 10; });
  (y * 3).backward();
  EXPECT_EQ(x.grad().item<double>(), 120);
}

TEST(Hooks, CanBeRemoved) {
  const Tensor x = leaf({2});
  int a = 0;
  int b = 0;
  const unsigned first = x.register_hook([&](const Tensor&) { ++a; });
  const unsigned second = x.register_hook([&](const Tensor&) { ++b; });
  EXPECT_NE(first, second);
  x.remove_hook(first);
  (x * 2).backward();
  EXPECT_EQ(a, 0);
  EXPECT_EQ(b, 1);
}

TEST(Hooks, MayRemoveAndAddHooksWhileTheyRun) {
  const Tensor x = leaf({2});
  int calls = 0;
  unsigned handle = 0;
  // The text lives in the hook: it must outlast the hook's own removal.
  const std::string text = "a text too long to be kept inside a string";
  handle = x.register_hook([&, text](const Tensor&) {
    x.remove_hook(handle);
    for (int i = 0; i < 20; ++i) x.register_hook([](const Tensor&) {});
    calls += text.size() == 42 ? 1 : 100;
  });
  (x * 2).backward();
  (x * 2).backward();
  EXPECT_EQ(calls, 1);
}

TEST(Hooks, AWrongShapeThrowsAndChangesNothing) {
  const Tensor x = leaf({1, 2});
  const Tensor z = leaf({1, 2});
  x.register_hook([](const Tensor&) { return constant({1, 2, 3}); });
  const Tensor y = (x * z).sum();
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "a hook"));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(z.grad().defined());
}

TEST(Hooks, OneThatThrowsChangesNoGrad) {
  std::vector<Tensor> leaves;
  Tensor sum = zeros({1}, kDouble);
  for (int i = 0; i < 5; ++i) {
    leaves.push_back(leaf({1.0 * i}));
    sum = sum + leaves.back().exp();
  }
  sum.retain_grad();
  leaves[2].register_hook(
      [](const Tensor&) { throw std::runtime_error("no"); });
  EXPECT_THROW(sum.backward({}, true), std::runtime_error);
  for (const Tensor& x : leaves) EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(sum.grad().defined());
}

TEST(Hooks, AGraphIsUsableAfterAHookThrew) {
  const Tensor x = leaf({2});
  const Tensor y = x.exp();
  bool fails = true;
  y.register_hook([&](const Tensor&) {
    if (fails) throw std::runtime_error("no");
  });
  const Tensor z = y * y;
  EXPECT_THROW(z.backward({}, true), std::runtime_error);
  fails = false;
  z.backward();
  EXPECT_NEAR(x.grad().item<double>(), 2 * std::exp(4.0), 1e-9);
}

TEST(Hooks, NeedATensorThatRequiresGrad) {
  EXPECT_THROW(constant({1}).register_hook([](const Tensor&) {}), Error);
  EXPECT_THROW(constant({1}).retain_grad(), Error);
}

TEST(Hooks, MayRunBackwardThemselves) {
  const Tensor x = leaf({2});
  const Tensor w = leaf({5});
  x.register_hook([&](const Tensor& grad) {
    const AutoGradMode recording(true);
    (w * grad).backward();
  });
  (x * x).backward();
  EXPECT_EQ(w.grad().item<double>(), 4);
  EXPECT_EQ(x.grad().item<double>(), 4);
}

TEST(Hooks, MayRunBackwardThroughTheirOwnGraph) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  int depth = 0;
  y.register_hook([&](const Tensor&) {
    const AutoGradMode recording(true);
    if (++depth < 4) (y * 1).backward({}, true);
  });
  (y * 1).backward({}, true);
  EXPECT_EQ(depth, 4);
  EXPECT_EQ(x.grad().item<double>(), 16);
}

// The outer backward has gradients waiting where the inner one passes.
TEST(Hooks, ABackwardInsideKeepsApartFromTheOneAroundIt) {
  const Tensor x = leaf({1});
  const Tensor shared = x * 2;
  const Tensor first = shared * 3;
  const Tensor direct = x * 5;
  const Tensor second = shared * 7 + x * 11;
  double inner = 0;
  first.register_hook([&](const Tensor&) {
    const AutoGradMode recording(true);
    const Tensor y = shared * 13 + x * 17;
    inner = autograd::grad({y}, {x}, {}, true)[0].item<double>();
  });
  (first + direct + second).backward();
  EXPECT_EQ(inner, 2 * 13 + 17);
  EXPECT_EQ(x.grad().item<double>(), 2 * 3 + 5 + 2 * 7 + 11);
}

TEST(Hooks, SeeTheGradModeOfTheBackward) {
  const Tensor x = leaf({2});
  std::vector<bool> modes;
  x.register_hook(
      [&](const Tensor&) { modes.push_back(GradMode::is_enabled()); });
  (x * x).backward();
  (x * x).backward({}, std::nullopt, true);
  EXPECT_EQ(modes, (std::vector<bool>{false, true}));
  x.mutable_grad() = Tensor();  // its graph owns x
}

TEST(Hooks, StayWithTheNodeWhenTheTensorIsEdited) {
  const Tensor x = leaf({3});
  Tensor y = x * 2;
  double seen = 0;
  y.register_hook([&](const Tensor& grad) { seen = grad.item<double>(); });
  y.mul_(5);
  y.backward();
  EXPECT_EQ(seen, 5) << "the gradient of y before the edit";
  EXPECT_EQ(x.grad().item<double>(), 10);
}

TEST(Hooks, OfAGradientThatIsNotComputedDoNotRun) {
  const Tensor x = leaf({1, 2});
  int calls = 0;
  const std::vector<Tensor> parts = (x * 1).split(1);
  parts[1].register_hook([&](const Tensor&) { ++calls; });
  parts[0].sum().backward();
  EXPECT_EQ(calls, 0);
}

TEST(RetainGrad, KeepsTheGradientOfAResult) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  EXPECT_FALSE(y.retains_grad());
  y.retain_grad();
  y.retain_grad();
  EXPECT_TRUE(y.retains_grad());
  (y * 3).backward({}, true);
  EXPECT_EQ(y.grad().item<double>(), 3);
  (y * 3).backward();
  EXPECT_EQ(y.grad().item<double>(), 6);
}

TEST(RetainGrad, SeesWhatHooksReplaced) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  y.retain_grad();
  y.register_hook([](const Tensor& grad) { return grad * 2; });
  (y * 3).backward();
  EXPECT_EQ(y.grad().item<double>(), 6);
}

TEST(RetainGrad, FollowsAnInPlaceEdit) {
  const Tensor x = leaf({3});
  Tensor y = x * 2;
  y.retain_grad();
  y.mul_(5);
  (y * 7).backward();
  EXPECT_EQ(y.grad().item<double>(), 7) << "the gradient of y after the edit";
  EXPECT_EQ(x.grad().item<double>(), 70);
}

TEST(RetainGrad, FollowsAViewWhoseBaseIsEdited) {
  const Tensor x = leaf({3, 4});
  Tensor base = x * 2;
  Tensor kept;
  {
    Tensor view = base[0];
    view.retain_grad();
    const Tensor before = view * 3;  // keeps the node from before the edit
    base.mul_(5);
    (view * 7 + before).backward({}, true);
    EXPECT_EQ(view.grad().item<double>(), 7);
    kept = before;
  }
  kept.backward();  // the view is gone; its old node must not know it
  EXPECT_EQ(numbers(x.grad()), (Numbers{70 + 6 + 6, 0}));
}

TEST(RetainGrad, OfADestroyedTensorIsForgotten) {
  const Tensor x = leaf({3});
  Tensor z;
  {
    const Tensor y = x * 2;
    y.retain_grad();
    z = y * 5;
  }
  z.backward();
  EXPECT_EQ(x.grad().item<double>(), 10);
}

// Not a view of memory that only the operation knows.
TEST(Hooks, OfAResultEditedInPlaceSeeTheEditedResult) {
  const Tensor x = leaf({1, 2, 3});
  const Tensor y = x.roll({1});
  y.register_hook([](const Tensor& grad) { return grad * 10; });
  Tensor(y[0]).mul_(2);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{10, 10, 20}));
}

TEST(Hooks, RemovingAnUnknownOneThrows) {
  const Tensor x = ones({1}).requires_grad_();
  EXPECT_THROW(x.remove_hook(0), Error);
  const unsigned handle = x.register_hook([](const Tensor&) {});
  EXPECT_THROW(x.remove_hook(handle + 1), Error);
  x.remove_hook(handle);
  x.remove_hook(handle);
}

}  // namespace
}  // namespace taper::testing
