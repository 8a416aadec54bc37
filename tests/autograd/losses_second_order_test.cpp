// Losses and normalisations where the fused backward gives way to composed
// operations, and where the formulas have edges. Numbers are PyTorch 2.13's.
#include "autograd_support.h"
#include "taper/tensor/shape.h"

namespace taper::testing {
namespace {

using Inputs = autograd::variable_list;

// The gradients with the fused kernels and with a graph are the same.
template <class F>
void expect_fused_is_composed(const F& f, const Inputs& inputs) {
  const Inputs fused = autograd::grad({f(inputs)}, inputs);
  const Inputs composed =
      autograd::grad({f(inputs)}, inputs, {}, std::nullopt, true);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(fused[i].allclose(composed[i], 1e-10, 1e-12)) << "input " << i;
    EXPECT_FALSE(fused[i].requires_grad());
  }
}

Tensor grid(IntArrayRef sizes, double step) {
  const Tensor x = (arange(numel_of(sizes), kDouble) * step).sin();
  return x.view(sizes).clone().requires_grad_();
}

// Twice a difference may leave the range of the dtype; its mean does not.
TEST(SecondOrder, TheGradientOfMseLossFitsInEveryLayout) {
  for (const ScalarType dtype : {kFloat, kDouble}) {
    const double big = dtype == kFloat ? 1e38 : 5e307;
    const Tensor x = (tensor({3, -3, 1, -1}, dtype) * big).view({2, 2});
    const Tensor y = (tensor({1, -1, 3, -3}, dtype) * big).view({2, 2});
    const Tensor right = (x - y) * 0.5;
    for (const Tensor& laid : {x.clone(), x.t().contiguous().t()}) {
      for (const bool graph : {false, true}) {
        const Tensor z = laid.detach().requires_grad_();
        const auto g = autograd::grad({mse_loss(z, y)}, {z}, {}, {}, graph);
        EXPECT_TRUE(g[0].equal(right)) << graph;
      }
    }
  }
}

TEST(SecondOrder, RecordedGradientsOfSoftmaxHaveTheBitsOfFusedOnes) {
  using Softmax = Tensor (*)(const Tensor&, int64_t, std::optional<ScalarType>);
  manual_seed(5);
  for (const Softmax f : {Softmax{softmax}, Softmax{log_softmax}}) {
    for (const ScalarType dtype : {kFloat, kDouble, kHalf}) {
      for (const int64_t dim : {0, 1}) {
        const Tensor x = randn({33, 17}, dtype).requires_grad_();
        const Tensor grad = randn({33, 17}, dtype);
        const Inputs y = {f(x, dim, {})};
        const Tensor fused = autograd::grad(y, {x}, {grad}, true)[0];
        const Tensor recorded = autograd::grad(y, {x}, {grad}, true, true)[0];
        EXPECT_TRUE(recorded.equal(fused));
        EXPECT_TRUE(recorded.requires_grad());
      }
    }
  }
}

TEST(SecondOrder, FusedAndComposedLossesAgree) {
  const Inputs pair = {grid({3, 4}, 1.3), grid({3, 4}, 2.1)};
  expect_fused_is_composed([](const Inputs& x) { return mse_loss(x[0], x[1]); },
                           pair);
  expect_fused_is_composed(
      [](const Inputs& x) { return l1_loss(x[0], x[1], Reduction::Sum); },
      pair);
  const Tensor target = tensor({3, -100, 0});
  const Tensor weight = constant({1, 2, 3, 4});
  for (double smoothing : {0.0, 0.1}) {
    expect_fused_is_composed(
        [&](const Inputs& x) {
          return cross_entropy_loss(x[0], target, {}, Reduction::Mean, -100,
                                    smoothing);
        },
        {pair[0]});
    expect_fused_is_composed(
        [&](const Inputs& x) {
          return cross_entropy_loss(x[0], target, weight, Reduction::Sum, -100,
                                    smoothing);
        },
        {pair[0]});
  }
}

TEST(SecondOrder, FusedAndComposedNormsAgree) {
  const Inputs x = {grid({4, 6, 2}, 0.7), grid({6}, 1.9), grid({6}, 2.3)};
  const Tensor weights = grid({4, 6, 2}, 3.1).detach();
  expect_fused_is_composed(
      [&](const Inputs& in) {
        return (group_norm(in[0], 3, in[1], in[2]) * weights).sum();
      },
      x);
  for (bool training : {true, false}) {
    expect_fused_is_composed(
        [&](const Inputs& in) {
          const Tensor mean = zeros({6}, kDouble);
          const Tensor var = ones({6}, kDouble);
          const Tensor y =
              batch_norm(in[0], in[1], in[2], mean, var, training, 0.1, 1e-5);
          return (y * weights).sum();
        },
        x);
  }
  expect_fused_is_composed(
      [&](const Inputs& in) {
        return (layer_norm(in[0].transpose(1, 2), 6, in[1], in[2]) *
                weights.transpose(1, 2))
            .sum();
      },
      x);
}

// What a gradient penalty does: through a small network and its own gradient.
TEST(SecondOrder, AGradientPenaltyThroughANetworkIsRight) {
  const Tensor target = tensor({2, 0, 1});
  const auto penalty = [&](const Inputs& in) {
    const Tensor h = layer_norm(linear(in[0], in[1], in[2]), 4).tanh();
    const Tensor loss = cross_entropy_loss(h, target);
    const Tensor grad = autograd::grad({loss}, {in[0]}, {}, true, true)[0];
    return loss + grad.square().sum();
  };
  const Inputs inputs = {grid({3, 2}, 0.9), grid({4, 2}, 1.7), grid({4}, 2.9)};
  EXPECT_TRUE(gradcheck(penalty, inputs));
  EXPECT_TRUE(gradgradcheck(penalty, inputs));
}

TEST(SecondOrder, OfAWeightedSmoothedCrossEntropyIsPyTorchs) {
  const Tensor x = tensor({{1.0, 2.0, 0.5}, {0.0, -1.0, 3.0}}, kDouble);
  x.requires_grad_();
  const Tensor loss = cross_entropy_loss(x, tensor({1, 0}), constant({1, 2, 3}),
                                         Reduction::Mean, -100, 0.1);
  const Tensor grad = autograd::grad({loss}, {x}, {}, true, true)[0];
  const Tensor second = autograd::grad({grad.square().sum()}, {x})[0];
  EXPECT_NEAR(loss.item<double>(), 1.417069954116354, 1e-12);
  const Numbers expected = {0.0706759348670407,     -0.09804600857189325,
                            0.02737007370485252,    -0.01949204763848445,
                            -0.0036737830423903576, 0.023165830680874792};
  const Numbers got = numbers(second);
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(got[i], expected[i], 1e-10);
}

TEST(BinaryCrossEntropy, HasPyTorchsSlopesAtZeroAndOne) {
  const Tensor x = leaf({0, 0, 1, 1, 0.25});
  const Tensor target = leaf({0, 1, 0, 1, 0.5});
  const Tensor loss = binary_cross_entropy(x, target, {}, Reduction::Sum);
  EXPECT_NEAR(loss.item<double>(), 200.83698821678584, 1e-9);
  loss.backward();
  const Numbers slopes = numbers(x.grad());
  EXPECT_EQ(slopes[0], 0);
  EXPECT_NEAR(slopes[1], -1e12, 1);
  EXPECT_NEAR(slopes[2], 1e12, 1);
  EXPECT_EQ(slopes[3], 0);
  EXPECT_NEAR(slopes[4], -0.25 / 0.1875, 1e-12);
  // Of the clamped logarithms, where PyTorch gives infinities.
  EXPECT_NEAR(target.grad()[0].item<double>(), 100, 1e-9);
  EXPECT_NEAR(target.grad()[2].item<double>(), -100, 1e-9);
}

TEST(BinaryCrossEntropy, WithLogitsStaysFiniteForHugeScores) {
  const Tensor x = leaf({1000, -1000, 0});
  binary_cross_entropy_with_logits(x, constant({1, 0, 1})).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, -0.5 / 3}));
}

