#include "autograd_support.h"

namespace taper::testing {
namespace {

TEST(InPlace, GivesTheTensorANewHistory) {
  const Tensor x = leaf({1, 2});
  Tensor y = x.clone();
  y.mul_(3).exp_();
  EXPECT_EQ(y.grad_fn()->name(), "ExpBackward0");
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{3 * std::exp(3.0), 3 * std::exp(6.0)}));
}

TEST(InPlace, MakesALeafThatNeedsNoGradAResult) {
  const Tensor x = leaf({2});
  Tensor y = constant({5});
  const Tensor early = y * 1;
  y.mul_(x);
  EXPECT_FALSE(y.is_leaf());
  EXPECT_FALSE(early.requires_grad());
  y.backward();
  EXPECT_EQ(x.grad().item<double>(), 5);
}

TEST(InPlace, OnALeafThrowsAndChangesNothing) {
  Tensor x = leaf({1, 2});
  const std::string error = error_of([&] { x.add_(1); });
  EXPECT_TRUE(contains(error, "add_") && contains(error, "leaf")) << error;
  EXPECT_THROW(x.zero_(), Error);
  EXPECT_THROW(x.copy_(constant({5, 6})), Error);
  EXPECT_THROW(x.t_(), Error);
  EXPECT_THROW(x.uniform_(), Error);
  EXPECT_THROW(x.index_put_({0}, 3.0), Error);
  EXPECT_EQ(numbers(x), (Numbers{1, 2}));
  EXPECT_EQ(x._version(), 0);
}

TEST(InPlace, OnAViewOfALeafThrows) {
  const Tensor x = leaf({1, 2});
  Tensor view = x[0];
  EXPECT_TRUE(contains(error_of([&] { view.mul_(2); }), "view of a leaf"));
  EXPECT_THROW(x.view({2, 1}).fill_(1), Error);
  EXPECT_THROW(x.slice(0, 0, 1) = 5, Error);
  EXPECT_EQ(numbers(x), (Numbers{1, 2}));
}

// Where no derivative exists, none is recorded.
TEST(InPlace, WritesIntoIntegersAreNotRecorded) {
  const Tensor source = leaf({1.5, 2.5});
  for (ScalarType type : {kLong, kInt, kBool, kByte}) {
    Tensor x = zeros({2}, type);
    x.copy_(source);
    EXPECT_FALSE(x.requires_grad()) << toString(type);
    x[1] = source[0];
    EXPECT_FALSE(x.requires_grad()) << toString(type);
    x.index({indexing::Slice(0, 1)}) = source[0];
    EXPECT_FALSE(x.requires_grad()) << toString(type);
    x.mul_(2 > 1);
    EXPECT_FALSE(x.requires_grad()) << toString(type);
  }
  Tensor positions = zeros({2}, kLong);
  positions.copy_(source);
  EXPECT_EQ(positions[1].item<int64_t>(), 2);
}

TEST(InPlace, ShapeChangesUnderNoGradKeepTheHistory) {
  const Tensor x = leaf({1, 2, 3, 4, 5, 6});
  const Tensor factor = constant({1, 2, 3, 4, 5, 6}).view({3, 2});
  for (bool is_view : {false, true}) {
    x.mutable_grad().reset();
    Tensor y = (x * 1).view({2, 3});
    if (!is_view) y = y * 1;
    {
      const NoGradGuard no_grad;
      y.t_();
    }
    (y * factor).sum().backward();
    EXPECT_EQ(numbers(x.grad()), (Numbers{1, 3, 5, 2, 4, 6}));
  }
}

TEST(InPlace, ALeafReshapedUnderNoGradStaysALeaf) {
  Tensor x = leaf({1, 2, 3}).view({1, 3}).detach().requires_grad_();
  {
    const NoGradGuard no_grad;
    x.t_();
  }
  EXPECT_TRUE(x.is_leaf());
  (x * constant({1, 2, 3}).view({3, 1})).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1, 2, 3}));
  EXPECT_EQ(x.grad().sizes(), (IntArrayRef{3, 1}));
}

TEST(InPlace, OnAViewThatIsItselfALeafThrows) {
  const Tensor base = constant({1, 2});
  Tensor view = base[0];
  view.requires_grad_();
  EXPECT_THROW(view.mul_(2), Error);
  EXPECT_EQ(numbers(base), (Numbers{1, 2}));
}

