// In-place edits through views and of their bases, against the same function
// written without edits.
#include "autograd_support.h"

namespace taper::testing {
namespace {

using Inputs = autograd::variable_list;
using indexing::Slice;

Tensor matrix(int64_t rows, int64_t columns) {
  return (arange(rows * columns, kDouble) * 0.1 + 0.3)
      .view({rows, columns})
      .clone()
      .requires_grad_();
}

// Both give the same values, and the first's gradients are right, twice.
template <class Edited, class Plain>
void expect_same(const Edited& edited, const Plain& plain, Inputs inputs) {
  EXPECT_TRUE(edited(inputs).allclose(plain(inputs), 1e-12, 1e-12));
  EXPECT_TRUE(gradcheck(edited, inputs));
  EXPECT_TRUE(gradgradcheck(edited, inputs));
  const Tensor weights = rand_like(plain(inputs));
  const Inputs a = autograd::grad({edited(inputs)}, inputs, {weights});
  const Inputs b = autograd::grad({plain(inputs)}, inputs, {weights});
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].allclose(b[i]));
}

TEST(Views, EditingAViewChangesTheBasesHistory) {
  expect_same(
      [](const Inputs& in) {
        Tensor base = in[0] * 2;
        base[0].mul_(in[1]);
        return base.exp();
      },
      [](const Inputs& in) {
        const Tensor base = in[0] * 2;
        return stack({base[0] * in[1], base[1]}).exp();
      },
      {matrix(2, 3), leaf({1, 2, 3})});
}

TEST(Views, EditingTheBaseChangesTheViewsHistory) {
  expect_same(
      [](const Inputs& in) {
        Tensor base = in[0] * 2;
        const Tensor row = base[1];
        const Tensor column = base.t()[0];
        base.mul_(in[1]);
        return row.sum() * column;
      },
      [](const Inputs& in) {
        const Tensor base = in[0] * 2 * in[1];
        return base[1].sum() * base.t()[0];
      },
      {matrix(2, 3), leaf({1, 2, 3})});
}

TEST(Views, EditingAViewChangesItsSiblings) {
  expect_same(
      [](const Inputs& in) {
        const Tensor base = in[0] * 2;
        const Tensor sibling = base.slice(1, 1, 3);
        base[0].exp_();
        base.t()[1].mul_(in[1]);
        return sibling.sin();
      },
      [](const Inputs& in) {
        const Tensor base = in[0] * 2;
        const Tensor step = stack({base[0].exp(), base[1]});
        const Tensor middle = step.t()[1] * in[1];
        return stack({middle, step.t()[2]}, 1).sin();
      },
      {matrix(2, 3), leaf({1.5, 2})});
}

TEST(Views, ViewsOfViewsReachTheBase) {
  expect_same(
      [](const Inputs& in) {
        Tensor base = in[0].clone();
        base.view({2, 2, 3}).transpose(0, 2)[1].slice(0, 0, 1).mul_(in[1]);
        return base * base;
      },
      [](const Inputs& in) {
        const Tensor cube = in[0].view({2, 2, 3});
        Tensor factor = ones({2, 2, 3}, kDouble);
        const Tensor mask = factor.zero_().index_put_({Slice(), 0, 1}, 1.0);
        const Tensor scaled =
            cube * (1 - mask) + cube * mask * in[1].view({2, 1, 1});
        return (scaled * scaled).view({4, 3});
      },
      {matrix(4, 3), leaf({2, 3})});
}

TEST(Views, OfANoncontiguousBaseWork) {
  expect_same(
      [](const Inputs& in) {
        Tensor base = (in[0] * 2).t();  // a view: its base is the product
        base[0].mul_(in[1]);
        return base * base.sum();
      },
      [](const Inputs& in) {
        const Tensor base = (in[0] * 2).t();
        const Tensor y =
            cat({(base[0] * in[1]).unsqueeze(0), base.slice(0, 1)});
        return y * y.sum();
      },
      {matrix(2, 3), leaf({1, 2})});
}

TEST(Views, AssignmentToAnExpressionIsRecorded) {
  expect_same(
      [](const Inputs& in) {
        Tensor base = zeros({3, 2}, kDouble);
        base[0] = in[0][0];
        base[2] = in[0][1] * 2;
        base[1][0] = 5;
        return base * base;
      },
      [](const Inputs& in) {
        const Tensor y = stack({in[0][0], constant({5, 0}), in[0][1] * 2});
        return y * y;
      },
      {matrix(2, 2)});
}

