// Dtypes, shapes and special values of the elementwise operations. The dtypes
// of mixed operands are PyTorch's (tests/golden/make_promotion.py).
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "autograd_support.h"

namespace taper::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// "float32:n": a tensor with dims, ":0" a 0-d one, ":s" a number.
struct Operand {
  explicit Operand(const std::string& text) {
    const std::string dtype = text.substr(0, text.find(':'));
    const char kind = text.back();
    ScalarType type = kUndefined;
    for (int i = 0; i < kDtypeCount; ++i) {
      const auto candidate = static_cast<ScalarType>(i);
      if (dtype == name_of(candidate)) type = candidate;
    }
    if (kind == 's') {
      number = type == kDouble ? Scalar(1.0)
               : type == kLong ? Scalar(1)
                               : Scalar(true);
    } else {
      tensor = kind == 'n' ? ones({2}, type) : ones({}, type);
    }
  }
  Tensor tensor;
  Scalar number;
};

using Op = std::function<Tensor(const Operand&, const Operand&)>;

// Calls f(tensor, tensor) or f(tensor, number).
template <class F>
Op either(F f) {
  return [f](const Operand& a, const Operand& b) -> Tensor {
    return b.tensor.defined() ? f(a.tensor, b.tensor) : f(a.tensor, b.number);
  };
}
template <class F>
Op edit(F f) {
  return [f](const Operand& a, const Operand& b) -> Tensor {
    Tensor x = a.tensor.clone();
    if (b.tensor.defined()) {
      f(x, b.tensor);
    } else {
      f(x, b.number);
    }
    EXPECT_EQ(x.dtype(), a.tensor.dtype());
    return x;
  };
}
Op two_tensors(Tensor (*f)(const Tensor&, const Tensor&)) {
  return
      [f](const Operand& a, const Operand& b) { return f(a.tensor, b.tensor); };
}

Tensor where_of(const Operand& a, const Operand& b) {
  const Tensor c = ones({2}, kBool);
  if (!a.tensor.defined()) return where(c, a.number, b.tensor);
  if (!b.tensor.defined()) return where(c, a.tensor, b.number);
  return where(c, a.tensor, b.tensor);
}
Tensor pow_of(const Operand& a, const Operand& b) {
  if (!a.tensor.defined()) return pow(a.number, b.tensor);
  if (!b.tensor.defined()) return pow(a.tensor, b.number);
  return pow(a.tensor, b.tensor);
}

std::map<std::string, Op> operations() {
  auto fill = [](Tensor& x, const auto& b) { x.fill_(b); };
  return {
      {"add", either([](auto& a, auto& b) { return add(a, b); })},
      {"sub", either([](auto& a, auto& b) { return sub(a, b); })},
      {"mul", either([](auto& a, auto& b) { return mul(a, b); })},
      {"div", either([](auto& a, auto& b) { return div(a, b); })},
      {"fmod", either([](auto& a, auto& b) { return fmod(a, b); })},
      {"remainder", either([](auto& a, auto& b) { return remainder(a, b); })},
      {"floor_divide",
       either([](auto& a, auto& b) { return floor_divide(a, b); })},
      {"eq", either([](auto& a, auto& b) { return eq(a, b); })},
      {"lt", either([](auto& a, auto& b) { return lt(a, b); })},
      {"pow", pow_of},
      {"where", where_of},
      {"maximum", two_tensors(maximum)},
      {"minimum", two_tensors(minimum)},
      {"atan2", two_tensors(atan2)},
      {"clamp_min",
       [](const Operand& a, const Operand& b) {
         return clamp_min(a.tensor, b.number);
       }},
      {"add_", edit([](Tensor& x, auto& b) { x.add_(b); })},
      {"sub_", edit([](Tensor& x, auto& b) { x.sub_(b); })},
      {"mul_", edit([](Tensor& x, auto& b) { x.mul_(b); })},
      {"div_", edit([](Tensor& x, auto& b) { x.div_(b); })},
      {"pow_", edit([](Tensor& x, auto& b) { x.pow_(b); })},
      {"fmod_", edit([](Tensor& x, auto& b) { x.fmod_(b); })},
      {"remainder_", edit([](Tensor& x, auto& b) { x.remainder_(b); })},
      {"copy_",
       [](const Operand& a, const Operand& b) {
         return a.tensor.clone().copy_(b.tensor);
       }},
      {"fill_", edit(fill)},
  };
}