TEST(InPlace, OnALeafIsAllowedUnderNoGradAndThroughDetach) {
  Tensor x = leaf({1, 2});
  {
    const NoGradGuard no_grad;
    x.add_(1);
  }
  x.detach().mul_(2);
  x.data().add_(1);
  EXPECT_EQ(numbers(x), (Numbers{5, 7}));
  EXPECT_TRUE(x.is_leaf());
  (x * x).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{10, 14}));
}

TEST(InPlace, UnderNoGradKeepsTheHistory) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 3;
  {
    const NoGradGuard no_grad;
    y.fill_(100);
  }
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{3, 3}));
}

TEST(InPlace, VersionsCountEditsAndAreSharedByViews) {
  Tensor x = constant({1, 2});
  const Tensor view = x[0];
  EXPECT_EQ(x._version(), 0);
  x.add_(1);
  view.detach().mul_(2);
  EXPECT_EQ(x._version(), 2);
  EXPECT_EQ(view._version(), 2);
  EXPECT_EQ(x.clone()._version(), 0);
}

TEST(InPlace, EditingWhatItsOwnNodeSavedIsFine) {
  const Tensor x = leaf({0.5});
  Tensor y = x.clone();
  for (int i = 0; i < 4; ++i) y.sin_();
  y.backward();
  double expected = 1;
  double value = 0.5;
  for (int i = 0; i < 4; ++i) {
    expected *= std::cos(value);
    value = std::sin(value);
  }
  EXPECT_NEAR(x.grad().item<double>(), expected, 1e-12);
}

TEST(InPlace, EditingWhatNoNodeNeedsIsFine) {
  const Tensor x = leaf({2, 4});
  for (double number : {1., 2.}) {
    Tensor y = number / x;
    y.mul_(2);
    y.sum().backward();
  }
  EXPECT_EQ(numbers(x.grad()), (Numbers{-1.5, -0.375}));
  Tensor h = x.view({1, 2, 1}) * 1;
  const Tensor product = matmul(h, constant({3}).view({1, 1}));
  h.mul_(2);
  product.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{1.5, 2.625}));
  const Tensor quotient = 1. / h;
  h.mul_(2);
  EXPECT_THROW(quotient.sum().backward(), Error);
}

TEST(InPlace, EditingWhatAnotherNodeSavedThrows) {
  const Tensor x = leaf({0.5});
  Tensor y = x.clone();
  const Tensor z = y.exp() * y;
  y.add_(1);
  EXPECT_THROW(z.backward(), Error);
}

TEST(InPlace, WithItselfAsOperandGivesTheRightGradient) {
  const ExpectNoLeak expect_no_leak;
  const auto f = [](const autograd::variable_list& x) {
    Tensor y = x[0].clone();
    y.add_(y).mul_(y);
    y.addcmul_(y, y, 0.1).pow_(y).lerp_(y, y).addcdiv_(y, y);
    return y.div_(y + 2);
  };
  EXPECT_TRUE(gradcheck(f, {leaf({0.3, 0.6})}));
  EXPECT_TRUE(gradgradcheck(f, {leaf({0.3, 0.6})}));
}

TEST(InPlace, WithAViewOfItselfAsOperandNeverGivesAWrongGradient) {
  const ExpectNoLeak expect_no_leak;
  const Tensor x = leaf({1, 2});
  Tensor y = x.clone();
  y.mul_(y[1]);
  EXPECT_EQ(numbers(y), (Numbers{2, 4}));
  EXPECT_THROW(y.sum().backward(), Error) << "what was saved has changed";
}

TEST(InPlace, OperandsThatOverlapAreReadBeforeTheyAreWritten) {
  for (bool recording : {false, true}) {
    Tensor a = constant({1, 2, 3, 4}).view({2, 2}).clone();
    a.requires_grad_(recording);
    Tensor b = a.clone();
    b.add_(b.t());
    EXPECT_EQ(numbers(b), (Numbers{2, 5, 5, 8}));
    Tensor c = a.clone().view(4);
    c.slice(0, 1, 4).copy_(c.slice(0, 0, 3));
    EXPECT_EQ(numbers(c), (Numbers{1, 1, 2, 3}));
    Tensor d = a.clone().view(4);
    d.slice(0, 0, 3).sub_(d.slice(0, 1, 4));
    EXPECT_EQ(numbers(d), (Numbers{-1, -1, -1, 4}));
    if (!recording) continue;
    (b * b.detach()).sum().backward();
    EXPECT_EQ(numbers(a.grad()), (Numbers{4, 10, 10, 16}));
  }
}

