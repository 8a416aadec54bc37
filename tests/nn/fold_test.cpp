#include "taper/nn/layers/fold.h"

#include <limits>

#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/functional.h"
#include "taper/tensor/parallel.h"

namespace taper {
namespace {

namespace F = nn::functional;

Tensor image() { return golden_ramp({1, 2, 6, 7}); }

nn::UnfoldOptions all_unfold_options() {
  return nn::UnfoldOptions({2, 3}).dilation({2, 1}).padding({1, 2}).stride(
      {1, 2});
}
nn::FoldOptions all_fold_options() {
  return nn::FoldOptions({6, 7}, {2, 3})
      .dilation({2, 1})
      .padding({1, 2})
      .stride({1, 2});
}

TEST(Fold, MatchesPyTorch) {
  const GoldenCases golden("pooling.txt");
  golden.expect(
      "unfold", [](auto& x) { return F::unfold(x, F::UnfoldFuncOptions(2)); },
      image());
  golden.expect(
      "unfold_all", [](auto& x) { return nn::Unfold(all_unfold_options())(x); },
      image());
  golden.expect(
      "fold",
      [](auto& x) {
        return F::fold(x, F::FoldFuncOptions({4, 5}, 2));
      },
      golden_ramp({2, 8, 12}));
  golden.expect(
      "fold_all", [](auto& x) { return nn::Fold(all_fold_options())(x); },
      golden_ramp({12, 30}));
}

TEST(Fold, UndoesUnfoldWherePatchesDoNotMeet) {
  const Tensor x = golden_ramp({3, 2, 6, 8});
  const Tensor columns = nn::Unfold(nn::UnfoldOptions(2).stride(2))(x);
  EXPECT_EQ(columns.sizes(), IntArrayRef({3, 8, 12}));
  EXPECT_TRUE(nn::Fold(nn::FoldOptions({6, 8}, 2).stride(2))(columns).equal(x));
  EXPECT_TRUE(
      F::unfold(x[0], F::UnfoldFuncOptions(2).stride(2)).equal(columns[0]));
}

TEST(Fold, TakesDtypesLayoutsAndEmptyBatches) {
  const Tensor x = golden_ramp({2, 3, 5, 6}).mul(8).round();
  const Tensor y = im2col(x, 3, 1, 1, 2);
  for (const ScalarType dtype : {kFloat, kHalf, kBFloat16, kLong, kChar}) {
    const Tensor z = im2col(x.to(dtype), 3, 1, 1, 2);
    EXPECT_EQ(z.dtype(), dtype);
    EXPECT_TRUE(z.to(kDouble).equal(y));
  }
  const Tensor image = col2im(y, {5, 6}, 3, 1, 1, 2);
  for (const ScalarType dtype : {kHalf, kBFloat16}) {
    const Tensor z = col2im(y.to(dtype), {5, 6}, 3, 1, 1, 2);
    EXPECT_TRUE(z.equal(image.to(dtype)));
    const Tensor leaf = x.to(dtype).requires_grad_();
    im2col(leaf, 3, 1, 1, 2).sum().backward();
    EXPECT_EQ(leaf.grad().dtype(), dtype);
  }
  const Tensor strided = x.transpose(2, 3).contiguous().transpose(2, 3);
  EXPECT_TRUE(im2col(strided, 3, 1, 1, 2).equal(y));
  EXPECT_EQ(im2col(x.narrow(0, 0, 0), 2, 1, 0, 1).sizes(),
            IntArrayRef({0, 12, 20}));
  EXPECT_EQ(col2im(zeros({0, 12, 20}), {5, 6}, 2, 1, 0, 1).sizes(),
            IntArrayRef({0, 3, 5, 6}));
}

TEST(Fold, HasTheSameBitsOnAnyNumberOfThreads) {
  const Tensor x = golden_ramp({2, 8, 40, 50}).to(kFloat);
  const auto run = [&] {
    const Tensor in = x.detach().requires_grad_();
    const Tensor y = im2col(in, 3, 1, 1, 1);
    y.square().sum().backward();
    return std::vector<Tensor>{y.detach(), in.grad()};
  };
  const int before = get_num_threads();
  set_num_threads(1);
  const auto expected = run();
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    const auto got = run();
    EXPECT_TRUE(got[0].equal(expected[0])) << threads;
    EXPECT_TRUE(got[1].equal(expected[1])) << threads;
  }
  set_num_threads(before);
}

TEST(Fold, Prints) {
  EXPECT_EQ(printed(nn::Fold(all_fold_options())),
            "taper::nn::Fold(output_size=[6, 7], kernel_size=[2, 3], "
            "dilation=[2, 1], padding=[1, 2], stride=[1, 2])");
  EXPECT_EQ(printed(nn::Unfold(2)),
            "taper::nn::Unfold(kernel_size=[2, 2], dilation=[1, 1], "
            "padding=[0, 0], stride=[1, 1])");
}

TEST(Fold, RejectsWhatDoesNotFit) {
  const Tensor x = image();
  EXPECT_THROWS_TEXT(Error, im2col(x[0][0], 2, 1, 0, 1),
                     "[im2col] expected 3 or 4 dims, got an input of shape (6, "
                     "7)");
  EXPECT_THROWS_TEXT(Error, im2col(x, 8, 1, 0, 1),
                     "[im2col] kernel_size (8,) with dilation (1,) is larger");
  EXPECT_THROWS_TEXT(ValueError, im2col(x, 2, 1, 0, 0),
                     "[im2col] stride must be at least 1");
  EXPECT_THROWS_TEXT(ValueError, im2col(x, 2, 0, 0, 1), "[im2col] dilation");
  EXPECT_THROWS_TEXT(ValueError, im2col(x, 2, 1, -1, 1), "[im2col] padding");
  EXPECT_THROWS_TEXT(ValueError, im2col(x, {2, 2, 2}, 1, 0, 1),
                     "kernel_size must have 1 or 2 numbers");
  EXPECT_THROWS_TEXT(Error, im2col(zeros({1, 0, 4, 4}), 2, 1, 0, 1),
                     "dim 1 of the input is empty");
  const Tensor columns = golden_ramp({2, 8, 12});
  EXPECT_THROWS_TEXT(Error, col2im(columns, {4, 6}, 2, 1, 0, 1),
                     "[col2im] expected 3 x 5 columns");
  EXPECT_THROWS_TEXT(Error, col2im(columns, {4, 5}, 3, 1, 1, 1),
                     "[col2im] 8 rows are not a multiple of the 9 elements");
  EXPECT_THROWS_TEXT(Error, col2im(columns, {4, 5}, 6, 1, 0, 1),
                     "[col2im] kernel_size");
  EXPECT_THROWS_TEXT(ValueError, col2im(columns, {0, 5}, 2, 1, 0, 1),
                     "[col2im] output_size");
  EXPECT_THROWS_TEXT(TypeError, col2im(columns.to(kLong), {4, 5}, 2, 1, 0, 1),
                     "[col2im]");
  EXPECT_THROWS_TEXT(Error, nn::Fold(nn::FoldOptions({4, 5}, 2))(x),
                     "[col2im] expected 2 or 3 dims");
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const int64_t large = std::numeric_limits<int32_t>::max();
  EXPECT_THROW(im2col(x, 2, 1, kMax, 1), Error);
  EXPECT_THROW(im2col(x, large, 1, large, 1), Error);
  EXPECT_THROW(im2col(x, 1, 1, large, 1), Error);
}

}  // namespace
}  // namespace taper
