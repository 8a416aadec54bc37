// Index lists, gather and scatter. Expected numbers of the index lists are
// those of PyTorch 2.13.
#include "taper/autograd/engine.h"
#include "taper/autograd/node.h"
#include "taper/autograd/ops.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/shape.h"

namespace taper {
namespace {

using indexing::Ellipsis;
using indexing::None;
using indexing::Slice;
using indexing::TensorIndex;
using Values = std::vector<double>;

Values values(const Tensor& x) {
  const Tensor flat = x.detach().to(kDouble).contiguous();
  const double* data = flat.data_ptr<double>();
  return Values(data, data + flat.numel());
}

Tensor counting(IntArrayRef sizes, ScalarType dtype = kDouble) {
  return arange(numel_of(sizes), TensorOptions(dtype)).reshape(sizes);
}
Tensor leaf(IntArrayRef sizes) {
  Tensor x = counting(sizes).detach().clone();
  x.requires_grad_();
  return x;
}
Tensor longs(std::vector<int64_t> list, IntArrayRef sizes = -1) {
  Tensor x = counting({static_cast<int64_t>(list.size())}, kLong).clone();
  std::copy(list.begin(), list.end(), x.data_ptr<int64_t>());
  return x.view(sizes);
}
Tensor mask(std::vector<int64_t> list, IntArrayRef sizes = -1) {
  return longs(std::move(list), sizes).to(kBool);
}

Values weighted_grad(const Tensor& y, const Tensor& x) {
  (y * (counting(y.sizes()) + 1)).sum().backward();
  return values(x.grad());
}

TEST(Index, IntegersSlicesNoneAndEllipsisGiveViews) {
  const Tensor x = counting({3, 4, 5});
  const Tensor y =
      x.index({Slice(1, None), Slice(None, None, 2), Slice(1, 4, 2)});
  EXPECT_EQ(values(y), (Values{21, 23, 31, 33, 41, 43, 51, 53}));
  EXPECT_TRUE(y.is_alias_of(x));
  EXPECT_EQ(x.index({Ellipsis, 0}).sizes(), IntArrayRef({3, 4}));
  EXPECT_EQ(values(x.index({Slice(), None, 0, "...", 1})), (Values{1, 21, 41}));
  EXPECT_EQ(x.index({Slice(), None, 0, "...", 1}).sizes(), IntArrayRef({3, 1}));
}

TEST(Index, WholeTensorIsANewHandle) {
  const Tensor x = counting({3});
  EXPECT_FALSE(x.index({Slice()}).is_same(x));
  EXPECT_TRUE(x.index({Ellipsis}).is_alias_of(x));
}

TEST(Index, OneTensorPicksEntries) {
  const Tensor x = counting({3, 4, 5});
  const Tensor i = longs({2, 0});
  EXPECT_EQ(values(x.index({i, 1, 2})), (Values{47, 7}));
  EXPECT_EQ(values(x.index({Slice(), i, Slice(None, 2)})),
            (Values{10, 11, 0, 1, 30, 31, 20, 21, 50, 51, 40, 41}));
  EXPECT_EQ(values(x.index({None, i, Slice(), 0})),
            (Values{40, 45, 50, 55, 0, 5, 10, 15}));
  EXPECT_EQ(x.index({longs({0, 1, 1, 0}, {2, 2})}).sizes(),
            IntArrayRef({2, 2, 4, 5}));
  EXPECT_EQ(values(counting({4})[longs({-1, 1})]), (Values{3, 1}));
}

TEST(Index, NeighbouringTensorsBroadcastInPlace) {
  const Tensor x = counting({3, 4, 5});
  const Tensor y = x.index({Slice(), longs({1, 3}, {2, 1}), longs({-1, 0})});
  EXPECT_EQ(y.sizes(), IntArrayRef({3, 2, 2}));
  EXPECT_EQ(values(y), (Values{9, 5, 19, 15, 29, 25, 39, 35, 49, 45, 59, 55}));
  EXPECT_EQ(values(x.index({longs({2, 0}), longs({2, 0}), 1})),
            (Values{51, 1}));
}

TEST(Index, SeparatedTensorsGoToTheFront) {
  const Tensor x = counting({3, 4, 5});
  const Tensor i = longs({2, 0});
  const Tensor k = longs({-1, 0});
  const Tensor y = x.index({i, Slice(), k});
  EXPECT_EQ(y.sizes(), IntArrayRef({2, 4}));
  EXPECT_EQ(values(y), (Values{44, 49, 54, 59, 0, 5, 10, 15}));
  EXPECT_EQ(values(x.index({i, Slice(1, 3), k})), (Values{49, 54, 5, 10}));
  EXPECT_EQ(x.index({i, None, k}).sizes(), IntArrayRef({2, 1, 5}));
  // An integer between removes its dim first.
  EXPECT_EQ(values(x.index({0, Slice(), k})),
            (Values{4, 0, 9, 5, 14, 10, 19, 15}));
}

TEST(Index, MasksOfAnyRank) {
  const Tensor x = counting({3, 4, 5});
  EXPECT_EQ(values(x.index({mask({1, 0, 1}), 0, 1})), (Values{1, 41}));
  const Tensor m = mask({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}, {3, 4});
  EXPECT_EQ(x.index({m}).sizes(), IntArrayRef({3, 5}));
  EXPECT_EQ(values(x.index({m, 1})), (Values{1, 26, 51}));
  EXPECT_EQ(values(x.index({mask({1, 0, 1}), Slice(), longs({2, 0})})),
            (Values{2, 7, 12, 17, 40, 45, 50, 55}));
  EXPECT_EQ(x.index({x < 0}).numel(), 0);
}

TEST(Index, BoolsAddADim) {
  const Tensor x = counting({3, 4, 5});
  EXPECT_EQ(values(x.index({true, 0, 0})), (Values{0, 1, 2, 3, 4}));
  EXPECT_EQ(x.index({true, 0, 0}).sizes(), IntArrayRef({1, 5}));
  EXPECT_EQ(x.index({false, 0, 0}).sizes(), IntArrayRef({0, 5}));
}

TEST(Index, ZeroDimTensorsActAsIntegers) {
  const Tensor x = counting({3, 4});
  EXPECT_EQ(values(x[longs({1}).squeeze(0)]), (Values{4, 5, 6, 7}));
  EXPECT_TRUE(x[longs({1}).squeeze(0)].is_alias_of(x));
}

TEST(Index, StridedInputs) {
  const Tensor x = counting({4, 3}).t();
  EXPECT_EQ(values(x.index({longs({2, 0})})),
            (Values{2, 5, 8, 11, 0, 3, 6, 9}));
  EXPECT_EQ(values(x.index({longs({2, 0}), longs({1, 3})})), (Values{5, 9}));
}

TEST(Index, RejectsBadIndices) {
  const Tensor x = counting({3, 4});
  EXPECT_THROW(x.index({longs({0, 3})}), IndexError);
  EXPECT_THROW(x.index({longs({-4})}), IndexError);
  EXPECT_THROW(x.index({0, 0, 0}), IndexError);
  EXPECT_THROW(x.index({Ellipsis, Ellipsis}), IndexError);
  EXPECT_THROW(x.index({mask({1, 0})}), IndexError);
  EXPECT_THROW(x.index({longs({0, 1}), longs({0, 1, 2})}), Error);
  EXPECT_THROW(x.index({counting({2})}), IndexError);
  EXPECT_THROW(x.index({3}), IndexError);
  EXPECT_THROW(x.index({Tensor()}), Error);
}

TEST(Index, GradientsOfRepeatedPositionsAddUp) {
  const Tensor x = leaf({3});
  EXPECT_EQ(weighted_grad(x.index({longs({2, 0, 2})}), x), (Values{2, 0, 4}));
}

TEST(Index, GradientOfSeparatedTensors) {
  const Tensor x = leaf({2, 2, 2});
  EXPECT_EQ(weighted_grad(x.index({longs({0, 0}), Slice(), longs({1, 0})}), x),
            (Values{3, 1, 4, 2, 0, 0, 0, 0}));
}

TEST(Index, EditedIndexTensorIsNoticed) {
  const Tensor x = leaf({3});
  Tensor i = longs({1, 2});
  const Tensor y = x.index_select(0, i);
  i.fill_(0);
  EXPECT_THROW(y.sum().backward(), Error);
}

TEST(Index, SecondOrder) {
  const Tensor x = leaf({3});
  const Tensor y = x.index({longs({2, 2})});
  const Tensor grad =
      autograd::grad({(y * y * y).sum()}, {x}, {}, true, true)[0];
  grad.sum().backward();
  EXPECT_EQ(values(x.grad()), (Values{0, 0, 24}));
}

TEST(IndexPut, WritesSlicesAndPicks) {
  Tensor x = counting({2, 3});
  x.index_put_({0}, 9);
  EXPECT_EQ(values(x), (Values{9, 9, 9, 3, 4, 5}));
  x.index_put_({Slice(), 1}, counting({2}));
  EXPECT_EQ(values(x), (Values{9, 0, 9, 3, 1, 5}));
  x.index_put_({longs({1, 0}), longs({2, 0})}, counting({2}) + 20);
  EXPECT_EQ(values(x), (Values{21, 0, 9, 3, 1, 20}));
  x.index_put_({x > 10}, -1);
  EXPECT_EQ(values(x), (Values{-1, 0, 9, 3, 1, -1}));
}

TEST(IndexPut, BroadcastsTheValue) {
  Tensor x = counting({3, 2});
  x.index_put_({longs({0, 2})}, counting({2}) + 7);
  EXPECT_EQ(values(x), (Values{7, 8, 2, 3, 7, 8}));
  x.index_put_({1}, counting({1, 1, 2}));
  EXPECT_EQ(values(x[1]), (Values{0, 1}));
  EXPECT_THROW(x.index_put_({longs({0, 2})}, counting({3})), Error);
  EXPECT_THROW(x.index_put_({longs({0})}, counting({2}, kLong)), TypeError);
}

TEST(IndexPut, SeparatedTensorsOfATransposedTarget) {
  Tensor base = counting({2, 2, 2});
  base.transpose(0, 2).index_put_({longs({1, 0}), Slice(), longs({0, 1})},
                                  counting({2, 2}) + 10);
  EXPECT_EQ(values(base), (Values{0, 10, 2, 11, 12, 5, 13, 7}));
}

TEST(IndexPut, BadPositionsChangeNothing) {
  Tensor x = counting({3});
  EXPECT_THROW(x.index_put_({longs({0, 1, 3})}, 9), IndexError);
  EXPECT_EQ(values(x), (Values{0, 1, 2}));
  EXPECT_EQ(x._version(), 0);
}

TEST(IndexPut, AMaskTakesANumberOfAnyDtype) {
  const Tensor number = tensor(2.5, kDouble);
  for (const ScalarType type : {kFloat, kLong, kBool, kHalf}) {
    const double held = type == kBool ? 1 : type == kLong ? 2 : 2.5;
    const Tensor x = zeros(3, type);
    x.index_put_({mask({1, 0, 1})}, number.view({1, 1}));
    EXPECT_EQ(values(x), (Values{held, 0, held}));
  }
  const Tensor x = zeros({2, 2});
  x.index_put_({Slice(1), mask({0, 1})}, number);
  EXPECT_EQ(values(x), (Values{0, 0, 0, 2.5}));
  EXPECT_THROW(x.index_put_({mask({0, 1})}, number, true), TypeError);
  EXPECT_THROW(x.index_put_({mask({1, 1})}, number.expand(2)), TypeError);
  EXPECT_THROW(x.index_put_({longs({0, 1})}, number), TypeError);
  EXPECT_THROW(x.index_put_({mask({1, 0}), mask({1, 0})}, number), TypeError);
  EXPECT_EQ(values(x), (Values{0, 0, 0, 2.5}));
  const Tensor value = tensor(2.5, kDouble).requires_grad_();
  (zeros(3) * 1).index_put_({mask({1, 0, 1})}, value).sum().backward();
  EXPECT_EQ(values(value.grad()), (Values{2}));
  EXPECT_EQ(value.grad().dtype(), kDouble);
}

TEST(IndexPut, GradientsOfBothSides) {
  const Tensor x = leaf({3});
  const Tensor v = leaf({2});
  Tensor y = x * 1;
  y.index_put_({longs({2, 0})}, v);
  EXPECT_EQ(values(y), (Values{1, 1, 0}));
  EXPECT_EQ(weighted_grad(y, x), (Values{0, 2, 0}));
  EXPECT_EQ(values(v.grad()), (Values{3, 1}));
}

TEST(IndexPut, AccumulateAddsRepeatedPositions) {
  Tensor x = zeros(3);
  x.index_put_({tensor({0, 0, 2})}, tensor({1., 2., 3.}), true);
  EXPECT_EQ(values(x), (Values{3, 0, 3}));
  x.index_put_({Slice(1, 3)}, tensor({1.}), true);
  EXPECT_EQ(values(x), (Values{3, 1, 4}));
  Tensor y = zeros({2, 2}).t();
  y.index_put_({tensor({1, 1})}, tensor({1., 2.}), true);
  EXPECT_EQ(values(y), (Values{0, 0, 2, 4}));
  EXPECT_EQ(values(x.index_put({tensor({0})}, tensor({9.}))),
            (Values{9, 1, 4}));
  EXPECT_EQ(values(x), (Values{3, 1, 4}));
  EXPECT_THROW(x.index_put_({tensor({0, 3})}, ones(2), true), IndexError);
  EXPECT_THROW(x.index_put_({tensor({0, 1})}, ones(3), true), Error);
  EXPECT_EQ(values(x), (Values{3, 1, 4}));
}

TEST(IndexPut, GradientThroughAView) {
  const Tensor x = leaf({2, 3});
  const Tensor v = leaf({2});
  Tensor y = x * 1;
  y.index_put_({1, longs({0, 2})}, v);
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 2, 3, 0, 5, 0}));
  EXPECT_EQ(values(v.grad()), (Values{4, 6}));
}