TEST(Losses, OfNothingFollowTheReduction) {
  const Tensor x = leaf({});
  EXPECT_TRUE(std::isnan(mse_loss(x, constant({})).item<double>()));
  EXPECT_EQ(mse_loss(x, constant({}), Reduction::Sum).item<double>(), 0);
  EXPECT_EQ(l1_loss(x, constant({}), Reduction::Sum).item<double>(), 0);
  const Tensor scores = zeros({2, 3}, kDouble).requires_grad_();
  const Tensor ignored = tensor({-100, -100});
  EXPECT_TRUE(std::isnan(cross_entropy_loss(scores, ignored).item<double>()));
  EXPECT_EQ(
      cross_entropy_loss(scores, ignored, {}, Reduction::Sum).item<double>(),
      0);
}

TEST(Losses, EqualTensorsHaveNoSlope) {
  for (bool graph : {false, true}) {
    const Tensor x = leaf({1, 2});
    const Tensor target = x.detach().clone();
    for (const Tensor& loss :
         {l1_loss(x, target), mse_loss(x, target), smooth_l1_loss(x, target),
          huber_loss(x, target)}) {
      const Tensor grad =
          autograd::grad({loss}, {x}, {}, std::nullopt, graph)[0];
      EXPECT_EQ(numbers(grad), (Numbers{0, 0}));
    }
  }
}

