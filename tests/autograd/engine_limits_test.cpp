// Long graphs on small stacks, and graphs that must be freed.
#include "autograd_support.h"

namespace taper::testing {
namespace {

constexpr int kMillion = 1000000;

template <class Step>
void run_chain(int length, Step step) {
  on_small_stack([&] {
    const Tensor x = leaf({1});
    Tensor y = x * 1;
    for (int i = 0; i < length; ++i) y = step(y);
    y.sum().backward();
    EXPECT_EQ(numbers(x.grad()), (Numbers{1}));
  });
}

TEST(LongGraph, AMillionNodesRunAndAreFreedOnASmallStack) {
  run_chain(kMillion, [](const Tensor& y) { return y * 1; });
}

TEST(LongGraph, AMillionNodesAreFreedWithoutHavingRun) {
  const ExpectNoLeak expect_no_leak;
  on_small_stack([] {
    const Tensor x = leaf({1});
    Tensor y = x * x;
    for (int i = 0; i < kMillion; ++i) y = y * x;
  });
}

TEST(LongGraph, AMillionNodesAreFreedFromTheEndThatIsHeld) {
  on_small_stack([] {
    const Tensor x = leaf({1});
    std::vector<Tensor> held;
    Tensor y = x * x;
    for (int i = 0; i < 100000; ++i) {
      y = y.exp().log();  // saves outputs and inputs
      if (i % 1000 == 0) held.push_back(y);
    }
    held.clear();
  });
}

TEST(LongGraph, OfViewsWorks) {
  run_chain(kMillion / 2, [](const Tensor& y) {
    return y.view({1, 1}).select(0, 0);
  });
}

TEST(LongGraph, OfInPlaceEditsWorks) {
  run_chain(kMillion, [](Tensor& y) { return y.mul_(1); });
  run_chain(kMillion / 10, [](Tensor& y) {
    y.view(1).add_(0);
    return y;
  });
}

struct Same : autograd::Function<Same> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x) {
    const Tensor y = x * 1;
    ctx->save_for_backward({x, y});
    return y;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx,
                                          autograd::variable_list grads) {
    return {grads[0] * ctx->get_saved_variables()[0]};
  }
};

TEST(LongGraph, OfCustomFunctionsWorks) {
  run_chain(kMillion / 4, [](const Tensor& y) { return Same::apply(y); });
}

TEST(LongGraph, SecondOrderWorks) {
  on_small_stack([] {
    const Tensor x = leaf({1});
    Tensor y = x;
    for (int i = 0; i < 20000; ++i) y = y * x;
    const Tensor dy = autograd::grad({y}, {x}, {}, true, true)[0];
    dy.backward();
    EXPECT_EQ(x.grad().item<double>(), 20001.0 * 20000.0);
  });
}

TEST(LongGraph, GradToAnInnerTensorWalksWithoutRecursion) {
  on_small_stack([] {
    const Tensor x = leaf({1});
    Tensor y = x * 1;
    const Tensor middle = y;
    for (int i = 0; i < kMillion / 4; ++i) y = y * 1;
    EXPECT_EQ(autograd::grad({y}, {middle})[0].item<double>(), 1);
  });
}

TEST(LongGraph, AWideNodeAndALeafUsedOftenAddUp) {
  const Tensor x = leaf({1});
  const std::vector<Tensor> copies(10000, x);
  (stack(copies).sum() + cat(copies).sum()).backward();
  EXPECT_EQ(x.grad().item<double>(), 20000);
}

// Leaks -----------------------------------------------------------------------

TEST(Leaks, GraphsThatSavedOutputsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  const Tensor never_run = x.exp().tanh().sigmoid().softmax(0);
  const Tensor y = x.exp().sqrt().softmax(0).sum();
  y.backward();
}

TEST(Leaks, SecondOrderGraphsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  const Tensor y = (x.exp() * Cube::apply(x)).sum();
  const Tensor dy = autograd::grad({y}, {x}, {}, true, true)[0];
  autograd::grad({dy.sum()}, {x}, {}, true, true);
}

TEST(Leaks, RefusedArgumentsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  EXPECT_THROW(autograd::backward({y, constant({1})}), Error);
  EXPECT_THROW(autograd::grad({y}, {x, Tensor()}), Error);
  EXPECT_THROW(y.backward(constant({1, 2})), Error);
}

TEST(Leaks, HooksAndRetainedGradsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  const Tensor big = ones({1000}, kDouble);
  const Tensor y = x * 2;
  y.register_hook([big](const Tensor& grad) { return grad * big[0]; });
  y.retain_grad();
  x.register_hook([big](const Tensor&) {});
  y.sum().backward();
}

TEST(Leaks, ABackwardThatThrowsMidwayFreesWhatItMade) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  const Tensor y = x.exp();
  y.register_hook([](const Tensor&) { throw std::runtime_error("no"); });
  const Tensor z = (y * y + x.sin()).sum();
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(z.backward({}, true), std::runtime_error);
  }
}

struct EditsAndSaves : autograd::Function<EditsAndSaves> {
  static autograd::variable_list forward(autograd::AutogradContext* ctx,
                                         Tensor x) {
    x.mul_(2);
    ctx->mark_dirty({x});
    const Tensor y = x + 1;
    const Tensor positive = y > 0;
    ctx->mark_non_differentiable({positive});
    ctx->save_for_backward({x, y, positive});
    ctx->saved_data["y"] = 5;
    return {x, y, positive};
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx,
                                          autograd::variable_list grads) {
    EXPECT_EQ(ctx->get_saved_variables().size(), 3U);
    return {(grads[0] + grads[1]) * 2};
  }
};

TEST(Leaks, CustomFunctionsThatSaveOutputsAndEditedInputsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  for (bool run : {false, true}) {
    Tensor y = x * 1;
    Tensor base = x * 1;
    const auto a = EditsAndSaves::apply(y);
    const auto b = EditsAndSaves::apply(base[0]);
    if (run) (a[0].sum() + a[1].sum() + base.sum() + b[1]).backward();
  }
  EXPECT_EQ(numbers(x.grad()), (Numbers{4 + 4, 4 + 1}));
}

TEST(Leaks, InPlaceEditsAndViewsAreFreed) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  const Tensor view = base[0];
  base.exp_().sin_();
  base[1].mul_(view);
  base.view({2, 1}).t().add_(base.detach());
  const Tensor again = view * 2;
}

}  // namespace
}  // namespace taper::testing