TEST(Promotion, IsThatOfPyTorch) {
  const auto path =
      std::filesystem::path(__FILE__).parent_path() / "../golden/promotion.txt";
  std::ifstream file(path);
  const std::map<std::string, Op> ops = operations();
  std::string line;
  std::string word;
  std::vector<std::string> operands;
  std::getline(file, line);
  for (std::istringstream words(line); words >> word;) operands.push_back(word);
  int count = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string op;
    std::string left;
    words >> op >> left;
    for (size_t i = 1; i < operands.size(); ++i) {
      std::string expected;
      words >> expected;
      if (expected == "-") continue;
      ++count;
      std::string result = "error";
      try {
        result =
            name_of(ops.at(op)(Operand(left), Operand(operands[i])).dtype());
      } catch (const Error&) {
      }
      EXPECT_EQ(result, expected) << op << " " << left << " " << operands[i];
    }
  }
  EXPECT_GT(count, 8000) << path << " was not read";
}

TEST(Promotion, FollowsTheDefaultDtype) {
  set_default_dtype(kDouble);
  const ScalarType divided = (tensor({1, 2}) / 2).dtype();
  const ScalarType added = (tensor({1, 2}) + 0.5).dtype();
  set_default_dtype(kFloat);
  EXPECT_EQ(divided, kDouble);
  EXPECT_EQ(added, kDouble);
  EXPECT_EQ(tensor({1, 2}).exp().dtype(), kFloat);
}

TEST(Promotion, AZeroDimGradientKeepsItsTensorsDtype) {
  const Tensor x = ones({}, TensorOptions(kDouble).requires_grad(true));
  const Tensor y = ones({2}, TensorOptions(kFloat).requires_grad(true));
  const Tensor z = x * y;
  EXPECT_EQ(z.dtype(), kFloat);
  z.sum().backward();
  EXPECT_EQ(x.grad().dtype(), kDouble);
  EXPECT_EQ(x.grad().item<double>(), 2);
}

TEST(Pointwise, ShapesThatDoNotBroadcastThrowAndNameTheOp) {
  const Tensor a = ones({2, 3});
  const Tensor b = ones({2});
  const std::string error = error_of([&] { a* b; });
  EXPECT_TRUE(contains(error, "[mul]")) << error;
  EXPECT_TRUE(contains(error, "(2, 3)") && contains(error, "(2,)")) << error;
  EXPECT_THROW(a + b, Error);
  EXPECT_THROW(maximum(a, b), Error);
  EXPECT_THROW(void(a == b), Error);
  EXPECT_THROW(where(a > 0, b, a), Error);
  EXPECT_THROW(addcmul(a, b, b), Error);
  EXPECT_THROW(lerp(a, b, 0.5), Error);
  EXPECT_THROW(lerp(a, a, b), Error);
}

TEST(Pointwise, UndefinedOperandsThrow) {
  const Tensor a = ones({2});
  EXPECT_THROW(a + Tensor(), Error);
  EXPECT_THROW(Tensor() * a, Error);
  EXPECT_THROW(Tensor().exp(), Error);
  EXPECT_THROW(where(Tensor(), a, a), Error);
}

