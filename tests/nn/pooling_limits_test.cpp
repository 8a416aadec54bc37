// What pooling rejects, and what its layers print.
#include <limits>

#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/functional.h"
#include "taper/nn/layers/pooling.h"

namespace taper {
namespace {

namespace F = nn::functional;

Tensor x2() { return golden_ramp({2, 2, 6, 7}); }

TEST(Pooling, Prints) {
  EXPECT_EQ(printed(nn::MaxPool1d(3)),
            "taper::nn::MaxPool1d(kernel_size=3, stride=3, padding=0, "
            "dilation=1, ceil_mode=false)");
  EXPECT_EQ(printed(nn::MaxPool2d(nn::MaxPool2dOptions({3, 2})
                                      .stride(2)
                                      .padding(1)
                                      .dilation({1, 2})
                                      .ceil_mode(true))),
            "taper::nn::MaxPool2d(kernel_size=[3, 2], stride=[2, 2], "
            "padding=[1, 1], dilation=[1, 2], ceil_mode=true)");
  EXPECT_EQ(printed(nn::AvgPool2d(
                nn::AvgPool2dOptions({3, 2}).stride(2).divisor_override(3))),
            "taper::nn::AvgPool2d(kernel_size=[3, 2], stride=[2, 2], "
            "padding=[0, 0])");
  EXPECT_EQ(printed(nn::AdaptiveAvgPool2d(
                nn::AdaptiveAvgPool2dOptions({3, std::nullopt}))),
            "taper::nn::AdaptiveAvgPool2d(output_size=[3, None])");
  EXPECT_EQ(printed(nn::AdaptiveMaxPool1d(2)),
            "taper::nn::AdaptiveMaxPool1d(output_size=2)");
  EXPECT_EQ(printed(nn::LPPool1d(1.5, 3)),
            "taper::nn::LPPool1d(norm_type=1.5, kernel_size=3, stride=3, "
            "ceil_mode=false)");
  EXPECT_EQ(printed(nn::MaxUnpool3d(2)),
            "taper::nn::MaxUnpool3d(kernel_size=[2, 2, 2], stride=[2, 2, 2], "
            "padding=[0, 0, 0])");
  EXPECT_EQ(printed(nn::FractionalMaxPool2d(
                nn::FractionalMaxPool2dOptions(3).output_size(2))),
            "taper::nn::FractionalMaxPool2d()");
}

TEST(Pooling, RejectsWhatDoesNotFit) {
  const Tensor x = x2();
  EXPECT_THROWS_TEXT(Error, max_pool2d(x[0][0], 2),
                     "[max_pool2d] expected 3 or 4 dims, got an input of shape "
                     "(6, 7)");
  EXPECT_THROWS_TEXT(Error, max_pool2d(x, 8),
                     "[max_pool2d] kernel_size 8 with dilation 1 is larger "
                     "than the padded input, shape (2, 2, 6, 7)");
  EXPECT_THROWS_TEXT(ValueError, max_pool2d(x, 2, 0),
                     "[max_pool2d] stride must be at least 1");
  EXPECT_THROWS_TEXT(ValueError, max_pool2d(x, {2, 2, 2}),
                     "[max_pool2d] kernel_size must have 1 or 2 numbers");
  EXPECT_THROWS_TEXT(ValueError, max_pool2d(x, 2, 2, 2),
                     "[max_pool2d] padding 2 is more than half of kernel_size "
                     "2");
  EXPECT_THROWS_TEXT(ValueError, max_pool2d(x, 2, 2, -1), "padding");
  EXPECT_THROWS_TEXT(ValueError, max_pool2d(x, 2, 2, 0, 0), "dilation");
  EXPECT_THROWS_TEXT(Error, max_pool1d(ones({1, 2}), 2, 1, 1, 3),
                     "sees only padding");
  EXPECT_THROWS_TEXT(Error, max_pool2d(ones({1, 0, 4, 4}), 2),
                     "dim 1 of the input is empty");
  EXPECT_THROWS_TEXT(Error, avg_pool1d(ones({3}), 2), "[avg_pool1d]");
  EXPECT_THROWS_TEXT(ValueError, avg_pool2d(x, 2, 2, 0, false, true, 0),
                     "[avg_pool2d] divisor_override must not be 0");
  EXPECT_THROWS_TEXT(Error, avg_pool3d(x[0], 2), "[avg_pool3d]");
  EXPECT_THROWS_TEXT(ValueError, adaptive_avg_pool2d(x, -1),
                     "[adaptive_avg_pool2d] output_size must be at least 0");
  EXPECT_THROWS_TEXT(ValueError, adaptive_max_pool2d(x, {1, 2, 3}),
                     "[adaptive_max_pool2d]");
  EXPECT_THROWS_TEXT(Error, adaptive_max_pool3d(x[0], 2),
                     "[adaptive_max_pool3d]");
  EXPECT_THROWS_TEXT(Error, lp_pool2d(x, 2, 9), "[lp_pool2d]");
  EXPECT_THROWS_TEXT(Error, lp_pool1d(x, 2, 2), "[lp_pool1d]");
  EXPECT_THROWS_TEXT(ValueError, lp_pool3d(ones({1, 2, 4, 5, 6}), 2, 2, 0),
                     "[lp_pool3d]");
}

TEST(FractionalMaxPool, RejectsWhatDoesNotFit) {
  using Options = nn::FractionalMaxPool2dOptions;
  EXPECT_THROWS_TEXT(ValueError, nn::FractionalMaxPool2d(2),
                     "needs either output_size or output_ratio");
  EXPECT_THROWS_TEXT(
      ValueError,
      nn::FractionalMaxPool2d(Options(2).output_size(2).output_ratio(0.5)),
      "needs either output_size or output_ratio");
  EXPECT_THROWS_TEXT(ValueError,
                     nn::FractionalMaxPool2d(Options(2).output_ratio(1)),
                     "[FractionalMaxPool2d] output_ratio must lie between");
  const Tensor x = x2();
  const Tensor s = full({2, 2, 2}, 0.5, kDouble);
  EXPECT_THROWS_TEXT(Error, fractional_max_pool2d(x, 3, 5, s),
                     "5 windows of 3 do not fit");
  EXPECT_THROWS_TEXT(Error, fractional_max_pool2d(x, 2, 3, s[0]),
                     "random_samples must have shape (2, 2, 2)");
  EXPECT_THROWS_TEXT(TypeError, fractional_max_pool2d(x, 2, 3, s.to(kFloat)),
                     "random_samples are float32");
  // Samples beyond 1 would leave the input by rounding.
  EXPECT_THROWS_TEXT(
      IndexError,
      fractional_max_pool2d(ones({1, 5, 5}), 2, 3, full({1, 1, 2}, 17863806.f)),
      "[fractional_max_pool2d]");
  EXPECT_THROWS_TEXT(
      Error, F::fractional_max_pool2d(x[0][0], Options(2).output_size(2)),
      "[fractional_max_pool2d] expected 3 or 4 dims");
  EXPECT_THROWS_TEXT(ValueError, F::fractional_max_pool2d(x, Options(2)),
                     "needs an output_size or an output_ratio");
}

TEST(MaxUnpool, RejectsWhatDoesNotFit) {
  const Tensor y = max_pool2d(x2(), 2);
  const Tensor i = std::get<1>(max_pool2d_with_indices(x2(), 2));
  EXPECT_THROWS_TEXT(IndexError, max_unpool2d(y, i + 40, {6, 7}),
                     "[max_unpool2d]");
  EXPECT_THROWS_TEXT(IndexError, max_unpool2d(y, i - 40, {6, 7}),
                     "[max_unpool2d]");
  EXPECT_THROWS_TEXT(Error, max_unpool2d(y, i[0], {6, 7}),
                     "indices of shape (2, 3, 3) for an input of shape");
  EXPECT_THROWS_TEXT(TypeError, max_unpool2d(y, y, {6, 7}), "[max_unpool2d]");
  EXPECT_THROWS_TEXT(Error, max_unpool2d(y, i, {6, 7, 8}),
                     "output_size must have 2 numbers");
  EXPECT_THROWS_TEXT(Error, max_unpool2d(y[0][0], i[0][0], {6, 7}),
                     "expected 3 or 4 dims");
  EXPECT_THROWS_TEXT(ValueError, max_unpool3d(y, i, {2, 6, 7}, 0, 0),
                     "[max_unpool3d] stride");
  using Size = std::vector<int64_t>;
  EXPECT_THROWS_TEXT(Error, nn::MaxUnpool2d(2)(y, i, Size{9, 7}),
                     "[max_unpool2d] output_size (9, 7) is not within a stride "
                     "of (6, 6)");
  EXPECT_THROWS_TEXT(Error, nn::MaxUnpool2d(2)(y, i, Size{6}),
                     "output_size must have 2 or 4 numbers");
}

TEST(Pooling, SizesBeyondMemoryThrow) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  const Tensor x = ones({1, 2, 2});
  for (const int64_t huge : {kMax, kMax / 2, int64_t{1} << 40}) {
    EXPECT_THROW(max_pool2d(x, huge), Error);
    EXPECT_THROW(max_pool2d(x, 2, 1, huge), Error);
    EXPECT_THROW(max_pool2d(x, 2, 1, 0, huge), Error);
    EXPECT_THROW(avg_pool2d(x, 2, huge), Error);
    EXPECT_THROW(adaptive_avg_pool2d(x, huge), Error);
    EXPECT_THROW(adaptive_max_pool2d(x, {huge, huge}), Error);
    EXPECT_THROW(max_unpool2d(x, zeros({1, 2, 2}, kLong), {huge, huge}), Error);
  }
  const Tensor places = zeros({1, 2, 2}, kLong);
  using Options = nn::MaxUnpool2dOptions;
  EXPECT_THROW(nn::MaxUnpool2d(Options(2).stride(kMax))(x, places), Error);
  EXPECT_THROW(nn::MaxUnpool2d(Options(2).stride(0))(x, places), Error);
  EXPECT_THROW(nn::MaxUnpool2d(Options(2).padding(kMax))(x, places), Error);
  EXPECT_THROW((nn::MaxUnpool2d(kMax)(x, places)), Error);
  const int64_t large = std::numeric_limits<int32_t>::max();
  EXPECT_THROW(adaptive_avg_pool2d(x, large), Error);
  EXPECT_THROW(max_pool2d(ones({1}).expand({1, 1 << 16, 1 << 15}), 2), Error);
  // A kernel that is larger than the input needs no room of its size.
  EXPECT_TRUE(max_pool2d(x, large, 1, large / 2).equal(ones({1, 2, 2})));
}

}  // namespace
}  // namespace taper