TEST(Views, AViewOfAPlainTensorRequiresGradOnceTheBaseDoes) {
  const Tensor x = leaf({2, 3});
  Tensor base = zeros({2, 2}, kDouble);
  const Tensor view = base[0];
  EXPECT_FALSE(view.requires_grad());
  base[1].copy_(x);
  EXPECT_TRUE(view.requires_grad()) << "as its base does";
  base[0].copy_(x * 2);
  view.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 2}));
}

TEST(Views, ALeafViewBecomesAResultWhenTheBaseIsEdited) {
  const Tensor x = leaf({2});
  Tensor base = constant({1, 2});
  {
    const Tensor view = base.slice(0, 0, 1);
    view.requires_grad_();
    const Tensor before = view * 3;
    base.mul_(x);
    EXPECT_FALSE(view.is_leaf());
    (view + before).backward();
  }
  EXPECT_EQ(x.grad().item<double>(), 1);
}

TEST(Views, HaveABaseAndANameThatTellsHowTheyAreMade) {
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  const Tensor view = base.view({2, 1});
  EXPECT_TRUE(view.is_view());
  EXPECT_TRUE(view.t()._base().is_same(base));
  EXPECT_THROW(base._base(), Error);
  EXPECT_EQ(view.grad_fn()->name(), "ViewBackward0");
  base.mul_(2);
  EXPECT_EQ(view.grad_fn()->name(), "AsStridedBackward0");
}

TEST(Views, MadeUnderNoGradRefuseEditsInGradMode) {
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  Tensor view;
  {
    const NoGradGuard no_grad;
    view = base[0];
    view.mul_(1);
  }
  EXPECT_TRUE(view.requires_grad());
  EXPECT_TRUE(contains(error_of([&] { view.mul_(2); }), "no_grad"));
  EXPECT_EQ(numbers(base), (Numbers{1, 2}));
}

TEST(Views, OfIntegersMadeUnderNoGradTakeWhatRequiresGrad) {
  const Tensor x = zeros({3}, kLong);
  Tensor view;
  {
    const NoGradGuard no_grad;
    view = x.narrow(0, 1, 2);
  }
  view.copy_(leaf({5.5, 7}));
  EXPECT_EQ(numbers(x), (Numbers{0, 5, 7}));
  EXPECT_FALSE(view.requires_grad());
}

TEST(Views, MadeUnderNoGradBringTheGradientOfTheirBase) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 1;
  Tensor of_leaf;
  Tensor of_result;
  {
    const NoGradGuard no_grad;
    of_leaf = x[0];
    of_result = y[1];
  }
  y.mul_(3);
  EXPECT_TRUE(of_leaf.requires_grad());
  (of_leaf * 2 + of_result * 5).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{2, 15}));
}

TEST(Views, OfATensorThatRequiresGradLaterBringItsGradient) {
  Tensor x = tensor({1., 2.});
  const Tensor view = x[1];
  x.requires_grad_();
  (view * 3).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 3}));
}

TEST(Views, OfALeafThatIsAViewRefuseEdits) {
  Tensor w = ones({2, 3}).t().requires_grad_();
  EXPECT_TRUE(contains(error_of([&] { w[0].mul_(5); }),
                       "a view of a leaf tensor that requires grad"));
  w.sum().backward();
  EXPECT_EQ(numbers(w.grad()), Numbers(6, 1));
}

TEST(Views, OfALeafSeeItsEditsUnderNoGrad) {
  Tensor x = leaf({1, 2});
  const Tensor view = x[1];
  {
    const NoGradGuard no_grad;
    x.mul_(10);
  }
  (view * view).backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 40}));
}

TEST(Views, AnExpandedViewAddsUpAfterTheBaseIsEdited) {
  const Tensor x = leaf({1, 2});
  Tensor base = x * 1;
  const Tensor wide = base.expand({3, 2});
  base.mul_(2);
  (wide * constant({1, 10})).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{6, 60}));
}

TEST(Views, EditsOfPartsDoNotMix) {
  expect_same(
      [](const Inputs& in) {
        const std::vector<Tensor> parts = (in[0] * 1).chunk(2, 1);
        Tensor left = parts[0];
        Tensor right = parts[1];
        left.add_(right);
        right.exp_();
        return left * right;
      },
      [](const Inputs& in) {
        const Tensor left = in[0].slice(1, 0, 2);
        const Tensor right = in[0].slice(1, 2, 4);
        return (left + right) * right.exp();
      },
      {matrix(2, 4)});
}

}  // namespace
}  // namespace taper::testing