TEST(Gather, FollowsTheDim) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(values(x.gather(1, longs({0, 2, 1, 1}, {2, 2}))),
            (Values{0, 2, 4, 4}));
  EXPECT_EQ(values(x.gather(0, longs({1, 0}, {1, 2}))), (Values{3, 1}));
  EXPECT_EQ(values(x.t().gather(0, longs({2, 1}, {1, 2}))), (Values{2, 4}));
  EXPECT_EQ(x.gather(1, longs({}, {0, 3})).sizes(), IntArrayRef({0, 3}));
}

TEST(Gather, RejectsBadArguments) {
  const Tensor x = counting({2, 3});
  EXPECT_THROW(x.gather(1, longs({3, 0}, {2, 1})), IndexError);
  EXPECT_THROW(x.gather(1, longs({-1, 0}, {2, 1})), IndexError);
  EXPECT_THROW(x.gather(1, longs({0, 0, 0}, {3, 1})), Error);
  EXPECT_THROW(x.gather(1, longs({0})), Error);
  EXPECT_THROW(x.gather(1, counting({2, 1})), TypeError);
  EXPECT_THROW(x.gather(2, longs({0, 0}, {2, 1})), IndexError);
}

TEST(Gather, GradientGoesToTheGathered) {
  const Tensor x = leaf({2, 3});
  EXPECT_EQ(weighted_grad(x.gather(1, longs({0, 0, 2}, {1, 3})), x),
            (Values{3, 0, 3, 0, 0, 0}));
}