TEST(Pointwise, BadArgumentsThrow) {
  const Tensor a = ones({2});
  EXPECT_THROW(a.clamp(), ValueError);
  EXPECT_THROW(div(a, a, "up"), ValueError);
  EXPECT_THROW(where(a, a, a), TypeError);
  EXPECT_THROW(a.masked_fill(a, 1), TypeError);
  EXPECT_THROW(add(tensor({1}), tensor({1}), 0.5), TypeError);
  EXPECT_THROW(tensor({true}) - tensor({true}), TypeError);
  EXPECT_THROW(-tensor({true}), TypeError);
  EXPECT_THROW(pow(tensor({2}), -1), ValueError);
  EXPECT_THROW(pow(tensor({2}), tensor({-1})), ValueError);
  EXPECT_THROW(fmod(tensor({2}), 0), ValueError);
  EXPECT_THROW(remainder(tensor({2}), tensor({0})), ValueError);
  EXPECT_THROW(floor_divide(tensor({2}), tensor({0})), ValueError);
}

// The gradient at the kinks is PyTorch's choice.
TEST(Pointwise, GradientsAtKinks) {
  const auto slope = [](const auto& f, double at) {
    const Tensor x = leaf({at});
    f(x).backward(ones({1}, kDouble));
    return x.grad().template item<double>();
  };
  EXPECT_EQ(slope([](auto& x) { return x.relu(); }, 0), 0);
  EXPECT_EQ(slope([](auto& x) { return x.abs(); }, 0), 0);
  EXPECT_EQ(slope([](auto& x) { return x.clamp(0, 1); }, 0), 1);
  EXPECT_EQ(slope([](auto& x) { return x.clamp(0, 1); }, 1), 1);
  EXPECT_EQ(slope([](auto& x) { return maximum(x, x.detach()); }, 3), 0.5);
  EXPECT_EQ(slope([](auto& x) { return x.pow(0); }, 0), 0);
  EXPECT_EQ(slope([](auto& x) { return x.pow(1); }, 0), 1);
  EXPECT_EQ(slope([](auto& x) { return x.pow(2); }, 0), 0);
  EXPECT_EQ(slope([](auto& x) { return pow(2, x * 0); }, 5), 0);
  EXPECT_EQ(slope([](auto& x) { return pow(0, x); }, 2), 0);
  EXPECT_EQ(slope([](auto& x) { return pow(x, constant({0})); }, 0), 0);
  EXPECT_EQ(slope([](auto& x) { return x.sqrt(); }, 0), kInfinity);
}

// What is not chosen must not turn the gradient into nan.
TEST(Pointwise, MaskedInfinitiesDoNotPoisonGradients) {
  const Tensor x = leaf({-1, 0, 4});
  const Tensor bad = constant({kNaN, kInfinity, 1});
  (where(bad.isfinite(), x, bad) * constant({1, 2, 3}))
      .masked_fill(!bad.isfinite(), 0)
      .sum()
      .backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 3}));
}

TEST(Pointwise, NanPropagatesThroughChoices) {
  const Tensor x = constant({kNaN, 1});
  EXPECT_TRUE(std::isnan(numbers(maximum(x, constant({1, kNaN})))[0]));
  EXPECT_TRUE(std::isnan(numbers(maximum(x, constant({1, kNaN})))[1]));
  EXPECT_TRUE(std::isnan(numbers(x.clamp(0, 0.5))[0]));
  EXPECT_TRUE(std::isnan(numbers(x.relu())[0]));
  EXPECT_EQ(numbers(x == x), (Numbers{0, 1}));
}

TEST(Pointwise, RemaindersFollowTheirSigns) {
  const Tensor a = tensor({7, -7, 7, -7});
  const Tensor b = tensor({3, 3, -3, -3});
  EXPECT_EQ(numbers(fmod(a, b)), (Numbers{1, -1, 1, -1}));
  EXPECT_EQ(numbers(remainder(a, b)), (Numbers{1, 2, -2, -1}));
  EXPECT_EQ(numbers(floor_divide(a, b)), (Numbers{2, -3, -3, 2}));
  EXPECT_EQ(numbers(div(a, b, "trunc")), (Numbers{2, -2, -2, 2}));
  EXPECT_EQ(div(a, b, "trunc").dtype(), kLong);
  EXPECT_EQ(numbers(a % 4), (Numbers{3, 1, 3, 1}));
}

