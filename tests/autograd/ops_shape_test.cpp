// Views, windows and their gradients.

#include "taper/autograd/engine.h"
#include "taper/autograd/node.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/shape.h"
#include "tests/error_of.h"

namespace taper {
namespace {

using Values = std::vector<double>;

Values values(const Tensor& x) {
  const Tensor flat = x.detach().to(kDouble).contiguous();
  const double* data = flat.data_ptr<double>();
  return Values(data, data + flat.numel());
}

// 0, 1, 2, ... in the given shape.
Tensor counting(IntArrayRef sizes, ScalarType dtype = kDouble) {
  return arange(numel_of(sizes), TensorOptions(dtype)).reshape(sizes);
}
// The same as a leaf that requires grad.
Tensor leaf(IntArrayRef sizes) {
  Tensor x = counting(sizes).detach().clone();
  x.requires_grad_();
  return x;
}

// d sum(weights * y) / dx with weights 1, 2, 3, ...
Values weighted_grad(const Tensor& y, const Tensor& x) {
  (y * (counting(y.sizes()) + 1)).sum().backward();
  return values(x.grad());
}

TEST(View, SharesTheElements) {
  Tensor x = counting({2, 3});
  Tensor y = x.view({3, 2});
  EXPECT_TRUE(y.is_alias_of(x));
  EXPECT_TRUE(y.is_view());
  y[2][1] = 9;
  EXPECT_EQ(x[1][2].item<double>(), 9);
}

TEST(View, DeducesOneSize) {
  EXPECT_EQ(counting({2, 6}).view({3, -1}).sizes(), IntArrayRef({3, 4}));
  EXPECT_EQ(counting({0, 6}).view({-1, 6}).sizes(), IntArrayRef({0, 6}));
  EXPECT_THROW(counting({2, 6}).view({-1, -1}), Error);
  EXPECT_THROW(counting({2, 6}).view({5, -1}), Error);
  EXPECT_THROW(counting({0, 6}).view({-1, 0}), Error);
  EXPECT_THROW(counting({2, 6}).view({-2, 6}), Error);
}

TEST(View, NamesShapeAndStridesWhenImpossible) {
  const std::string text = error_of([] { counting({3, 2}).t().view({6}); });
  EXPECT_EQ(text,
            "[view] shape (2, 3) with strides (1, 2) cannot be viewed as (6,);"
            " call reshape");
  EXPECT_NE(error_of([] {
              counting({2, 3}).view({4});
            }).find("(4,)"),
            std::string::npos);
}

TEST(View, SplitsAndMergesStridedDims) {
  const Tensor x = counting({4, 6}).slice(1, 0, 4);
  EXPECT_EQ(values(x.view({2, 2, 2, 2})), values(x));
  EXPECT_THROW(x.view({16}), Error);
  const Tensor y = counting({4, 6}).slice(0, 0, 4, 2);
  EXPECT_EQ(values(y.view({2, 2, 3})), values(y));
}

TEST(Reshape, CopiesOnlyWhenStridesDemandIt) {
  const Tensor x = counting({2, 3});
  EXPECT_TRUE(x.reshape({6}).is_alias_of(x));
  const Tensor y = x.t().reshape({6});
  EXPECT_FALSE(y.is_alias_of(x));
  EXPECT_FALSE(y.is_view());
  EXPECT_EQ(values(y), (Values{0, 3, 1, 4, 2, 5}));
}

TEST(Reshape, SendsTheGradientBackInTheOldShape) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(weighted_grad(x.t().reshape({6}), x), (Values{1, 3, 5, 2, 4, 6}));
}

TEST(Flatten, MergesARangeOfDims) {
  const Tensor x = counting({2, 3, 4, 5});
  EXPECT_EQ(x.flatten(1, 2).sizes(), IntArrayRef({2, 12, 5}));
  EXPECT_EQ(x.flatten().sizes(), IntArrayRef({120}));
  EXPECT_EQ(counting({}).flatten().sizes(), IntArrayRef({1}));
  EXPECT_THROW(x.flatten(2, 1), Error);
  EXPECT_THROW(x.flatten(4), IndexError);
}

TEST(Unflatten, SplitsADim) {
  EXPECT_EQ(counting({2, 12}).unflatten(1, {3, -1}).sizes(),
            IntArrayRef({2, 3, 4}));
  EXPECT_THROW(counting({2, 12}).unflatten(1, {5, 2}), Error);
}

TEST(Squeeze, DropsDimsOfSizeOne) {
  const Tensor x = counting({1, 3, 1, 2});
  EXPECT_EQ(x.squeeze().sizes(), IntArrayRef({3, 2}));
  EXPECT_EQ(x.squeeze(-2).sizes(), IntArrayRef({1, 3, 2}));
  EXPECT_EQ(x.squeeze(1).sizes(), x.sizes());
  EXPECT_EQ(counting({}).squeeze(0).sizes(), IntArrayRef());
  EXPECT_THROW(x.squeeze(4), IndexError);
}

TEST(Unsqueeze, AddsADimOfSizeOne) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(x.unsqueeze(-1).sizes(), IntArrayRef({2, 3, 1}));
  EXPECT_EQ(x.unsqueeze(0).sizes(), IntArrayRef({1, 2, 3}));
  EXPECT_THROW(x.unsqueeze(3), IndexError);
  EXPECT_THROW(ones(std::vector<int64_t>(64, 1)).unsqueeze(0), Error);
}

