// gradcheck itself: what it accepts, and that it finds planted mistakes.
#include "autograd_support.h"

namespace taper::testing {
namespace {

using autograd::AutogradContext;
using autograd::variable_list;

GradcheckOptions quiet() {
  GradcheckOptions options;
  options.raise_exception = false;
  return options;
}

// A product a * b whose backward is Rule::backward(grad, a, b).
template <class Rule>
struct Product : autograd::Function<Product<Rule>> {
  static Tensor forward(AutogradContext* ctx, const Tensor& a,
                        const Tensor& b) {
    ctx->save_for_backward({a, b});
    return a * b;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const variable_list saved = ctx->get_saved_variables();
    return Rule::backward(grads[0], saved[0], saved[1]);
  }
};

using T = const Tensor&;
struct Right {
  static variable_list backward(T g, T a, T b) { return {g * b, g * a}; }
};
struct WrongSign {
  static variable_list backward(T g, T a, T b) { return {g * b, -g * a}; }
};
struct WrongFactor {
  static variable_list backward(T g, T a, T b) { return {g * b, g * a * 1.01}; }
};
struct ExtraTerm {
  static variable_list backward(T g, T a, T b) { return {g * b + 0.01, g * a}; }
};
struct Swapped {
  static variable_list backward(T g, T a, T b) { return {g * a, g * b}; }
};
struct Transposed {
  static variable_list backward(T g, T a, T b) {
    return {(g * b).t().contiguous().view(a.sizes()), g * a};
  }
};
struct OneElement {
  static variable_list backward(T g, T a, T b) {
    Tensor grad = g * b;
    grad.select(-1, 0).select(-1, 0).mul_(2);
    return {grad, g * a};
  }
};
struct Zero {
  static variable_list backward(T g, T a, T b) {
    return {zeros_like(b) * g, g * a};
  }
};
struct Missing {
  static variable_list backward(T g, T, T b) { return {g * b, Tensor()}; }
};
struct IgnoresGrad {
  static variable_list backward(T g, T a, T b) { return {g.sign() * b, g * a}; }
};
struct Random {
  static variable_list backward(T g, T a, T b) {
    return {g * (b + rand({}, kDouble) * 1e-6), g * a};
  }
};
struct Detached {
  static variable_list backward(T g, T a, T b) {
    return {g * b.detach(), g * a};
  }
};
struct FirstColumnOnly {
  static variable_list backward(T g, T a, T b) {
    return {(g * b).slice(1, 0, 1), g * a};  // as if a were a column
  }
};

Tensor square(uint64_t step) {
  const Tensor x = (arange(9, kDouble) * static_cast<double>(step) % 9.0 + 0.5);
  return (x / 9).view({3, 3}).detach().requires_grad_();
}

template <class Rule>
bool passes_first() {
  const auto f = [](const variable_list& x) {
    return Product<Rule>::apply(x[0], x[1]);
  };
  const bool passed = gradcheck(f, {square(2), square(4)}, quiet());
  if (!passed) {
    EXPECT_TRUE(contains(error_of([&] {
                           gradcheck(f, {square(2), square(4)});
                         }),
                         "[gradcheck]"));
  }
  return passed;
}
template <class Rule>
bool passes_second() {
  const auto f = [](const variable_list& x) {
    return Product<Rule>::apply(x[0], x[1]);
  };
  return gradgradcheck(f, {square(2), square(4)}, {}, quiet());
}

TEST(Gradcheck, PassesARightBackward) {
  EXPECT_TRUE(passes_first<Right>());
  EXPECT_TRUE(passes_second<Right>());
}

TEST(Gradcheck, FindsAWrongSign) { EXPECT_FALSE(passes_first<WrongSign>()); }
TEST(Gradcheck, FindsAWrongFactor) {
  EXPECT_FALSE(passes_first<WrongFactor>());
}
TEST(Gradcheck, FindsATermThatDoesNotScaleWithTheGradient) {
  EXPECT_FALSE(passes_first<ExtraTerm>());
}
TEST(Gradcheck, FindsSwappedInputs) { EXPECT_FALSE(passes_first<Swapped>()); }
TEST(Gradcheck, FindsATransposedGradient) {
  EXPECT_FALSE(passes_first<Transposed>());
}
TEST(Gradcheck, FindsASingleWrongElement) {
  EXPECT_FALSE(passes_first<OneElement>());
}
TEST(Gradcheck, FindsAZeroGradient) { EXPECT_FALSE(passes_first<Zero>()); }
TEST(Gradcheck, FindsAMissingGradient) {
  EXPECT_FALSE(passes_first<Missing>());
}
TEST(Gradcheck, FindsANondeterministicBackward) {
  EXPECT_FALSE(passes_first<Random>());
}
TEST(Gradcheck, FindsAGradientOfAnotherShape) {
  EXPECT_THROW(passes_first<FirstColumnOnly>(), Error);
}

TEST(Gradcheck, OnlyTheSecondOrderFindsADetachedBackward) {
  EXPECT_TRUE(passes_first<Detached>());
  EXPECT_FALSE(passes_second<Detached>());
}
// Right for gradients of 0 and 1, and no others.
TEST(Gradcheck, FindsABackwardThatIsNotLinear) {
  EXPECT_FALSE(passes_first<IgnoresGrad>());
}

// Sums over the wrong dim when the operand was broadcast.
struct BroadcastAdd : autograd::Function<BroadcastAdd> {
  static Tensor forward(AutogradContext*, const Tensor& a, const Tensor& b) {
    return a + b;
  }
  static variable_list backward(AutogradContext*, variable_list grads) {
    return {grads[0], grads[0].sum(1)};
  }
};
TEST(Gradcheck, FindsBroadcastingUndoneAlongTheWrongDim) {
  const auto f = [](const variable_list& x) {
    return BroadcastAdd::apply(x[0], x[1]) * x[0].detach();
  };
  const Tensor row = leaf({1, 2, 3});
  EXPECT_FALSE(gradcheck(f, {square(2), row}, quiet()));
}

// Reads the memory of its input as if it were always contiguous.
struct StridesForgotten : autograd::Function<StridesForgotten> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return x * x;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const Tensor x = ctx->get_saved_variables()[0];
    const Tensor raw = as_strided(x.detach(), {9}, {1}, 0).view({3, 3});
    return {grads[0] * raw * 2};
  }
};
TEST(Gradcheck, FindsAMistakeThatOnlyStridedInputsShow) {
  const auto plain = [](const variable_list& x) {
    return StridesForgotten::apply(x[0]);
  };
  const auto strided = [](const variable_list& x) {
    return StridesForgotten::apply(x[0].t());
  };
  EXPECT_TRUE(gradcheck(plain, {square(2)}, quiet()));
  EXPECT_FALSE(gradcheck(strided, {square(2)}, quiet()));
}

