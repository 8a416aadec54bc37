// Matrix products: values against a triple loop, PyTorch's shape rules, bits
// for any number of threads, gradients and errors.
#include <cstring>
#include <limits>

#include "taper/autograd/gradcheck.h"
#include "taper/autograd/node.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/kernels/matmul.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/random/generator.h"
#include "tests/error_of.h"

namespace taper {
namespace {

using autograd::variable_list;

// Small integers, so that sums in any order are exact in float32.
Tensor integers(IntArrayRef sizes, ScalarType dtype) {
  return randint(-4, 5, sizes).to(dtype);
}

Tensor leaf(IntArrayRef sizes) {
  return randn(sizes, TensorOptions(kDouble)).requires_grad_();
}

// The product by a triple loop.
Tensor naive(const Tensor& a, const Tensor& b) {
  Tensor x = a.to(kDouble).contiguous();
  Tensor y = b.to(kDouble).contiguous();
  Tensor z = zeros({a.size(0), b.size(1)}, TensorOptions(kDouble));
  auto left = x.accessor<double, 2>();
  auto right = y.accessor<double, 2>();
  auto out = z.accessor<double, 2>();
  for (int64_t i = 0; i < a.size(0); ++i) {
    for (int64_t j = 0; j < b.size(1); ++j) {
      for (int64_t k = 0; k < a.size(1); ++k) {
        out[i][j] += left[i][k] * right[k][j];
      }
    }
  }
  return z;
}

::testing::AssertionResult equal_values(const Tensor& a, const Tensor& b) {
  if (!(a.sizes() == b.sizes())) {
    return ::testing::AssertionFailure()
           << detail::format("{} against {}", a.sizes(), b.sizes());
  }
  const double distance =
      a.numel() == 0
          ? 0
          : (a.to(kDouble) - b.to(kDouble)).abs().max().item<double>();
  if (distance == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "they differ by up to " << distance;
}

// An (n, m) matrix in one of four layouts: rows contiguous, columns contiguous,
// every second element of a larger one, one row expanded.
Tensor layout(int kind, int64_t n, int64_t m, ScalarType dtype) {
  switch (kind) {
    case 0:
      return integers({n, m}, dtype);
    case 1:
      return integers({m, n}, dtype).t();
    case 2:
      return integers({n, 2 * m}, dtype).slice(1, 0, 2 * m, 2);
    default:
      return integers({1, m}, dtype).expand({n, m});
  }
}

struct Size {
  int64_t m, n, k;
};
// Edges of every tile and of every choice between the kernels.
constexpr Size kSizes[] = {
    {1, 1, 1},      {32, 1, 10},  {1, 10, 32},    {1, 40, 7},
    {33, 17, 5},    {20, 20, 20}, {7, 3, 300},    {31, 100, 31},
    {64, 64, 64},   {9, 49, 600}, {32, 128, 784}, {300, 10, 64},
    {257, 50, 257}, {3, 700, 40}, {1, 600, 300},  {600, 1, 300},
};

class MatmulDtype : public ::testing::TestWithParam<ScalarType> {};
INSTANTIATE_TEST_SUITE_P(Dtypes, MatmulDtype,
                         ::testing::Values(kFloat, kDouble, kLong));

TEST_P(MatmulDtype, EqualsTheTripleLoopInAllLayouts) {
  manual_seed(1);
  for (const Size& size : kSizes) {
    for (int kinds = 0; kinds < 16; ++kinds) {
      Tensor a = layout(kinds / 4, size.m, size.k, GetParam());
      Tensor b = layout(kinds % 4, size.k, size.n, GetParam());
      ASSERT_TRUE(equal_values(mm(a, b), naive(a, b)))
          << size.m << " x " << size.n << " x " << size.k << ", layouts "
          << kinds;
    }
  }
}

TEST_P(MatmulDtype, LongSumsOverFarColumnsAreExact) {
  manual_seed(2);
  Tensor a = integers({300, 1500}, GetParam()).t();
  Tensor b = integers({300, 70}, GetParam());
  EXPECT_TRUE(equal_values(mm(a, b), naive(a, b)));
}

TEST_P(MatmulDtype, LinearAddsTheBias) {
  manual_seed(3);
  for (const Size& size : kSizes) {
    Tensor x = integers({size.m, size.k}, GetParam());
    Tensor w = integers({size.n, size.k}, GetParam());
    Tensor bias = integers({size.n}, GetParam());
    Tensor expected = naive(x, w.t()) + bias.to(kDouble);
    ASSERT_TRUE(equal_values(linear(x, w, bias), expected));
    ASSERT_TRUE(equal_values(linear(x, w), naive(x, w.t())));
  }
}

TEST_P(MatmulDtype, AddmmScalesBothParts) {
  manual_seed(4);
  for (const Size& size : kSizes) {
    Tensor x = integers({size.m, size.n}, GetParam());
    Tensor a = integers({size.m, size.k}, GetParam());
    Tensor b = integers({size.n, size.k}, GetParam()).t();
    Tensor expected = x.to(kDouble) * 3 - naive(a, b) * 2;
    ASSERT_TRUE(equal_values(x.addmm(a, b, 3, -2), expected));
  }
}

class MatmulThreads : public ::testing::Test {
 protected:
  void TearDown() override { set_num_threads(before_); }
  template <class F>
  void expect_same_bits(const F& function) {
    set_num_threads(1);
    const Tensor expected = function();
    for (int threads : {2, 3, 7}) {
      set_num_threads(threads);
      const Tensor y = function();
      ASSERT_EQ(std::memcmp(y.data_ptr(), expected.data_ptr(), y.nbytes()), 0)
          << threads << " threads, shape " << detail::format("{}", y.sizes());
    }
  }

 private:
  const int before_ = get_num_threads();
};

TEST_F(MatmulThreads, ProductsHaveTheSameBits) {
  manual_seed(5);
  constexpr Size sizes[] = {{32, 128, 784},  {32, 512, 784}, {256, 256, 256},
                            {1000, 10, 500}, {10, 900, 400}, {257, 273, 301},
                            {8, 8, 20000},   {300, 5, 3000}, {1, 2000, 500},
                            {2000, 1, 500},  {513, 20, 600}};
  for (ScalarType dtype : {kFloat, kDouble}) {
    for (const Size& size : sizes) {
      for (int kinds = 0; kinds < 4; ++kinds) {
        Tensor a = randn({size.m, size.k}, TensorOptions(dtype));
        Tensor b = randn({size.k, size.n}, TensorOptions(dtype));
        if (kinds / 2) a = a.t().contiguous().t();
        if (kinds % 2) b = b.t().contiguous().t();
        expect_same_bits([&] { return mm(a, b); });
      }
    }
  }
}

TEST_F(MatmulThreads, BatchesAndDotsHaveTheSameBits) {
  manual_seed(6);
  Tensor a = randn({9, 50, 60});
  Tensor b = randn({9, 60, 70});
  expect_same_bits([&] { return bmm(a, b); });
  Tensor x = randn({300001});
  expect_same_bits([&] { return dot(x, x); });
}

TEST(Matmul, FollowsTheShapeRules) {
  struct Rule {
    std::vector<int64_t> a, b, result;
  };
  const Rule rules[] = {
      {{3}, {3}, {}},
      {{2, 3}, {3}, {2}},
      {{3}, {3, 4}, {4}},
      {{2, 3}, {3, 4}, {2, 4}},
      {{5, 2, 3}, {3, 4}, {5, 2, 4}},
      {{5, 2, 3}, {3}, {5, 2}},
      {{3}, {5, 3, 4}, {5, 4}},
      {{2, 3}, {5, 3, 4}, {5, 2, 4}},
      {{5, 1, 2, 3}, {6, 3, 4}, {5, 6, 2, 4}},
      {{0, 2, 3}, {3, 4}, {0, 2, 4}},
      {{2, 0}, {0, 4}, {2, 4}},
      {{0, 3}, {3, 4}, {0, 4}},
  };
  for (const Rule& rule : rules) {
    Tensor y = matmul(ones(rule.a), ones(rule.b));
    EXPECT_TRUE(y.sizes() == IntArrayRef(rule.result))
        << detail::format("{}", y.sizes());
    Tensor inner = full(rule.result, static_cast<double>(rule.a.back()));
    EXPECT_TRUE(equal_values(y, inner));
  }
}

TEST(Matmul, BroadcastsTheBatch) {
  manual_seed(7);
  Tensor a = integers({2, 1, 4, 5}, kFloat);
  Tensor b = integers({3, 5, 6}, kFloat).transpose(1, 2).contiguous();
  Tensor y = matmul(a, b.transpose(1, 2));
  for (int64_t i = 0; i < 2; ++i) {
    for (int64_t j = 0; j < 3; ++j) {
      EXPECT_TRUE(
          equal_values(y.select(0, i).select(0, j),
                       naive(a.select(0, i).select(0, 0), b.select(0, j).t())));
    }
  }
}

TEST(Matmul, KeepsNanAndInfinity) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Tensor a = zeros({40, 40});
  Tensor b = ones({40, 40});
  b.select(0, 7).fill_(inf);
  EXPECT_TRUE(mm(a, b).isnan().all().item<bool>());
  EXPECT_TRUE((mm(a + 1, b) == inf).all().item<bool>());
}

TEST(Matmul, EmptySumsAreZeroOrTheBias) {
  Tensor bias = arange(3, TensorOptions(kFloat));
  EXPECT_TRUE(equal_values(mm(ones({2, 0}), ones({0, 3})), zeros({2, 3})));
  EXPECT_TRUE(equal_values(mv(ones({2, 0}), ones({0})), zeros({2})));
  EXPECT_EQ(dot(ones({0}), ones({0})).item<float>(), 0);
  EXPECT_TRUE(equal_values(linear(ones({2, 0}), ones({3, 0}), bias),
                           bias.expand({2, 3})));
}

TEST(Matmul, RejectsWhatDoesNotFit) {
  const auto f = [](auto call) { return error_of(call); };
  Tensor a = ones({2, 3});
  EXPECT_EQ(f([&] {
              matmul(a, ones({4, 5}));
            }),
            "[matmul] inner dimensions differ: lhs (2, 3), rhs (4, 5)");
  EXPECT_EQ(f([&] { matmul(a, ones({})); }),
            "[matmul] operands need at least one dim: lhs (2, 3), rhs ()");
  EXPECT_EQ(f([&] {
              mm(a, ones({3, 5}, TensorOptions(kDouble)));
            }),
            "[mm] dtypes differ: lhs float32, rhs float64");
  EXPECT_EQ(f([&] { mm(a, ones({3})); }),
            "[mm] expected 2-d tensors but got shape (3,)");
  EXPECT_EQ(f([&] {
              bmm(ones({2, 2, 3}), ones({3, 3, 1}));
            }),
            "[bmm] batch sizes differ: lhs (2, 2, 3), rhs (3, 3, 1)");
  EXPECT_THROW(mm(a.to(kBool), a.t().to(kBool)), NotImplementedError);
  EXPECT_THROW(matmul(ones({2, 2, 3}), ones({3, 3, 1})), Error);
  EXPECT_THROW(mm(a, Tensor()), Error);
  EXPECT_THROW(dot(ones({2}), ones({3})), Error);
}

TEST(Addmm, BroadcastsItsInput) {
  Tensor a = ones({2, 3});
  Tensor b = ones({3, 4});
  Tensor row = arange(4, TensorOptions(kFloat));
  EXPECT_TRUE(equal_values(addmm(row, a, b), row.expand({2, 4}) + 3));
  EXPECT_THROW(addmm(ones({3}), a, b), Error);
  EXPECT_THROW(addmm(ones({5, 2, 4}), a, b), Error);
}

TEST(Addmm, IgnoresTheInputWhenBetaIsZero) {
  Tensor x = full({20, 30}, std::numeric_limits<double>::quiet_NaN());
  Tensor y = addmm(x, ones({20, 3}), ones({3, 30}), 0);
  EXPECT_TRUE(equal_values(y, full({20, 30}, 3.0)));
}

TEST(Addmm, RejectsFractionsOfIntegers) {
  Tensor x = ones({2, 2}, TensorOptions(kLong));
  EXPECT_EQ(error_of([&] { addmm(x, x, x, 0.5); }),
            "[addmm] beta and alpha must be integers for int64 tensors");
}

TEST(Baddbmm, AddsToEveryMatrix) {
  Tensor a = ones({5, 2, 3});
  Tensor b = ones({5, 3, 4});
  Tensor column = arange(2, TensorOptions(kFloat)).unsqueeze(1);
  EXPECT_TRUE(equal_values(baddbmm(column, a, b, 2, 3),
                           (column * 2 + 9).expand({5, 2, 4})));
}

TEST(Outer, MultipliesEveryPair) {
  Tensor a = arange(3, TensorOptions(kFloat));
  Tensor b = arange(1, 3, TensorOptions(kFloat));
  EXPECT_TRUE(equal_values(outer(a, b), naive(a.unsqueeze(1), b.unsqueeze(0))));
}

TEST(Linear, TakesAnyLeadingDims) {
  manual_seed(8);
  Tensor x = integers({2, 3, 5}, kFloat);
  Tensor w = integers({4, 5}, kFloat);
  Tensor bias = integers({4}, kFloat);
  Tensor flat = linear(x.reshape({6, 5}), w, bias);
  EXPECT_TRUE(equal_values(linear(x, w, bias), flat.reshape({2, 3, 4})));
  Tensor swapped = x.transpose(0, 1);
  EXPECT_TRUE(equal_values(linear(swapped, w, bias),
                           flat.reshape({2, 3, 4}).transpose(0, 1)));
  EXPECT_TRUE(equal_values(linear(x.select(0, 0).select(0, 0), w, bias),
                           flat.select(0, 0)));
}

TEST(Linear, IsOneNode) {
  Tensor w = leaf({4, 5});
  Tensor bias = leaf({4});
  Tensor x = leaf({3, 5});
  Tensor y = linear(x, w, bias);
  EXPECT_EQ(y.grad_fn()->name(), "AddmmBackward0");
  EXPECT_EQ(y.grad_fn()->num_outputs(), 3u);
  EXPECT_EQ(linear(x, w).grad_fn()->name(), "MmBackward0");
  EXPECT_EQ(mm(x, w.t()).grad_fn()->name(), "MmBackward0");
}

TEST(Linear, RejectsWhatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              linear(ones({2, 3}), ones({4, 5}));
            }),
            "[linear] the last dim of the input differs from the weight's: "
            "input (2, 3), weight (4, 5)");
  EXPECT_EQ(error_of([] {
              linear(ones({2, 3}), ones({4, 3}), ones({3}));
            }),
            "[linear] the bias (3,) does not fit the weight (4, 3)");
}

