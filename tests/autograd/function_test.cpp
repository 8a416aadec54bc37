#include "autograd_support.h"

namespace taper::testing {
namespace {

using autograd::AutogradContext;
using autograd::Function;
using autograd::variable_list;

TEST(Function, IsDifferentiableTwice) {
  const auto f = [](const variable_list& x) { return Cube::apply(x[0]); };
  EXPECT_TRUE(gradcheck(f, {leaf({1, 2, -0.5})}));
  EXPECT_TRUE(gradgradcheck(f, {leaf({1, 2, -0.5})}));
  const Tensor y = Cube::apply(leaf({1}));
  EXPECT_TRUE(contains(y.grad_fn()->name(), "Cube")) << y.grad_fn()->name();
}

TEST(Function, RecordsNothingWithoutNeed) {
  EXPECT_FALSE(Cube::apply(constant({1})).requires_grad());
  const NoGradGuard no_grad;
  EXPECT_FALSE(Cube::apply(leaf({1})).requires_grad());
}

TEST(Function, BackwardTwiceThrows) {
  const Tensor y = Cube::apply(leaf({2}));
  y.backward();
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "second time"));
}

TEST(Function, ASavedInputThatWasEditedThrows) {
  const Tensor x = leaf({2});
  Tensor inner = x * 1;
  const Tensor y = Cube::apply(inner);
  inner.add_(1);
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "Cube"));
}

// Its own output is saved; several kinds of arguments and results.
struct ScaledExp : Function<ScaledExp> {
  static variable_list forward(AutogradContext* ctx, double scale,
                               const Tensor& x,
                               const std::optional<Tensor>& shift) {
    const Tensor y = (x * scale).exp();
    ctx->save_for_backward({y, Tensor()});
    ctx->saved_data["scale"] = scale;
    const Tensor sign = x > 0;
    ctx->mark_non_differentiable({sign});
    return {shift ? y + *shift : y.clone(), y, sign};
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    EXPECT_FALSE(saved[1].defined());
    const double scale = ctx->saved_data["scale"].toDouble();
    return {Tensor(), (grads[0] + grads[1]) * saved[0] * scale, grads[0]};
  }
};

TEST(Function, TakesNumbersOptionalTensorsAndReturnsSeveral) {
  const auto f = [](const variable_list& x) {
    const variable_list y = ScaledExp::apply(0.5, x[0], x[1]);
    EXPECT_FALSE(y[2].requires_grad());
    return variable_list{y[0] * 2, y[1]};
  };
  EXPECT_TRUE(gradcheck(f, {leaf({1, 2}), leaf({3, 4})}));
  EXPECT_TRUE(gradgradcheck(f, {leaf({1, 2}), leaf({3, 4})}));
  const Tensor x = leaf({1, 2});
  ScaledExp::apply(0.5, x, std::nullopt)[0].sum().backward();
  EXPECT_NEAR(x.grad()[0].item<double>(), 0.5 * std::exp(0.5), 1e-12);
}

struct PassThrough : Function<PassThrough> {
  static Tensor forward(AutogradContext*, const Tensor& x) { return x; }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {grads[0] * 10};
  }
};

TEST(Function, AnInputHandedThroughGetsAHistoryOfItsOwn) {
  const Tensor x = leaf({1, 2});
  const Tensor y = PassThrough::apply(x);
  EXPECT_TRUE(x.is_leaf());
  EXPECT_TRUE(y.is_alias_of(x));
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{10, 10}));
}

struct Reshaped : Function<Reshaped> {
  static variable_list forward(AutogradContext*, const Tensor& x) {
    return {x.view({-1}), x[0]};
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {(grads[0] * 7).view({1, 2})};
  }
};

TEST(Function, WhatLooksIntoAnInputRefusesEditsThroughEither) {
  const Tensor x = leaf({1, 2}), h = x * 1;
  Tensor y = PassThrough::apply(h);
  EXPECT_TRUE(y.is_view());
  EXPECT_THROW(y.mul_(2), Error);
  EXPECT_THROW(PassThrough::apply(x).mul_(2), Error);
  EXPECT_EQ(numbers(h), (Numbers{1, 2}));
  const Tensor matrix = h.view({1, 2});
  const variable_list views = Reshaped::apply(matrix);
  views[0].sum().backward({}, true);
  EXPECT_EQ(numbers(x.grad()), (Numbers{7, 7}));
  EXPECT_THROW(views[1].mul_(2), Error);
  const Tensor later = views[0];
  h.mul_(2);
  EXPECT_TRUE(contains(error_of([&] { later.sum().backward(); }), "Function"));
}

