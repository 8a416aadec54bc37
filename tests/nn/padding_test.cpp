#include "taper/nn/layers/padding.h"

#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/functional.h"
#include "taper/tensor/parallel.h"

namespace taper {
namespace {

Tensor x1() { return golden_ramp({2, 2, 9}); }
Tensor x2() { return golden_ramp({2, 2, 6, 7}).narrow(1, 0, 1); }
Tensor x3() { return golden_ramp({1, 2, 4, 5, 6}).select(1, 0); }

TEST(Padding, MatchesPyTorch) {
  const GoldenCases golden("pooling.txt");
  for (const std::string mode :
       {"reflect", "replicate", "circular", "constant"}) {
    golden.expect(
        mode + "1",
        [&](auto& x) {
          return pad(x, {2, 3}, mode);
        },
        x1());
    golden.expect(
        mode + "2",
        [&](auto& x) {
          return pad(x, {2, 1, 0, 3}, mode);
        },
        x2());
    golden.expect(
        mode + "3",
        [&](auto& x) {
          return pad(x, {1, 2, 2, 1, 0, 2}, mode);
        },
        x3());
  }
}

TEST(Padding, LayersPad) {
  EXPECT_TRUE(nn::ReflectionPad1d(2)(x1()).equal(pad(x1(), {2, 2}, "reflect")));
  EXPECT_TRUE(
      nn::ReflectionPad2d(nn::ReflectionPad2dOptions({2, 1, 0, 3}))(x2()).equal(
          pad(x2(), {2, 1, 0, 3}, "reflect")));
  EXPECT_TRUE(nn::ReflectionPad3d(1)(x3()).equal(
      pad(x3(), {1, 1, 1, 1, 1, 1}, "reflect")));
  EXPECT_TRUE(
      nn::ReplicationPad1d(2)(x1()).equal(pad(x1(), {2, 2}, "replicate")));
  EXPECT_TRUE(nn::ReplicationPad2d(2)(x2()).equal(
      pad(x2(), {2, 2, 2, 2}, "replicate")));
  EXPECT_TRUE(nn::ReplicationPad3d(1)(x3()).equal(
      pad(x3(), {1, 1, 1, 1, 1, 1}, "replicate")));
  EXPECT_TRUE(nn::ZeroPad1d(2)(x1()).equal(pad(x1(), {2, 2})));
  EXPECT_TRUE(nn::ZeroPad2d(2)(x2()).equal(pad(x2(), {2, 2, 2, 2})));
  EXPECT_TRUE(nn::ZeroPad3d(1)(x3()).equal(pad(x3(), {1, 1, 1, 1, 1, 1})));
  EXPECT_TRUE(nn::ConstantPad1d(2, 3.5)(x1()).equal(
      pad(x1(), {2, 2}, "constant", 3.5)));
  EXPECT_TRUE(nn::ConstantPad2d(2, 3.5)(x2()).equal(
      pad(x2(), {2, 2, 2, 2}, "constant", 3.5)));
  EXPECT_TRUE(nn::ConstantPad3d(1, -1)(x3()).equal(
      pad(x3(), {1, 1, 1, 1, 1, 1}, "constant", -1)));
  EXPECT_TRUE(
      nn::ZeroPad1d(1)(arange(3)).equal(tensor({0, 0, 1, 2, 0}, kLong)));
}

TEST(Padding, Prints) {
  EXPECT_EQ(printed(nn::ReflectionPad1d(2)),
            "taper::nn::ReflectionPad1d(padding=[2, 2])");
  EXPECT_EQ(
      printed(nn::ReplicationPad2d(nn::ReplicationPad2dOptions({1, 2, 3, 4}))),
      "taper::nn::ReplicationPad2d(padding=[1, 2, 3, 4])");
  EXPECT_EQ(printed(nn::ZeroPad3d(2)),
            "taper::nn::ZeroPad3d(padding=[2, 2, 2, 2, 2, 2])");
  EXPECT_EQ(printed(nn::ConstantPad1d(2, 3.5)),
            "taper::nn::ConstantPad1d(padding=[2, 2], value=3.5)");
}

TEST(Padding, KeepsDtypesAndLayouts) {
  const Tensor x = golden_ramp({2, 3, 5, 6}).mul(8).round();
  for (const char* mode : {"reflect", "replicate", "circular", "constant"}) {
    const Tensor y = pad(x, {2, 1, 0, 3}, mode);
    for (const ScalarType dtype :
         {kFloat, kHalf, kBFloat16, kLong, kInt, kChar}) {
      const Tensor z = pad(x.to(dtype), {2, 1, 0, 3}, mode);
      EXPECT_EQ(z.dtype(), dtype);
      EXPECT_TRUE(z.to(kDouble).equal(y)) << mode << dtype;
    }
    const Tensor strided = x.transpose(2, 3).contiguous().transpose(2, 3);
    EXPECT_TRUE(pad(strided, {2, 1, 0, 3}, mode).equal(y));
    EXPECT_EQ(pad(x.narrow(0, 0, 0), {2, 1}, mode).sizes(),
              IntArrayRef({0, 3, 5, 9}));
    const Tensor half = x.to(kHalf).requires_grad_();
    pad(half, {1, 1}, mode).sum().backward();
    EXPECT_EQ(half.grad().dtype(), kHalf);
  }
}

TEST(Padding, HasTheSameBitsOnAnyNumberOfThreads) {
  const Tensor x = golden_ramp({4, 8, 50, 60}).to(kFloat);
  const auto run = [&](const char* mode) {
    const Tensor in = x.detach().requires_grad_();
    const Tensor y = pad(in, {7, 5, 3, 9}, mode);
    (y * golden_ramp(y.sizes()).to(kFloat)).sum().backward();
    return std::vector<Tensor>{y.detach(), in.grad()};
  };
  const int before = get_num_threads();
  for (const char* mode : {"reflect", "replicate", "circular"}) {
    set_num_threads(1);
    const auto expected = run(mode);
    for (const int threads : {2, 3, 7}) {
      set_num_threads(threads);
      const auto got = run(mode);
      EXPECT_TRUE(got[0].equal(expected[0])) << mode << threads;
      EXPECT_TRUE(got[1].equal(expected[1])) << mode << threads;
    }
  }
  set_num_threads(before);
}

TEST(Padding, RejectsWhatDoesNotFit) {
  EXPECT_THROWS_TEXT(Error, nn::ReflectionPad1d(9)(x1()),
                     "[reflection_pad1d] padding (9, 9) is too long for dim 2 "
                     "of shape (2, 2, 9)");
  EXPECT_THROWS_TEXT(Error, nn::ReflectionPad1d(1)(x2()),
                     "[reflection_pad1d] expected 2 or 3 dims, got an input of "
                     "shape (2, 1, 6, 7)");
  EXPECT_THROWS_TEXT(Error, nn::ReflectionPad2d(1)(x1()[0]),
                     "[reflection_pad2d] expected 3 or 4 dims");
  EXPECT_THROWS_TEXT(Error, nn::ReflectionPad3d(1)(x1()),
                     "[reflection_pad3d] expected 4 or 5 dims");
  EXPECT_THROWS_TEXT(ValueError, reflection_pad2d(x2(), {1, 1}),
                     "[reflection_pad2d] padding must have 4 numbers");
  EXPECT_THROWS_TEXT(Error, nn::ReplicationPad1d(-5)(x1()),
                     "[replication_pad1d] nothing is left of dim 2");
  EXPECT_THROWS_TEXT(Error, nn::ReplicationPad2d(1)(x1()[0]),
                     "[replication_pad2d] expected 3 or 4 dims");
  EXPECT_THROWS_TEXT(Error, nn::ReplicationPad3d(1)(x1()),
                     "[replication_pad3d] expected 4 or 5 dims");
  EXPECT_THROWS_TEXT(Error, replication_pad1d(zeros({1, 0}), {1, 1}),
                     "[replication_pad1d] padding (1, 1) is too long");
  EXPECT_THROWS_TEXT(Error, nn::ZeroPad2d(1)(ones({3})),
                     "4 numbers do not fit shape (3,)");
  EXPECT_THROWS_TEXT(Error, nn::ConstantPad3d(-3, 1)(x3()), "nothing is left");
  EXPECT_THROWS_TEXT(Error, pad(x3(), {1, 1, 1, 1, 1, 1, 0, 0}, "reflect"),
                     "[pad] at most 3 dims can be padded");
  EXPECT_THROWS_TEXT(Error, pad(x1(), {10, 0}, "circular"),
                     "[pad] padding (10, 0) is too long");
  EXPECT_THROWS_TEXT(ValueError, pad(x1(), {1, 1}, "reflect", 3.0),
                     "takes no value, got 3");
  EXPECT_THROW(pad(x1(), {int64_t{1} << 59, 0}, "replicate"), Error);
  EXPECT_THROW(pad(zeros({0, 1}), {int64_t{1} << 59, 0}, "replicate"), Error);
}

}  // namespace
}  // namespace taper
