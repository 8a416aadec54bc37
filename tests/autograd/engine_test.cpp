// backward() and grad(): what accumulates where, what throws, what aliases.
#include "autograd_support.h"

namespace taper::testing {
namespace {

TEST(Backward, AccumulatesIntoGradInPlace) {
  const Tensor x = leaf({1, 2});
  (x * x).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 4}));
  const Tensor held = x.grad();
  (x * x).sum().backward();
  EXPECT_EQ(numbers(held), (Numbers{4, 8}));
  EXPECT_TRUE(held.is_same(x.grad()));
}

TEST(Backward, GradIsUndefinedBeforeTheFirstRun) {
  const Tensor x = leaf({1});
  const Tensor unused = leaf({1});
  EXPECT_FALSE(x.grad().defined());
  (x * 2).backward();
  EXPECT_TRUE(x.grad().defined());
  EXPECT_FALSE(unused.grad().defined());
}

TEST(Backward, OfALeafIsTheSeed) {
  const Tensor x = leaf({3, 4});
  x.backward(constant({5, 6}));
  EXPECT_EQ(numbers(x.grad()), (Numbers{5, 6}));
}

TEST(Backward, ADiamondAddsBothWays) {
  const Tensor x = leaf({3});
  const Tensor a = x * x;
  const Tensor b = a * 2;
  const Tensor c = a.exp();
  (b * c + a).backward();
  // d/da (2a e^a + a) = 2 e^a (1 + a) + 1, da/dx = 2x.
  EXPECT_NEAR(x.grad().item<double>(), (2 * std::exp(9.0) * 10 + 1) * 6, 1e-6);
}

TEST(Backward, TwiceThrowsAndNamesTheNode) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x.exp().sum();
  y.backward();
  const std::string error = error_of([&] { y.backward(); });
  EXPECT_TRUE(contains(error, "second time")) << error;
  EXPECT_TRUE(contains(error, "ExpBackward")) << error;
  EXPECT_TRUE(contains(error, "retain_graph=true")) << error;
  EXPECT_EQ(numbers(x.grad()), numbers(x.exp())) << "a failed run left traces";
}

TEST(Backward, TwiceIsAllowedWhereNothingWasSaved) {
  const Tensor x = leaf({1, 2}), h = x * 3;
  const Tensor y = (h + 1).t().sum();
  y.backward();
  y.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{6, 6}));
  (h * h).sum().backward();
  h.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{27, 45}));
}

TEST(Backward, RetainGraphAllowsARepetition) {
  const Tensor x = leaf({2});
  const Tensor y = x * x * x;
  y.backward({}, /*retain_graph=*/true);
  y.backward({}, /*retain_graph=*/true);
  y.backward();
  EXPECT_EQ(x.grad().item<double>(), 36);
  EXPECT_THROW(y.backward(), Error);
}

TEST(Backward, ThrowsForSeveralElementsWithoutAGradient) {
  const Tensor y = leaf({1, 2}) * 2;
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "(2,)"));
}

TEST(Backward, ThrowsForAGradientOfAnotherShape) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  const std::string error = error_of([&] { y.backward(constant({1})); });
  EXPECT_TRUE(contains(error, "(1,)") && contains(error, "(2,)")) << error;
  EXPECT_THROW(y.backward(tensor({1, 2})), TypeError);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, ThrowsForTensorsWithoutAGraph) {
  EXPECT_TRUE(contains(error_of([] { constant({1}).backward(); }),
                       "does not require grad"));
  EXPECT_THROW(Tensor().backward(), Error);
  const Tensor x = leaf({1});
  EXPECT_THROW(autograd::backward({x, constant({1})}), Error);
  EXPECT_THROW(autograd::backward({x}, {constant({1}), constant({1})}), Error);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Backward, OfSeveralTensorsIsOneRun) {
  const Tensor x = leaf({2});
  const Tensor a = x * x;
  // Both roots share `a`: two runs without retain_graph would throw.
  autograd::backward({a * 3, a.exp()}, {Tensor(), constant({0.5})});
  EXPECT_NEAR(x.grad().item<double>(), 4 * (3 + 0.5 * std::exp(4.0)), 1e-9);
}

