// The ends of the range: empty and 0-d tensors, the extreme integers, NaN and
// infinity, and sums whose error must not grow with their length.
#include <cmath>
#include <limits>

#include "taper/taper.h"

namespace taper {
namespace {

namespace F = nn::functional;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

template <class T>
std::vector<T> list(const Tensor& x) {
  const Tensor y = x.detach().contiguous();
  return std::vector<T>(y.data_ptr<T>(), y.data_ptr<T>() + y.numel());
}

// Equal, NaN being equal to itself.
void expect_floats(const Tensor& x, const std::vector<float>& expected) {
  ASSERT_EQ(x.dtype(), kFloat);
  const std::vector<float> got = list<float>(x);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i << ": " << got[i];
    } else {
      EXPECT_EQ(got[i], expected[i]) << i;
    }
  }
}

Tensor strange() { return tensor({1.0f, kNan, -kInf, kInf, -0.0f, 0.0f}); }

// Extreme integers ------------------------------------------------------------

TEST(Limits, TheLeastIntegerHasNoOpposite) {
  const Tensor x = tensor({kMin, kMax, int64_t{-1}});
  EXPECT_EQ(list<int64_t>(x.abs()), (std::vector<int64_t>{kMin, kMax, 1}));
  EXPECT_EQ(list<int64_t>(-x), (std::vector<int64_t>{kMin, -kMax, 1}));
  EXPECT_EQ(list<int64_t>(x.sign()), (std::vector<int64_t>{-1, 1, -1}));
}