TEST(InPlace, AnOperandThatDoesNotBroadcastToTheTensorThrows) {
  for (bool requires_grad : {false, true}) {
    const Tensor x = leaf({1, 2}).requires_grad_(requires_grad);
    Tensor y = x.clone();
    EXPECT_THROW(y.add_(ones({2, 2}, kDouble)), Error);
    EXPECT_THROW(y.mul_(ones({3}, kDouble)), Error);
    EXPECT_THROW(y.copy_(ones({2, 2}, kDouble)), Error);
    EXPECT_THROW(y.addcmul_(ones({2, 2}, kDouble), y), Error);
    EXPECT_THROW(y.masked_fill_(ones({2, 2}, kBool), 3), Error);
    EXPECT_EQ(numbers(y), (Numbers{1, 2}));
    EXPECT_EQ(y._version(), 0);
  }
}

TEST(InPlace, AResultOfAHigherKindThrows) {
  Tensor i = tensor({1, 2});
  EXPECT_TRUE(contains(error_of([&] { i.add_(0.5); }), "add_"));
  EXPECT_THROW(i.mul_(constant({1, 2})), TypeError);
  EXPECT_THROW(i.div_(2), TypeError);
  EXPECT_TRUE(contains(error_of([&] { i.exp_(); }), "[exp_]"));
  EXPECT_THROW(i.sqrt_(), Error);
  Tensor b = tensor({true, false});
  EXPECT_THROW(b.add_(1), TypeError);
  Tensor f = tensor({1.0F, 2.0F}, kFloat);
  f.add_(constant({1, 2}));  // float64 goes into float32
  EXPECT_EQ(f.dtype(), kFloat);
  EXPECT_EQ(numbers(f), (Numbers{2, 4}));
  EXPECT_EQ(numbers(i), (Numbers{1, 2}));
}

TEST(InPlace, WritingAFloat64ResultIntoFloat32CastsTheGradient) {
  const Tensor x = ones({2}, TensorOptions(kFloat).requires_grad(true));
  const Tensor w = leaf({3, 4});
  Tensor y = x.clone();
  y.mul_(w);
  y.sum().backward();
  EXPECT_EQ(x.grad().dtype(), kFloat);
  EXPECT_EQ(numbers(x.grad()), (Numbers{3, 4}));
  EXPECT_EQ(numbers(w.grad()), (Numbers{1, 1}));
}

TEST(InPlace, ExpandedTensorsRefuseValuesThatDiffer) {
  Tensor x = constant({1}).expand(3);
  EXPECT_TRUE(contains(error_of([&] { x.add_(1); }), "clone()"));
  EXPECT_THROW(x.copy_(constant({1, 2, 3})), Error);
  EXPECT_THROW(x.uniform_(), Error);
  EXPECT_THROW(constant({1, 2, 3}).as_strided({2, 2}, {1, 1}).mul_(2), Error);
  EXPECT_EQ(numbers(x), (Numbers{1, 1, 1}));
}

TEST(InPlace, UndefinedTensorsThrow) {
  Tensor undefined;
  Tensor x = constant({1});
  EXPECT_THROW(undefined.add_(1), Error);
  EXPECT_THROW(x.add_(undefined), Error);
  EXPECT_THROW(x.copy_(undefined), Error);
}

TEST(InPlace, OnALeafWithOlderGraphsReachesThemStill) {
  const Tensor w = leaf({2});
  Tensor x = leaf({3});
  const Tensor old = x * 5;
  x.requires_grad_(false);
  x.mul_(w);  // x is a result now, with its former accumulator in `old`
  (old + x * 1).backward();
  EXPECT_EQ(w.grad().item<double>(), 3);
}

TEST(InPlace, DetachInPlaceMakesALeaf) {
  const Tensor x = leaf({2});
  Tensor y = x * 3;
  y.detach_();
  EXPECT_TRUE(y.is_leaf());
  EXPECT_FALSE(y.requires_grad());
  Tensor view = (x * 3).view(1);
  EXPECT_THROW(view.detach_(), Error);
}

}  // namespace
}  // namespace taper::testing
