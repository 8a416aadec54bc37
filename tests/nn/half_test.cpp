// Modules, gradients, files and dispatch in the dtypes that kernels convert.
#include <gtest/gtest.h>

#include <sstream>

#include "taper/taper.h"

namespace taper {
namespace {

double largest_gap(const Tensor& a, const Tensor& b) {
  return (a.to(kDouble) - b.to(kDouble)).abs().max().item<double>();
}

class HalfTypes : public testing::TestWithParam<ScalarType> {};
INSTANTIATE_TEST_SUITE_P(Both, HalfTypes, testing::Values(kHalf, kBFloat16));

nn::Sequential small_net() {
  manual_seed(1);
  return nn::Sequential(nn::Linear(6, 8),
                        nn::LayerNorm(std::vector<int64_t>{8}), nn::GELU(),
                        nn::BatchNorm1d(8), nn::Linear(8, 3));
}

TEST_P(HalfTypes, ModulesFollowThoseOfFloat) {
  nn::Sequential wide = small_net(), narrow = small_net();
  narrow->to(GetParam());
  const Tensor x = randn({5, 6}).to(GetParam());
  const Tensor target = tensor({0, 2, 1, 1, 0});
  const Tensor y = narrow->forward(x), expected = wide->forward(x.to(kFloat));
  EXPECT_EQ(y.dtype(), GetParam());
  EXPECT_LT(largest_gap(y, expected), GetParam() == kHalf ? 0.01 : 0.08);
  cross_entropy_loss(y, target).backward();
  cross_entropy_loss(expected, target).backward();
  for (size_t i = 0; i < wide->parameters().size(); ++i) {
    const Tensor grad = narrow->parameters()[i].grad();
    EXPECT_EQ(grad.dtype(), GetParam());
    EXPECT_LT(largest_gap(grad, wide->parameters()[i].grad()),
              GetParam() == kHalf ? 0.02 : 0.15)
        << i;
  }
  EXPECT_EQ(narrow->buffers()[0].dtype(), GetParam());
  EXPECT_LT(largest_gap(narrow->buffers()[0], wide->buffers()[0]), 0.01);
}

TEST_P(HalfTypes, GradientsOfGradientsKeepTheDtype) {
  const Tensor x = tensor({0.5, 2.0}, GetParam()).requires_grad_();
  const Tensor y = (x * x * x).sum();
  const Tensor first =
      autograd::grad({y}, {x}, {}, /*retain_graph=*/true, true)[0];
  const Tensor second = autograd::grad({first.sum()}, {x})[0];
  EXPECT_EQ(second.dtype(), GetParam());
  EXPECT_EQ(second[0].item<double>(), 3);
  EXPECT_EQ(second[1].item<double>(), 12);
}

TEST_P(HalfTypes, AGradientIsRoundedWhereverItIsAdded) {
  const Tensor x = ones({1}, GetParam()).requires_grad_();
  for (int i = 0; i < 3; ++i) (x * 1000).sum().backward();
  const double once = full({1}, 1000, GetParam()).item<double>();
  Tensor sum = full({1}, once, GetParam());
  for (int i = 0; i < 2; ++i) sum += full({1}, once, GetParam());
  EXPECT_EQ(x.grad().item<double>(), sum.item<double>());
  EXPECT_EQ(x.grad().dtype(), GetParam());
}

TEST(Narrow, AGradientGoesThroughACast) {
  const Tensor x = tensor({1.5, 2.5}).requires_grad_();
  (x.to(kHalf) * x.to(kBFloat16)).sum().backward();
  EXPECT_EQ(x.grad().dtype(), kFloat);
  EXPECT_EQ(x.grad()[0].item<double>(), 3);
}

TEST(Narrow, IntegersTakeNoGradient) {
  EXPECT_THROW(ones({2}, kInt).requires_grad_(), Error);
  EXPECT_THROW(ones({2}, TensorOptions(kByte).requires_grad(true)), Error);
}

TEST(Narrow, EveryDtypeIsSavedAndLoaded) {
  int stored = 0;
  for (int i = 0; i < kDtypeCount; ++i) {
    const auto type = static_cast<ScalarType>(i);
    if (element_size(type) == 0) continue;
    ++stored;
    const Tensor x = tensor({0, 1, 3, 100}).to(type).view({2, 2}).t();
    std::stringstream file;
    save(x, file);
    Tensor y;
    load(y, file);
    EXPECT_EQ(y.dtype(), type);
    EXPECT_TRUE(y.equal(x)) << name_of(type);
  }
  EXPECT_EQ(stored, 10);
}

TEST(Narrow, DispatchKnowsTheTypes) {
  const auto size_of = [](const Tensor& x) {
    return AT_DISPATCH_ALL_TYPES_AND2(kHalf, kBFloat16, x.scalar_type(),
                                      "size_of",
                                      [] { return sizeof(scalar_t); });
  };
  EXPECT_EQ(size_of(ones(1, kByte)), 1u);
  EXPECT_EQ(size_of(ones(1, kHalf)), 2u);
  EXPECT_EQ(size_of(ones(1, kInt)), 4u);
  EXPECT_THROW(size_of(ones(1, kBool)), NotImplementedError);
}

}  // namespace
}  // namespace taper
