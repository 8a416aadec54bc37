// Sorting and softmax as PyTorch defines them.
#include <gtest/gtest.h>

#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "tests/autograd/reduce_support.h"

namespace taper::testing {
namespace {

TEST(Sort, IsStableInBothDirections) {
  const Tensor x = vec({3, 1, 3, 2, 1});
  const auto [up, up_at] = x.sort();
  expect_near(up, {1, 1, 2, 3, 3});
  expect_near(up_at, {1, 4, 3, 0, 2});
  const auto [down, down_at] = x.sort(0, true);
  expect_near(down, {3, 3, 2, 1, 1});
  expect_near(down_at, {0, 2, 3, 1, 4});
}

TEST(Sort, NanCountsAsLargest) {
  const Tensor x = vec({3, kNan, 1, -kInf});
  expect_near(std::get<0>(x.sort()), {-kInf, 1, 3, kNan});
  const auto [down, at] = x.sort(0, true);
  expect_near(down, {kNan, 3, 1, -kInf});
  expect_near(at, {1, 0, 2, 3});
}

TEST(Sort, AlongAnyDimAndDtype) {
  const Tensor x = make({3, 2}, {3, 1, 2, 9, 1, 4}, kLong);
  const auto [values, indices] = x.sort(0);
  expect_near(values, {1, 1, 2, 4, 3, 9});
  expect_near(indices, {2, 0, 1, 2, 0, 1});
  EXPECT_EQ(values.dtype(), kLong);
  expect_near(x.t().argsort(), {2, 1, 0, 0, 2, 1});
  expect_near(std::get<1>(make({2}, {1, 0}, kBool).sort()), {1, 0});
  EXPECT_EQ(std::get<0>(kernels::zeros({2, 0}, kFloat).sort()).numel(), 0);
  EXPECT_THROW(x.sort(2), IndexError);
}

TEST(Sort, LongRowsMatchTheOrder) {
  const Tensor x = scattered({3, 5000});
  const auto [values, indices] = x.sort(1);
  EXPECT_TRUE(x.gather(1, indices).equal(values));
  EXPECT_TRUE(
      (values.slice(1, 1) >= values.slice(1, 0, 4999)).all().item<bool>());
}

TEST(Topk, GivesTheBestInOrder) {
  const Tensor x = make({2, 4}, {1, 4, 2, 3, 8, 5, 7, 6});
  const auto [values, indices] = x.topk(2);
  expect_near(values, {4, 3, 8, 7});
  expect_near(indices, {1, 3, 0, 2});
  expect_near(std::get<0>(x.topk(1, 0, false)), {1, 4, 2, 3});
  expect_near(std::get<0>(vec({3, kNan, 1}).topk(2)), {kNan, 3});
  EXPECT_EQ(std::get<0>(x.topk(0)).sizes(), IntArrayRef({2, 0}));
}

TEST(Topk, IsTheBeginningOfSort) {
  const Tensor x = (scattered({4, 700}) * 50).round();
  for (bool largest : {false, true}) {
    const auto [sorted, order] = x.sort(1, largest);
    for (int64_t k : {1, 20, 300, 700}) {
      const auto [values, indices] = x.topk(k, 1, largest);
      EXPECT_TRUE(values.equal(sorted.narrow(1, 0, k)));
      EXPECT_TRUE(indices.equal(order.narrow(1, 0, k)));
    }
  }
}

TEST(Topk, RejectsTooMany) {
  EXPECT_EQ(error_of([] {
              vec({1, 2, 3}).topk(4);
            }),
            "[topk] k = 4 is out of range [0, 3] for dim -1 of shape (3,)");
  EXPECT_THROW(vec({1, 2}).topk(-1), Error);
}

TEST(Topk, GradientGoesToThePositions) {
  Tensor x = vec({1, 4, 2}).requires_grad_();
  const Tensor y = std::get<0>(x.topk(2));
  expect_near(autograd::grad({y}, {x}, {vec({10, 20})})[0], {0, 10, 20});
}

TEST(Softmax, SumsToOneAlongItsDim) {
  const Tensor x = make({2, 3}, {1, 2, 3, 1000, 0, -1000});
  expect_near(x.softmax(1), {0.0900306, 0.2447285, 0.6652410, 1, 0, 0});
  expect_near(x.softmax(0).sum(0), {1, 1, 1});
  expect_near(x.log_softmax(-1),
              {-2.4076059, -1.4076059, -0.4076059, 0, -1000, -2000}, 1e-4);
  expect_near(make({}, {3}).softmax(0), {1});
  EXPECT_EQ(kernels::zeros({0, 3}, kFloat).softmax(1).sizes(),
            IntArrayRef({0, 3}));
}

TEST(Softmax, MiddleDimAgreesWithRows) {
  const Tensor x = scattered({3, 17, 5});
  const Tensor rows = x.transpose(1, 2).softmax(-1).transpose(1, 2);
  EXPECT_TRUE(x.softmax(1).equal(rows));
  EXPECT_TRUE(x.softmax(1).is_contiguous());
  EXPECT_TRUE(x.log_softmax(1).allclose(x.softmax(1).log(), 1e-5, 1e-6));
}

TEST(Softmax, NeedsAFloatingDtype) {
  const Tensor x = vec({1, 2}, kLong);
  EXPECT_THROW(x.softmax(0), TypeError);
  EXPECT_EQ(x.softmax(0, kDouble).dtype(), kDouble);
  expect_near(x.softmax(0, kDouble), {0.2689414, 0.7310586});
  EXPECT_THROW(x.log_softmax(1, kFloat), IndexError);
}

TEST(Softmax, MaskedRowsKeepTheirGradientFinite) {
  Tensor x = vec({1, -kInf, 2}).requires_grad_();
  const Tensor y = x.softmax(0);
  const Tensor grad = autograd::grad({y}, {x}, {vec({1, 0, 0})})[0];
  expect_near(grad, {0.1966119, 0, -0.1966119});
}

}  // namespace
}  // namespace taper::testing