TEST(Transpose, SwapsStrides) {
  const Tensor x = counting({2, 3, 4});
  const Tensor y = x.transpose(0, -1);
  EXPECT_EQ(y.sizes(), IntArrayRef({4, 3, 2}));
  EXPECT_EQ(y.strides(), IntArrayRef({1, 4, 12}));
  EXPECT_TRUE(x.mT().is_alias_of(x));
  EXPECT_EQ(counting({3}).t().sizes(), IntArrayRef({3}));
  EXPECT_THROW(x.t(), Error);
  EXPECT_THROW(x.transpose(0, 3), IndexError);
}

TEST(Permute, ReordersDimsAndItsGradientGoesBack) {
  const Tensor x = leaf({2, 1, 3});
  const Tensor y = x.permute({2, 0, 1});
  EXPECT_EQ(y.sizes(), IntArrayRef({3, 2, 1}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 3, 5, 2, 4, 6}));
  EXPECT_THROW(x.permute({0, 1}), Error);
  EXPECT_THROW(x.permute({0, 1, 1}), Error);
  EXPECT_THROW(x.permute({0, 1, 3}), IndexError);
}

TEST(Movedim, KeepsTheOrderOfTheOthers) {
  const Tensor x = counting({2, 3, 4, 5});
  EXPECT_EQ(x.movedim(0, 2).sizes(), IntArrayRef({3, 4, 2, 5}));
  EXPECT_EQ(x.movedim(-1, 0).sizes(), IntArrayRef({5, 2, 3, 4}));
}

TEST(Expand, RepeatsWithoutCopying) {
  const Tensor x = counting({2, 1});
  const Tensor y = x.expand({3, -1, 2});
  EXPECT_EQ(y.sizes(), IntArrayRef({3, 2, 2}));
  EXPECT_EQ(y.strides()[0], 0);
  EXPECT_EQ(values(y), (Values{0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1}));
  EXPECT_THROW(x.expand({3, 2}), Error);
  EXPECT_THROW(x.expand({2}), Error);
  EXPECT_THROW(x.expand({-1, 2, 1}), Error);
}

TEST(Expand, SumsTheGradient) {
  const Tensor x = leaf({2, 1});
  EXPECT_EQ(weighted_grad(x.expand({2, 2, 3}), x), (Values{30, 48}));
}

TEST(Expand, RefusesToBeWrittenInPlace) {
  Tensor x = counting({2, 1}).expand({2, 3});
  EXPECT_THROW(x.add_(1), Error);
}

TEST(Select, CountsFromBothEnds) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(values(x[1]), (Values{4, 5, 6, 7}));
  EXPECT_EQ(values(x.select(1, -1)), (Values{3, 7, 11}));
  EXPECT_THROW(x[3], IndexError);
  EXPECT_THROW(x.select(1, -5), IndexError);
  EXPECT_THROW(x.select(2, 0), IndexError);
  EXPECT_THROW(counting({})[0], IndexError);
}