TEST(TakeAlongDim, Broadcasts) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(values(take_along_dim(x, longs({2}, {1, 1}), 1)), (Values{2, 5}));
}

TEST(IndexSelect, PicksEntries) {
  const Tensor x = leaf({2, 3});
  const Tensor y = x.index_select(1, longs({2, 2, 0}));
  EXPECT_EQ(values(y), (Values{2, 2, 0, 5, 5, 3}));
  EXPECT_EQ(weighted_grad(y, x), (Values{3, 0, 3, 6, 0, 9}));
  EXPECT_EQ(
      counting({2, 3}, kLong).to(kBool).index_select(0, longs({1})).dtype(),
      kBool);
  EXPECT_THROW(x.index_select(1, longs({3})), IndexError);
  EXPECT_THROW(x.index_select(1, longs({0}, {1, 1})), IndexError);
}

TEST(IndexAdd, AddsRepeatedEntries) {
  const Tensor x = leaf({3});
  const Tensor s = leaf({3});
  const Tensor y = x.index_add(0, longs({1, 1, 0}), s + 1);
  EXPECT_EQ(values(y), (Values{3, 4, 2}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 2, 3}));
  EXPECT_EQ(values(s.grad()), (Values{2, 2, 1}));
}

TEST(IndexFill, WritesEntries) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(values(index_fill(x, 1, tensor({2, 0}), -1)),
            (Values{-1, 1, -1, -1, 4, -1}));
  EXPECT_EQ(values(x.t().index_fill(-1, tensor({1}), 9)),
            (Values{0, 9, 1, 9, 2, 9}));
  EXPECT_EQ(values(x.index_fill(0, empty({0}, kLong), 9)), values(x));
  EXPECT_EQ(values(x), (Values{0, 1, 2, 3, 4, 5}));
  EXPECT_THROW(x.index_fill_(0, tensor({0, 2}), 1), IndexError);
}