TEST(Backward, CreateGraphMakesGradsDifferentiable) {
  const Tensor x = leaf({2});
  (x * x * x).backward({}, std::nullopt, /*create_graph=*/true);
  const Tensor first = x.grad();
  EXPECT_TRUE(first.requires_grad());
  const Tensor second = autograd::grad({first}, {x}, {}, true, true)[0];
  const Tensor third = autograd::grad({second}, {x})[0];
  EXPECT_EQ(first.item<double>(), 12);
  EXPECT_EQ(second.item<double>(), 12);
  EXPECT_EQ(third.item<double>(), 6);
  // x owns its .grad, whose graph owns x.
  x.mutable_grad() = Tensor();
}

TEST(Backward, WithInputsAccumulatesOnlyThere) {
  const Tensor x = leaf({2});
  const Tensor w = leaf({3});
  const Tensor y = x * w;
  const std::vector<Tensor> inputs = {w, y, w};
  (y * y).backward({}, std::nullopt, false, TensorList(inputs));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_EQ(w.grad().item<double>(), 24) << "named twice, meant once";
  EXPECT_EQ(y.grad().item<double>(), 12);
}

TEST(Backward, WithAnEmptyListOfInputsThrows) {
  const Tensor y = leaf({2}) * 2;
  EXPECT_THROW(y.backward({}, std::nullopt, false, TensorList()), Error);
}

TEST(Backward, GradientsGetTheDtypeAndShapeOfTheirTensors) {
  const Tensor x = ones({3}, TensorOptions(kFloat).requires_grad(true));
  const Tensor b = ones({2, 1}, TensorOptions(kDouble).requires_grad(true));
  (x * b).sum().backward();
  EXPECT_EQ(x.grad().dtype(), kFloat);
  EXPECT_EQ(b.grad().dtype(), kDouble);
  EXPECT_EQ(b.grad().sizes(), IntArrayRef({2, 1}));
  EXPECT_EQ(numbers(b.grad()), (Numbers{3, 3}));
}

TEST(Backward, TakesAnExpandedSeedOfAnotherFloatType) {
  const Tensor x = leaf({1, 2, 3});
  (x * 2).backward(full({}, 0.5, kFloat).expand(3));
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 1, 1}));
}

TEST(Backward, AGradThatDoesNotFitThrowsAndChangesNothing) {
  const Tensor a = leaf({1, 2});
  const Tensor b = leaf({1, 2});
  b.mutable_grad() = zeros({2}, kFloat);
  const std::string error = error_of([&] { (a * b).sum().backward(); });
  EXPECT_TRUE(contains(error, "float32")) << error;
  EXPECT_FALSE(a.grad().defined());
  b.mutable_grad() = zeros({3}, kDouble);
  EXPECT_THROW((a * b).sum().backward(), Error);
  EXPECT_FALSE(a.grad().defined());
}

TEST(Backward, AddsToAnExpandedGradWithoutWritingThroughIt) {
  const Tensor x = leaf({1, 2});
  const Tensor one = constant({10});
  x.mutable_grad() = one.expand(2);
  (x * constant({1, 2})).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{11, 12}));
  EXPECT_EQ(numbers(one), (Numbers{10}));
}

// Aliasing: whatever a backward gives out may be edited ---------------------

TEST(Aliasing, GradsOfASumAreApart) {
  const Tensor a = leaf({1, 2});
  const Tensor b = leaf({3, 4});
  const Tensor seed = constant({5, 6});
  (a + b).backward(seed);
  a.mutable_grad().zero_();
  EXPECT_EQ(numbers(b.grad()), (Numbers{5, 6}));
  EXPECT_EQ(numbers(seed), (Numbers{5, 6}));
}

TEST(Aliasing, GradIsApartFromTheSeed) {
  const Tensor x = leaf({1, 2});
  Tensor seed = constant({5, 6});
  x.view(2).backward(seed);
  seed.zero_();
  EXPECT_EQ(numbers(x.grad()), (Numbers{5, 6}));
}

TEST(Aliasing, ReturnedGradsAreApartFromEachOtherAndTheSeed) {
  for (bool create_graph : {false, true}) {
    const Tensor a = leaf({1, 2});
    const Tensor b = leaf({3, 4});
    const Tensor seed = constant({5, 6});
    std::vector<Tensor> grads =
        autograd::grad({a + b}, {a, b, a}, {seed}, std::nullopt, create_graph);
    const NoGradGuard no_grad;
    grads[0].zero_();
    EXPECT_EQ(numbers(grads[1]), (Numbers{5, 6}));
    EXPECT_EQ(numbers(grads[2]), (Numbers{5, 6}));
    EXPECT_EQ(numbers(seed), (Numbers{5, 6}));
  }
}

