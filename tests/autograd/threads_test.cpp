// What several threads may do at once: use graphs, tensors and modules that
// they share without writing them, and run backward. ThreadSanitizer runs these
// tests too (make tsan).
#include <atomic>
#include <chrono>
#include <thread>

#include "autograd_support.h"

namespace taper::testing {
namespace {

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

TEST(Threads, ALeafIsAskedAboutWhileItIsFirstUsed) {
  for (int round = 0; round < 100; ++round) {
    const Tensor x = leaf({1});
    in_threads(3, [&](int t) {
      if (t == 0) (x * 2).backward();
      EXPECT_TRUE(x.is_leaf() && x.requires_grad());
      EXPECT_EQ(x.grad_fn(), nullptr);
    });
    EXPECT_EQ(x.grad().item<double>(), 2);
  }
}

// A view whose base was written in place is brought up to date by whoever looks
// at it first; here several threads do.
TEST(Threads, AStaleViewIsBroughtUpToDateOnce) {
  for (int round = 0; round < 200; ++round) {
    const Tensor x = leaf({1, 2, 3, 4});
    Tensor base = x * 2;
    const Tensor view = base.slice(0, 1, 3);
    base.mul_(5);
    std::vector<NodePtr> nodes(3);
    in_threads(3, [&](int t) {
      EXPECT_FALSE(t == 2 && view.is_leaf());
      (view * view).sum().backward({}, /*retain_graph=*/true);
      nodes[static_cast<size_t>(t)] = view.grad_fn();
    });
    EXPECT_TRUE(nodes[0] == nodes[1] && nodes[1] == nodes[2]);
    EXPECT_EQ(numbers(x.grad()), (Numbers{0, 1200, 1800, 0}));
  }
}

TEST(Threads, AStaleViewOfAConstantStartsToRequireGradInAll) {
  for (int round = 0; round < 200; ++round) {
    const Tensor x = leaf({3});
    Tensor base = constant({1, 2});
    const Tensor view = base[1];
    base.mul_(x);
    in_threads(3, [&](int) {
      EXPECT_TRUE(view.requires_grad());
      (view * 10).backward({}, /*retain_graph=*/true);
    });
    EXPECT_EQ(numbers(x.grad()), (Numbers{60}));
  }
}

TEST(Threads, AStaleViewKeepsItsGradWhoeverBringsItUpToDate) {
  for (int round = 0; round < 200; ++round) {
    const Tensor x = leaf({1, 2});
    Tensor base = x * 2;
    const Tensor view = base.slice(0, 0, 1);
    view.retain_grad();
    base.mul_(5);
    in_threads(
        3, [&](int) { (view * 7).sum().backward({}, /*retain_graph=*/true); });
    EXPECT_EQ(numbers(view.grad()), (Numbers{21}));
    EXPECT_EQ(numbers(x.grad()), (Numbers{210, 0}));
  }
}

TEST(Threads, ATensorThatRetainsItsGradMayGoDuringABackward) {
  const ExpectNoLeak expect_no_leak;
  for (int round = 0; round < 300; ++round) {
    const Tensor x = leaf({1, 2});
    std::vector<Tensor> parts = (x * 2).unbind(0);
    const Tensor sum = parts[0] + parts[1];
    for (Tensor& part : parts) part.retain_grad();
    // Of two tensors with one owner each, or of one with two.
    if (round % 2 == 0) parts[1] = parts[0];
    in_threads(4, [&](int t) {
      if (t < 2) {
        parts[static_cast<size_t>(t)] = Tensor();
      } else {
        sum.backward({}, /*retain_graph=*/true);
      }
    });
    EXPECT_EQ(numbers(x.grad()), (Numbers{4, 4}));
  }
}

}  // namespace
}  // namespace taper::testing