TEST(Pointwise, Int64IsExactBeyondFloat64) {
  const int64_t big = (int64_t{1} << 53) + 1;
  const Tensor x = tensor({big, -big});
  EXPECT_EQ((x + 0).select(0, 0).item<int64_t>(), big);
  EXPECT_EQ((x - 1).select(0, 0).item<int64_t>(), big - 1);
  EXPECT_EQ((x * -1).select(0, 1).item<int64_t>(), big);
  EXPECT_EQ((-x).abs().select(0, 0).item<int64_t>(), big);
  EXPECT_EQ(x.clamp(-5, big).select(0, 0).item<int64_t>(), big);
  EXPECT_EQ(numbers(x == big), (Numbers{1, 0}));
  EXPECT_EQ(numbers(x > big - 1), (Numbers{1, 0}));
  EXPECT_EQ(add(x, x, 2).select(0, 0).item<int64_t>(), 3 * big);
  EXPECT_EQ(x.clone().fill_(big).select(0, 1).item<int64_t>(), big);
}

TEST(Pointwise, EmptyTensorsGiveEmptyResults) {
  const Tensor x = empty({0, 3}, kDouble);
  EXPECT_EQ((x + ones({3}, kDouble)).sizes(), IntArrayRef({0, 3}));
  EXPECT_EQ((x.exp() * x).sizes(), IntArrayRef({0, 3}));
  EXPECT_EQ(where(x > 0, x, 1).sizes(), IntArrayRef({0, 3}));
  EXPECT_THROW(x + ones({2}, kDouble), Error);
}

TEST(Bitwise, Int64GoesBitByBit) {
  const Tensor a = tensor({6, -3, 5});
  const Tensor b = tensor({3, 5, 1});
  EXPECT_EQ(numbers(a & b), (Numbers{2, 5, 1}));
  EXPECT_EQ(numbers(a | b), (Numbers{7, -3, 5}));
  EXPECT_EQ(numbers(a ^ b), (Numbers{5, -8, 4}));
  EXPECT_EQ(numbers(~a), (Numbers{-7, 2, -6}));
  EXPECT_EQ(numbers(a & 1), (Numbers{0, 1, 1}));
  EXPECT_EQ((~a).dtype(), kLong);
  EXPECT_EQ(numbers(tensor({true, false}) & 3), (Numbers{1, 0}));
  EXPECT_EQ(numbers(tensor({{6, -3}, {5, 1}}).t() ^ tensor({1, 2})),
            (Numbers{7, 7, -4, 3}));
  EXPECT_EQ(numbers(a.bitwise_xor_(b)), (Numbers{5, -8, 4}));
  EXPECT_EQ((empty({0, 3}, kLong) & b).sizes(), IntArrayRef({0, 3}));
}

TEST(Bitwise, BoolIsLogicAndFloatThrows) {
  Tensor a = tensor({true, true, false});
  const Tensor b = tensor({true, false, false});
  EXPECT_EQ(numbers(~a), (Numbers{0, 0, 1}));
  EXPECT_EQ((a & b).dtype(), kBool);
  EXPECT_EQ(numbers(a & true), (Numbers{1, 1, 0}));
  EXPECT_EQ(numbers(a ^= b), (Numbers{0, 1, 0}));
  EXPECT_EQ(numbers(a |= b), (Numbers{1, 1, 0}));
  EXPECT_EQ(numbers(a &= b), (Numbers{1, 0, 0}));
  EXPECT_THROW(ones(2) & ones(2), NotImplementedError);
  EXPECT_THROW(~ones(2), NotImplementedError);
  EXPECT_THROW(a &= tensor({1, 2, 3}), TypeError);
}