TEST(Select, GradientIsZeroElsewhere) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(weighted_grad(x.select(1, 1), x), (Values{0, 1, 0, 0, 2, 0}));
}

TEST(Slice, ClampsItsBounds) {
  const Tensor x = counting({5});
  EXPECT_EQ(values(x.slice(0, 1, 100, 2)), (Values{1, 3}));
  EXPECT_EQ(values(x.slice(0, -2)), (Values{3, 4}));
  EXPECT_EQ(x.slice(0, 4, 2).numel(), 0);
  EXPECT_EQ(values(x.slice(0, 0, 5, INT64_MAX)), (Values{0}));
  EXPECT_THROW(x.slice(0, 0, 5, 0), ValueError);
  EXPECT_THROW(counting({}).slice(), IndexError);
}

TEST(Slice, GradientFillsTheStrides) {
  const Tensor x = leaf({6});
  EXPECT_EQ(weighted_grad(x.slice(0, 1, 6, 2), x), (Values{0, 1, 0, 2, 0, 3}));
}

TEST(Slice, GradientOfAStridedInputKeepsItsShape) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(weighted_grad(x.t().slice(0, 1, 3), x), (Values{0, 1, 3, 0, 2, 4}));
}

TEST(Narrow, ChecksTheRange) {
  const Tensor x = counting({5});
  EXPECT_EQ(values(x.narrow(0, -2, 2)), (Values{3, 4}));
  EXPECT_EQ(x.narrow(0, 5, 0).numel(), 0);
  EXPECT_THROW(x.narrow(0, 3, 3), IndexError);
  EXPECT_THROW(x.narrow(0, 1, -1), IndexError);
  EXPECT_THROW(x.narrow(0, 2, INT64_MAX), IndexError);
}

TEST(Diagonal, AcceptsOffsetsAndDims) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(values(x.diagonal()), (Values{0, 5, 10}));
  EXPECT_EQ(values(x.diagonal(2)), (Values{2, 7}));
  EXPECT_EQ(values(x.diagonal(-2)), (Values{8}));
  EXPECT_EQ(x.diagonal(7).numel(), 0);
  EXPECT_EQ(counting({2, 3, 4}).diagonal(0, 0, 2).sizes(), IntArrayRef({3, 2}));
  EXPECT_THROW(x.diagonal(0, 1, 1), Error);
}

TEST(Diagonal, GradientLiesOnTheDiagonal) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(weighted_grad(x.diagonal(1), x), (Values{0, 1, 0, 0, 0, 2}));
}

TEST(AsStrided, GradientsOfOverlapsAddUp) {
  const Tensor x = leaf({4});
  const Tensor y = x.as_strided({3, 2}, {1, 1}, 0);
  EXPECT_EQ(values(y), (Values{0, 1, 1, 2, 2, 3}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 5, 9, 6}));
}

TEST(AsStrided, UnderstandsAStridedBase) {
  // The storage is 0..5; x shows it transposed, y its elements 1, 3, 5.
  const Tensor x = leaf({2, 3});
  const Tensor y = x.t().as_strided({3}, {2}, 1);
  EXPECT_EQ(values(y), (Values{1, 3, 5}));
  EXPECT_EQ(weighted_grad(y, x), (Values{0, 1, 0, 2, 0, 3}));
}

TEST(AsStrided, MayLookBesideItsBase) {
  const Tensor x = counting({6}).narrow(0, 2, 2);
  EXPECT_EQ(values(x.as_strided({2}, {3}, 0)), (Values{0, 3}));
  EXPECT_THROW(x.as_strided({2}, {3}, 3), Error);
  EXPECT_THROW(x.as_strided({2}, {-1}, 3), Error);
  EXPECT_THROW(x.as_strided({2}, {1, 1}), Error);
  EXPECT_THROW(x.as_strided({2}, {INT64_MAX}), Error);
}