struct TripleInPlace : Function<TripleInPlace> {
  static Tensor forward(AutogradContext* ctx, Tensor x) {
    x.mul_(3);
    ctx->mark_dirty({x});
    ctx->save_for_backward({x});
    return x;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const Tensor y = ctx->get_saved_variables()[0];
    return {grads[0] * 3 + y * 0};
  }
};

TEST(Function, ADirtyInputIsTheOutput) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 1;
  const Tensor z = TripleInPlace::apply(y);
  EXPECT_TRUE(z.is_same(y));
  EXPECT_GE(y._version(), 1);
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{3, 3}));
}

TEST(Function, ADirtyViewChangesItsBase) {
  const auto f = [](const variable_list& in) {
    Tensor base = in[0] * 2;
    const Tensor sibling = base.slice(0, 0, 2);
    TripleInPlace::apply(base.slice(0, 1, 3));
    return variable_list{base * base, sibling};
  };
  const Tensor x = leaf({1, 2, 3, 4});
  EXPECT_EQ(numbers(f({x})[1]), (Numbers{2, 12}));
  EXPECT_TRUE(gradcheck(f, {x}));
  EXPECT_TRUE(gradgradcheck(f, {x}));
}

TEST(Function, ADirtyLeafThrows) {
  const Tensor x = leaf({1, 2});
  EXPECT_TRUE(contains(error_of([&] { TripleInPlace::apply(x); }), "leaf"));
  EXPECT_THROW(TripleInPlace::apply(x[0]), Error);
  EXPECT_TRUE(x.is_leaf());
}

struct ForgetsDirty : Function<ForgetsDirty> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    ctx->mark_dirty({x});
    return x * 2;
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return grads;
  }
};

TEST(Function, ADirtyInputThatIsNotReturnedThrows) {
  const Tensor y = leaf({1}) * 1;
  EXPECT_TRUE(
      contains(error_of([&] { ForgetsDirty::apply(y); }), "not returned"));
}

// Two outputs of which one may be unused; counts what arrives.
template <bool kMaterialize>
struct Pair : Function<Pair<kMaterialize>> {
  static variable_list forward(AutogradContext* ctx, const Tensor& x) {
    ctx->set_materialize_grads(kMaterialize);
    return {x * 2, Tensor(), x * 3};
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    EXPECT_FALSE(grads[1].defined());
    EXPECT_EQ(grads[2].defined(), kMaterialize);
    if (!kMaterialize) return {grads[0] * 2};
    EXPECT_EQ(numbers(grads[2]), (Numbers{0, 0}));
    return {grads[0] * 2 + grads[2] * 3};
  }
};

TEST(Function, GradsOfUnusedOutputsAreZerosUnlessToldOtherwise) {
  for (bool materialize : {true, false}) {
    const Tensor x = leaf({1, 2});
    const variable_list y =
        materialize ? Pair<true>::apply(x) : Pair<false>::apply(x);
    EXPECT_FALSE(y[1].defined());
    y[0].sum().backward();
    EXPECT_EQ(numbers(x.grad()), (Numbers{2, 2}));
  }
}

struct NeedsFirst : Function<NeedsFirst> {
  static Tensor forward(AutogradContext*, const Tensor& a, const Tensor& b) {
    return a * b;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    EXPECT_TRUE(ctx->needs_input_grad(0));
    EXPECT_FALSE(ctx->needs_input_grad(1));
    EXPECT_THROW((void)ctx->needs_input_grad(2), IndexError);
    return {grads[0], Tensor()};
  }
};

TEST(Function, KnowsWhichGradientsAreWanted) {
  const Tensor x = leaf({1});
  NeedsFirst::apply(x, constant({2})).backward();
  EXPECT_EQ(x.grad().item<double>(), 1);
}