TEST(Linear, TakesAVectorOfWeights) {
  const Tensor x = arange(6.).view({2, 3}), w = tensor({1., 2., 3.});
  EXPECT_TRUE(linear(x, w).equal(tensor({8., 26.})));
  EXPECT_TRUE(linear(x[1], w).equal(tensor(26.)));
  EXPECT_TRUE(linear(x.view({2, 1, 3}), w).equal(tensor({{8.}, {26.}})));
  EXPECT_TRUE(linear(x[1], w, tensor(0.5)).equal(tensor(26.5)));
  EXPECT_TRUE(linear(x, w, tensor(0.5)).equal(tensor({8.5, 26.5})));
  EXPECT_THROW(linear(x[1], w, tensor({0.5})), Error);
  EXPECT_THROW(linear(x, tensor(1.)), Error);
  EXPECT_THROW(linear(x, ones({5, 4, 3})), Error);
}

TEST(Linear, TakesABiasThatBroadcasts) {
  const Tensor x = arange(6.).view({2, 3}), w = ones({4, 3});
  const Tensor y = tensor({{3.}, {12.}}).expand({2, 4});
  for (const Tensor& bias :
       {tensor(1.), tensor({1.}), ones({1, 4}), ones({2, 1}), ones({2, 4})}) {
    EXPECT_TRUE(linear(x, w, bias).equal(y + 1)) << bias.dim();
    EXPECT_TRUE(
        linear(x.view({1, 2, 3}), w, bias).equal((y + 1).view({1, 2, 4})))
        << bias.dim();
  }
  EXPECT_TRUE(linear(x[0], w, ones({1, 4})).equal(y[0] + 1));
  EXPECT_THROW(linear(x[0], w, ones({2, 4})), Error);
  EXPECT_THROW(linear(x, w, ones({1, 1, 4})), Error);
  EXPECT_THROW(linear(x, ones({1, 3}), ones(5)), Error);
  EXPECT_THROW(linear(x, w, ones({}, kDouble)), TypeError);
}

