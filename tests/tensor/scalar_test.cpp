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

// As in PyTorch, where the number is compared before it is truncated.
TEST(Scalar, FractionsAboveTheLargestIntegerDoNotFit) {
  const auto reject = [](double value, ScalarType dtype) {
    EXPECT_THROW(zeros({1}, dtype).fill_(value), Error) << value;
    EXPECT_THROW(full({200}, value, dtype), Error) << value;
    EXPECT_THROW(tensor(value, dtype), Error) << value;
    EXPECT_THROW(zeros({1}, dtype).masked_fill(tensor(true), value), Error);
  };
  reject(255.9, kByte);
  reject(-0.5, kByte);
  reject(127.5, kChar);
  reject(-128.5, kChar);
  reject(32767.5, kShort);
  reject(2147483647.5, kInt);
  reject(0x1p63, kLong);
  EXPECT_THROW(tensor(2147483647.5, kDouble).item<int>(), Error);
  EXPECT_THROW(tensor(-2147483648.5, kDouble).item<int>(), Error);
  EXPECT_EQ(tensor(2147483646.5, kDouble).item<int>(), 2147483646);
  EXPECT_EQ(full({1}, 254.9, kByte).item<int>(), 254);
  EXPECT_EQ(full({1}, -128.0, kChar).item<int>(), -128);
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
  const Tensor at = tensor({0});
  for (const ScalarType dtype : {kFloat, kHalf, kBFloat16}) {
    const Tensor x = zeros({2}, dtype);
    const double large = dtype == kHalf ? 65510.0 : 3.5e38;
    EXPECT_THROW(x.fill_(large), Error);
    EXPECT_THROW(full({2}, large, dtype), Error);
    EXPECT_THROW(full({200}, large, dtype), Error);
    EXPECT_THROW(full_like(x, -large), Error);
    EXPECT_THROW(x.new_full({2}, large), Error);
    EXPECT_THROW(x.masked_fill(x == 0, large), Error);
    EXPECT_THROW(x.masked_fill_(x == 0, large), Error);
    EXPECT_THROW(x.index_fill_(0, at, large), Error);
    EXPECT_THROW(x.scatter(0, at, large), Error);
    EXPECT_THROW(x.scatter_(0, at, large), Error);
    EXPECT_THROW(constant_pad_nd(x, {0, 1}, large), Error);
    EXPECT_THROW(x.clamp(-large), Error);
    EXPECT_THROW(x.clamp(0, large), Error);
    EXPECT_THROW(F::threshold(x, F::ThresholdFuncOptions(1, large)), Error);
    EXPECT_THROW(add(x, x, large), Error);
    EXPECT_THROW(add(x, 1, large), Error);
    EXPECT_TRUE(x.equal(zeros({2}, dtype)));
    EXPECT_TRUE(x.fill_(kInf).isinf().all().item<bool>());
  }
  const Tensor x = ones({2});
  EXPECT_THROW(x[0].fill_(1e300), Error);
  EXPECT_THROW(where(x == 1, x, 1e300), Error);
  EXPECT_THROW(add(x, x, 1e300), Error);
  EXPECT_THROW(addcmul(x, x, x, 1e300), Error);
  EXPECT_THROW(addcdiv(x, x, x, 1e300), Error);
  EXPECT_THROW(lerp(x, x, 1e300), Error);
}

// As in PyTorch; several at once have to fit.
TEST(Scalar, SingleElementsOf16BitsAreRounded) {
  const auto all = [](double value, ScalarType dtype, double expected) {
    const Tensor x = zeros({2}, dtype);
    const Tensor y = x.clone();
    y.index_put_({0}, value);
    for (const Tensor& each :
         {x[0].clone().fill_(value), full({1}, value, dtype)[0],
          full_like(x[0], value), tensor(value, dtype),
          tensor({value, 1.0}, dtype)[0], scalar_tensor(value, dtype), y[0],
          where(x == 1, x, value)[0], (x + value)[0], rsub(x, value)[0],
          pow(value, x + 1)[0]}) {
      EXPECT_EQ(each.item<double>(), expected) << value << ' ' << dtype;
    }
  };
  all(65510.0, kHalf, 65504);
  all(-65519.9, kHalf, -65504);
  all(65520.0, kHalf, kInf);
  all(1e300, kHalf, kInf);
  all(3.39e38, kBFloat16, 0x1.fep127);
  all(3.4e38, kBFloat16, kInf);
}