TEST(Limits, DivisionByMinusOneWraps) {
  const Tensor x = tensor({kMin, kMax});
  const std::vector<int64_t> wrapped = {kMin, -kMax};
  EXPECT_EQ(list<int64_t>(x.floor_divide(-1)), wrapped);
  EXPECT_EQ(list<int64_t>(x.div(-1, "trunc")), wrapped);
  EXPECT_EQ(list<int64_t>(x.floor_divide(full({}, -1, kLong))), wrapped);
  EXPECT_EQ(list<int64_t>(x % -1), (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(list<int64_t>(x.fmod(-1)), (std::vector<int64_t>{0, 0}));
}

TEST(Limits, IntegerQuotientsBeyondDoublesAreExact) {
  const Tensor x = tensor({kMax, kMin, int64_t{-7}, int64_t{7}});
  EXPECT_EQ(list<int64_t>(x.div(2, "trunc")),
            (std::vector<int64_t>{kMax / 2, kMin / 2, -3, 3}));
  EXPECT_EQ(list<int64_t>(x.div(full({4}, 2, kLong), "trunc")),
            (std::vector<int64_t>{kMax / 2, kMin / 2, -3, 3}));
  EXPECT_EQ(list<int64_t>(ones({2}, kBool).div(full({}, -3, kLong), "trunc")),
            (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(list<int64_t>(x.div(2, "floor")),
            (std::vector<int64_t>{kMax / 2, kMin / 2, -4, 3}));
}

TEST(Limits, ArithmeticOfIntegersWraps) {
  const Tensor x = tensor({kMin, kMax});
  EXPECT_EQ(list<int64_t>(x + 1), (std::vector<int64_t>{kMin + 1, kMin}));
  EXPECT_EQ(list<int64_t>(x - 1), (std::vector<int64_t>{kMax, kMax - 1}));
  EXPECT_EQ(list<int64_t>(x * 2), (std::vector<int64_t>{0, -2}));
  EXPECT_EQ(x.sum().item<int64_t>(), -1);
  EXPECT_EQ(list<int64_t>(x.cumsum(0)), (std::vector<int64_t>{kMin, -1}));
  EXPECT_EQ(x.max().item<int64_t>(), kMax);
  EXPECT_EQ(x.argmin().item<int64_t>(), 0);
}

TEST(Limits, SizesAndCountsDoNotOverflow) {
  EXPECT_EQ(list<int64_t>(arange(kMin, kMax, kMax, kLong)),
            (std::vector<int64_t>{kMin, -1, kMax - 1}));
  EXPECT_EQ(list<int64_t>(arange(kMax, kMin, kMin, kLong)),
            (std::vector<int64_t>{kMax, -1}));
  EXPECT_THROW(arange(kMin, kMax, 1, kLong), Error);
  EXPECT_THROW(one_hot(tensor({kMax})), Error);
  EXPECT_THROW(one_hot(tensor({kMax}), kMax), Error);
  EXPECT_THROW(one_hot(tensor({int64_t{1}}), kMin), Error);
  EXPECT_THROW(diag(ones({2}), kMax), Error);
  EXPECT_THROW(diag(ones({2}), kMin), Error);
  const Tensor x = ones({2, 2});
  const int64_t half = int64_t{1} << 62;
  for (const char* mode : {"constant", "reflect", "replicate", "circular"}) {
    EXPECT_THROW(pad(x, {half, half}, mode), Error) << mode;
    EXPECT_THROW(pad(x, {kMax, kMin}, mode), Error) << mode;
    EXPECT_THROW(pad(x, {kMin, kMin}, mode), Error) << mode;
  }
  EXPECT_EQ(full({}, kMax).expand({3}).sum().item<int64_t>(), kMax - 2);
}

TEST(Limits, StepsOfOptimisersDoNotOverflow) {
  Tensor x = ones({2}).requires_grad_();
  x.mutable_grad() = ones({2});
  optim::Adam adam({x}, 0.1);
  adam.step();
  auto& state = static_cast<optim::AdamParamState&>(*adam.state().at(x.impl()));
  state.step(kMax);
  adam.step();
  EXPECT_EQ(state.step(), kMax);
  EXPECT_TRUE(x.isfinite().all().item<bool>());
  optim::LBFGS lbfgs({x}, optim::LBFGSOptions(1).max_iter(kMax));
  lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor loss = x.square().sum();
    loss.backward();
    return loss;
  });
  EXPECT_LT(x.abs().max().item<float>(), 1e-3);
}

TEST(Limits, IntegersAreComparedExactly) {
  const Tensor x = tensor({kMax, kMax - 1});
  EXPECT_EQ(list<bool>(x == kMax), (std::vector<bool>{true, false}));
  EXPECT_EQ(list<bool>(x < kMax), (std::vector<bool>{false, true}));
  EXPECT_EQ(list<int64_t>(x.clamp(kMax - 1, kMax - 1)),
            (std::vector<int64_t>{kMax - 1, kMax - 1}));
  EXPECT_EQ(list<int64_t>(std::get<0>(x.sort())),
            (std::vector<int64_t>{kMax - 1, kMax}));
  EXPECT_FALSE(equal(x, x.flip(0)));
}

// NaN and infinity ------------------------------------------------------------

TEST(Limits, MaximaAndMinimaAreNanWhenAnElementIs) {
  const Tensor x = strange();
  expect_floats(x.max(), {kNan});
  expect_floats(x.min(), {kNan});
  expect_floats(x.amax({0}), {kNan});
  EXPECT_EQ(x.argmax().item<int64_t>(), 1);
  EXPECT_EQ(x.argmin().item<int64_t>(), 1);
  EXPECT_EQ(std::get<1>(x.max(0)).item<int64_t>(), 1);
  expect_floats(maximum(x, zeros({})), {1, kNan, 0, kInf, 0, 0});
}

TEST(Limits, SortingPutsNanLast) {
  const Tensor x = strange();
  auto [up, up_places] = x.sort();
  expect_floats(up, {-kInf, -0.0f, 0, 1, kInf, kNan});
  EXPECT_EQ(list<int64_t>(up_places), (std::vector<int64_t>{2, 4, 5, 0, 3, 1}));
  expect_floats(std::get<0>(x.sort(0, true)), {kNan, kInf, 1, 0, 0, -kInf});
  expect_floats(std::get<0>(x.topk(2)), {kNan, kInf});
}

TEST(Limits, NanPassesThroughClampAndRelu) {
  const Tensor x = strange();
  expect_floats(x.clamp(-1, 1), {1, kNan, -1, 1, 0, 0});
  expect_floats(x.relu(), {1, kNan, 0, kInf, 0, 0});
  expect_floats(x.clamp_min(0.5), {1, kNan, 0.5f, kInf, 0.5f, 0.5f});
}

TEST(Limits, SignOfNanIsZero) {
  expect_floats(strange().sign(), {1, 0, -1, 1, 0, 0});
  Tensor x = strange().requires_grad_();
  x.abs().sum().backward();
  expect_floats(x.grad(), {1, 0, -1, 1, 0, 0});
}

TEST(Limits, GradientsPassNanInRectifiers) {
  for (const bool is_elu : {false, true}) {
    Tensor x = tensor({-1.0f, kNan, 2.0f}).requires_grad_();
    (is_elu ? elu(x) : relu(x)).sum().backward();
    EXPECT_EQ(x.grad()[1].item<float>(), 1);
    EXPECT_EQ(x.grad()[2].item<float>(), 1);
  }
}

TEST(Limits, SoftmaxOfInfinitiesIsThatOfPyTorch) {
  const Tensor low = tensor({-kInf, -kInf});
  expect_floats(low.softmax(0), {kNan, kNan});
  expect_floats(low.logsumexp({0}), {-kInf});
  expect_floats(tensor({kInf, 1.0f}).log_softmax(0), {kNan, kNan});
  expect_floats(tensor({-kInf, 1.0f}).softmax(0), {0, 1});
  expect_floats(tensor({1e30f, 1.0f}).softmax(0), {1, 0});
}

TEST(Limits, InfiniteErrorsHaveFiniteGradients) {
  for (const bool is_huber : {false, true}) {
    Tensor x = tensor({kInf, -kInf, 0.5f}).requires_grad_();
    const Tensor loss = is_huber
                            ? huber_loss(x, zeros({3}), Reduction::Sum)
                            : smooth_l1_loss(x, zeros({3}), Reduction::Sum);
    loss.backward();
    expect_floats(x.grad(), {1, -1, 0.5f});
  }
}

TEST(Limits, AngleOfTheOriginHasNoGradient) {
  Tensor y = zeros({2}).requires_grad_(), x = zeros({2}).requires_grad_();
  atan2(y, x).sum().backward();
  expect_floats(y.grad(), {0, 0});
  expect_floats(x.grad(), {0, 0});
}

TEST(Limits, RoundedQuotientsHaveZeroGradients) {
  for (const char* mode : {"trunc", "floor"}) {
    Tensor a = tensor({7.5f, -7.5f}).requires_grad_();
    Tensor b = tensor({2.0f, 0.0f}).requires_grad_();
    a.div(b, mode).sum().backward();
    expect_floats(a.grad(), {0, 0});
    expect_floats(b.grad(), {0, 0});
    EXPECT_TRUE(a.div(2, mode).requires_grad());
  }
}

// Accuracy --------------------------------------------------------------------

TEST(Limits, MillionTenthsSumToOneUlp) {
  const Tensor x = full({1'000'000}, 0.1f);
  const float exact = static_cast<float>(1e6 * double{0.1f});
  const float got = x.sum().item<float>();
  EXPECT_GE(got, std::nextafter(exact, 0.0f));
  EXPECT_LE(got, std::nextafter(exact, kInf));
  EXPECT_NEAR(x.reshape({1000, 1000}).sum(0)[7].item<float>(), 100, 2e-5);
}

TEST(Limits, ManyOnesAreCountedExactly) {
  const int64_t n = int64_t{1} << 25;
  EXPECT_EQ(ones({n}).sum().item<float>(), static_cast<float>(n));
  EXPECT_EQ(ones({1}).expand({n}).sum().item<float>(), static_cast<float>(n));
  EXPECT_EQ(ones({n}).mean().item<float>(), 1);
  EXPECT_EQ(ones({n}, kBool).sum().item<int64_t>(), n);
}

TEST(Limits, VarianceKeepsItsDigitsFarFromZero) {
  manual_seed(3);
  const Tensor near = randn({100'000}, kDouble);
  const double expected = near.var().item<double>();
  EXPECT_NEAR((near + 1e8).var().item<double>(), expected, 1e-6);
  const Tensor far = (near + 4096).to(kFloat);
  const double rounded = far.to(kDouble).var().item<double>();
  EXPECT_NEAR(far.var().item<float>(), rounded, 1e-6);
  EXPECT_NEAR(far.mean().item<float>(), 4096 + near.mean().item<double>(),
              5e-4);
}

TEST(Limits, NormalisationsKeepTheirDigitsFarFromZero) {
  manual_seed(4);
  const Tensor x = randn({64, 32}, kDouble) + 3000;
  const Tensor y = layer_norm(x, 32), z = layer_norm(x.to(kFloat), 32);
  EXPECT_LT((y - z).abs().max().item<double>(), 5e-3);
  const Tensor exact = batch_norm(x, {}, {}, {}, {}, true, 0.1, 1e-5);
  const Tensor rough =
      batch_norm(x.to(kFloat), {}, {}, {}, {}, true, 0.1, 1e-5);
  EXPECT_LT((exact - rough).abs().max().item<double>(), 5e-3);
}

TEST(Limits, GroupsAreNormalisedAsRowsAre) {
  const Tensor pair = tensor({1e7f + 1, 1e7f - 1});
  const Tensor three = tensor({1e7f, 1e7f + 1, 1e7f + 2});
  for (const Tensor& few :
       {pair, three, full({5}, 3.3e7), full({500}, 3.3e7), full({3}, -0.3),
        full({16}, 1e20), full({64}, 3e37), arange(32, kFloat) * 1e18,
        arange(300, kFloat) * 1e35, pair.repeat({300})}) {
    const int64_t n = few.numel();
    const Tensor rows = layer_norm(few, n);
    const Tensor exact = layer_norm(few.to(kDouble), n);
    EXPECT_TRUE(allclose(rows.to(kDouble), exact, 1e-6, 1e-6));
    EXPECT_TRUE(
        allclose(group_norm(few.view({1, 1, n}), 1).view(n), rows, 1e-6, 1e-6));
    EXPECT_TRUE(
        allclose(group_norm(few.view({1, n}), 1).view(n), rows, 1e-6, 1e-6));
  }
}

TEST(Limits, ColumnsWhoseSumsLeaveTheRangeAreNormalised) {
  const Tensor far = arange(32, kFloat).view({16, 2}) * 1e18;
  const Tensor near = batch_norm(far / 1e18, {}, {}, {}, {}, true, 0.1, 0);
  EXPECT_TRUE(allclose(batch_norm(far, {}, {}, {}, {}, true, 0.1, 0), near));
  for (const double size : {2e38, 1.5e308}) {
    const ScalarType dtype = size > 1e300 ? kDouble : kFloat;
    const Tensor mean = zeros({2}, dtype), var = ones({2}, dtype);
    const Tensor x = full({17, 2}, size, dtype);
    EXPECT_TRUE(batch_norm(x, {}, {}, mean, var, true, 1, 1e-5)
                    .eq(0)
                    .all()
                    .item<bool>());
    EXPECT_TRUE(mean.equal(x[0]));
    EXPECT_TRUE(var.eq(0).all().item<bool>());
  }
}

TEST(Limits, TheWeightOfLerpHasTheGradientOfItsBranch) {
  Tensor w = tensor({0.3f, 0.7f}).requires_grad_();
  const Tensor end = full({2}, kInf);
  lerp(ones({2}), end, w).sum().backward();
  expect_floats(w.grad(), {kInf, kInf});
}

// Empty and 0-d tensors -------------------------------------------------------

TEST(Limits, ReductionsOfNothing) {
  const Tensor none = empty({0});
  expect_floats(none.sum(), {0});
  expect_floats(none.prod(), {1});
  expect_floats(none.mean(), {kNan});
  expect_floats(none.var(), {kNan});
  expect_floats(none.norm(), {0});
  expect_floats(none.logsumexp({0}), {-kInf});
  expect_floats(empty({0, 2}).sum(0), {0, 0});
  EXPECT_TRUE(none.all().item<bool>());
  EXPECT_FALSE(none.any().item<bool>());
  EXPECT_EQ(empty({2, 0}).argmax(0).sizes(), IntArrayRef({0}));
  EXPECT_EQ(tensor(5.0f).argmax().item<int64_t>(), 0);
  expect_floats(tensor(5.0f).var(), {kNan});
}

TEST(Limits, ProductsOverNothingAreZero) {
  const Tensor y = empty({3, 0}).matmul(empty({0, 2}));
  EXPECT_TRUE(equal(y, zeros({3, 2})));
  EXPECT_TRUE(
      equal(linear(empty({2, 0}), empty({3, 0}), ones({3})), ones({2, 3})));
  EXPECT_EQ(empty({0, 4}).mm(empty({4, 5})).sizes(), IntArrayRef({0, 5}));
  EXPECT_EQ(empty({0, 2, 3}).bmm(empty({0, 3, 4})).sizes(),
            IntArrayRef({0, 2, 4}));
  EXPECT_EQ(empty({0}).dot(empty({0})).item<float>(), 0);
}

// Channels without elements once were written behind the end of the tensor.
TEST(Limits, BatchNormOfNothingWritesNothing) {
  const Tensor mean = zeros({9}), var = ones({9});
  const Tensor guard = ones({64});
  for (const auto& sizes :
       {std::vector<int64_t>{7, 9, 0}, std::vector<int64_t>{0, 9},
        std::vector<int64_t>{0, 9, 5}}) {
    Tensor x = taper::empty(sizes).requires_grad_();
    const Tensor y =
        batch_norm(x, ones({9}), ones({9}), mean, var, false, 0.1, 1e-5);
    EXPECT_EQ(y.sizes(), IntArrayRef(sizes));
    y.sum().backward();
    EXPECT_EQ(x.grad().sizes(), IntArrayRef(sizes));
  }
  EXPECT_TRUE(equal(guard, ones({64})));
}

TEST(Limits, NormalisationsOfNothing) {
  for (const auto& sizes :
       {std::vector<int64_t>{7, 6, 0}, std::vector<int64_t>{0, 6, 4},
        std::vector<int64_t>{0, 6}}) {
    Tensor x = taper::empty(sizes).requires_grad_();
    const Tensor w = ones({6});
    group_norm(x, 2, w, w).sum().backward();
    EXPECT_EQ(x.grad().numel(), 0);
    const Tensor y = layer_norm(x, sizes.back());
    EXPECT_EQ(y.sizes(), IntArrayRef(sizes));
    EXPECT_EQ(x.softmax(-1).sizes(), IntArrayRef(sizes));
  }
}

TEST(Limits, EveryElementwiseOpTakesNothingAndScalars) {
  for (const Tensor& x : {empty({0, 3}), full({}, 0.5f)}) {
    for (const Tensor& y :
         {x.exp(), x + x, x * 2, x.clamp(0, 1), x.where(x > 0, x), gelu(x),
          x.pow(2), x.cumsum(0), x.flip({0}), x.clone(), x.to(kDouble),
          std::get<0>(x.sort(0)), x.softmax(0)}) {
      EXPECT_EQ(y.sizes(), x.sizes());
    }
  }
}

TEST(Limits, StridesMayBeHuge) {
  Tensor one = ones({1});
  const Tensor x = one.as_strided({1, 1}, {kMax / 2, kMax / 4});
  EXPECT_EQ(x.sum().item<float>(), 1);
  EXPECT_EQ((x + x).item<float>(), 2);
  EXPECT_TRUE(x.is_contiguous());
  const Tensor wide = ones({1}).expand({int64_t{1} << 20, int64_t{1} << 20});
  EXPECT_EQ(wide.select(0, 77).sum().item<float>(), 1048576);
}

// Dtypes ----------------------------------------------------------------------

TEST(Limits, ProductsInBoolAreAnd) {
  const Tensor x = tensor({2.0f, 0.5f});
  EXPECT_EQ(x.prod(kBool).dtype(), kBool);
  EXPECT_TRUE(x.prod(kBool).item<bool>());
  EXPECT_FALSE((x - 2).prod(0, false, kBool).item<bool>());
}

TEST(Limits, CosineSimilarityBroadcastsFirst) {
  const Tensor a = ones({2, 4}), b = ones({2, 1});
  expect_floats(
      F::cosine_similarity(a, b, F::CosineSimilarityFuncOptions().dim(1)),
      {1, 1});
  expect_floats(F::cosine_similarity(ones({4}), a,
                                     F::CosineSimilarityFuncOptions().dim(-1)),
                {1, 1});
}

TEST(Limits, DivisionByANumberThatDoesNotFitTheIntegersThrows) {
  for (const ScalarType dtype : {kByte, kChar, kShort, kInt}) {
    const Tensor x = ones({2}, dtype);
    const int64_t zero = int64_t{1} << 40;  // 0 in so few bits
    EXPECT_THROW(x % zero, Error);
    EXPECT_THROW(fmod(x, zero), Error);
    EXPECT_THROW(floor_divide(x, zero), Error);
    EXPECT_THROW(div(x, zero, "floor"), Error);
    EXPECT_THROW(remainder(x, tensor(zero)), Error);
    EXPECT_THROW(floor_divide(x, tensor(zero)), Error);
    EXPECT_THROW(x.clone().remainder_(zero), Error);
    EXPECT_THROW(addcmul(x, x, x, zero), Error);
    EXPECT_EQ((x * 7 % 4)[0].item<int>(), 3);
  }
  // Halves are computed in float32, which holds the factor.
  const Tensor half = full({1}, 1e-3, kHalf);
  EXPECT_NEAR(addcmul(half, half, half, 1e5)[0].item<double>(), 0.101, 1e-3);
}

}  // namespace
}  // namespace taper