TEST(Aliasing, RetainedGradsAreApartFromThoseOfLeaves) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x + 0;
  y.retain_grad();
  y.sum().backward();
  y.mutable_grad().zero_();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 1}));
}

TEST(Aliasing, AReturnedSumIsNotExpanded) {
  const Tensor x = leaf({1, 2});
  Tensor grad = autograd::grad({x.sum()}, {x})[0];
  grad[0].fill_(7);
  EXPECT_EQ(numbers(grad), (Numbers{7, 1}));
}

TEST(Aliasing, AccumulatingIntoASavedGradIsNoticed) {
  const Tensor x = leaf({2});
  (x * x).backward();
  const Tensor w = leaf({3});
  const Tensor y = x.grad() * w;
  (x * x).backward();  // writes into x.grad(), which y saved
  EXPECT_THROW(y.backward(), Error);
}

// grad() ----------------------------------------------------------------------

TEST(Grad, LeavesDotGradAlone) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  const Tensor z = y * 3;
  const std::vector<Tensor> grads = autograd::grad({z}, {x, y});
  EXPECT_EQ(grads[0].item<double>(), 12);
  EXPECT_EQ(grads[1].item<double>(), 3);
  EXPECT_FALSE(x.grad().defined());
}

TEST(Grad, OfAnInputByItselfIsTheSeed) {
  const Tensor x = leaf({2});
  const Tensor y = x * 3;
  EXPECT_EQ(autograd::grad({y}, {y})[0].item<double>(), 1);
  EXPECT_EQ(autograd::grad({x}, {x})[0].item<double>(), 1);
}

TEST(Grad, AnUnusedInputThrowsUnlessAllowed) {
  const Tensor x = leaf({2});
  const Tensor unused = leaf({2});
  const Tensor y = x * 2;
  const std::string error = error_of([&] {
    autograd::grad({y}, {x, unused}, {}, true);
  });
  EXPECT_TRUE(contains(error, "element 1")) << error;
  EXPECT_TRUE(contains(error, "allow_unused")) << error;
  const std::vector<Tensor> grads =
      autograd::grad({y}, {x, unused}, {}, false, false, true);
  EXPECT_EQ(grads[0].item<double>(), 2);
  EXPECT_FALSE(grads[1].defined());
  EXPECT_THROW(autograd::grad({y}, {constant({1})}), Error);
  EXPECT_THROW(autograd::grad({y}, {}), Error);
}

TEST(Grad, RunsNoNodeThatDoesNotLeadToAnInput) {
  const Tensor x = leaf({2});
  const Tensor other = leaf({3});
  int calls = 0;
  const Tensor side = other * 2;
  side.register_hook([&](const Tensor&) { ++calls; });
  const Tensor y = (x * side).exp();
  autograd::grad({y}, {x}, {}, /*retain_graph=*/true);
  EXPECT_EQ(calls, 0);
  autograd::grad({y}, {other}, {}, /*retain_graph=*/true);
  EXPECT_EQ(calls, 1);
}

TEST(Grad, FillsRetainedGradientsOnItsWay) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x * 2;
  y.retain_grad();
  const Tensor z = (y * 3).sum();
  autograd::grad({z}, {x}, {}, /*retain_graph=*/true);
  EXPECT_EQ(numbers(y.grad()), (Numbers{3, 3}));
  autograd::backward({z}, {}, /*retain_graph=*/true, false, {x});
  EXPECT_EQ(numbers(y.grad()), (Numbers{6, 6}));
  EXPECT_EQ(numbers(x.grad()), (Numbers{6, 6}));
  autograd::backward({z}, {}, true, false, {y});
  EXPECT_EQ(numbers(y.grad()), (Numbers{9, 9})) << "once, not twice";
  autograd::grad({z}, {y});
  EXPECT_EQ(numbers(y.grad()), (Numbers{12, 12}));
}