// As in PyTorch: the number becomes one of the dtype, modulo its range.
TEST(Scalar, OperandsOfSmallIntegersWrapAround) {
  const auto check_all = [](ScalarType dtype, int64_t number,
                            const std::vector<int64_t>& expected) {
    const Tensor u = ones({1}, dtype);
    const auto edited = [&](const auto& edit) {
      const Tensor x = u.clone();
      edit(x);
      return x;
    };
    const Scalar n(number);
    const std::vector<Tensor> results = {
        u + n,
        u - n,
        u * n,
        rsub(u, n),
        n - u,
        u.floor_divide(n),
        div(u, n, "trunc"),
        u.remainder(n),
        u.fmod(n),
        pow(n, u),
        u & n,
        u | n,
        edited([&](const Tensor& x) { x.floor_divide_(n); }),
        edited([&](const Tensor& x) { x.remainder_(n); }),
        edited([&](const Tensor& x) { x.fmod_(n); }),
        edited([&](const Tensor& x) { x.sub_(n); })};
    for (size_t i = 0; i < results.size(); ++i) {
      EXPECT_EQ(results[i].dtype(), dtype) << i;
      EXPECT_EQ(results[i].item<int64_t>(), expected[i]) << i << ' ' << number;
    }
    EXPECT_FALSE((u == n).item<bool>());
  };
  check_all(kByte, 300,
            {45, 213, 44, 43, 43, 0, 0, 1, 1, 44, 0, 45, 0, 1, 1, 213});
  check_all(kByte, -300,
            {213, 45, 212, 211, 211, 0, 0, 1, 1, 212, 0, 213, 0, 1, 1, 45});
  check_all(kChar, 128,
            {-127, -127, -128, 127, 127, -1, 0, -127, 1, -128, 0, -127, -1,
             -127, 1, -127});
  const int64_t large = 3000000000;
  const int64_t least = large - (int64_t{1} << 32);
  check_all(kInt, large,
            {least + 1, 1 - least, least, least - 1, least - 1, -1, 0,
             least + 1, 1, least, 0, least + 1, -1, least + 1, 1, 1 - least});
  const Tensor u = tensor({2, 3}).to(kByte);
  EXPECT_TRUE(pow(300, u).equal(tensor({144, 192}).to(kByte)));
  EXPECT_EQ(div(ones({1}, kByte), -255, "trunc").item<int>(), 1);
  EXPECT_THROW(u.floor_divide(256), ValueError);
  EXPECT_THROW(u.remainder(256), ValueError);
  EXPECT_THROW(div(u, 256, "trunc"), ValueError);
}

// As in PyTorch: these numbers have to fit.
TEST(Scalar, BoundsExponentsAndFillsOfSmallIntegersAreRejected) {
  for (const auto& [dtype, number] :
       {std::pair{kByte, int64_t{300}}, std::pair{kChar, int64_t{128}},
        std::pair{kShort, int64_t{40000}},
        std::pair{kInt, int64_t{3000000000}}}) {
    const Tensor u = ones({1}, dtype);
    const Scalar n(number);
    EXPECT_THROW(u.pow(n), Error);
    EXPECT_THROW(u.pow_(n), Error);
    EXPECT_THROW(u.clamp(n), Error);
    EXPECT_THROW(u.clamp_max_(n), Error);
    EXPECT_THROW(add(u, u, n), Error);
    EXPECT_THROW(add(u, 1, n), Error);
    EXPECT_THROW(sub(u, 1, n), Error);
    EXPECT_THROW(rsub(u, 1, n), Error);
    const Tensor m = ones({1, 1}, dtype);
    EXPECT_THROW(addmm(m, m, m, 1, n), Error);
    EXPECT_THROW(addmm(m, m, m, n), Error);
    EXPECT_THROW(where(u == 1, u, n), Error);
    EXPECT_THROW(u.masked_fill_(u == 1, n), Error);
    EXPECT_THROW(threshold(u, n, 1), Error);
    EXPECT_THROW(u.fill_(n), Error);
    EXPECT_EQ(u.item<int>(), 1);
  }
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
