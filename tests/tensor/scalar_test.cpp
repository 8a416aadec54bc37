// Numbers as elements and as operands. Where they leave the range of a dtype,
// conversions throw and arithmetic does not, as in PyTorch.
#include <cmath>
#include <limits>

#include "taper/taper.h"

namespace taper {
namespace {

namespace F = nn::functional;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(Scalar, ConversionsThrowWhereTheValueDoesNotFit) {
  EXPECT_THROW(tensor({3e9}, kDouble).item<int>(), Error);
  EXPECT_THROW(tensor({int64_t{1} << 40}).item<int>(), Error);
  EXPECT_THROW(tensor({1e300}, kDouble).item<float>(), Error);
  EXPECT_THROW(tensor({-1e300}, kDouble).item<float>(), Error);
  EXPECT_THROW(Scalar(int64_t{1} << 40).toInt(), Error);
  EXPECT_THROW(Scalar(3.5e38).toFloat(), Error);
  EXPECT_THROW(Scalar(1e6).to<Half>(), Error);
  EXPECT_THROW(Scalar(65536).to<Half>(), Error);
  EXPECT_THROW(Scalar(kInf).toLong(), Error);
  EXPECT_THROW(Scalar(std::nan("")).toInt(), Error);
}

TEST(Scalar, ConversionsOfWhatFitsAreRounded) {
  EXPECT_EQ(Scalar(3.4e38).toFloat(), 3.4e38f);
  EXPECT_EQ(Scalar(0.1).toFloat(), 0.1f);
  EXPECT_EQ(Scalar(1e-300).toFloat(), 0.0f);
  EXPECT_EQ(Scalar(-kInf).toFloat(), -kInf);
  EXPECT_TRUE(std::isnan(Scalar(std::nan("")).toFloat()));
  EXPECT_EQ(static_cast<float>(Scalar(kInf).to<Half>()), kInf);
  EXPECT_EQ(Scalar(2.9).toInt(), 2);
}

TEST(Scalar, OppositeOfTheLeastIntegerWraps) {
  EXPECT_EQ((-Scalar(kMin)).toLong(), kMin);
  EXPECT_EQ(add(tensor({1}), Scalar(kMin), 2).item<int64_t>(), 1);
}

TEST(Scalar, OperandsOutOfRangeAreInfinite) {
  const Tensor x = ones({2});
  EXPECT_TRUE((x + 1e300).isinf().all().item<bool>());
  EXPECT_TRUE((x * -1e300).equal(full({2}, -kInf)));
  EXPECT_TRUE((x / 1e300).equal(zeros({2})));
  EXPECT_TRUE((x < 1e300).all().item<bool>());
  EXPECT_TRUE((x.to(kHalf) + 1e6).isinf().all().item<bool>());
}

TEST(Scalar, ElementsOutOfRangeAreRejected) {
  for (const ScalarType dtype : {kFloat, kHalf, kBFloat16}) {
    const Tensor x = zeros({2}, dtype);
    EXPECT_THROW(x.fill_(1e300), Error);
    EXPECT_THROW(x[0].fill_(1e300), Error);
    EXPECT_THROW(full({2}, 1e300, dtype), Error);
    EXPECT_THROW(full({200}, 1e300, dtype), Error);
    EXPECT_THROW(full_like(x, -1e300), Error);
    EXPECT_THROW(x.masked_fill(x == 0, 1e300), Error);
    EXPECT_THROW(x.clamp(-1e300), Error);
    EXPECT_THROW(x.clamp(0, 1e300), Error);
    EXPECT_THROW(F::threshold(x, F::ThresholdFuncOptions(1, 1e300)), Error);
    EXPECT_THROW(where(x == 0, x, 1e300), Error);
    EXPECT_TRUE(x.equal(zeros({2}, dtype)));
    EXPECT_TRUE(x.fill_(kInf).isinf().all().item<bool>());
  }
  const Tensor x = ones({2});
  EXPECT_THROW(add(x, x, 1e300), Error);
  EXPECT_THROW(addcmul(x, x, x, 1e300), Error);
  EXPECT_THROW(addcdiv(x, x, x, 1e300), Error);
  EXPECT_THROW(lerp(x, x, 1e300), Error);
}

TEST(Scalar, PromotionLooksAtAllOperandsAtOnce) {
  const Tensor x = ones({2}), d = full({}, 2, kDouble), i = ones({2}, kLong);
  EXPECT_EQ(addcmul(x, d, d).dtype(), kFloat);
  EXPECT_EQ(addcdiv(x, d, d).dtype(), kFloat);
  EXPECT_EQ(addcmul(d, x, d).dtype(), kFloat);
  EXPECT_EQ(addcmul(d, x, i).dtype(), kFloat);
  EXPECT_EQ(addcmul(i, d, ones({})).dtype(), kDouble);
  EXPECT_EQ(addcmul(d, d, ones({})).dtype(), kDouble);
  EXPECT_EQ(lerp(x, x, d).dtype(), kFloat);
  EXPECT_THROW(lerp(x, d, d), TypeError);
  EXPECT_THROW(lerp(x, x, d.expand({2})), TypeError);
}

}  // namespace
}  // namespace taper
