// Long graphs on small stacks, many threads, and graphs that must be freed.
#include <atomic>
#include <chrono>
#include <thread>

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

// Threads ---------------------------------------------------------------------

// Runs f(0), f(1), ... on threads that all start at once.
template <class F>
void in_threads(int count, const F& f) {
  std::vector<std::thread> threads;
  std::atomic<int> waiting{count};
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&f, &waiting, t] {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      f(t);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Threads, BackwardThroughSharedLeavesAddsEverything) {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  in_threads(4, [&](int) {
    for (int i = 0; i < 200; ++i) (x * w).sum().backward();
  });
  EXPECT_EQ(numbers(x.grad()), (Numbers{2400, 3200}));
  EXPECT_EQ(numbers(w.grad()), (Numbers{800, 1600}));
}

TEST(Threads, LongGradientsOfOneLeafAreAddedOneAtATime) {
  const Tensor x = ones({20000}, TensorOptions(kDouble).requires_grad(true));
  in_threads(4, [&](int) {
    for (int i = 0; i < 100; ++i) x.sum().backward();
  });
  EXPECT_EQ(x.grad().min().item<double>(), 400);
  EXPECT_EQ(x.grad().max().item<double>(), 400);
}

TEST(Threads, BackwardThroughASharedSubgraphAddsEverything) {
  const Tensor x = leaf({1, 2});
  Tensor shared = x * 2;
  for (int i = 0; i < 20; ++i) shared = shared * 1 + shared * 0;
  const Tensor trunk = shared;
  in_threads(4, [&](int t) {
    for (int i = 0; i < 50; ++i) {
      (trunk * (t + 1)).sum().backward({}, /*retain_graph=*/true);
    }
  });
  EXPECT_EQ(numbers(x.grad()), (Numbers{1000, 1000}));
}

std::atomic<int> threads_inside{0};
std::atomic<int> most_inside{0};

struct Slow : autograd::Function<Slow> {
  static Tensor forward(autograd::AutogradContext*, const Tensor& x) {
    return x * 2;
  }
  static autograd::variable_list backward(autograd::AutogradContext*,
                                          autograd::variable_list grads) {
    const int now = ++threads_inside;
    if (now > most_inside) most_inside = now;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    --threads_inside;
    return {grads[0] * 2};
  }
};

TEST(Threads, OneThreadAtATimeIsInANode) {
  const Tensor x = leaf({1});
  const Tensor y = Slow::apply(x);
  in_threads(3, [&](int) { y.backward({}, /*retain_graph=*/true); });
  EXPECT_EQ(most_inside, 1);
  EXPECT_EQ(x.grad().item<double>(), 6);
}

TEST(Threads, ASharedGraphThatIsFreedThrowsInTheOthers) {
  for (int round = 0; round < 100; ++round) {
    const Tensor x = ones({5000}, TensorOptions(kDouble).requires_grad(true));
    Tensor y = x.exp();
    for (int i = 0; i < 5; ++i) y = y.sin() * y;
    const Tensor sum = y.sum();
    std::atomic<int> done{0};
    in_threads(2, [&](int) {
      try {
        sum.backward();
        ++done;
      } catch (const Error& error) {
        EXPECT_TRUE(contains(error.what(), "second time"));
      }
    });
    EXPECT_LE(done, 1);
  }
}

TEST(Threads, GraphsMadeOnSeveralThreadsJoin) {
  const Tensor x = leaf({1});
  std::vector<Tensor> parts(4);
  in_threads(4, [&](int t) {
    Tensor y = x * 1;
    for (int i = 0; i < 100 * t; ++i) y = y * 1;
    parts[static_cast<size_t>(t)] = y;
  });
  stack(parts).sum().backward();
  EXPECT_EQ(x.grad().item<double>(), 4);
}

TEST(Threads, TheFirstUseOfALeafMayBeOnSeveralThreads) {
  for (int round = 0; round < 100; ++round) {
    const Tensor x = leaf({1});
    in_threads(3, [&](int) { (x * 2).backward(); });
    EXPECT_EQ(x.grad().item<double>(), 6);
  }
}

TEST(Threads, GradModeIsPerThread) {
  const NoGradGuard no_grad;
  in_threads(1, [](int) { EXPECT_TRUE(GradMode::is_enabled()); });
  EXPECT_FALSE(GradMode::is_enabled());
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