struct WrongCount : Function<WrongCount> {
  static Tensor forward(AutogradContext*, const Tensor& a, const Tensor& b) {
    return a * b;
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {grads[0]};
  }
};
struct WrongShape : Function<WrongShape> {
  static Tensor forward(AutogradContext*, const Tensor& a) { return a * 2; }
  static variable_list backward(AutogradContext*, variable_list) {
    return {constant({1, 2, 3})};
  }
};

TEST(Function, AWrongNumberOrShapeOfGradientsThrows) {
  const Tensor x = leaf({1, 2});
  const Tensor z = leaf({1, 2});
  const Tensor y = WrongCount::apply(x, z);
  const std::string count = error_of([&] { y.sum().backward(); });
  EXPECT_TRUE(contains(count, "WrongCount") && contains(count, "expected 2"));
  const std::string shape =
      error_of([&] { (WrongShape::apply(x) * z).sum().backward(); });
  EXPECT_TRUE(contains(shape, "WrongShape") && contains(shape, "(3,)"));
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(z.grad().defined());
}

struct Throws : Function<Throws> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, bool now) {
    ctx->save_for_backward({x});
    if (now) throw std::runtime_error("forward");
    return x * 2;
  }
  static variable_list backward(AutogradContext*, variable_list) {
    throw std::runtime_error("backward");
  }
};

TEST(Function, OneThatThrowsChangesNothing) {
  const Tensor x = leaf({1});
  const Tensor z = leaf({1});
  EXPECT_THROW(Throws::apply(x, true), std::runtime_error);
  EXPECT_TRUE(GradMode::is_enabled());
  const Tensor y = z.exp() + Throws::apply(x, false);
  EXPECT_THROW(y.backward(), std::runtime_error);
  EXPECT_FALSE(x.grad().defined());
  EXPECT_FALSE(z.grad().defined());
  EXPECT_TRUE(GradMode::is_enabled());
}

// A backward that runs a backward of its own, as checkpointing does.
struct Checkpoint : Function<Checkpoint> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return x.sin() * x;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const AutoGradMode recording(true);
    const Tensor x = ctx->get_saved_variables()[0].detach();
    x.requires_grad_();
    (x.sin() * x).backward(grads[0]);
    return {x.grad()};
  }
};

TEST(Function, MayRunBackwardInItsBackward) {
  const auto f = [](const variable_list& x) { return Checkpoint::apply(x[0]); };
  EXPECT_TRUE(gradcheck(f, {leaf({1, 2})}));
}

// Each level's backward builds and runs the next one.
struct Nested : Function<Nested> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x, int64_t depth) {
    ctx->saved_data["depth"] = depth;
    return x * 1;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const int64_t depth = ctx->saved_data["depth"].toInt();
    if (depth == 0) return {grads[0], Tensor()};
    const AutoGradMode recording(true);
    const Tensor x = leaf({1});
    Nested::apply(x, depth - 1).backward(grads[0] + 1);
    return {x.grad(), Tensor()};
  }
};

TEST(Function, MayNestThousandsOfBackwards) {
  on_small_stack([] {
    const Tensor x = leaf({1});
    Nested::apply(x, int64_t{4000}).backward();
    EXPECT_EQ(x.grad().item<double>(), 4001);
  });
}

// As deep, and through one graph: every level enters the nodes of the others.
struct Spiral : Function<Spiral> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    ctx->saved_data["left"] = 100;
    return x * 1;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const int64_t left = ctx->saved_data["left"].toInt();
    ctx->saved_data["left"] = left - 1;
    if (left == 0) throw std::runtime_error("the deepest");
    output.backward(grads[0], /*retain_graph=*/true);
    return {grads[0]};
  }
  static inline Tensor output;
};

TEST(Function, ErrorsOfNestedBackwardsReachTheCaller) {
  const Tensor x = leaf({1});
  Spiral::output = Spiral::apply(x) * 2;
  EXPECT_THROW(Spiral::output.backward({}, true), std::runtime_error);
  EXPECT_FALSE(x.grad().defined());
  Spiral::output = Tensor();
}

}  // namespace
}  // namespace taper::testing