TEST(Grad, StopsAtAnInnerInput) {
  const Tensor x = leaf({2});
  int calls = 0;
  x.register_hook([&](const Tensor&) { ++calls; });
  const Tensor y = x.exp();
  autograd::grad({y * y}, {y});
  EXPECT_EQ(calls, 0);
  y.backward();  // what lies below was neither run nor freed
  EXPECT_EQ(calls, 1);
}

TEST(Grad, RunsInTheModeOfCreateGraphWhateverTheCallersIs) {
  const Tensor x = leaf({2});
  const Tensor y = x * x;
  const NoGradGuard no_grad;
  const Tensor grad = autograd::grad({y}, {x}, {}, true, true)[0];
  EXPECT_TRUE(grad.requires_grad());
  EXPECT_FALSE(autograd::grad({y}, {x})[0].requires_grad());
  EXPECT_FALSE(GradMode::is_enabled());
}

// Saved tensors ---------------------------------------------------------------

TEST(Saved, AnEditedInputThrowsAndNamesTheNode) {
  const Tensor x = leaf({1, 2});
  Tensor w = constant({3, 4});
  const Tensor y = (x * w).sum();
  w.add_(1);
  const std::string error = error_of([&] { y.backward(); });
  EXPECT_TRUE(contains(error, "modified by an inplace operation")) << error;
  EXPECT_TRUE(contains(error, "MulBackward0")) << error;
  EXPECT_TRUE(contains(error, "is at version 1; expected version 0")) << error;
  EXPECT_FALSE(x.grad().defined());
}

TEST(Saved, AnEditedOutputThrows) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x.exp();
  y.detach().zero_();
  EXPECT_THROW(y.sum().backward(), Error);
}

TEST(Saved, EditsThroughViewsDetachAndDataAreNoticed) {
  const auto edit = [](void (*f)(Tensor&)) {
    const Tensor x = leaf({1, 2});
    Tensor w = constant({3, 4});
    const Tensor y = (x * w).sum();
    f(w);
    EXPECT_THROW(y.backward(), Error);
  };
  edit([](Tensor& w) { w[0].fill_(1); });
  edit([](Tensor& w) { w.view({2, 1}).mul_(2); });
  edit([](Tensor& w) { w.detach().mul_(2); });
  // Stricter than LibTorch, where data() has a version of its own.
  edit([](Tensor& w) { w.data().mul_(2); });
  edit([](Tensor& w) { w.uniform_(); });
  edit([](Tensor& w) { w.index_put_({0}, 5.0); });
}

TEST(Saved, SetDataOfASavedTensorIsNoticed) {
  const Tensor x = leaf({1, 2});
  const Tensor w = leaf({3, 4});
  const Tensor y = (x * w).sum();
  w.set_data(constant({5, 6}));
  EXPECT_THROW(y.backward(), Error);
}

TEST(Saved, AnEditOfAnUnsavedTensorIsAllowed) {
  const Tensor x = leaf({1, 2});
  Tensor b = constant({3, 4});
  const Tensor y = (x + b).sum();
  b.zero_();
  y.backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 1}));
}

// The derivative was made with it.
TEST(Saved, AnEditOfAClassWeightIsAllowed) {
  const Tensor x = zeros({2, 3}, TensorOptions(kDouble).requires_grad(true));
  Tensor weight = constant({1, 2, 3});
  const Tensor loss = cross_entropy_loss(x, tensor({0, 2}), weight);
  weight.zero_();
  loss.backward();
  const Tensor expected = tensor({{-2., 1., 1.}, {3., 3., -6.}}, kDouble) / 12;
  EXPECT_TRUE(x.grad().allclose(expected, 1e-14, 1e-16));
}

// Leaves ----------------------------------------------------------------------

TEST(Leaf, OnlyFloatingTensorsCanRequireGrad) {
  EXPECT_THROW(tensor({1, 2}).requires_grad_(), TypeError);
  EXPECT_THROW(tensor({true}).requires_grad_(), TypeError);
  EXPECT_NO_THROW(tensor({1, 2}).requires_grad_(false));
}

TEST(Leaf, AResultCannotStopRequiringGrad) {
  const Tensor x = leaf({1});
  const Tensor y = x * 2;
  EXPECT_TRUE(contains(error_of([&] { y.requires_grad_(false); }), "detach"));
  EXPECT_NO_THROW(x.requires_grad_(false));
  EXPECT_FALSE((x * 2).requires_grad());
}

