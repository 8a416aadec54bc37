#include "taper/nn/layers/pooling.h"

#include <limits>

#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/any_module.h"
#include "taper/nn/module/sequential.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/random/generator.h"

namespace taper {
namespace {

namespace F = nn::functional;
using Pair = std::tuple<Tensor, Tensor>;

const GoldenCases& golden() {
  static const GoldenCases cases("pooling.txt");
  return cases;
}

Tensor x1() { return golden_ramp({2, 2, 9}); }
Tensor x2() { return golden_ramp({2, 2, 6, 7}); }
Tensor x3() { return golden_ramp({1, 2, 4, 5, 6}); }

/// Values with gradients of the first result, and the indices.
template <class Function>
void expect_maxima(const std::string& name, const Function& function,
                   const Tensor& x) {
  golden().expect(
      name, [&](const Tensor& v) { return std::get<0>(function(v)); }, x);
  golden().expect_value(name + ".i", std::get<1>(function(x)));
}

TEST(MaxPool, MatchesPyTorch) {
  expect_maxima(
      "max1", [](auto& x) { return max_pool1d_with_indices(x, 2); }, x1());
  expect_maxima(
      "max1_all",
      [](auto& x) { return max_pool1d_with_indices(x, 3, 2, 1, 2, true); },
      x1());
  expect_maxima(
      "max1_unbatched",
      [](auto& x) { return max_pool1d_with_indices(x, 2, 1); }, x1()[0]);
  expect_maxima(
      "max2", [](auto& x) { return max_pool2d_with_indices(x, 2); }, x2());
  expect_maxima(
      "max2_overlap",
      [](auto& x) { return max_pool2d_with_indices(x, 3, 1, 1); }, x2());
  expect_maxima(
      "max2_all",
      [](auto& x) {
        return max_pool2d_with_indices(x, {2, 3}, {2, 1}, {1, 0}, {1, 2}, true);
      },
      x2());
  expect_maxima(
      "max2_stride3",
      [](auto& x) { return max_pool2d_with_indices(x, 4, 3, 2); }, x2());
  expect_maxima(
      "max3", [](auto& x) { return max_pool3d_with_indices(x, 2); }, x3());
  expect_maxima(
      "max3_all",
      [](auto& x) {
        return max_pool3d_with_indices(x, {2, 3, 2}, {1, 2, 3}, {1, 1, 0},
                                       {1, 1, 2}, true);
      },
      x3());
}

TEST(AvgPool, MatchesPyTorch) {
  const auto expect1 = [](const char* name, const auto& f) {
    golden().expect(name, f, x1());
  };
  const auto expect2 = [](const char* name, const auto& f) {
    golden().expect(name, f, x2());
  };
  const auto expect3 = [](const char* name, const auto& f) {
    golden().expect(name, f, x3());
  };
  expect1("avg1", [](auto& x) { return avg_pool1d(x, 3, 2, 1, true); });
  expect1("avg1_bare",
          [](auto& x) { return avg_pool1d(x, 3, 2, 1, true, false); });
  expect2("avg2", [](auto& x) { return avg_pool2d(x, 2); });
  expect2("avg2_overlap", [](auto& x) { return avg_pool2d(x, 3, 1, 1); });
  expect2("avg2_all", [](auto& x) {
    return avg_pool2d(x, {2, 3}, {3, 2}, 1, true);
  });
  expect2("avg2_bare",
          [](auto& x) { return avg_pool2d(x, 3, 2, 1, true, false); });
  expect2("avg2_divisor",
          [](auto& x) { return avg_pool2d(x, 3, 2, 1, false, true, 5); });
  golden().expect(
      "avg2_unbatched", [](auto& x) { return avg_pool2d(x, 2, 1); }, x2()[0]);
  expect3("avg3", [](auto& x) { return avg_pool3d(x, 2); });
  expect3("avg3_bare", [](auto& x) {
    return avg_pool3d(x, {2, 3, 3}, 2, {1, 1, 0}, true, false);
  });
  expect3("avg3_divisor",
          [](auto& x) { return avg_pool3d(x, 2, 1, 0, false, true, -3); });
}

TEST(AdaptivePool, MatchesPyTorch) {
  golden().expect(
      "adaptive_avg1", [](auto& x) { return adaptive_avg_pool1d(x, 4); }, x1());
  golden().expect(
      "adaptive_avg2",
      [](auto& x) {
        return adaptive_avg_pool2d(x, {4, 3});
      },
      x2());
  golden().expect(
      "adaptive_avg2_larger",
      [](auto& x) {
        return adaptive_avg_pool2d(x, {9, 7});
      },
      x2());
  golden().expect(
      "adaptive_avg2_one", [](auto& x) { return adaptive_avg_pool2d(x, 1); },
      x2());
  golden().expect(
      "adaptive_avg2_none",
      [](auto& x) {
        return F::adaptive_avg_pool2d(
            x, F::AdaptiveAvgPool2dFuncOptions({3, std::nullopt}));
      },
      x2());
  golden().expect(
      "adaptive_avg3",
      [](auto& x) {
        return adaptive_avg_pool3d(x, {2, 3, 5});
      },
      x3());
  expect_maxima(
      "adaptive_max1", [](auto& x) { return adaptive_max_pool1d(x, 4); }, x1());
  expect_maxima(
      "adaptive_max2",
      [](auto& x) {
        return adaptive_max_pool2d(x, {4, 3});
      },
      x2());
  expect_maxima(
      "adaptive_max2_none",
      [](auto& x) {
        return F::adaptive_max_pool2d_with_indices(
            x, F::AdaptiveMaxPool2dFuncOptions({std::nullopt, 2}));
      },
      x2());
  expect_maxima(
      "adaptive_max3",
      [](auto& x) {
        return adaptive_max_pool3d(x, {2, 3, 5});
      },
      x3());
}

TEST(LPPool, MatchesPyTorch) {
  golden().expect(
      "lp1", [](auto& x) { return lp_pool1d(x.abs(), 3, 2); }, x1());
  golden().expect(
      "lp2",
      [](auto& x) {
        return lp_pool2d(x.abs(), 1.5, {2, 3}, 2, true);
      },
      x2());
  golden().expect(
      "lp2_signed", [](auto& x) { return lp_pool2d(x, 2, 2); }, x2());
  golden().expect(
      "lp3", [](auto& x) { return lp_pool3d(x, 2, 2, 1); }, x3());
}

TEST(LPPool, HasNoSlopeWhereTheSumIsZero) {
  const Tensor x = tensor({{0.0, 0.0, 3.0, 4.0}}, kDouble).requires_grad_();
  const Tensor w = ones({1, 2}, kDouble).requires_grad_();
  const Tensor g =
      autograd::grad({lp_pool1d(x, 2, 2)}, {x}, {w}, true, true)[0];
  EXPECT_TRUE(g.allclose(tensor({{0.0, 0.0, 0.6, 0.8}}, kDouble)));
  const Tensor h = autograd::grad({g.sum()}, {w})[0];
  EXPECT_TRUE(h.allclose(tensor({{0.0, 1.4}}, kDouble)));
}

TEST(FractionalMaxPool, MatchesPyTorch) {
  expect_maxima(
      "fractional2",
      [](auto& x) {
        const Tensor s = (golden_ramp({2, 2, 2}) + 1.7) / 4;
        return fractional_max_pool2d(x, {2, 3}, {3, 4}, s.to(x.dtype()));
      },
      x2());
  expect_maxima(
      "fractional3",
      [](auto& x) {
        const Tensor s = (golden_ramp({1, 2, 3}) + 1.7) / 4;
        return fractional_max_pool3d(x, 2, {2, 3, 1}, s.to(x.dtype()));
      },
      x3());
}

TEST(FractionalMaxPool, DrawsPyTorchsSamples) {
  const std::pair<const char*, ScalarType> dtypes[] = {{"float32", kFloat},
                                                       {"float64", kDouble},
                                                       {"float16", kHalf},
                                                       {"bfloat16", kBFloat16}};
  for (const auto& [name, dtype] : dtypes) {
    manual_seed(7);
    nn::FractionalMaxPool2d two(
        nn::FractionalMaxPool2dOptions(2).output_ratio(0.6));
    nn::FractionalMaxPool3d three(nn::FractionalMaxPool3dOptions(2).output_size(
        ExpandingArray<3>({3, 4, 5})));
    const Tensor a = golden_ramp({2, 2, 12, 15}).to(dtype);
    const Tensor b = golden_ramp({2, 8, 9, 10}).to(dtype);
    golden().expect_value("fractional2_" + std::string(name) + ".i",
                          std::get<1>(two->forward_with_indices(a)));
    golden().expect_value("fractional3_" + std::string(name) + ".i",
                          std::get<1>(three->forward_with_indices(b)));
  }
}

TEST(FractionalMaxPool, KeepsGivenSamples) {
  nn::FractionalMaxPool2d layer(
      nn::FractionalMaxPool2dOptions(2).output_size(3)._random_samples(
          full({1, 2, 2}, 0.4)));
  const Tensor x = rand({1, 2, 7, 9});
  const std::string before = generator_state();
  EXPECT_TRUE(layer(x).equal(layer(x)));
  EXPECT_EQ(generator_state(), before);
  EXPECT_TRUE(layer->_random_samples.equal(full({1, 2, 2}, 0.4)));
}

TEST(MaxUnpool, MatchesPyTorch) {
  const Tensor i1 = std::get<1>(max_pool1d_with_indices(x1(), 2));
  const Tensor i2 = std::get<1>(max_pool2d_with_indices(x2(), 2));
  const Tensor i3 = std::get<1>(max_pool3d_with_indices(x3(), 2));
  golden().expect(
      "unpool1", [&](auto& x) { return nn::MaxUnpool1d(2)(x, i1); },
      golden_ramp({2, 2, 4}));
  golden().expect(
      "unpool2",
      [&](auto& x) {
        return nn::MaxUnpool2d(2)(x, i2, std::vector<int64_t>{6, 7});
      },
      golden_ramp({2, 2, 3, 3}));
  golden().expect(
      "unpool3",
      [&](auto& x) {
        return F::max_unpool3d(x, i3,
                               F::MaxUnpool3dFuncOptions(2).output_size(
                                   std::vector<int64_t>{1, 2, 4, 5, 6}));
      },
      golden_ramp({1, 2, 2, 2, 3}));
}

TEST(MaxPool, TakesTheFirstOfEqualInputsAndTheLastNan) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double inf = std::numeric_limits<double>::infinity();
  const auto place = [](const Tensor& x) {
    return std::get<1>(max_pool2d_with_indices(x, {2, 3})).item<int64_t>();
  };
  EXPECT_EQ(place(tensor({{{1.0, 2.0, 0.0}, {2.0, 2.0, 1.0}}})), 1);
  EXPECT_EQ(place(tensor({{{1.0, 2.0, 0.0}, {3.0, 2.0, 3.0}}})), 3);
  EXPECT_EQ(place(tensor({{{nan, 2.0, 0.0}, {nan, 2.0, inf}}})), 3);
  EXPECT_EQ(place(tensor({{{1.0, 2.0, nan}, {nan, inf, 1.0}}})), 3);
  EXPECT_EQ(place(full({1, 2, 3}, -inf)), 0);
  const Tensor padded = max_pool2d(full({1, 2, 3}, -inf), 3, 2, 1);
  EXPECT_TRUE(padded.equal(full({1, 1, 2}, -inf)));
  const Tensor y = max_pool2d(tensor({{{1.0, nan}, {2.0, 3.0}}}), 2);
  EXPECT_TRUE(y.isnan().all().item<bool>());
}

TEST(MaxPool, PoolsEveryDtypeButBool) {
  const Tensor x = golden_ramp({2, 5, 40}).mul(8).round();
  const auto [y, i] = max_pool1d_with_indices(x, 3, 2, 1);
  for (const ScalarType dtype :
       {kFloat, kHalf, kBFloat16, kLong, kInt, kShort, kChar}) {
    const auto [z, j] = max_pool1d_with_indices(x.to(dtype), 3, 2, 1);
    EXPECT_EQ(z.dtype(), dtype);
    EXPECT_TRUE(z.to(kDouble).equal(y)) << dtype;
    EXPECT_TRUE(j.equal(i)) << dtype;
  }
  EXPECT_THROW(max_pool1d(x > 0, 2), TypeError);
  for (const ScalarType dtype : {kHalf, kBFloat16}) {
    const Tensor z = avg_pool1d(x.to(dtype), 2, 2);
    EXPECT_EQ(z.dtype(), dtype);
    EXPECT_TRUE(z.equal(avg_pool1d(x, 2, 2).to(dtype)));
  }
  EXPECT_TRUE(avg_pool1d(tensor({{-7, 0, 3, 4}}), 2).equal(tensor({{-3, 3}})));
  EXPECT_THROW(avg_pool2d(x.to(kInt), 2), TypeError);
  EXPECT_THROW(adaptive_max_pool2d(x.to(kLong), 2), TypeError);
}

/// What the windows of a grid say, one input at a time.
Tensor plain_max_pool2d(const Tensor& x, int64_t k, int64_t s, int64_t p,
                        int64_t d) {
  const int64_t h = (x.size(1) + 2 * p - d * (k - 1) - 1) / s + 1;
  const int64_t w = (x.size(2) + 2 * p - d * (k - 1) - 1) / s + 1;
  const Tensor y = full({x.size(0), h, w}, -1000.0, x.dtype());
  const auto in = x.accessor<double, 3>();
  auto out = y.accessor<double, 3>();
  for (int64_t c = 0; c < x.size(0); ++c) {
    for (int64_t i = 0; i < h * w * k * k; ++i) {
      const int64_t o = i / (k * k);
      const int64_t row = o / w * s - p + i / k % k * d;
      const int64_t column = o % w * s - p + i % k * d;
      if (row < 0 || row >= x.size(1)) continue;
      if (column < 0 || column >= x.size(2)) continue;
      double& best = out[c][o / w][o % w];
      best = std::max(best, in[c][row][column]);
    }
  }
  return y;
}

TEST(MaxPool, IsThatOfEachWindowForAllSizes) {
  manual_seed(3);
  for (int64_t size = 5; size < 70; size += 3) {
    for (int64_t k = 1; k <= 5; ++k) {
      for (int64_t s = 1; s <= 4; ++s) {
        const int64_t d = k * 2 <= size ? 1 + size % 2 : 1;
        if (size + k / 2 * 2 < d * (k - 1) + 1) continue;
        const Tensor x = randn({2, 9, size}, kDouble);
        const Tensor expected = plain_max_pool2d(
            x.narrow(1, 0, std::min<int64_t>(9, size)), k, s, k / 2, d);
        const Tensor in = x.narrow(1, 0, std::min<int64_t>(9, size));
        if (9 + k / 2 * 2 < d * (k - 1) + 1) continue;
        ASSERT_TRUE(max_pool2d(in, k, s, k / 2, d).equal(expected))
            << size << ' ' << k << ' ' << s << ' ' << d;
        ASSERT_TRUE(max_pool2d(in.to(kFloat), k, s, k / 2, d)
                        .equal(expected.to(kFloat)));
      }
    }
  }
}

TEST(Pooling, DoesNotDependOnLayout) {
  const Tensor x = golden_ramp({2, 3, 11, 13});
  const Tensor strided =
      x.permute({2, 0, 3, 1}).contiguous().permute({1, 3, 0, 2});
  EXPECT_FALSE(strided.is_contiguous());
  EXPECT_TRUE(max_pool2d(strided, 3, 2, 1).equal(max_pool2d(x, 3, 2, 1)));
  EXPECT_TRUE(avg_pool2d(strided, 3, 2, 1).equal(avg_pool2d(x, 3, 2, 1)));
  EXPECT_TRUE(adaptive_avg_pool2d(strided, 4).equal(adaptive_avg_pool2d(x, 4)));
}

TEST(Pooling, TakesEmptyBatches) {
  const Tensor x = zeros({0, 3, 6, 8}).requires_grad_();
  EXPECT_EQ(max_pool2d(x, 2).sizes(), IntArrayRef({0, 3, 3, 4}));
  EXPECT_EQ(avg_pool2d(x, 2).sizes(), IntArrayRef({0, 3, 3, 4}));
  EXPECT_EQ(lp_pool2d(x, 2, 2).sizes(), IntArrayRef({0, 3, 3, 4}));
  EXPECT_EQ(adaptive_avg_pool2d(x, 5).sizes(), IntArrayRef({0, 3, 5, 5}));
  EXPECT_EQ(std::get<0>(adaptive_max_pool2d(x, 5)).sizes(),
            IntArrayRef({0, 3, 5, 5}));
  (max_pool2d(x, 2).sum() + avg_pool2d(x, 2).sum()).backward();
  EXPECT_EQ(x.grad().sizes(), x.sizes());
  const Tensor full_batch = ones({1, 3, 6, 8}).requires_grad_();
  const Tensor none = adaptive_avg_pool2d(full_batch, {0, 2});
  EXPECT_EQ(none.sizes(), IntArrayRef({1, 3, 0, 2}));
  none.sum().backward();
  EXPECT_TRUE(full_batch.grad().equal(zeros({1, 3, 6, 8})));
}

TEST(Pooling, HasTheSameBitsOnAnyNumberOfThreads) {
  manual_seed(1);
  const Tensor x = randn({4, 8, 61, 67});
  const auto run = [&] {
    const Tensor in = x.detach().requires_grad_();
    const auto [y, i] = max_pool2d_with_indices(in, 3, 2, 1);
    const Tensor a = avg_pool2d(in, 3, 2, 1, true);
    const Tensor b = adaptive_avg_pool2d(in, {7, 9});
    const Tensor c =
        std::get<0>(fractional_max_pool2d(in, 2, 20, full({4, 8, 2}, 0.3)));
    (y.square().sum() + a.square().sum() + b.square().sum() + c.sum())
        .backward();
    return std::vector<Tensor>{y.detach(), i,          a.detach(),
                               b.detach(), c.detach(), in.grad()};
  };
  const int before = get_num_threads();
  set_num_threads(1);
  const auto expected = run();
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    const auto got = run();
    for (size_t k = 0; k < got.size(); ++k) {
      EXPECT_TRUE(got[k].equal(expected[k])) << threads << ' ' << k;
    }
  }
  set_num_threads(before);
}

