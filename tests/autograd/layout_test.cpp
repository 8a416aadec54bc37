// The memory order of results is PyTorch's (2.13), because what is drawn into
// them or from their like follows it.
#include <gtest/gtest.h>

#include <vector>

#include "taper/taper.h"

namespace taper {
namespace {

namespace F = nn::functional;

using Strides = std::vector<int64_t>;

struct Row {
  const char* what;
  Tensor y;
  Strides strides;
};

TEST(Layout, OfResultsFollowsTheInputs) {
  manual_seed(0);
  const Tensor x = randn({3, 4}), y = randn({4, 3}), t = x.t();
  const Tensor p = randn({2, 3, 4}).permute({2, 0, 1});
  const Tensor e = randn({4, 1}).expand({4, 3});
  const Tensor half = randn({4, 6}).slice(1, 0, 6, 2);
  const Tensor b = randn({5, 1, 4}).permute({2, 1, 0});
  const Row rows[] = {
      {"clone", t.clone(), {1, 4}},
      {"clone of a permutation", p.clone(), {1, 12, 4}},
      {"clone of an expanded", e.clone(), {3, 1}},
      {"clone with gaps", half.clone(), {3, 1}},
      {"contiguous", p.contiguous(), {6, 3, 1}},
      {"to", p.to(kDouble), {1, 12, 4}},
      {"to, with gaps", half.t().to(kDouble), {1, 3}},
      {"exp", exp(t), {1, 4}},
      {"relu", relu(p), {1, 12, 4}},
      {"t + t", t + t, {1, 4}},
      {"t + y", t + y, {1, 4}},
      {"y + t", y + t, {3, 1}},
      {"t + double", t + y.to(kDouble), {1, 4}},
      {"t + 1", t + 1, {1, 4}},
      {"1 - t", 1 - t, {1, 4}},
      {"t * expanded", t * e, {1, 4}},
      {"expanded * t", e * t, {1, 4}},
      {"expanded + expanded", e + e, {3, 1}},
      {"with gaps * 2", half.t() * 2, {1, 3}},
      {"p + a row", p + p.select(2, 0).unsqueeze(2), {1, 12, 4}},
      {"broadcast + 1", b + 1, {1, 4, 4}},
      {"broadcast + contiguous", b + randn({4, 3, 5}), {15, 5, 1}},
      {"t > 0", t > 0, {1, 4}},
      {"where, t first", where(t > 0, t, y), {1, 4}},
      {"where, y first", where(y > 0, t, t), {3, 1}},
      {"clamp", clamp(t, 0, 1), {1, 4}},
      {"pow", pow(t, 2), {1, 4}},
      {"addcmul", addcmul(t, t, y), {1, 4}},
      {"lerp", lerp(t, y, t), {1, 4}},
      {"add with alpha", add(t, y, 2), {1, 4}},
      {"maximum", maximum(y, t), {3, 1}},
      {"gelu", F::gelu(t), {1, 4}},
      {"flip", t.flip(0), {1, 4}},
      {"masked_fill", t.masked_fill(t > 0, 1), {3, 1}},
      {"roll", roll(t, 1, 0), {3, 1}},
      {"softmax", softmax(t, 0), {3, 1}},
      {"cat", cat({t, t}, 0), {3, 1}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(row.y.strides(), IntArrayRef(row.strides)) << row.what;
  }
}

TEST(Layout, OfAResultDoesNotChangeItsValues) {
  const Tensor x = randn({33, 65, 7}), y = randn({7, 33, 65});
  const Tensor p = x.permute({2, 0, 1});  // with y's shape
  const Tensor plain = p.contiguous();
  EXPECT_TRUE(equal(exp(p), exp(plain)));
  EXPECT_TRUE(equal(p * p, plain * plain));
  EXPECT_TRUE(equal(p - y, plain - y));
  EXPECT_TRUE(equal(where(p > 0, p, y), where(plain > 0, plain, y)));
  EXPECT_TRUE(equal(add(p, y, 3), add(plain, y, 3)));
  EXPECT_TRUE(equal(p.to(kDouble), plain.to(kDouble)));
  Tensor in_place = p.clone();
  in_place.mul_(p).sub_(y);
  EXPECT_EQ(in_place.strides(), p.strides());
  EXPECT_TRUE(equal(in_place, plain * plain - y));
}

TEST(Layout, GradientsOfPermutedInputsAreThoseOfPlainOnes) {
  Tensor x = randn({3, 4}), y = randn({4, 3});
  Tensor a = x.clone().requires_grad_(), b = x.clone().requires_grad_();
  (exp(a.t() * y) + a.t()).pow(2).sum().backward();
  (exp(b.t().contiguous() * y) + b.t().contiguous()).pow(2).sum().backward();
  EXPECT_TRUE(allclose(a.grad(), b.grad()));
}

// sum of 0.9^i * item i of the row-major elements, as PyTorch prints them.
double weighted(const Tensor& x) {
  double sum = 0, weight = 1;
  const Tensor flat = x.to(kDouble).contiguous().view(-1);
  for (int64_t i = 0; i < flat.numel(); ++i, weight *= 0.9) {
    sum += weight * flat[i].item<double>();
  }
  return sum;
}

TEST(Layout, DecidesWhereRandomNumbersGo) {
  manual_seed(0);
  const Tensor t = randn({3, 4}).t();
  const auto half = F::DropoutFuncOptions().p(0.5).training(true);
  manual_seed(1);
  EXPECT_NEAR(weighted(F::dropout(t, half)), -1.0327, 5e-5);
  manual_seed(1);
  EXPECT_NEAR(weighted(F::dropout(relu(t), half)), 4.0225, 5e-5);
  manual_seed(1);
  EXPECT_NEAR(weighted(exp(t).normal_()), -1.5488, 5e-5);
  manual_seed(1);
  EXPECT_NEAR(weighted(t.clone().uniform_()), 3.6242, 5e-5);
}

}  // namespace
}  // namespace taper