// A layer may be frozen between forward and backward.
TEST(Leaf, ThatStopsRequiringGradGetsNone) {
  Tensor frozen = leaf({2});
  const Tensor detached = leaf({3});
  const Tensor trained = leaf({5});
  const Tensor y = frozen * detached * trained;
  frozen.requires_grad_(false);
  detached.detach_();
  y.backward({}, /*retain_graph=*/true);
  EXPECT_FALSE(frozen.grad().defined());
  EXPECT_FALSE(detached.grad().defined());
  EXPECT_EQ(numbers(trained.grad()), (Numbers{6}));
  frozen.requires_grad_();
  y.backward();
  EXPECT_EQ(numbers(frozen.grad()), (Numbers{15}));
}

TEST(Leaf, HasNoGradFnAndResultsHaveNamedOnes) {
  const Tensor x = leaf({1, 2});
  EXPECT_TRUE(x.is_leaf());
  EXPECT_TRUE(x.grad_fn() == nullptr);
  EXPECT_FALSE((x * 2).is_leaf());
  EXPECT_EQ((x * 2).grad_fn()->name(), "MulBackward1");
  EXPECT_EQ(x.exp().grad_fn()->name(), "ExpBackward0");
  EXPECT_EQ(x[0].grad_fn()->name(), "SelectBackward0");
  EXPECT_EQ(x.sum().grad_fn()->next_edges().size(), 1U);
  EXPECT_EQ(x.sum().grad_fn()->next_edge(0).node->name(), "AccumulateGrad");
}

TEST(Leaf, NothingIsRecordedUnderNoGrad) {
  const Tensor x = leaf({1});
  const NoGradGuard no_grad;
  EXPECT_FALSE((x * 2).requires_grad());
  {
    const AutoGradMode recording(true);
    EXPECT_TRUE((x * 2).requires_grad());
  }
  EXPECT_FALSE((x * 2).requires_grad());
}

TEST(Leaf, DetachCutsTheGraphAndSharesTheElements) {
  const Tensor x = leaf({2});
  const Tensor y = x * 3;
  const Tensor cut = y.detach();
  EXPECT_FALSE(cut.requires_grad());
  EXPECT_TRUE(cut.is_alias_of(y));
  (y * cut).backward();
  EXPECT_EQ(x.grad().item<double>(), 18);
}

TEST(Engine, TakesWhatAListOfVariablesTakes) {
  const std::vector<Tensor> in = {ones({2}).requires_grad_(),
                                  ones({2}).requires_grad_()};
  const std::vector<Tensor> out = {(in[0] * in[1]).sum()};
  const auto grads = autograd::grad({out.begin(), out.end()},
                                    {in.begin(), in.end()}, {}, true);
  EXPECT_EQ(grads.size(), 2);
  EXPECT_EQ(autograd::grad({out[0]}, {in[0], in[1]}, {}, true).size(), 2);
  EXPECT_EQ(autograd::grad(out, in, {}, true).size(), 2);
  autograd::backward({out.begin(), out.end()});
  EXPECT_TRUE(in[0].grad().equal(grads[0]));
}

TEST(Engine, NodesHaveTheNamesOfLibTorch) {
  const Tensor x = ones({2}).requires_grad_();
  const auto name = [](const Tensor& y) {
    std::ostringstream out;
    out << *y.grad_fn();
    return out.str();
  };
  EXPECT_EQ(name(x + 1), "AddBackward1");
  EXPECT_EQ(name(1 + x), "AddBackward1");
  EXPECT_EQ(name(x + x), "AddBackward0");
  EXPECT_EQ(name(x - 1), "SubBackward1");
  EXPECT_EQ(name(1 - x), "SubBackward0");
  EXPECT_EQ(name(rsub(x, 1)), "RsubBackward1");
  EXPECT_EQ(name(x * 2), "MulBackward1");
  EXPECT_EQ(name(x / 2), "DivBackward1");
  EXPECT_EQ(name(2 / x), "DivBackward0");
  EXPECT_EQ(name(x.div(2, "floor")), "DivBackward3");
  EXPECT_EQ(name(x.div(x, "floor")), "DivBackward2");
  EXPECT_EQ(name((x * 1).add_(1)), "AddBackward1");
}

}  // namespace
}  // namespace taper::testing