TEST(IndexFill, TakesAnElementAndGivesItItsGradient) {
  const Tensor x = counting({2, 3}).requires_grad_();
  const Tensor value = tensor(7., kDouble).requires_grad_();
  const Tensor y = x.index_fill(1, tensor({2, 0}), value);
  EXPECT_EQ(values(y), (Values{7, 1, 7, 7, 4, 7}));
  EXPECT_EQ(weighted_grad(y, x), (Values{0, 2, 0, 0, 5, 0}));
  EXPECT_EQ(value.grad().item<double>(), 1 + 3 + 4 + 6);
  const Tensor z = counting({2, 3});
  EXPECT_EQ(values(z.index_fill_(0, tensor(1), tensor(8))),
            (Values{0, 1, 2, 8, 8, 8}));
  EXPECT_THROW(z.index_fill_(0, tensor({0}), tensor({1.})), Error);
  const Tensor i = ones({2}, kLong);
  EXPECT_TRUE(i.index_fill(0, tensor({0}), tensor(5.5)).equal(tensor({5, 1})));
  EXPECT_EQ(tensor(1.).index_fill_(0, tensor({0}), 3).item<double>(), 3);
  EXPECT_THROW(ones(2).index_fill(0, tensor({0}), tensor(1e300, kDouble)),
               Error);
  EXPECT_EQ(tensor(1.).index_copy_(0, tensor({0}), tensor(3.)).item<int>(), 3);
  EXPECT_EQ(values(index_copy(counting(2), 0, tensor(1), tensor(3., kDouble))),
            (Values{0, 3}));
}