TEST(SecondOrder, OfARoundedLossIsItsCurvatureAtNothingToo) {
  const auto curvature = [](auto loss) {
    const Tensor x = leaf({0, -0.25, 0.5, 2, -3});
    const Tensor y = loss(x, zeros_like(x.detach()));
    const Tensor slope = autograd::grad({y}, {x}, {}, true, true)[0];
    return numbers(autograd::grad({slope.sum()}, {x})[0]);
  };
  EXPECT_EQ(curvature([](auto& x, const Tensor& target) {
              return smooth_l1_loss(x, target, Reduction::Sum, 0.5);
            }),
            (Numbers{2, 2, 0, 0, 0}));
  EXPECT_EQ(curvature([](auto& x, const Tensor& target) {
              return huber_loss(x, target, Reduction::Sum, 2);
            }),
            (Numbers{1, 1, 1, 1, 0}));
  const auto both = [](const Inputs& x) {
    return smooth_l1_loss(x[0], x[1]) + huber_loss(x[0], x[1]);
  };
  EXPECT_TRUE(gradgradcheck(both, {leaf({1, 2}), leaf({1, -2})}));
}

// One loss per kind of kink.
TEST(SecondOrder, OfWhatGoesInStraightLinesIsZero) {
  using Function = Tensor (*)(const Tensor&);
  const std::pair<const char*, Function> functions[] = {
      {"relu", [](auto& x) { return x.relu(); }},
      {"leaky_relu", [](auto& x) { return leaky_relu(x, 0.1); }},
      {"hardtanh", [](auto& x) { return hardtanh(x); }},
      {"relu6", [](auto& x) { return relu6(x); }},
      {"threshold", [](auto& x) { return threshold(x, 0.5, 0); }},
      {"softshrink", [](auto& x) { return softshrink(x); }},
      {"hardshrink", [](auto& x) { return hardshrink(x); }},
      {"abs", [](auto& x) { return x.abs(); }},
      {"clamp", [](auto& x) { return x.clamp(-2, 2); }},
      {"norm", [](auto& x) { return x.norm(1); }},
      {"l1_loss", [](auto& x) { return l1_loss(x, zeros_like(x)); }},
      {"smooth_l1_loss",
       [](auto& x) {
         return smooth_l1_loss(x, zeros_like(x), Reduction::Sum, 0);
       }},
  };
  for (const auto& [name, f] : functions) {
    const Tensor x = leaf({-3, -0.2, 0.7, 5});
    const Tensor g = autograd::grad({f(x * 1).sum()}, {x}, {}, true, true)[0];
    ASSERT_TRUE(g.requires_grad()) << name;
    (g * g).sum().backward();
    EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 0, 0})) << name;
  }
  // A line has none.
  const Tensor x = leaf({1, 2});
  EXPECT_FALSE(
      autograd::grad({(x * 2).sum()}, {x}, {}, true, true)[0].requires_grad());
}

TEST(Losses, NanInTheLossIsNanInTheGradient) {
  using Loss = Tensor (*)(const Tensor& x, const Tensor& y, int64_t reduction);
  const Loss losses[] = {
      [](auto& x, auto& y, auto r) { return l1_loss(x, y, r); },
      [](auto& x, auto& y, auto r) { return mse_loss(x, y, r); },
      [](auto& x, auto& y, auto r) { return smooth_l1_loss(x, y, r); },
      [](auto& x, auto& y, auto r) { return huber_loss(x, y, r); },
      [](auto& x, auto& y, auto r) {
        return hinge_embedding_loss(x - y, -ones_like(x), 1, r);
      },
      [](auto& x, auto& y, auto r) {
        return margin_ranking_loss(x, y, ones_like(x), 0, r);
      },
      [](auto& x, auto& y, auto r) {
        return cosine_embedding_loss(x.view({2, 1}), y.view({2, 1}),
                                     tensor({1, -1}), 0, r);
      },
      [](auto& x, auto& y, auto r) {
        return triplet_margin_loss(x.view({2, 1}), y.view({2, 1}),
                                   y.view({2, 1}) + 1, 1, 2, 1e-6, false, r);
      },
      [](auto& x, auto& y, auto r) {
        return binary_cross_entropy_with_logits(x, y, {}, {}, r);
      },
      [](auto& x, auto& y, auto r) { return soft_margin_loss(x, y, r); },
  };
  for (const Loss& loss : losses) {
    for (const auto reduction : {Reduction::None, Reduction::Sum}) {
      for (const bool graph : {false, true}) {
        const Tensor x = leaf({std::nan(""), std::nan("")});
        const Tensor y = loss(x, constant({1, 1}), reduction);
        EXPECT_TRUE(y.isnan().all().item<bool>());
        const Tensor grad =
            autograd::grad({y.sum()}, {x}, {}, std::nullopt, graph)[0];
        EXPECT_TRUE(grad.isnan().all().item<bool>())
            << &loss - losses << " " << reduction << graph;
      }
    }
  }
}