TEST(AsStridedScatter, ReplacesTheWindow) {
  const Tensor base = leaf({6});
  const Tensor src = leaf({2});
  const Tensor y = as_strided_scatter(base, src + 10, {2}, {3}, 1);
  EXPECT_EQ(values(y), (Values{0, 10, 2, 3, 11, 5}));
  EXPECT_EQ(weighted_grad(y, base), (Values{1, 0, 3, 4, 0, 6}));
  EXPECT_EQ(values(src.grad()), (Values{2, 5}));
}

TEST(AsStridedScatter, CountsInTheStorageOfAStridedBase) {
  const Tensor base = leaf({2, 3});
  const Tensor src = leaf({2});
  const Tensor y = as_strided_scatter(base.t(), src + 10, {2}, {3}, 1);
  EXPECT_EQ(values(y), (Values{0, 3, 10, 11, 2, 5}));
  EXPECT_EQ(weighted_grad(y, base), (Values{1, 0, 5, 2, 0, 6}));
  EXPECT_EQ(values(src.grad()), (Values{3, 4}));
}

TEST(Split, CoversTheDim) {
  const Tensor x = counting({5, 2});
  const auto parts = x.split(2);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(values(parts[2]), (Values{8, 9}));
  EXPECT_EQ(x.split({1, 4})[1].sizes(), IntArrayRef({4, 2}));
  EXPECT_EQ(counting({0, 2}).split(2).size(), 1U);
  EXPECT_THROW(x.split(0), Error);
  EXPECT_THROW(x.split({1, 3}), Error);
  EXPECT_THROW(x.split({7, -2}), Error);
}

TEST(Chunk, MakesEqualParts) {
  const auto parts = counting({7}).chunk(3);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].numel(), 3);
  EXPECT_EQ(parts[2].numel(), 1);
  EXPECT_EQ(counting({0}).chunk(3).size(), 3U);
  EXPECT_THROW(counting({7}).chunk(0), Error);
}

TEST(Split, UnusedPartsGiveZeroGradient) {
  const Tensor x = leaf({6});
  const auto parts = x.split(2);
  EXPECT_EQ(weighted_grad(parts[0] * 2 + parts[2], x),
            (Values{2, 4, 0, 0, 1, 2}));
  EXPECT_EQ(parts[1].grad_fn().get(), parts[2].grad_fn().get());
  EXPECT_EQ(parts[1].output_nr(), 1);
}

TEST(Unbind, ReturnsEverySlab) {
  const Tensor x = leaf({2, 3});
  const auto parts = x.unbind(1);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(values(parts[1]), (Values{1, 4}));
  EXPECT_TRUE(parts[1].is_alias_of(x));
  EXPECT_EQ(weighted_grad(parts[0] + parts[2], x), (Values{1, 0, 1, 2, 0, 2}));
  EXPECT_TRUE(counting({0, 2}).unbind().empty());
}

TEST(Cat, JoinsAlongADim) {
  const Tensor a = leaf({2, 1});
  const Tensor b = leaf({2, 2});
  const Tensor y = cat({a, b}, 1);
  EXPECT_EQ(values(y), (Values{0, 0, 1, 1, 2, 3}));
  EXPECT_EQ(weighted_grad(y, b), (Values{2, 3, 5, 6}));
  EXPECT_EQ(values(a.grad()), (Values{1, 4}));
}

TEST(Cat, ChecksShapesAndPromotes) {
  const Tensor a = counting({2, 3});
  EXPECT_EQ(error_of([&] {
              cat({a, counting({2, 2})});
            }),
            "[cat] shapes (2, 3) and (2, 2) differ outside dim 0");
  EXPECT_THROW(cat({a, counting({3})}), Error);
  EXPECT_THROW(cat({}), Error);
  EXPECT_THROW(cat({counting({})}), Error);
  EXPECT_THROW(cat({a}, 2), IndexError);
  EXPECT_EQ(cat({a, counting({2, 3}, kLong)}).dtype(), kDouble);
  EXPECT_EQ(cat({counting({0}), a}).sizes(), a.sizes());
}

TEST(Cat, AcceptsStridedParts) {
  const Tensor x = counting({2, 2});
  EXPECT_EQ(values(cat({x.t(), x}, 0)), (Values{0, 2, 1, 3, 0, 1, 2, 3}));
}

