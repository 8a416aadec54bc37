// What several threads may do at once: use graphs, tensors and modules that
// they share without writing them, and run backward. ThreadSanitizer runs these
// tests too (make tsan).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "autograd_support.h"
#include "taper/taper.h"
#include "tests/temp_path.h"

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

// Graphs ----------------------------------------------------------------------

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

// The weights after a few steps of a small network of one thread's own.
Numbers trained(uint64_t seed) {
  const Generator generator(seed);
  const Tensor x = rand({8, 3}, generator);
  const Tensor y = x.sum(1, true).square();
  nn::Sequential net(nn::Linear(3, 5), nn::BatchNorm1d(5), nn::Tanh(),
                     nn::LayerNorm(nn::LayerNormOptions({5})),
                     nn::Linear(5, 1));
  {
    const NoGradGuard no_grad;
    for (Tensor& p : net->parameters()) p.uniform_(-1, 1, generator);
  }
  optim::Adam adam(net->parameters(), optim::AdamOptions(0.01));
  for (int step = 0; step < 5; ++step) {
    adam.zero_grad();
    mse_loss(net->forward(x), y).backward();
    adam.step();
  }
  return numbers(nn::utils::parameters_to_vector(net->parameters()));
}

TEST(Threads, SeparateNetworksTrainAsIfAlone) {
  std::vector<Numbers> alone;
  for (uint64_t seed = 0; seed < 4; ++seed) alone.push_back(trained(seed));
  in_threads(4, [&](int t) {
    const auto seed = static_cast<uint64_t>(t);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(trained(seed), alone[seed]);
  });
}

// Every kind of backward at once through a trunk that saves inputs and outputs
// and has a node of several results.
TEST(Threads, BackwardGradAndSecondOrderShareATrunk) {
  const Tensor x = leaf({1, 2});
  const std::vector<Tensor> parts = (x.exp() * x).unbind(0);
  const Tensor sum = parts[0] * parts[1];
  const Numbers first = numbers(autograd::grad({sum}, {x}, {}, true)[0]);
  in_threads(4, [&](int t) {
    for (int i = 0; i < 25; ++i) {
      if (t == 0) {
        sum.backward({}, /*retain_graph=*/true);
      } else if (t == 1) {
        (parts[0] * 0 + sum).backward({}, /*retain_graph=*/true);
      } else {
        const Tensor dx = autograd::grad({sum}, {x}, {}, true, t == 2)[0];
        EXPECT_EQ(numbers(dx), first);
        if (t == 2) autograd::grad({dx.sum()}, {x}, {}, true);
      }
    }
  });
  EXPECT_NEAR(numbers(x.grad())[0], 50 * first[0], 1e-6 * first[0]);
  EXPECT_NEAR(numbers(x.grad())[1], 50 * first[1], 1e-6 * first[1]);
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

// Reading ---------------------------------------------------------------------

TEST(Threads, ModulesInEvalModeAreShared) {
  nn::Sequential net(nn::Linear(6, 8), nn::BatchNorm1d(8), nn::ReLU(),
                     nn::Dropout(0.5), nn::LayerNorm(nn::LayerNormOptions({8})),
                     nn::Linear(8, 3));
  net->to(kDouble);
  net->eval();
  const Tensor x = rand({4, 6}, kDouble);
  const Numbers expected = numbers(net->forward(x));
  in_threads(4, [&](int t) {
    for (int i = 0; i < 20; ++i) {
      const AutoGradMode recording(t % 2 == 0);
      const Tensor y = net->forward(x);
      EXPECT_EQ(y.requires_grad(), t % 2 == 0);
      EXPECT_EQ(numbers(y), expected);
    }
  });
}

TEST(Threads, ATensorAndItsViewsAreReadWithoutGrad) {
  const Tensor x = rand({40, 50}, TensorOptions(kDouble).requires_grad(true));
  const Tensor shared = x.t();
  const double total = x.sum().item<double>();
  in_threads(4, [&](int t) {
    const NoGradGuard no_grad;
    for (int i = 0; i < 20; ++i) {
      const Tensor view = t % 2 == 0 ? shared.contiguous() : x.slice(0, 0, 40);
      EXPECT_NEAR(view.sum().item<double>(), total, 1e-9);
      EXPECT_EQ(view.view({-1})[-1].item<double>(),
                x.detach()[39][49].item<double>());
      EXPECT_EQ(x.matmul(shared).size(0), 40);
    }
  });
}

// Of matrices for taper's own kernel and, with few columns, for OpenBLAS.
TEST(Threads, MatrixProductsGiveTheSameBits) {
  const Tensor a = rand({200, 300});
  for (const int64_t columns : {17, 192}) {
    const Tensor b = rand({300, columns});
    const Numbers expected = numbers(a.matmul(b));
    in_threads(4, [&](int) {
      for (int i = 0; i < 5; ++i) EXPECT_TRUE(numbers(a.matmul(b)) == expected);
    });
  }
}

// Memory ----------------------------------------------------------------------

TEST(Threads, TensorsAreFreedByWhoeverHoldsThemLast) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1});
  std::mutex mutex;
  std::vector<Tensor> passed;
  const int64_t sizes[] = {1, 100, 3000, 20000, 300000};
  for (int round = 0; round < 3; ++round) {  // threads come and go
    in_threads(4, [&](int t) {
      for (int i = 0; i < 50; ++i) {
        Tensor made = empty({sizes[(i + t) % 5]}, kDouble);
        Tensor tail = made.slice(0, -1).fill_(t) * x;  // a view, and a graph
        Tensor taken;
        const std::lock_guard lock(mutex);
        passed.push_back(tail);
        passed.push_back(made);
        if (passed.size() > 9) taken.swap(passed[passed.size() - 9]);
        if (i % 10 == 0) passed.erase(passed.begin(), passed.end() - 2);
      }
      if (t == 0) empty_cache();
      EXPECT_GT(memory_stats().live_bytes, 0);
    });
  }
}