TEST(Clamp, BoundsPerElement) {
  const Tensor x = tensor({-2., 0.5, 3., kNaN}, requires_grad());
  const Tensor low = tensor({-1., 1., 0., 0.}, requires_grad());
  const Tensor high = tensor({1., 0., 2., 1.}, requires_grad());
  const Tensor y = clamp(x, low, high);
  EXPECT_EQ(numbers(y.slice(0, 0, 3)), (Numbers{-1, 0, 2}));
  EXPECT_TRUE(std::isnan(y.select(0, 3).item<double>()));
  y.slice(0, 0, 3).sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 0, 0}));
  EXPECT_EQ(numbers(low.grad()), (Numbers{1, 0, 0, 0}));
  EXPECT_EQ(numbers(high.grad()), (Numbers{0, 1, 1, 0}));
  EXPECT_EQ(numbers(tensor({1, 5}).clamp(tensor({2}), std::nullopt)),
            (Numbers{2, 5}));
  EXPECT_EQ(clamp(empty({0, 2}), zeros(2)).sizes(), IntArrayRef({0, 2}));
  EXPECT_THROW(clamp(x, zeros(3)), Error);
}

TEST(Addcdiv, RejectsTheDivisionOfIntegers) {
  const Tensor x = ones({2});
  const Tensor i = ones({2}, kLong);
  EXPECT_THROW(x.addcdiv(i, i), TypeError);
  EXPECT_THROW(x.clone().addcdiv_(i, i), TypeError);
  EXPECT_THROW(x.addcdiv(i, tensor(true)), TypeError);
  EXPECT_THROW(i.addcdiv(i, i), TypeError);
  EXPECT_TRUE(x.addcdiv(i, x).equal(full({2}, 2)));
  EXPECT_TRUE(x.addcdiv(x, i).equal(full({2}, 2)));
  EXPECT_TRUE(i.addcdiv(x, x).equal(full({2}, 2.0)));
}

TEST(Where, TwoNumbers) {
  const Tensor c = tensor({true, false});
  EXPECT_EQ(where(c, 1, 0).dtype(), kLong);
  EXPECT_EQ(where(c, 1.0, 0.0).dtype(), kFloat);
  EXPECT_EQ(where(c, true, false).dtype(), kBool);
  EXPECT_EQ(numbers(where(c, 1, 0.5)), (Numbers{1, 0.5}));
  EXPECT_EQ(where(c, 1, 0.5).dtype(), kFloat);
  EXPECT_EQ(numbers(tensor({3., 4.}).where(c, 0)), (Numbers{3, 0}));
}

TEST(Hypot, NeitherOverflowsNorLosesInfinity) {
  const Tensor a = tensor({3e300, 3e-310, 0.0, -kInfinity, kNaN, 5.0}, kDouble);
  const Tensor b =
      tensor({-4e300, 4e-310, 0.0, kNaN, kInfinity, -12.0}, kDouble);
  const Tensor exact =
      tensor({5e300, 5e-310, 0.0, kInfinity, kInfinity, 13.0}, kDouble);
  EXPECT_TRUE(allclose(hypot(a, b), exact, 1e-15, 5e-324));
  EXPECT_EQ(hypot(ones({2}), ones({}, kDouble)).dtype(), kFloat);
  EXPECT_EQ(hypot(ones({2}), ones({2}, kDouble)).dtype(), kDouble);
  EXPECT_EQ(hypot(ones({2}), ones({2}, kLong)).dtype(), kFloat);
  EXPECT_THROW(hypot(ones({2}, kLong), ones({2}, kLong)), NotImplementedError);
}

TEST(Hypot, TheGradientOfALargeLengthIsItsDirection) {
  const Tensor a = tensor({3e300}, kDouble).requires_grad_();
  const Tensor b = tensor({-4e300}, kDouble).requires_grad_();
  hypot(a, b).backward();
  EXPECT_NEAR(a.grad().item<double>(), 0.6, 1e-15);
  EXPECT_NEAR(b.grad().item<double>(), -0.8, 1e-15);
}