TEST(Stack, AddsADim) {
  const Tensor a = leaf({2});
  const Tensor b = leaf({2});
  const Tensor y = stack({a, b + 5}, -1);
  EXPECT_EQ(values(y), (Values{0, 5, 1, 6}));
  EXPECT_EQ(weighted_grad(y, a), (Values{1, 3}));
  EXPECT_EQ(values(b.grad()), (Values{2, 4}));
  EXPECT_EQ(stack({counting({}), counting({})}).sizes(), IntArrayRef({2}));
  EXPECT_THROW(stack({a, counting({3})}), Error);
}

TEST(Stack, HorizontalAndVertical) {
  const Tensor a = counting({2});
  EXPECT_EQ(hstack({a, a}).sizes(), IntArrayRef({4}));
  EXPECT_EQ(vstack({a, a}).sizes(), IntArrayRef({2, 2}));
  const Tensor b = counting({2, 3});
  EXPECT_EQ(hstack({b, b}).sizes(), IntArrayRef({2, 6}));
  EXPECT_EQ(vstack({b, b}).sizes(), IntArrayRef({4, 3}));
}

TEST(Meshgrid, SpansTheAxes) {
  const auto ij = meshgrid({counting({2}), counting({3})});
  EXPECT_EQ(values(ij[0]), (Values{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(values(ij[1]), (Values{0, 1, 2, 0, 1, 2}));
  const auto xy = meshgrid({counting({2}), counting({3})}, "xy");
  EXPECT_EQ(xy[0].sizes(), IntArrayRef({3, 2}));
  EXPECT_EQ(values(xy[0]), (Values{0, 1, 0, 1, 0, 1}));
  EXPECT_THROW(meshgrid({counting({2})}, "yx"), Error);
}

TEST(Repeat, CopiesAlongEveryDim) {
  const Tensor x = leaf({1, 2});
  const Tensor y = x.repeat({2, 1, 2});
  EXPECT_EQ(y.sizes(), IntArrayRef({2, 1, 4}));
  EXPECT_EQ(values(y), (Values{0, 1, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(weighted_grad(y, x), (Values{16, 20}));
  EXPECT_FALSE(x.repeat({1, 1}).is_alias_of(x));
  EXPECT_EQ(x.repeat({0, 3}).sizes(), IntArrayRef({0, 6}));
  EXPECT_THROW(x.repeat({2}), Error);
  EXPECT_THROW(x.repeat({2, -1}), Error);
}

TEST(RepeatInterleave, RepeatsEntries) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(values(x.repeat_interleave(2)), (Values{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(values(repeat_interleave(x, 2, 1)),
            (Values{1, 1, 2, 2, 3, 3, 4, 4}));
  EXPECT_EQ(values(x.t().repeat_interleave(2, -2)),
            (Values{1, 3, 1, 3, 2, 4, 2, 4}));
  EXPECT_EQ(values(repeat_interleave(x, tensor({2, 0}), 0)),
            (Values{1, 2, 1, 2}));
  EXPECT_EQ(x.repeat_interleave(0, 1).sizes(), IntArrayRef({2, 0}));
  EXPECT_EQ(empty({0, 2}).repeat_interleave(3, 0).sizes(), IntArrayRef({0, 2}));
  EXPECT_THROW(x.repeat_interleave(-1), ValueError);
  EXPECT_THROW(x.repeat_interleave(tensor({1, 2, 3}), 0), Error);
  EXPECT_THROW(x.repeat_interleave(2, 2), IndexError);
}

TEST(Shape, OtherNames) {
  const Tensor x = tensor({{1, 2}, {3, 4}});
  EXPECT_EQ(values(x.swapaxes(0, 1)), (Values{1, 3, 2, 4}));
  EXPECT_EQ(values(swapdims(x, 0, 1)), (Values{1, 3, 2, 4}));
  EXPECT_EQ(values(x.moveaxis(0, 1)), (Values{1, 3, 2, 4}));
  EXPECT_EQ(values(fliplr(x)), (Values{2, 1, 4, 3}));
  EXPECT_EQ(values(x.flipud()), (Values{3, 4, 1, 2}));
  EXPECT_EQ(x.tile({2}).sizes(), IntArrayRef({2, 4}));
  EXPECT_EQ(concatenate({x, x}, 1).sizes(), IntArrayRef({2, 4}));
  EXPECT_EQ(row_stack({x, x}).sizes(), IntArrayRef({4, 2}));
}

TEST(Flip, ReversesDims) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(values(x.flip({0, 1})), (Values{5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(weighted_grad(x.flip({-1}), x), (Values{3, 2, 1, 6, 5, 4}));
  EXPECT_EQ(values(counting({12, 20}).t().flip({0}).flip({0}).t()),
            values(counting({12, 20})));
  EXPECT_THROW(x.flip({0, 0}), Error);
}

TEST(Roll, WrapsAround) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(values(x.roll({1}, {1})), (Values{2, 0, 1, 5, 3, 4}));
  EXPECT_EQ(values(x.roll({-1, 1}, {1, 0})), (Values{4, 5, 3, 1, 2, 0}));
  EXPECT_EQ(values(x.roll({2})), (Values{4, 5, 0, 1, 2, 3}));
  EXPECT_EQ(weighted_grad(x.roll({1}, {1}), x), (Values{2, 3, 1, 5, 6, 4}));
  EXPECT_FALSE(x.roll({0}).is_alias_of(x));
}

TEST(Tril, ZeroesTheOtherTriangle) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(values(x.tril()), (Values{0, 0, 0, 3, 4, 0}));
  EXPECT_EQ(values(x.triu(1)), (Values{0, 1, 2, 0, 0, 5}));
  EXPECT_EQ(weighted_grad(x.tril(1), x), (Values{1, 2, 0, 4, 5, 6}));
  EXPECT_EQ(values(x.triu(INT64_MIN)), values(x));
  EXPECT_THROW(counting({3}).tril(), Error);
}

TEST(Diag, GoesBothWays) {
  const Tensor x = leaf({2});
  EXPECT_EQ(values(x.diag(1)), (Values{0, 0, 0, 0, 0, 1, 0, 0, 0}));
  EXPECT_EQ(weighted_grad(x.diag(-1), x), (Values{4, 8}));
  EXPECT_EQ(values(counting({2, 3}).diag(1)), (Values{1, 5}));
  EXPECT_THROW(counting({}).diag(), Error);
}

TEST(InPlaceViews, ChangeTheShapeOfTheTensor) {
  Tensor x = counting({2, 1, 3});
  EXPECT_EQ(x.squeeze_().sizes(), IntArrayRef({2, 3}));
  EXPECT_EQ(values(x.t_()), (Values{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(x.unsqueeze_(0).sizes(), IntArrayRef({1, 3, 2}));
  EXPECT_EQ(x.transpose_(1, 2).sizes(), IntArrayRef({1, 2, 3}));
  EXPECT_TRUE(x.is_contiguous());
}

TEST(InPlaceViews, KeepTheHistory) {
  const Tensor x = leaf({2, 3});
  Tensor y = x * 2;
  y.t_();
  EXPECT_EQ(y.grad_fn()->name(), "TBackward0");
  EXPECT_EQ(weighted_grad(y, x), (Values{2, 6, 10, 4, 8, 12}));
}

TEST(InPlaceViews, RefuseALeafAndNoticeSavedTensors) {
  Tensor x = leaf({2, 3});
  EXPECT_THROW(x.t_(), Error);
  EXPECT_EQ(x.sizes(), IntArrayRef({2, 3}));
  Tensor y = x * 1;
  const Tensor z = y * y;
  y.t_();
  EXPECT_THROW(z.sum().backward(), Error);
}

TEST(Clone, CopiesElements) {
  const Tensor x = leaf({2});
  Tensor y = x.clone();
  EXPECT_FALSE(y.is_alias_of(x));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 2}));
  EXPECT_THROW(Tensor().clone(), Error);
}

TEST(Contiguous, IsFreeWhenItCanBe) {
  const Tensor x = counting({2, 3});
  EXPECT_TRUE(x.contiguous().is_same(x));
  EXPECT_EQ(x.t().contiguous().strides(), IntArrayRef({2, 1}));
}

TEST(To, CastsAndKeepsTheGradient) {
  const Tensor x = leaf({2});
  const Tensor y = x.to(kFloat);
  EXPECT_EQ(y.dtype(), kFloat);
  (y * y).sum().backward();
  EXPECT_EQ(x.grad().dtype(), kDouble);
  EXPECT_EQ(values(x.grad()), (Values{0, 2}));
  EXPECT_TRUE(x.to(kDouble).is_same(x));
  EXPECT_FALSE(x.to(kDouble, false, true).is_same(x));
  EXPECT_FALSE(x.to(kLong).requires_grad());
  EXPECT_TRUE(x.to(kCPU).is_same(x));
  EXPECT_TRUE(x.to(Device("cpu")).is_same(x));
  EXPECT_THROW(x.to(kCUDA), Error);
}

TEST(NewTensors, TakeTheDtypeOfTheOldOne) {
  const Tensor x = counting({2}, kLong);
  EXPECT_EQ(x.new_zeros({3}).dtype(), kLong);
  EXPECT_EQ(values(x.new_full({2}, 7)), (Values{7, 7}));
  EXPECT_EQ(x.new_ones({2}, kFloat).dtype(), kFloat);
  EXPECT_EQ(x.new_empty({2, 0}).numel(), 0);
}

TEST(Detach, SharesElementsAndVersion) {
  const Tensor x = leaf({2});
  Tensor y = x.detach();
  EXPECT_TRUE(y.is_alias_of(x));
  EXPECT_FALSE(y.requires_grad());
  y.fill_(3);
  EXPECT_EQ(x._version(), 1);
  EXPECT_EQ(values(x), (Values{3, 3}));
}

TEST(Detach, InPlaceForgetsTheHistory) {
  const Tensor x = leaf({2});
  Tensor y = x * 2;
  y.detach_();
  EXPECT_TRUE(y.is_leaf());
  EXPECT_FALSE(y.requires_grad());
  Tensor view = (x * 2).view({2, 1});
  EXPECT_THROW(view.detach_(), Error);
}

TEST(SetData, ReplacesElementsShapeAndDtype) {
  Tensor x = leaf({2});
  (x * 2).sum().backward();
  x.mutable_grad().reset();
  x.set_data(counting({3}, kFloat));
  EXPECT_EQ(x.sizes(), IntArrayRef({3}));
  EXPECT_TRUE(x.requires_grad());
  (x * x).sum().backward();
  EXPECT_EQ(x.grad().dtype(), kFloat);
  EXPECT_EQ(values(x.grad()), (Values{0, 2, 4}));
  EXPECT_THROW(x.set_data(counting({2}, kLong)), TypeError);
}

TEST(Assignment, WritesThroughAnExpression) {
  Tensor x = counting({2, 2});
  x[0] = counting({2}) + 7;
  x[1] = 4;
  EXPECT_EQ(values(x), (Values{7, 8, 4, 4}));
  Tensor y = x;
  y = counting({2});  // a name is bound anew
  EXPECT_EQ(x.numel(), 4);
}

TEST(Views, WritesReachTheGradientOfTheBase) {
  const Tensor x = leaf({2, 2});
  Tensor y = x * 3;
  y[0].mul_(10);
  EXPECT_EQ(weighted_grad(y, x), (Values{30, 60, 9, 12}));
}

TEST(Views, WritesInAChainKeepWhatTheySaved) {
  const Tensor x = leaf({2});
  Tensor y = x + 1;
  y.square_();
  y.square_();
  y[1].square_();
  EXPECT_EQ(weighted_grad(y, x), (Values{4, 2 * 8 * 128}));
}

TEST(Views, SecondOrderThroughASlice) {
  const Tensor x = leaf({4});
  const Tensor y = x.slice(0, 1, 3);
  const Tensor grad =
      autograd::grad({(y * y * y).sum()}, {x}, {}, true, true)[0];
  grad.sum().backward();
  EXPECT_EQ(values(x.grad()), (Values{0, 6, 12, 0}));
}

}  // namespace
}  // namespace taper