// The last owners let go at the same moment; a new tensor takes the memory.
TEST(Threads, SharedTensorsAreReleasedTogether) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  for (int round = 0; round < 200; ++round) {
    std::vector<Tensor> held = {x.exp(), ones({2}, kDouble)};
    held.push_back(held[0]);           // one tensor,
    held.push_back(held[1].detach());  // one storage
    in_threads(4, [&](int t) {
      Tensor& mine = held[static_cast<size_t>(t)];
      EXPECT_GE(mine.sum().item<double>(), 2);
      mine = Tensor();
      mine = full({2}, t, kDouble);
    });
  }
}

// What the whole process shares -----------------------------------------------

TEST(Threads, OneStreamOfRandomNumbersIsSharedOut) {
  constexpr int kDraws = 200;
  const auto draw = [](const Generator& generator) {
    return numbers(rand({16}, generator, kDouble));
  };
  std::vector<Numbers> expected(4 * kDraws), drawn(4 * kDraws);
  const Generator alone(3), shared(3);
  for (Numbers& n : expected) n = draw(alone);
  in_threads(4, [&](int t) {
    for (int i = 0; i < kDraws; ++i) {
      drawn[static_cast<size_t>(t * kDraws + i)] = draw(shared);
    }
  });
  std::sort(expected.begin(), expected.end());
  std::sort(drawn.begin(), drawn.end());
  EXPECT_TRUE(drawn == expected);
}

TEST(Threads, TheDefaultGeneratorIsSeededAndUsed) {
  in_threads(4, [](int t) {
    for (int i = 0; i < 20; ++i) {
      if (t == 0) manual_seed(1);
      const Tensor x =
          randn({30}) + randperm(30) + dropout(rand({30}), 0.5, true);
      EXPECT_EQ(x.numel(), 30);
    }
  });
}

TEST(Threads, TheProfilerRecordsAllOfThem) {
  const std::string path = temp_path("threads.json");
  const Tensor x = leaf({1, 2});
  std::atomic<bool> all_recorded{false};
  in_threads(4, [&](int t) {
    const auto work = [&] {
      const profiler::Scope scope(profiler::Kind::kUser,
                                  "thread" + std::to_string(t) + ".");
      (x * t).sum().backward();
    };
    if (t > 0) {
      // Until each of the others has worked in a session of its own.
      while (!all_recorded) work();
      return;
    }
    // Whatever happens, the others stop.
    const std::shared_ptr<void> done(nullptr,
                                     [&](void*) { all_recorded = true; });
    for (int other = 1; other < 4; ++other) {
      const std::string bar = "\"thread" + std::to_string(other) + ".\"";
      std::string trace;
      while (!contains(trace, bar)) {
        profiler::Session session(path);
        work();
        std::this_thread::yield();
        session.stop();
        std::stringstream text;
        text << std::ifstream(path).rdbuf();
        trace = text.str();
        ASSERT_EQ(trace.substr(trace.size() - 4), "\"}}\n");
      }
    }
  });
}

TEST(Threads, TheNumberOfThreadsIsSetWhileLoopsRun) {
  const int before = get_num_threads();
  const Tensor x = rand({300, 500}, kDouble);
  const double expected = x.exp().sum().item<double>();
  in_threads(3, [&](int t) {
    for (int i = 0; i < 5; ++i) {
      set_num_threads(1 + (i + t) % 3);
      EXPECT_EQ(x.exp().sum().item<double>(), expected);
    }
  });
  set_num_threads(before);
}

}  // namespace
}  // namespace taper::testing