// What `function` returns is differentiated once and twice.
void check_grads(auto function, const variable_list& inputs) {
  EXPECT_TRUE(autograd::gradcheck(function, inputs));
  EXPECT_TRUE(autograd::gradgradcheck(function, inputs));
}

TEST(LinalgGrads, Matmul) {
  const auto product = [](const variable_list& x) {
    return matmul(x[0], x[1]);
  };
  manual_seed(9);
  check_grads(product, {leaf({3, 4}), leaf({4, 2})});
  check_grads(product, {leaf({4}), leaf({4})});
  check_grads(product, {leaf({3, 4}), leaf({4})});
  check_grads(product, {leaf({4}), leaf({4, 2})});
  check_grads(product, {leaf({2, 3, 4}), leaf({4, 2})});
  check_grads(product, {leaf({2, 3, 4}), leaf({4})});
  check_grads(product, {leaf({4}), leaf({2, 4, 3})});
  check_grads(product, {leaf({3, 4}), leaf({2, 4, 3})});
  check_grads(product, {leaf({2, 1, 2, 3}), leaf({2, 3, 2})});
  check_grads(product, {leaf({2, 0}), leaf({0, 3})});
}

TEST(LinalgGrads, MatmulOfTransposedViews) {
  manual_seed(10);
  check_grads(
      [](const variable_list& x) {
        return matmul(x[0].transpose(-1, -2), x[1].transpose(-1, -2));
      },
      {leaf({2, 4, 3}), leaf({2, 4})});
}