TEST(IndexCopy, WritesEntries) {
  Tensor x = counting({2, 3});
  const Tensor column = tensor({{8.}, {9.}}, kDouble);
  EXPECT_EQ(values(index_copy(x, 1, tensor({1}), column)),
            (Values{0, 8, 2, 3, 9, 5}));
  x.index_copy_(0, tensor({1}), ones({1, 3}, kDouble));
  EXPECT_EQ(values(x), (Values{0, 1, 2, 1, 1, 1}));
  EXPECT_THROW(x.index_copy_(0, tensor({1}), column), Error);
  EXPECT_THROW(x.index_copy_(0, tensor({2}), ones({1, 3}, kDouble)),
               IndexError);
  EXPECT_EQ(values(x), (Values{0, 1, 2, 1, 1, 1}));
}

TEST(IndexAdd, ScalesTheSource) {
  const Tensor at = tensor({0, 0});
  EXPECT_EQ(values(index_add(zeros(2), 0, at, tensor({1., 2.}), 0.5)),
            (Values{1.5, 0}));
  EXPECT_EQ(values(zeros(2, kLong).index_add_(0, at, tensor({1, 2}), 3)),
            (Values{9, 0}));
}

TEST(IndexAdd, InPlaceChecksFirst) {
  Tensor x = counting({2, 2});
  x.index_add_(1, longs({1}), counting({2, 1}) + 1);
  EXPECT_EQ(values(x), (Values{0, 2, 2, 5}));
  EXPECT_THROW(x.index_add_(1, longs({0, 2}), counting({2, 2})), IndexError);
  EXPECT_THROW(x.index_add_(1, longs({0}), counting({2, 2})), Error);
  EXPECT_THROW(x.index_add_(0, longs({0}), counting({1, 2}, kLong)), TypeError);
  EXPECT_EQ(values(x), (Values{0, 2, 2, 5}));
}

