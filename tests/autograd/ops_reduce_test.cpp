// The reductions as PyTorch defines them. Numbers were computed by PyTorch 2.13
// where they are not obvious.
#include "tests/autograd/reduce_support.h"

#include <gtest/gtest.h>

#include <functional>

#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"

namespace taper::testing {
namespace {

const std::vector<double> kSix = {1, -2, 3, 4, 0.5, -6};

Tensor six() { return make({2, 3}, kSix); }

// --- values ---

TEST(Sum, OverAllOneAndSeveralDims) {
  expect_near(six().sum(), {0.5});
  expect_near(six().sum(0), {5, -1.5, -3});
  expect_near(six().sum({-1}, true), {2, -1.5});
  expect_near(six().sum({0, 1}), {0.5});
  EXPECT_EQ(six().sum(0, true).sizes(), IntArrayRef({1, 3}));
  EXPECT_EQ(six().sum({0, 1}, true).sizes(), IntArrayRef({1, 1}));
  EXPECT_EQ(six().sum(IntArrayRef()).dim(), 0);
}

TEST(Sum, IntegersAndBoolsGiveInt64) {
  EXPECT_EQ(make({3}, {1, 2, 3}, kLong).sum().dtype(), kLong);
  const Tensor bools = make({2, 2}, {1, 0, 1, 1}, kBool);
  EXPECT_EQ(bools.sum().dtype(), kLong);
  expect_near(bools.sum(0), {2, 1});
  expect_near(bools.sum(1), {1, 2});
  expect_near(bools.prod(0), {1, 0});
}

TEST(Sum, CastsToTheDtypeFirst) {
  EXPECT_EQ(six().sum(kDouble).dtype(), kDouble);
  expect_near(vec({1.5, 2.5}).sum(kLong), {3});
  const Tensor any = make({3}, {1, -1, 0}, kLong).sum(kBool);
  EXPECT_EQ(any.dtype(), kBool);
  expect_near(any, {1});
}

TEST(Sum, OfNothingIsZero) {
  expect_near(kernels::zeros({0}, kFloat).sum(), {0});
  expect_near(kernels::zeros({0, 3}, kFloat).sum(0), {0, 0, 0});
  EXPECT_EQ(kernels::zeros({0, 3}, kFloat).sum(1).sizes(), IntArrayRef({0}));
  expect_near(kernels::zeros({0, 2}, kFloat).prod(0), {1, 1});
}

TEST(Sum, ManyOnesAreExact) {
  const int64_t n = int64_t{1} << 25;
  const Tensor ones = kernels::full({n}, 1, kFloat);
  EXPECT_EQ(ones.sum().item<double>(), static_cast<double>(n));
}

TEST(Sum, ZeroDimTensorHasADim) {
  const Tensor x = make({}, {3});
  EXPECT_EQ(x.sum(0).dim(), 0);
  EXPECT_EQ(x.sum(-1, true).dim(), 0);
  EXPECT_EQ(std::get<1>(x.max(0)).item<int64_t>(), 0);
  EXPECT_EQ(x.cumsum(0).item<double>(), 3);
  EXPECT_EQ(std::get<0>(x.sort()).item<double>(), 3);
}

TEST(Sum, RejectsWrongDims) {
  EXPECT_THROW(six().sum(2), IndexError);
  EXPECT_EQ(error_of([] { six().sum(-3); }),
            "[sum] dim -3 is out of range [-2, 1]");
  EXPECT_EQ(error_of([] {
              six().sum({0, -2});
            }),
            "[sum] dim 0 appears more than once in dims (0, -2)");
  EXPECT_THROW(Tensor().sum(), Error);
}

TEST(Mean, OverAllAndDims) {
  expect_near(six().mean(), {0.5 / 6});
  expect_near(six().mean(1), {2.0 / 3, -0.5});
  expect_near(kernels::zeros({0}, kFloat).mean(), {kNan});
  EXPECT_EQ(make({2}, {1, 2}, kLong).mean(kFloat).item<double>(), 1.5);
}

TEST(Mean, RejectsIntegers) {
  const Tensor x = make({2}, {1, 2}, kLong);
  EXPECT_THROW(x.mean(), TypeError);
  EXPECT_EQ(error_of([&] { x.mean(0); }),
            "[mean] expected a floating dtype, got int64");
}

TEST(Var, IsUnbiasedUnlessToldOtherwise) {
  const Tensor x = vec({1, 2, 4});
  expect_near(x.var(), {7.0 / 3});
  expect_near(x.var(false), {14.0 / 9});
  expect_near(x.std(), {std::sqrt(7.0 / 3)});
  expect_near(x.std(0, 0), {std::sqrt(14.0 / 9)});
  expect_near(x.var({0}, Scalar(2), true), {14.0 / 3});
  expect_near(x.var(0, Scalar(5)), {kInf});
}

TEST(Var, OverDims) {
  expect_near(six().var(0, true), {4.5, 3.125, 40.5}, 1e-5);
  expect_near(six().var(1, false), {4.2222223, 17.1666667}, 1e-5);
  const auto [deviation, mean] = std_mean(six(), 1, true);
  expect_near(deviation, {2.5166116, 5.0744457}, 1e-6);
  expect_near(mean, {2.0 / 3, -0.5});
}

// An integer is a dim, not the truth value of `unbiased`.
TEST(Var, AnIntegerIsADim) {
  expect_near(six().var(0), {4.5, 3.125, 40.5}, 1e-5);
  expect_near(six().std(1), {2.5166116, 5.0744457}, 1e-6);
  const int64_t dim = -1;
  expect_near(std(six(), dim), {2.5166116, 5.0744457}, 1e-6);
  expect_near(var(six(), 0), {4.5, 3.125, 40.5}, 1e-5);
  const auto [deviation, mean] = std_mean(six(), 1);
  expect_near(deviation, {2.5166116, 5.0744457}, 1e-6);
  expect_near(mean, {2.0 / 3, -0.5});
  const auto [variance, same_mean] = var_mean(six(), dim);
  expect_near(variance, {6.3333333, 25.75}, 1e-5);
  expect_near(same_mean, {2.0 / 3, -0.5});
  EXPECT_THROW(six().var(2), IndexError);
}

TEST(Var, OfTooFewIsNan) {
  expect_near(vec({1}).var(), {kNan});
  expect_near(kernels::zeros({0, 2}, kFloat).var(0, true), {kNan, kNan});
  EXPECT_THROW(make({2}, {1, 2}, kLong).var(), TypeError);
  EXPECT_THROW(make({2}, {1, 2}, kLong).std(0, true), TypeError);
}

TEST(Prod, OverAllAndDims) {
  expect_near(six().prod(), {72});
  expect_near(six().prod(0), {4, -1, -18});
  expect_near(six().prod(-1, true), {-6, -12});
  EXPECT_EQ(make({2}, {3, 4}, kLong).prod().dtype(), kLong);
}

TEST(Norm, HasEveryPower) {
  expect_near(six().norm(), {8.1394102}, 1e-5);
  expect_near(six().norm(1), {16.5});
  expect_near(six().norm(0), {6});
  expect_near(six().norm(kInf), {6});
  expect_near(six().norm(-kInf), {0.5});
  expect_near(vec({1, 2}).norm(1.5), {2.4473}, 1e-4);
  expect_near(six().norm(2, {1}), {3.7416575, 7.2284162}, 1e-5);
  expect_near(six().norm(1, {0}, true), {5, 2.5, 9});
  expect_near(six().norm(kInf, {0}), {4, 2, 6});
}

TEST(Norm, RejectsIntegersAndExtremesOfNothing) {
  const Tensor nothing = kernels::zeros({0}, kFloat);
  EXPECT_EQ(nothing.norm().item<double>(), 0);
  EXPECT_THROW(nothing.norm(kInf), Error);
  EXPECT_THROW(nothing.norm(-1), Error);
  EXPECT_THROW(make({2}, {1, 2}, kLong).norm(), TypeError);
}

TEST(Max, OverAllAndAlongDims) {
  expect_near(six().max(), {4});
  expect_near(six().min(), {-6});
  const auto [values, indices] = six().max(0);
  expect_near(values, {4, 0.5, 3});
  expect_near(indices, {1, 1, 0});
  EXPECT_EQ(indices.dtype(), kLong);
  const auto [low, low_indices] = six().min(-1, true);
  expect_near(low, {-2, -6});
  expect_near(low_indices, {1, 2});
  EXPECT_EQ(low.sizes(), IntArrayRef({2, 1}));
  expect_near(six().amax({0, 1}), {4});
  expect_near(six().amin(0), {1, -2, -6});
}

TEST(Max, TakesTheFirstOfEqualsAndOfNans) {
  expect_near(vec({1, 3, 3}).argmax(), {1});
  expect_near(vec({1, kNan, 3, kNan}).argmax(), {1});
  expect_near(vec({1, kNan, 3}).argmin(), {1});
  expect_near(vec({1, kNan, 3}).max(), {kNan});
  const Tensor x = make({3, 2}, {1, 5, kNan, 5, 7, kNan});
  const auto [values, indices] = x.max(0);
  expect_near(values, {kNan, kNan});
  expect_near(indices, {1, 2});
}

TEST(Max, RejectsEmptyDims) {
  const Tensor x = kernels::zeros({0, 3}, kFloat);
  EXPECT_THROW(x.max(), IndexError);
  EXPECT_THROW(x.min(0), IndexError);
  EXPECT_THROW(x.amax(), IndexError);
  EXPECT_THROW(x.argmax(0), IndexError);
  EXPECT_THROW(x.argmin(), IndexError);
  EXPECT_EQ(std::get<0>(x.max(1)).sizes(), IntArrayRef({0}));
  EXPECT_EQ(x.argmax(1).sizes(), IntArrayRef({0}));
  EXPECT_EQ(error_of([&] { x.max(0); }),
            "[max] dim 0 of shape (0, 3) is empty and has no such element");
}

TEST(Argmax, CountsInTheOrderOfTheShape) {
  expect_near(six().argmax(), {3});
  expect_near(six().t().argmax(), {1});
  expect_near(six().argmin(1), {1, 2});
  EXPECT_EQ(six().argmax(0, true).sizes(), IntArrayRef({1, 3}));
  EXPECT_EQ(six().argmax(std::nullopt, true).sizes(), IntArrayRef({1, 1}));
  EXPECT_THROW(make({2}, {1, 0}, kBool).argmax(), TypeError);
}

TEST(Logsumexp, DoesNotOverflow) {
  expect_near(vec({1000, 1000}).logsumexp(0), {1000 + std::log(2)}, 1e-4);
  expect_near(vec({-kInf, -kInf}).logsumexp(0), {-kInf});
  expect_near(kernels::zeros({0, 2}, kFloat).logsumexp(0), {-kInf, -kInf});
  expect_near(make({2}, {1, 2}, kLong).logsumexp(0), {2.3132617});
  expect_near(six().logsumexp({0}), {4.0485873, 0.5788897, 3.0001233}, 1e-5);
}

TEST(Cumsum, RunsAlongADim) {
  expect_near(six().cumsum(1), {1, -1, 2, 4, 4.5, -1.5});
  expect_near(six().cumsum(0), {1, -2, 3, 5, -1.5, -3});
  expect_near(cumprod(six(), 1), {1, -2, -6, 4, 2, -12});
  EXPECT_EQ(make({2}, {1, 1}, kBool).cumsum(0).dtype(), kLong);
  EXPECT_EQ(kernels::zeros({0, 2}, kFloat).cumsum(0).sizes(),
            IntArrayRef({0, 2}));
  EXPECT_THROW(six().cumsum(2), IndexError);
}

TEST(Truth, AllAnyAndCount) {
  const Tensor x = make({2, 3}, {1, 0, kNan, 0, 0, 2});
  expect_near(x.all(), {0});
  expect_near(x.any(), {1});
  expect_near(x.any(1), {1, 1});
  expect_near(x.all(0), {0, 0, 1});
  expect_near(x.any(0, true), {1, 0, 1});
  EXPECT_EQ(x.any(0).dtype(), kBool);
  expect_near(x.count_nonzero(), {3});
  expect_near(count_nonzero(x, {0}), {1, 0, 2});
  const Tensor nothing = kernels::zeros({0}, kFloat);
  expect_near(nothing.all(), {1});
  expect_near(nothing.any(), {0});
}

// --- whole tensors ---

TEST(Equal, NeedsTheSameShapeAndElements) {
  EXPECT_TRUE(six().equal(six()));
  EXPECT_TRUE(six().equal(six().to(kDouble)));
  EXPECT_FALSE(six().equal(six().t()));
  EXPECT_FALSE(six().equal(six() + 1));
  EXPECT_FALSE(vec({kNan}).equal(vec({kNan})));
  EXPECT_TRUE(vec({}).equal(vec({})));
}

TEST(Allclose, FollowsTheTolerances) {
  const Tensor x = vec({1, 100, 0});
  EXPECT_TRUE(x.allclose(vec({1.000005, 100.0005, 0})));
  EXPECT_FALSE(x.allclose(vec({1.1, 100, 0})));
  EXPECT_TRUE(x.allclose(vec({1.1, 110, 0}), 0.2));
  EXPECT_TRUE(x.allclose(x.expand({2, 3})));
  EXPECT_FALSE(vec({kNan}).allclose(vec({kNan})));
  EXPECT_TRUE(vec({kNan}).allclose(vec({kNan}), 1e-5, 1e-8, true));
  expect_near(isclose(vec({kInf, -kInf, 1}), vec({kInf, kInf, kInf})),
              {1, 0, 0});
  expect_near(isclose(vec({1, 2}, kLong), vec({1, 3}, kLong)), {1, 0});
}

TEST(Allclose, RejectsDtypesShapesAndTolerances) {
  EXPECT_THROW(six().allclose(six().to(kDouble)), TypeError);
  EXPECT_THROW(six().allclose(vec({1, 2})), Error);
  EXPECT_THROW(six().allclose(six(), -1), ValueError);
}

TEST(IsNonzero, NeedsOneElement) {
  EXPECT_TRUE(vec({0.5}).is_nonzero());
  EXPECT_FALSE(make({1, 1}, {0}).is_nonzero());
  EXPECT_EQ(error_of([] { six().is_nonzero(); }),
            "[is_nonzero] expected one element, got shape (2, 3)");
}

// --- gradients ---

TEST(ReduceGradient, OfSumIsAViewUntilItReachesALeaf) {
  Tensor x = six().requires_grad_();
  const Tensor y = x * 2;
  std::vector<int64_t> strides;
  y.register_hook([&](const Tensor& grad) { strides = grad.strides().vec(); });
  y.sum().backward();
  EXPECT_EQ(strides, (std::vector<int64_t>{0, 0}));
  expect_near(x.grad(), {2, 2, 2, 2, 2, 2});
}

TEST(ReduceGradient, LeafGetsAGradientOfItsOwn) {
  Tensor x = six().requires_grad_();
  x.sum().backward();
  x.sum(0).backward(vec({1, 2, 3}));
  expect_near(x.grad(), {2, 3, 4, 2, 3, 4});
}

TEST(ReduceGradient, TiesShareInMaxOverAll) {
  Tensor x = vec({3, 1, 3}).requires_grad_();
  expect_near(autograd::grad({x.max()}, {x})[0], {0.5, 0, 0.5});
  expect_near(autograd::grad({x.amax(0)}, {x})[0], {0.5, 0, 0.5});
  expect_near(autograd::grad({std::get<0>(x.max(0))}, {x})[0], {1, 0, 0});
  Tensor nan = vec({1, kNan, 2, kNan}).requires_grad_();
  expect_near(autograd::grad({nan.max()}, {nan})[0], {0, 0.5, 0, 0.5});
}

TEST(ReduceGradient, OfNormsAtZeroIsZero) {
  for (double p : {1.0, 1.5, 2.0, 3.0, kInf}) {
    Tensor x = vec({0, 0}).requires_grad_();
    expect_near(autograd::grad({x.norm(p)}, {x})[0], {0, 0});
  }
  Tensor x = vec({0, 2, -3}).requires_grad_();
  expect_near(autograd::grad({x.norm(0.5)}, {x})[0], {0, 2.2247, -1.8165},
              1e-4);
}

TEST(ReduceGradient, OfStdOfEqualsIsZero) {
  Tensor x = vec({2, 2}).requires_grad_();
  expect_near(autograd::grad({x.std()}, {x})[0], {0, 0});
}

using Op = std::function<Tensor(const Tensor&)>;

const std::vector<std::pair<const char*, Op>>& smooth_ops() {
  static const std::vector<std::pair<const char*, Op>> ops = {
      {"sum", [](const Tensor& x) { return x.sum().square(); }},
      {"sum dim", [](const Tensor& x) { return x.sum(0, true).square(); }},
      {"mean", [](const Tensor& x) { return x.mean().square(); }},
      {"mean dim", [](const Tensor& x) { return x.mean(1).square(); }},
      {"var", [](const Tensor& x) { return x.var(); }},
      {"var dim 0", [](const Tensor& x) { return x.var(0, true); }},
      {"var dim 1", [](const Tensor& x) { return x.var(1, true, true); }},
      {"var strided", [](const Tensor& x) { return x.t().var(1, true); }},
      {"std", [](const Tensor& x) { return x.std(); }},
      {"std dim", [](const Tensor& x) { return x.std({1}, false); }},
      {"prod", [](const Tensor& x) { return x.prod(); }},
      {"prod dim 0", [](const Tensor& x) { return x.prod(0); }},
      {"prod dim 1", [](const Tensor& x) { return x.prod(1, true); }},
      {"norm", [](const Tensor& x) { return x.norm(); }},
      {"norm 1", [](const Tensor& x) { return x.norm(1).square(); }},
      {"norm 1.5", [](const Tensor& x) { return x.norm(1.5, {0}); }},
      {"norm 3", [](const Tensor& x) { return x.norm(3, {1}, true); }},
      {"norm inf", [](const Tensor& x) { return x.norm(kInf, {1}); }},
      {"max", [](const Tensor& x) { return x.max().square(); }},
      {"min dim", [](const Tensor& x) { return std::get<0>(x.min(1)).exp(); }},
      {"amax",
       [](const Tensor& x) {
         return x.amax({0, 1}).exp();
       }},
      {"amin dim", [](const Tensor& x) { return x.amin(0, true).exp(); }},
      {"logsumexp",
       [](const Tensor& x) {
         return x.logsumexp({0, 1});
       }},
      {"logsumexp dim", [](const Tensor& x) { return x.logsumexp({0}, true); }},
      {"cumsum", [](const Tensor& x) { return x.cumsum(1).square(); }},
      {"cumprod", [](const Tensor& x) { return cumprod(x, 1); }},
      {"cumprod dim 0", [](const Tensor& x) { return cumprod(x, 0); }},
      {"softmax", [](const Tensor& x) { return x.softmax(1); }},
      {"softmax dim 0", [](const Tensor& x) { return x.softmax(0); }},
      {"log_softmax", [](const Tensor& x) { return x.log_softmax(-1); }},
      {"log_softmax 0", [](const Tensor& x) { return x.log_softmax(0); }},
      {"sort", [](const Tensor& x) { return std::get<0>(x.sort(1)).exp(); }},
      {"topk", [](const Tensor& x) { return std::get<0>(x.topk(2)).exp(); }},
  };
  return ops;
}

TEST(ReduceGradient, FirstAndSecondOrderOfEveryOp) {
  for (const auto& [name, op] : smooth_ops()) {
    SCOPED_TRACE(name);
    expect_derivatives(op, {2, 3}, {0.7, -1.2, 0.4, 1.1, -0.3, 0.9});
  }
}

TEST(ReduceGradient, OfProductsWithZeros) {
  const auto all = [](const Tensor& x) { return x.prod(); };
  const auto rows = [](const Tensor& x) { return x.prod(1); };
  const auto columns = [](const Tensor& x) { return cumprod(x, 0); };
  const auto running = [](const Tensor& x) { return cumprod(x, 1); };
  for (const Op& op : std::vector<Op>{all, rows, columns, running}) {
    expect_derivatives(op, {2, 3}, {0.7, 0, 0.4, 1.1, -0.3, 0.9});
    expect_derivatives(op, {2, 3}, {0.7, 0, 0, 1.1, -0.3, 0});
  }
}

// Recorded or not, also where a factor or a product is infinite.
TEST(ReduceGradient, OfInfiniteProductsIsThatOfTheOthers) {
  const auto expect = [](const auto& f, const std::vector<double>& at,
                         const std::vector<double>& right) {
    for (const bool recorded : {false, true}) {
      const Tensor x = vec(at, kDouble).requires_grad_();
      expect_near(
          autograd::grad({f(x).sum()}, {x}, {}, std::nullopt, recorded)[0],
          right);
    }
  };
  const auto all = [](const Tensor& x) { return x.prod(); };
  const auto rows = [](const Tensor& x) { return x.view({1, -1}).prod(1); };
  const auto running = [](const Tensor& x) { return x.cumprod(0); };
  expect(all, {kInf, 3, 2}, {6, kInf, kInf});
  expect(rows, {kInf, 3, 2}, {6, kInf, kInf});
  expect(all, {kNan, 3, 2}, {6, kNan, kNan});
  expect(rows, {2, kInf, 0}, {kNan, 0, kInf});
  expect(all, {1e200, 0.5, 1e200}, {5e199, kInf, 5e199});
  expect(running, {kInf, 3, 2}, {10, kInf, kInf});
  expect(running, {2, kInf, 0}, {kInf, 2, kInf});
  expect(running, {1e200, 1e200, 1e-200}, {1e200 + 2, 1e200 + 1, kInf});
}

TEST(ReduceGradient, OfLogsumexpWithInfinitiesIsItsLimit) {
  for (const bool recorded : {false, true}) {
    const auto slope = [&](const std::vector<double>& at) {
      const Tensor x = make({2, 3}, at, kDouble).requires_grad_();
      return autograd::grad({x.logsumexp(1).sum()}, {x}, {}, std::nullopt,
                            recorded)[0];
    };
    expect_near(slope({kInf, 1, 2, 0, -kInf, 0}), {1, 0, 0, 0.5, 0, 0.5});
    expect_near(slope({kInf, -kInf, kInf, 0, kInf, kNan}),
                {0.5, 0, 0.5, kNan, kNan, kNan});
  }
}

// An element of 0 has an infinite second derivative by itself at most.
TEST(ReduceGradient, OfNormsWithAZeroLeavesTheOthersTheirs) {
  const auto bend = [](const auto& f) {
    const Tensor x = vec({0, 1, 2}, kDouble).requires_grad_();
    const Tensor slope = autograd::grad({f(x)}, {x}, {}, std::nullopt, true)[0];
    return autograd::grad({slope[1]}, {x})[0];
  };
  expect_near(bend([](auto& x) { return x.norm(1.5); }),
              {0, 0.2361318, -0.1180659});
  expect_near(bend([](auto& x) { return x.norm(0.5, 0); }),
              {0, -0.7071068, 0.3535534});
  expect_near(bend([](auto& x) { return x.norm(2.5); }), {0, 0.4087, -0.2044},
              1e-4);
}

TEST(ReduceGradient, OfScalars) {
  for (const Op& op : std::vector<Op>{
           [](const Tensor& x) { return x.sum(0).square(); },
           [](const Tensor& x) { return std::get<0>(x.max(0)).square(); },
           [](const Tensor& x) { return std::get<0>(x.sort()).square(); },
           [](const Tensor& x) { return x.prod(0).square(); },
           [](const Tensor& x) { return cumprod(x, 0).square(); },
           [](const Tensor& x) { return x.cumsum(0).square(); },
           [](const Tensor& x) { return x.logsumexp(0).square(); }}) {
    expect_derivatives(op, {}, {1.3});
  }
}

// The gradient keeps its digits where powers of x, or 1 / norm, leave the range
// of float32.
TEST(Norm, OfLargeAndTinyNumbersHasItsGradient) {
  const Tensor x = tensor({3.0, -4.0, 1.0}, kDouble);
  for (const double p :
       {0.5, 1.0, 1.5, 2.0, 3.0, 10.0, -1.0, -2.0, kInf, -kInf}) {
    const Tensor right = x.detach().clone().requires_grad_();
    const Tensor norm = right.norm(p);
    norm.backward();
    for (const double size : {1e30, 1e-30, 1e37, 0x1p-135}) {
      for (const bool whole : {true, false}) {
        const Tensor y = (x * size).to(kFloat).requires_grad_();
        const Tensor found = whole ? y.norm(p) : y.norm(p, 0);
        found.backward();
        const double scale = norm.item<double>() * size;
        EXPECT_NEAR(found.item<double>() / scale, 1, 1e-4) << p << " " << size;
        EXPECT_TRUE(allclose(y.grad().to(kDouble), right.grad(), 1e-4, 1e-12))
            << p << " " << size;
      }
    }
  }
}

TEST(Norm, OfLargeAndTinyNumbersHasItsSecondDerivative) {
  const std::function<Tensor(const Tensor&)> functions[] = {
      [](const Tensor& x) { return x.norm(); },
      [](const Tensor& x) { return x.norm(2, 0); },
      [](const Tensor& x) { return x.norm(3); },
      [](const Tensor& x) { return x.std(); },
      [](const Tensor& x) { return pairwise_distance(x, -x, 2, 0); }};
  const auto second = [](const auto& f, const Tensor& x) {
    const Tensor g = autograd::grad({f(x)}, {x}, {}, true, true)[0];
    return autograd::grad({g[0]}, {x})[0];
  };
  const Tensor x = tensor({3.0, -4.0, 1.0}, kDouble).requires_grad_();
  for (const auto& f : functions) {
    const Tensor right = second(f, x);
    for (const double size : {1e-30, 1e-20, 1e-18, 1e-15, 1e15, 1e20, 1e30}) {
      const Tensor y = (x.detach() * size).to(kFloat).requires_grad_();
      EXPECT_TRUE(allclose(second(f, y).to(kDouble) * size, right, 1e-4, 1e-6))
          << size;
    }
  }
}

TEST(Normalize, OfTinyNumbersHasItsGradient) {
  const Tensor x = tensor({3e-30f, 4e-30f}).requires_grad_();
  normalize(x, 2, 0, 0)[0].backward();
  EXPECT_TRUE(allclose(x.grad() * 1e-30, tensor({0.128f, -0.096f}), 1e-5));
}

TEST(Norm, OfTheLargestGivesOthersNothing) {
  const Tensor x = tensor({3.0f, 1.0f}).requires_grad_();
  x.norm(kInf).backward(tensor(static_cast<float>(kInf)));
  EXPECT_EQ(x.grad()[0].item<double>(), kInf);
  EXPECT_EQ(x.grad()[1].item<double>(), 0);
}

}  // namespace
}  // namespace taper::testing
