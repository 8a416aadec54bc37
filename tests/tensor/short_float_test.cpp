// The floats of 16 bits, their conversions in kernels, and the table of dtypes.
#include "taper/tensor/short_float.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "leaf_kernels_support.h"
#include "taper/taper.h"
#include "taper/tensor/kernels/simd/convert.h"
#include "taper/tensor/kernels/simd/per_type.h"

namespace taper {
namespace {

static_assert(sizeof(Half) == 2 && std::numeric_limits<Half>::digits == 11);
static_assert(kDtypeCount == 47 && static_cast<int>(kBFloat16) == 15);
static_assert(kInt == ScalarType::Int && kInt32 == kInt && kI32 == kInt);
static_assert(compute_type(kByte) == kLong && compute_type(kHalf) == kFloat);
static_assert(sizeof(kernels::PerType<int>) == 4 * sizeof(int));

template <class T>
T of_bits(int bits) {
  return T(static_cast<uint16_t>(bits), T::from_bits());
}

template <class T>
class ShortFloats : public testing::Test {};
using Formats = testing::Types<ShortFloat<5>, ShortFloat<8>>;
TYPED_TEST_SUITE(ShortFloats, Formats);

TYPED_TEST(ShortFloats, ComeBackFromFloat) {
  using T = TypeParam;
  for (int bits = 0; bits < 65536; ++bits) {
    const auto value = static_cast<float>(of_bits<T>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(static_cast<float>(T(value))));
    } else {
      ASSERT_EQ(T(value).x, bits);
    }
  }
}

TYPED_TEST(ShortFloats, RoundToTheNearestHalfToEven) {
  using T = TypeParam;
  const int last = std::numeric_limits<T>::max().x;
  for (int bits = 0; bits < last; ++bits) {
    const double low = static_cast<float>(of_bits<T>(bits));
    const double high = static_cast<float>(of_bits<T>(bits + 1));
    const auto middle = static_cast<float>((low + high) / 2);
    const int even = bits % 2 == 0 ? bits : bits + 1;
    ASSERT_EQ(T(middle).x, even);
    ASSERT_EQ(T(std::nextafterf(middle, 0)).x, bits);
    ASSERT_EQ(T(std::nextafterf(middle, HUGE_VALF)).x, bits + 1);
    ASSERT_EQ(T(-middle).x, even | 0x8000);
  }
}

TEST(ShortFloat, HalfHasTheLimitsOfIeee754) {
  EXPECT_EQ(static_cast<float>(std::numeric_limits<Half>::max()), 65504);
  EXPECT_EQ(static_cast<float>(std::numeric_limits<Half>::lowest()), -65504);
  EXPECT_EQ(static_cast<float>(std::numeric_limits<Half>::min()), 0x1p-14f);
  EXPECT_EQ(static_cast<float>(std::numeric_limits<Half>::denorm_min()),
            0x1p-24f);
  EXPECT_EQ(static_cast<float>(std::numeric_limits<Half>::epsilon()), 0x1p-10f);
  EXPECT_EQ(Half(65519.0f).x, 0x7bff);
  EXPECT_EQ(Half(65520.0f).x, 0x7c00);
  EXPECT_EQ(Half(-1e30f).x, 0xfc00);
  EXPECT_EQ(Half(HUGE_VALF).x, 0x7c00);
  EXPECT_EQ(Half(0x1p-25f).x, 0);
  EXPECT_EQ(Half(0x1.8p-25f).x, 1);
  EXPECT_EQ(Half(-0.0f).x, 0x8000);
}

// The vectorised conversions of kernels give the bits of single ones.
template <class T>
void check_conversions(ScalarType dtype) {
  const auto row = static_cast<size_t>(dtype);
  std::vector<float> values;
  for (uint32_t bits = 1; bits < 0xfff00000; bits += 40503) {
    values.push_back(std::bit_cast<float>(bits));
  }
  const auto n = static_cast<int64_t>(values.size());
  std::vector<T> stored(values.size());
  std::vector<float> loaded(values.size());
  kernels::convert_table->store[row](stored.data(), values.data(), n);
  kernels::convert_table->load[row](loaded.data(), stored.data(), n);
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(stored[i].x, T(values[i]).x) << values[i];
    const auto expected = static_cast<float>(stored[i]);
    ASSERT_TRUE(loaded[i] == expected ||
                (std::isnan(loaded[i]) && std::isnan(expected)));
  }
}

TEST(Convert, HalfInVectorsAsAlone) { check_conversions<Half>(kHalf); }
TEST(Convert, BFloat16InVectorsAsAlone) {
  check_conversions<BFloat16>(kBFloat16);
}