TEST(Scatter, LastOneWins) {
  const Tensor x = counting({4});
  EXPECT_EQ(values(x.scatter(0, longs({3, 1, 3}), counting({3}) + 10)),
            (Values{0, 11, 2, 12}));
  EXPECT_EQ(values(x.scatter(0, longs({0, 2}), 7)), (Values{7, 1, 7, 3}));
}

TEST(Scatter, GradientsOfBothSides) {
  const Tensor x = leaf({2, 2});
  const Tensor s = leaf({2, 3});
  const Tensor y = x.scatter(1, longs({1, 0}, {2, 1}), s);
  EXPECT_EQ(values(y), (Values{0, 0, 3, 3}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 0, 0, 4}));
  EXPECT_EQ(values(s.grad()), (Values{2, 0, 0, 3, 0, 0}));
}

TEST(Scatter, BadPositionsChangeNothing) {
  Tensor x = counting({3});
  EXPECT_THROW(x.scatter_(0, longs({0, 3}), 5), IndexError);
  EXPECT_THROW(x.scatter_(0, longs({0, 1}), counting({1})), Error);
  EXPECT_THROW(x.scatter_add_(0, longs({0, -1}), counting({2})), IndexError);
  EXPECT_THROW(x.scatter_(0, longs({0}), counting({1}, kFloat)), TypeError);
  EXPECT_EQ(values(x), (Values{0, 1, 2}));
}

TEST(Scatter, InPlaceReachesTheGraph) {
  const Tensor x = leaf({3});
  const Tensor s = leaf({1});
  Tensor y = x * 2;
  y.scatter_(0, longs({1}), s);
  y.scatter_add_(0, longs({1}), s);
  EXPECT_EQ(weighted_grad(y, x), (Values{2, 0, 6}));
  EXPECT_EQ(values(s.grad()), (Values{4}));
}

