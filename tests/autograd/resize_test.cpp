// resize_, and writes to memory that several elements share.
#include <gtest/gtest.h>

#include <vector>

#include "taper/taper.h"

namespace taper {
namespace {

TEST(Resize, KeepsTheElementsInOrder) {
  Tensor x = arange(6.).view({2, 3}).clone();
  EXPECT_TRUE(x.resize_({2, 2}).equal(tensor({0., 1., 2., 3.}).view({2, 2})));
  EXPECT_EQ(x._version(), 1);
  x.resize_({6});
  EXPECT_TRUE(x.equal(arange(6.)));
  x.resize_({100, 100});
  EXPECT_TRUE(x.flatten().slice(0, 0, 6).equal(arange(6.)));
  x.fill_(1);
  EXPECT_EQ(x.sum().item<float>(), 10000);
  EXPECT_EQ(x.resize_({0}).numel(), 0);
  EXPECT_TRUE(x.resize_as_(ones({3, 2})).is_contiguous());
  EXPECT_EQ(x.sizes(), (std::vector<int64_t>{3, 2}));
}

TEST(Resize, IsRowMajorUnlessTheShapeIsTheSame) {
  Tensor x = arange(6.).view({2, 3}).t();
  x.resize_({3, 2});
  EXPECT_EQ(x.strides(), (std::vector<int64_t>{1, 3}));
  x.resize_({2, 2});
  EXPECT_TRUE(x.equal(tensor({0., 1., 2., 3.}).view({2, 2})));
  EXPECT_THROW(x.resize_({2, 2}, MemoryFormat::Preserve), Error);
  x = ones({2, 3}).t();
  x.resize_({3, 2}, MemoryFormat::Contiguous);
  EXPECT_EQ(x.strides(), (std::vector<int64_t>{2, 1}));
}

TEST(Resize, OfAViewLooksIntoTheSameMemory) {
  const Tensor x = arange(6.);
  Tensor row = x.view({2, 3})[1];
  row.resize_({2});
  row.zero_();
  EXPECT_TRUE(x.equal(tensor({0., 1., 2., 0., 0., 5.})));
  EXPECT_THROW(row.resize_({4}), Error);
  EXPECT_EQ(row.numel(), 2);
}

TEST(Resize, ThrowsForWhatRequiresGradOrIsNotOurs) {
  const Tensor x = ones({2}).requires_grad_();
  EXPECT_THROW(x.resize_({3}), Error);
  EXPECT_THROW((x * 1).resize_({2}), Error);
  const NoGradGuard no_grad;
  EXPECT_THROW(x.resize_({3}), Error);
  EXPECT_THROW(x.view({2}).resize_({3}), Error);
  EXPECT_THROW(ones({2}).resize_({-1}), Error);
  float data[4] = {1, 2, 3, 4};
  Tensor blob = from_blob(data, {4});
  EXPECT_EQ(blob.resize_({2}).sum().item<float>(), 3);
  EXPECT_THROW(blob.resize_({5}), Error);
}

TEST(Resize, OfAFormerLeafGivesItsGradientTheNewShape) {
  Tensor x = ones({2}).requires_grad_();
  (x * 2).sum().backward();
  x.mutable_grad().reset();
  x.requires_grad_(false);
  x.resize_({1}).requires_grad_();
  (x * 3).sum().backward();
  EXPECT_TRUE(x.grad().equal(full({1}, 3.)));
}

TEST(Resize, IsNoticedByABackwardThatSavedTheTensor) {
  const Tensor w = ones({2}).requires_grad_();
  Tensor x = ones({2});
  const Tensor y = w * x;
  x.resize_({1});
  EXPECT_THROW(y.sum().backward(), Error);
}

TEST(ExpandedMemory, TakesOneValueForAllOfItsElements) {
  const auto expanded = [] { return ones({1, 3}).expand({2, 3}); };
  EXPECT_TRUE(expanded().fill_(2).equal(full({2, 3}, 2)));
  EXPECT_TRUE(expanded().zero_().equal(zeros({2, 3})));
  EXPECT_TRUE(expanded().index_put_({0}, 5).equal(full({2, 3}, 5)));
  EXPECT_TRUE(expanded().index_put_({tensor({0})}, 5).equal(full({2, 3}, 5)));
  EXPECT_TRUE(expanded().index_fill_(0, tensor({0}), 5).equal(full({2, 3}, 5)));
  EXPECT_TRUE(
      expanded().fill_diagonal_(2).equal(tensor({2., 2., 1.}).expand({2, 3})));
  EXPECT_EQ(expanded().t_().sizes(), (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(expanded().unsqueeze_(0).dim(), 3);
}

TEST(ExpandedMemory, IsNotWrittenByWhatMayDiffer) {
  const Tensor x = ones({1, 3}).expand({2, 3});
  EXPECT_THROW(x.copy_(full({2, 3}, 3)), Error);
  EXPECT_THROW(x.fill_(tensor(2.)), Error);
  EXPECT_THROW(x.mul_(2), Error);
  EXPECT_THROW(x.normal_(), Error);
  EXPECT_THROW(x.exp_(), Error);
  EXPECT_THROW(x.copy_(x.clone()), Error);
  EXPECT_THROW(x.index_copy_(0, tensor({0}), ones({1, 3})), Error);
  EXPECT_THROW(x.index_add_(0, tensor({0}), ones({1, 3})), Error);
  EXPECT_THROW(x.scatter_(0, tensor({{0, 0, 0}}), 5), Error);
  EXPECT_THROW(x.scatter_add_(0, tensor({{0, 0, 0}}), ones({1, 3})), Error);
  EXPECT_TRUE(x.equal(ones({2, 3})));
  const Tensor h = ones({1, 3}).requires_grad_() * 1;
  const Tensor y = h.expand({2, 3});
  EXPECT_THROW(y.fill_(2), Error);
  EXPECT_THROW(y.copy_(y), Error);
  EXPECT_THROW(y.masked_fill_(ones({2, 3}, kBool), 2), Error);
  EXPECT_THROW(y.index_put_({tensor({0})}, tensor(2.)), Error);
}

TEST(ExpandedMemory, TakesItself) {
  const Tensor x = arange(3.).expand({2, 3});
  EXPECT_TRUE(x.copy_(x).equal(arange(3.).expand({2, 3})));
  EXPECT_TRUE(x.t().copy_(x.t()).equal(arange(3.).expand({2, 3}).t()));
  EXPECT_EQ(x._version(), 2);
}

struct Collector : WarningHandler {
  void process(const Warning& warning) override {
    texts.push_back(warning.msg());
  }
  std::vector<std::string> texts;
};

// Values of PyTorch 2.13, which warns as well.
TEST(ExpandedMemory, TakesWhatIsPutAtPositions) {
  Collector warnings;
  const WarningUtils::WarningHandlerGuard guard(&warnings);
  const auto expanded = [] { return arange(3.).expand({2, 3}); };
  const auto rows = [](double a, double b, double c) {
    return tensor({a, b, c}).expand({2, 3});
  };
  const Tensor mask = tensor({{true, false, true}, {false, false, true}});
  const Tensor first = tensor({0}), ones_at = tensor({1, 1});
  const Tensor both = tensor({0, 1}), pair = tensor({5., 6.});
  EXPECT_TRUE(expanded().masked_fill_(mask, 5).equal(rows(5, 1, 5)));
  EXPECT_TRUE(
      expanded().masked_fill_(mask[0], tensor(5.)).equal(rows(5, 1, 5)));
  EXPECT_EQ(warnings.texts[1].rfind("Use of masked_fill_ on expanded", 0), 0u);
  EXPECT_TRUE(
      expanded().index_put_({mask}, tensor({5., 6., 7.})).equal(rows(5, 1, 7)));
  EXPECT_TRUE(
      expanded().index_put_({both, ones_at}, pair).equal(rows(0, 6, 2)));
  EXPECT_TRUE(
      expanded().index_put_({both, ones_at}, pair, true).equal(rows(0, 12, 2)));
  EXPECT_TRUE(expanded()
                  .index_put_({tensor({1, 0})}, arange(6.).view({2, 3}))
                  .equal(rows(3, 4, 5)));
  EXPECT_TRUE(expanded().index_fill_(1, first, 5).equal(rows(5, 1, 2)));
  EXPECT_EQ(warnings.texts[6].rfind("Use of index_fill_ on expanded", 0), 0u);
  EXPECT_EQ(warnings.texts.size(), 7u);
}

// Rows that share their memory are not for several threads.
TEST(ExpandedMemory, TakesTheLastOfManyValues) {
  Collector warnings;
  const WarningUtils::WarningHandlerGuard guard(&warnings);
  const Tensor x = zeros({1, 5000}).expand({16, 5000});
  const Tensor all = arange(5000);
  const Tensor values = arange(80000.).view({16, 5000});
  x.index_put_({indexing::Slice(), all}, values);
  EXPECT_TRUE(x[0].equal(values[15]));
  x.zero_().index_put_({indexing::Slice(), all}, ones({16, 5000}), true);
  EXPECT_TRUE(x[0].equal(full(5000, 16.)));
}

}  // namespace
}  // namespace taper