TEST(Hypot, BesideInfinityTheOtherIsNothing) {
  const Tensor far = leaf({kInfinity, -kInfinity, kInfinity, kInfinity});
  const Tensor near = leaf({1, -2, 0, kNaN});
  for (const bool swapped : {false, true}) {
    const Tensor y = swapped ? hypot(near, far) : hypot(far, near);
    const auto slopes =
        autograd::grad({y.sum()}, {far, near}, {}, std::nullopt, true);
    EXPECT_EQ(numbers(slopes[0]), (Numbers{1, -1, 1, 1}));
    EXPECT_EQ(numbers(slopes[1]), (Numbers{0, 0, 0, 0}));
    for (const Tensor& slope : slopes) {
      for (const Tensor& x : {far, near}) {
        EXPECT_EQ(numbers(autograd::grad({slope.sum()}, {x}, {}, true)[0]),
                  (Numbers{0, 0, 0, 0}));
      }
    }
  }
}

TEST(Pointwise, AtanhBendsInfinitelyAtItsEnds) {
  const Tensor x = leaf({1, -1, 0.5});
  const Tensor slope =
      autograd::grad({x.atanh().sum()}, {x}, {}, std::nullopt, true)[0];
  EXPECT_EQ(numbers(slope), (Numbers{kInfinity, kInfinity, 4 / 3.}));
  const Numbers bend = numbers(autograd::grad({slope.sum()}, {x})[0]);
  EXPECT_EQ(bend[0], kInfinity);
  EXPECT_EQ(bend[1], -kInfinity);
  EXPECT_NEAR(bend[2], 16 / 9., 1e-15);
}

TEST(Pointwise, LongNames) {
  Tensor x = tensor({-1.5, 2.});
  EXPECT_EQ(numbers(multiply(x, 2)), (Numbers{-3, 4}));
  EXPECT_EQ(numbers(x.divide(x)), (Numbers{1, 1}));
  EXPECT_EQ(numbers(x.subtract(1)), (Numbers{-2.5, 1}));
  EXPECT_EQ(numbers(true_divide(tensor({1, 2}), 2)), (Numbers{0.5, 1}));
  EXPECT_EQ(numbers(greater(x, 0)), (Numbers{0, 1}));
  EXPECT_EQ(numbers(x.less_equal(x)), (Numbers{1, 1}));
  EXPECT_EQ(numbers(sgn(x)), (Numbers{-1, 1}));
  EXPECT_EQ(numbers(x.clip(-1, 1)), (Numbers{-1, 1}));
  EXPECT_EQ(numbers(x.negative_().multiply_(2).clip_(-3)), (Numbers{3, -3}));
  EXPECT_EQ(numel(x), 2);
  EXPECT_TRUE(is_floating_point(x));
}

TEST(NanToNum, ReplacesWhatIsNotFinite) {
  const Tensor x = tensor({kNaN, kInfinity, -kInfinity, 1.5}, requires_grad());
  const double most = std::numeric_limits<float>::max();
  const Tensor y = nan_to_num(x);
  EXPECT_EQ(numbers(y), (Numbers{0, most, -most, 1.5}));
  EXPECT_EQ(numbers(x.nan_to_num(2, 3)), (Numbers{2, 3, -most, 1.5}));
  y.sum().backward();
  EXPECT_EQ(numbers(x.grad()), (Numbers{0, 0, 0, 1}));
  EXPECT_EQ(nan_to_num(tensor({1, 2})).dtype(), kLong);
  EXPECT_EQ(numbers(nan_to_num(tensor({-kInfinity}, kDouble))),
            (Numbers{-std::numeric_limits<double>::max()}));
  EXPECT_EQ(nan_to_num(empty({0, 2})).sizes(), IntArrayRef({0, 2}));
}