TEST(Losses, AnInfiniteTargetIsNanInTheGradientAsInTheLoss) {
  for (const double target : {HUGE_VAL, -HUGE_VAL}) {
    const Tensor x = leaf({0.5, -3});
    const Tensor y = binary_cross_entropy_with_logits(x, constant({target, 1}),
                                                      {}, {}, Reduction::None);
    y.sum().backward();
    EXPECT_TRUE(y.isnan().equal(tensor({true, false})));
    EXPECT_TRUE(x.grad().isnan().equal(tensor({true, false})));
  }
}

TEST(Losses, ZeroTimesInfinityIsNanInTheGradientOfItsRow) {
  using Loss = Tensor (*)(const Tensor& x, int64_t reduction);
  const Loss losses[] = {
      [](auto& x, auto r) {
        const Tensor p = tensor({{0., 0.5, 0.5}, {0.2, 0.3, 0.5}}, kDouble);
        return cross_entropy_loss(x, p, {}, r);
      },
      [](auto& x, auto r) {
        const Tensor p = tensor({{0.5, 0.2, 0.3}, {0.2, 0.3, 0.5}}, kDouble);
        return cross_entropy_loss(x, p, constant({0, 1, 1}), r);
      },
      [](auto& x, auto r) {
        return cross_entropy_loss(x, tensor({0, 1}), constant({0, 1, 1}), r);
      },
      [](auto& x, auto r) {
        return cross_entropy_loss(x, tensor({1, 1}), constant({0, 1, 1}), r,
                                  -100, 0.1);
      },
      [](auto& x, auto r) {
        return nll_loss(x, tensor({0, 1}), constant({0, 1, 1}), r);
      },
  };
  for (const Loss& loss : losses) {
    for (const auto reduction :
         {Reduction::None, Reduction::Mean, Reduction::Sum}) {
      for (const bool graph : {false, true}) {
        SCOPED_TRACE(&loss - losses);
        const Tensor x = tensor({{-INFINITY, 0., 1.}, {1., 2., 3.}}, kDouble)
                             .requires_grad_();
        const Tensor y = loss(x, reduction);
        EXPECT_TRUE(y.isnan().any().item<bool>());
        const Tensor grad =
            autograd::grad({y.sum()}, {x}, {}, std::nullopt, graph)[0];
        EXPECT_TRUE(grad[0][0].isnan().item<bool>());
        EXPECT_TRUE(grad[1].isfinite().all().item<bool>());
      }
    }
  }
}

TEST(Losses, NanOfALogProbabilityIsNanInItsGradient) {
  const Tensor x = tensor({{std::nan(""), 0.}, {1., 2.}}, kDouble);
  x.requires_grad_();
  nll_loss(x, tensor({0, 1})).backward();
  EXPECT_TRUE(x.grad().isnan().equal(tensor({{true, false}, {false, false}})));
}

TEST(Losses, ATensorAgainstItselfAddsBothSlopes) {
  const Tensor x = leaf({1, 2});
  mse_loss(x, x * 2, Reduction::Sum).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 4}));
}

TEST(Distances, AZeroLeavesOtherElementsTheirCurvature) {
  const auto bend = [](const auto& f, const Numbers& at) {
    const Tensor x = leaf(at);
    const Tensor y = f(x.unsqueeze(0)).sum();
    const Tensor slope = autograd::grad({y}, {x}, {}, std::nullopt, true)[0];
    const Tensor last = slope.narrow(0, x.size(0) - 2, 2).square().sum();
    return autograd::grad({last}, {x})[0];
  };
  const auto expect = [&](const auto& f) {
    const Tensor rest = bend(f, {1, 2});
    EXPECT_TRUE((rest != 0).all().template item<bool>());
    const Tensor beside_zero = bend(f, {0, 1, 2});
    EXPECT_TRUE(beside_zero.narrow(0, 1, 2).allclose(rest));
    EXPECT_TRUE(beside_zero.isfinite().all().template item<bool>());
  };
  expect([](const Tensor& z) {
    return normalize(z, 1.5, 1, 1e-12) * arange(z.size(1), 0, -1, kDouble);
  });
  expect([](const Tensor& z) {
    return pairwise_distance(z, zeros_like(z), 1.5, 0);
  });
  expect([](const Tensor& z) {
    return triplet_margin_loss(z, zeros_like(z), z.detach() * 3, 5, 1.5, 0);
  });
}

}  // namespace
}  // namespace taper::testing