TEST(Gradcheck, FindsAFunctionThatEditsItsInput) {
  const auto f = [](const variable_list& x) {
    x[1].detach().mul_(1.0 + 1e-12);
    return x[0] + x[1];
  };
  EXPECT_FALSE(gradcheck(f, {leaf({1, 2}), constant({3, 4})}, quiet()));
}

TEST(Gradcheck, FindsADetachedOutput) {
  const auto f = [](const variable_list& x) { return x[0].detach() * 2; };
  EXPECT_FALSE(gradcheck(f, {leaf({1})}, quiet()));
  EXPECT_TRUE(contains(error_of([&] { gradcheck(f, {leaf({1})}); }),
                       "no output requires grad"));
}

TEST(Gradcheck, RefusesFloat32) {
  const auto f = [](const variable_list& x) { return x[0] * 2; };
  const Tensor x = ones({2}, TensorOptions(kFloat).requires_grad(true));
  EXPECT_TRUE(contains(error_of([&] { gradcheck(f, {x}); }), "float32"));
  EXPECT_THROW(gradcheck(f, {x}, quiet()), TypeError);
  EXPECT_THROW(gradgradcheck(f, {x}), TypeError);
  const auto to_float = [](const variable_list& in) {
    return in[0].to(kFloat);
  };
  EXPECT_THROW(gradcheck(to_float, {leaf({1})}), TypeError);
}

TEST(Gradcheck, RefusesInputsItCannotMove) {
  const auto f = [](const variable_list& x) { return x[0] * 2; };
  EXPECT_THROW(gradcheck(f, {constant({1})}), Error);
  EXPECT_THROW(gradcheck(f, {leaf({1}) * 2}), Error);
  EXPECT_THROW(gradcheck(f, {constant({1}).expand(3).requires_grad_()}), Error);
  EXPECT_THROW(gradcheck(f, {Tensor()}), Error);
  GradcheckOptions options;
  options.eps = 0;
  EXPECT_THROW(gradcheck(f, {leaf({1})}, options), ValueError);
}

TEST(Gradcheck, SaysWhereTheDifferenceIs) {
  const auto f = [](const variable_list& x) {
    return Product<WrongFactor>::apply(x[0], x[1]);
  };
  const std::string error = error_of([&] {
    gradcheck(f, {leaf({1, 2}), leaf({0, 4})});
  });
  EXPECT_TRUE(contains(error, "output 0")) << error;
  EXPECT_TRUE(contains(error, "element 0 of input 1")) << error;
  EXPECT_TRUE(contains(error, "1.01")) << error;
}

TEST(Gradcheck, ChecksEveryInputAndOutputAndSkipsConstants) {
  const auto f = [](const variable_list& x) {
    return variable_list{x[0] * x[1], (x[0] > 0), x[2].exp()};
  };
  const Tensor x = leaf({1, 2});
  const Tensor c = tensor({1.0F, 2.0F}, kFloat);
  EXPECT_TRUE(gradcheck(f, {x, c, leaf({3})}));
  const auto wrong = [](const variable_list& in) {
    return variable_list{in[0] * 2, Product<WrongSign>::apply(in[0], in[1])};
  };
  EXPECT_FALSE(gradcheck(wrong, {x, leaf({3, 4})}, quiet()));
}

TEST(Gradcheck, LeavesGradsAndValuesAlone) {
  const Tensor x = leaf({1, 2});
  gradcheck([](const variable_list& in) { return in[0].exp(); }, {x});
  EXPECT_FALSE(x.grad().defined());
  EXPECT_EQ(numbers(x), (Numbers{1, 2}));
}

}  // namespace
}  // namespace taper::testing