TEST(Pointwise, SignAndSquareOfBool) {
  const Tensor x = tensor({true, false});
  EXPECT_TRUE(sign(x).equal(x));
  EXPECT_TRUE(x.clone().sign_().equal(x));
  EXPECT_TRUE(square(x).equal(tensor({1, 0})));
  EXPECT_THROW(x.clone().square_(), Error);
}

TEST(Pointwise, FillsConvertTheNumberToTheDtype) {
  const Tensor mask = tensor({true, false});
  const auto filled = [&](ScalarType dtype, const Scalar& value) {
    const Tensor x = zeros({2}, dtype);
    const Tensor y = x.masked_fill(mask, value);
    EXPECT_TRUE(y[0].equal(x.clone().fill_(value)[0]));
    EXPECT_TRUE(y.equal(x.clone().masked_fill_(mask, value)));
    EXPECT_TRUE(y.equal(x.index_fill(0, tensor({0}), value)));
    EXPECT_TRUE(y.equal(x.masked_fill(mask, y[0].to(kDouble))));
    return y[0].item<double>();
  };
  EXPECT_EQ(filled(kLong, 1.5), 1);
  EXPECT_EQ(filled(kInt, -1.5), -1);
  EXPECT_EQ(filled(kBool, 3), 1);
  EXPECT_EQ(filled(kBool, NAN), 1);
  EXPECT_EQ(filled(kByte, 1.5), 1);
  EXPECT_EQ(filled(kFloat, true), 1);
  const auto rejects = [&](ScalarType dtype, const Scalar& value) {
    const Tensor x = zeros({2}, dtype);
    EXPECT_THROW(x.masked_fill(mask, value), Error);
    EXPECT_THROW(x.masked_fill(mask, tensor(value.to_double())), Error);
    EXPECT_THROW(x.fill_(value), Error);
    EXPECT_THROW(x.index_fill(0, tensor({0}), value), Error);
  };
  rejects(kByte, 300);
  rejects(kByte, -1.5);
  rejects(kChar, 300);
  rejects(kInt, 1e10);
  rejects(kLong, 1e300);
  rejects(kLong, NAN);
  rejects(kHalf, 1e10);
  rejects(kFloat, 1e300);
}

TEST(Alpha, OfBoolsIsTrueOrFalse) {
  const Tensor b = tensor({true, false, true});
  const Tensor c = tensor({true, true, false});
  const Tensor any = tensor({true, true, true});
  for (const Scalar& alpha : {Scalar(true), Scalar(1), Scalar(2), Scalar(-1)}) {
    EXPECT_TRUE(add(b, c, alpha).equal(any));
    EXPECT_TRUE(add(b, true, alpha).equal(any));
    EXPECT_TRUE(b.clone().add_(c, alpha).equal(any));
  }
  for (const Scalar& alpha : {Scalar(false), Scalar(0)}) {
    EXPECT_TRUE(add(b, c, alpha).equal(b));
    EXPECT_TRUE(add(b, true, alpha).equal(b));
    EXPECT_TRUE(b.clone().add_(c, alpha).equal(b));
  }
  EXPECT_TRUE(add(b, 1, 2).equal(tensor({3, 2, 3})));
  EXPECT_TRUE(add(ones(3, kLong), c, 2).equal(tensor({3, 3, 1})));
  EXPECT_THROW(add(b, c, 0.5), TypeError);
  EXPECT_THROW(add(b, 1, true), TypeError);
  EXPECT_THROW(add(ones(3), c, true), TypeError);
  EXPECT_THROW(ones(3).add_(ones(3), true), TypeError);
  EXPECT_THROW(ones(3).add_(1, true), TypeError);
  EXPECT_THROW(ones(3).sub_(ones(3), true), TypeError);
  EXPECT_THROW(sub(ones(3), ones(3), true), TypeError);
  EXPECT_THROW(rsub(ones(3), 1, true), TypeError);
  EXPECT_THROW(sub(b, c, true), TypeError);
}

}  // namespace
}  // namespace taper::testing