TEST(ScatterAdd, AddsRepeatedPositions) {
  const Tensor x = leaf({2, 3});
  const Tensor s = leaf({2, 2});
  const Tensor y = x.scatter_add(1, longs({0, 0, 2, 1}, {2, 2}), s + 1);
  EXPECT_EQ(values(y), (Values{3, 1, 2, 3, 8, 8}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(values(s.grad()), (Values{1, 1, 6, 5}));
}

TEST(ScatterAdd, SameBitsForAnyNumberOfThreads) {
  const Tensor source = counting({300, 200}, kFloat).sin();
  const Tensor index = counting({300, 200}, kLong).remainder(7);
  const int threads = get_num_threads();
  std::vector<Tensor> results;
  for (int n : {1, 2, 3, 7}) {
    set_num_threads(n);
    const Tensor zeros = source.new_zeros({300, 200});
    results.push_back(
        stack({zeros.scatter_add(0, index, source),
               zeros.scatter_add(1, index, source),
               zeros.index_add(0, index[0].repeat(2).narrow(0, 0, 300), source),
               zeros.index_add(1, index[1], source)}));
  }
  set_num_threads(threads);
  for (const Tensor& result : results) {
    EXPECT_TRUE(result.equal(results[0]));
  }
}

TEST(MaskedSelect, BroadcastsAndFlattens) {
  const Tensor x = leaf({2, 3});
  const Tensor y = x.masked_select(mask({1, 0, 1}));
  EXPECT_EQ(values(y), (Values{0, 2, 3, 5}));
  EXPECT_EQ(weighted_grad(y, x), (Values{1, 0, 2, 3, 0, 4}));
  EXPECT_EQ(counting({}).masked_select(mask({1, 1})).numel(), 2);
  EXPECT_THROW(x.masked_select(longs({1, 0, 1})), TypeError);
  EXPECT_THROW(x.masked_select(mask({1, 0})), Error);
}

TEST(Nonzero, ListsCoordinates) {
  const Tensor x = mask({0, 1, 1, 0, 0, 1}, {2, 3});
  EXPECT_EQ(values(x.nonzero()), (Values{0, 1, 0, 2, 1, 2}));
  EXPECT_EQ(counting({3}).nonzero().sizes(), IntArrayRef({2, 1}));
  EXPECT_EQ((counting({}) + 1).nonzero().sizes(), IntArrayRef({1, 0}));
  EXPECT_EQ(counting({0, 2}).nonzero().sizes(), IntArrayRef({0, 2}));
}

TEST(Embedding, LooksUpRows) {
  const Tensor w = leaf({3, 2});
  const Tensor y = embedding(w, longs({2, 0, 2, 1}, {2, 2}));
  EXPECT_EQ(y.sizes(), IntArrayRef({2, 2, 2}));
  EXPECT_EQ(values(y), (Values{4, 5, 0, 1, 4, 5, 2, 3}));
  EXPECT_EQ(weighted_grad(y, w), (Values{3, 4, 7, 8, 6, 8}));
}

TEST(Embedding, PaddingGetsNoGradient) {
  const Tensor w = leaf({3, 1});
  const Tensor y = embedding(w, longs({0, 1, 0, 2}), 0);
  EXPECT_EQ(values(y), (Values{0, 1, 0, 2}));
  EXPECT_EQ(weighted_grad(y, w), (Values{0, 2, 4}));
}

TEST(Embedding, RejectsBadArguments) {
  const Tensor w = counting({3, 2});
  EXPECT_THROW(embedding(w, longs({3})), IndexError);
  EXPECT_THROW(embedding(w, longs({-1})), IndexError);
  EXPECT_THROW(embedding(w, counting({2})), TypeError);
  EXPECT_THROW(embedding(w[0], longs({0})), Error);
}

TEST(Index, AnEmptyListThrows) {
  EXPECT_THROW(ones({2}).index({}), Error);
  EXPECT_THROW(ones({2}).index_put_({}, ones({2})), Error);
  EXPECT_THROW(ones({2}).index_put_({}, 2), Error);
}

TEST(Index, AnErrorNamesTheDimOfTheTensor) {
  const auto message = [](const std::vector<indexing::TensorIndex>& indices) {
    try {
      ones({2, 5, 3}).index(indices);
    } catch (const IndexError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message({0, 5}).find("dim 1 of size 5"), std::string::npos);
  EXPECT_NE(message({"...", -4}).find("dim 2 of size 3"), std::string::npos);
  EXPECT_NE(message({indexing::None, tensor(7)}).find("dim 0 of size 2"),
            std::string::npos);
}

}  // namespace
}  // namespace taper