TEST(Dtype, ThatIsOnlyANameMakesNoTensor) {
  for (ScalarType type : {kComplexFloat, kQInt8, kFloat8_e5m2, kUInt16}) {
    EXPECT_THROW(zeros({2}, type), NotImplementedError);
    EXPECT_THROW(ones({2}).to(type), NotImplementedError);
    EXPECT_THROW(empty_like(ones({2}), type), NotImplementedError);
    EXPECT_THROW(full({2}, 1, type), NotImplementedError);
  }
  try {
    zeros({2}, kComplexFloat);
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("complex64"), std::string::npos);
  }
}

TEST(Dtype, HasTheNamesOfPyTorch) {
  EXPECT_STREQ(toString(kInt), "Int");
  EXPECT_STREQ(name_of(kInt), "int32");
  EXPECT_EQ(TypeMeta::Make<int32_t>().name(), "int");
  EXPECT_EQ(TypeMeta::Make<uint8_t>().name(), "unsigned char");
  EXPECT_EQ(dtype<int>().dtype(), kInt);
  EXPECT_EQ(dtype<Half>().dtype(), kHalf);
  EXPECT_EQ(elementSize(kShort), 2u);
  EXPECT_EQ(ones({2}, kShort).toString(), "CPUShortType");
  EXPECT_TRUE(ones({2}, kChar).is_signed());
  EXPECT_FALSE(ones({2}, kByte).is_signed());
}

TEST(Dtype, NumbersThatDoNotFitThrow) {
  EXPECT_THROW(full({2}, 256, kByte), Error);
  EXPECT_THROW(full({2}, 128, kChar), Error);
  EXPECT_THROW(full({2}, 70000.0, kHalf), Error);
  EXPECT_THROW(ones({2}, kShort).fill_(40000), Error);
  EXPECT_EQ(full({1}, -1, kByte).item<int>(), 255);
  EXPECT_EQ(full({1}, 1.0 / 0.0, kHalf).item<float>(), HUGE_VALF);
}

TEST(Dtype, ElementsAreReadAndWrittenAsTheirType) {
  std::vector<int32_t> numbers = {1, -2, 3, 4};
  const Tensor x = from_blob(numbers.data(), {2, 2}, kInt);
  EXPECT_EQ((x.accessor<int32_t, 2>()[0][1]), -2);
  EXPECT_EQ(x.data_ptr<int>()[2], 3);
  EXPECT_THROW(x.data_ptr<int64_t>(), TypeError);
  x.add_(1);
  EXPECT_EQ(numbers[3], 5);
  EXPECT_EQ(x[1][0].item<int>(), 4);
  const Tensor h = tensor({0.1, 0.2}, kHalf);
  EXPECT_EQ(h[0].item<Half>().x, Half(0.1f).x);
  EXPECT_EQ(tensor(std::vector<uint8_t>{1, 2}).dtype(), kByte);
  EXPECT_EQ(tensor(std::vector<int>{1, 2}).dtype(), kLong);
  EXPECT_EQ(tensor(std::vector<Half>{Half(1.5f)}).dtype(), kHalf);
}

// Around the size of the buffers, strided, broadcast and in every layout.
TEST(Dtype, LongAndStridedOperandsAreConvertedInPieces) {
  for (ScalarType type : {kInt, kChar, kHalf, kBFloat16}) {
    for (int64_t n : {1, 511, 512, 513, 1500, 100000}) {
      const Tensor x = arange(2 * n).remainder(40).to(type).view({n, 2});
      const Tensor y = full({n, 2}, 3, type);
      const Tensor wide = x.to(kDouble) * 3 + 1;
      EXPECT_TRUE(wide.equal((x * y + 1).to(kDouble)));
      EXPECT_TRUE(
          wide.select(1, 1).equal((x.select(1, 1) * 3 + 1).to(kDouble)));
      EXPECT_TRUE(wide.t().equal((x.t() * y.t() + 1).to(kDouble)));
      EXPECT_TRUE(wide.equal((x * y[0] + 1).to(kDouble)));
      EXPECT_TRUE(
          wide.equal((x * y.select(0, 0).select(0, 0) + 1).to(kDouble)));
      Tensor z = x.clone();
      z.select(1, 0).mul_(3).add_(1);
      EXPECT_TRUE(wide.select(1, 0).equal(z.select(1, 0).to(kDouble)));
      EXPECT_TRUE(x.select(1, 1).equal(z.select(1, 1)));
    }
  }
}

TEST(Dtype, IndicesMayBeInt32AndMasksUint8) {
  const Tensor x = arange(12.0).view({3, 4});
  const Tensor i = tensor({2, 0}, kInt);
  const Tensor m = tensor({1, 0, 1}, kByte);
  EXPECT_TRUE(x.index({i}).equal(x.index({i.to(kLong)})));
  EXPECT_TRUE(x.index({m}).equal(x.index({m.to(kBool)})));
  EXPECT_TRUE(x.index_select(0, i).equal(x.index_select(0, i.to(kLong))));
  EXPECT_THROW(x.index({i.to(kShort)}), IndexError);
  EXPECT_THROW(x.index_select(0, m), TypeError);
}

}  // namespace
}  // namespace taper