TEST(Pooling, LayersCallTheFunctions) {
  EXPECT_TRUE(nn::MaxPool1d(2)(x1()).equal(max_pool1d(x1(), 2)));
  EXPECT_TRUE(
      nn::MaxPool2d(nn::MaxPool2dOptions({2, 3})
                        .stride({2, 1})
                        .padding({1, 0})
                        .dilation({1, 2})
                        .ceil_mode(true))(x2())
          .equal(max_pool2d(x2(), {2, 3}, {2, 1}, {1, 0}, {1, 2}, true)));
  EXPECT_TRUE(nn::MaxPool3d(2)(x3()).equal(max_pool3d(x3(), 2)));
  const auto [y, i] = nn::MaxPool2d(2)->forward_with_indices(x2());
  EXPECT_TRUE(i.equal(std::get<1>(max_pool2d_with_indices(x2(), 2))));
  EXPECT_TRUE(y.equal(max_pool2d(x2(), 2)));
  EXPECT_TRUE(nn::AvgPool1d(2)(x1()).equal(avg_pool1d(x1(), 2)));
  EXPECT_TRUE(nn::AvgPool2d(nn::AvgPool2dOptions(3)
                                .stride(2)
                                .padding(1)
                                .ceil_mode(true)
                                .count_include_pad(false))(x2())
                  .equal(avg_pool2d(x2(), 3, 2, 1, true, false)));
  EXPECT_TRUE(
      nn::AvgPool3d(nn::AvgPool3dOptions(2).divisor_override(3))(x3()).equal(
          avg_pool3d(x3(), 2, {}, 0, false, true, 3)));
  EXPECT_TRUE(
      nn::AdaptiveAvgPool1d(4)(x1()).equal(adaptive_avg_pool1d(x1(), 4)));
  EXPECT_TRUE(nn::AdaptiveAvgPool2d(
                  nn::AdaptiveAvgPool2dOptions({3, std::nullopt}))(x2())
                  .equal(adaptive_avg_pool2d(x2(), {3, 7})));
  EXPECT_TRUE(nn::AdaptiveMaxPool3d(2)(x3()).equal(
      std::get<0>(adaptive_max_pool3d(x3(), 2))));
  EXPECT_TRUE(std::get<1>(nn::AdaptiveMaxPool1d(4)->forward_with_indices(x1()))
                  .equal(std::get<1>(adaptive_max_pool1d(x1(), 4))));
  EXPECT_TRUE(
      nn::LPPool1d(3, 2)(x1().abs()).equal(lp_pool1d(x1().abs(), 3, 2)));
  EXPECT_TRUE(
      nn::LPPool2d(nn::LPPool2dOptions(2, {2, 3}).ceil_mode(true))(x2()).equal(
          lp_pool2d(x2(), 2, {2, 3}, {}, true)));
}

TEST(MaxUnpool, HasADefaultSizeInAnyModule) {
  nn::AnyModule layer(nn::MaxUnpool2d(2));
  const auto [y, i] = max_pool2d_with_indices(x2().narrow(3, 0, 6), 2);
  EXPECT_EQ(layer.forward(y, i).sizes(), IntArrayRef({2, 2, 6, 6}));
  const Tensor back = nn::MaxUnpool2d(2)(y, i);
  EXPECT_TRUE(max_pool2d(back.abs(), 2).equal(y.abs()));
}

}  // namespace
}  // namespace taper