TEST(LinalgGrads, AddmmAndBaddbmm) {
  manual_seed(11);
  check_grads(
      [](const variable_list& x) { return addmm(x[0], x[1], x[2], 0.5, -2); },
      {leaf({2}), leaf({3, 4}), leaf({4, 2})});
  check_grads(
      [](const variable_list& x) { return baddbmm(x[0], x[1], x[2], 2, 3); },
      {leaf({3, 1}), leaf({2, 3, 4}), leaf({2, 4, 2})});
}

TEST(LinalgGrads, Linear) {
  const auto with_bias = [](const variable_list& x) {
    return linear(x[0], x[1], x[2]);
  };
  manual_seed(12);
  check_grads(with_bias, {leaf({3, 4}), leaf({2, 4}), leaf({2})});
  check_grads(with_bias, {leaf({2, 3, 4}), leaf({2, 4}), leaf({2})});
  check_grads(with_bias, {leaf({4}), leaf({2, 4}), leaf({2})});
  check_grads([](const variable_list& x) { return linear(x[0], x[1]); },
              {leaf({2, 3, 4}), leaf({2, 4})});
}

TEST(LinalgGrads, OnlyWhatIsWantedIsSaved) {
  Tensor x = ones({3, 4});
  Tensor w = ones({2, 4});
  w.requires_grad_();
  Tensor y = linear(x, w);
  w.detach().fill_(7);  // w is not needed for its own gradient
  y.sum().backward();
  EXPECT_TRUE(equal_values(w.grad(), full({2, 4}, 3.0)));
  EXPECT_FALSE(x.grad().defined());
}

TEST(LinalgGrads, AnEditedOperandIsNoticed) {
  Tensor x = ones({3, 4});
  Tensor w = ones({2, 4});
  w.requires_grad_();
  Tensor y = linear(x, w);
  x.fill_(7);
  EXPECT_THROW(y.sum().backward(), Error);
}

}  // namespace
}  // namespace taper
