#include "golden_cases.h"
#include "taper/nn/nn.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/random/generator.h"
#include "tests/error_of.h"

namespace taper {
namespace {

namespace F = nn::functional;
using F::InterpolateFuncOptions;
using Sizes = std::vector<int64_t>;

const GoldenCases& golden() {
  static const GoldenCases cases("resample.txt");
  return cases;
}

void expect_interpolated(const std::string& name, const Tensor& x,
                         const InterpolateFuncOptions& options) {
  golden().expect(
      name, [&](const Tensor& t) { return F::interpolate(t, options); }, x);
}

struct Mode {
  std::string name;
  InterpolateFuncOptions::mode_t mode;
  bool has_corners;
};

std::vector<Mode> modes_of(int64_t dims) {
  std::vector<Mode> modes = {{"nearest", kNearest, false},
                             {"exact", kNearestExact, false},
                             {"area", kArea, false}};
  if (dims == 3) modes.push_back({"linear", kLinear, true});
  if (dims == 4) modes.push_back({"bilinear", kBilinear, true});
  if (dims == 4) modes.push_back({"bicubic", kBicubic, true});
  if (dims == 5) modes.push_back({"trilinear", kTrilinear, true});
  return modes;
}

// All sizes and scales of make_resample.py.
void expect_mode(const Mode& mode, const Tensor& x,
                 const std::vector<Sizes>& sizes,
                 const std::vector<double>& scales) {
  for (const bool align : {false, true}) {
    if (align && !mode.has_corners) continue;
    InterpolateFuncOptions options;
    options.mode(mode.mode);
    if (mode.has_corners) options.align_corners(align);
    const std::string corners = align ? "corners" : "edges";
    const std::string name = mode.name + "_" + std::to_string(x.dim()) + "_" +
                             (mode.has_corners ? corners : "") + "_";
    for (const Sizes& size : sizes) {
      std::string text;
      for (const int64_t n : size) text += "_" + std::to_string(n);
      expect_interpolated(name + text.substr(1), x,
                          InterpolateFuncOptions(options).size(size));
    }
    options.scale_factor(scales);
    expect_interpolated(name + "scale_0", x,
                        options.recompute_scale_factor({}));
    expect_interpolated(name + "scale_0", x,
                        options.recompute_scale_factor(false));
    expect_interpolated(name + "scale_1", x,
                        options.recompute_scale_factor(true));
  }
}

TEST(Interpolate, MatchesPyTorch) {
  for (const Mode& mode : modes_of(3)) {
    expect_mode(mode, golden_ramp({2, 2, 4}), {{7}, {2}}, {1.7});
  }
  for (const Mode& mode : modes_of(4)) {
    expect_mode(mode, golden_ramp({1, 2, 3, 4}), {{6, 8}, {2, 3}, {7, 2}},
                {1.5, 0.6});
  }
  for (const Mode& mode : modes_of(5)) {
    expect_mode(mode, golden_ramp({1, 1, 2, 3, 4}), {{4, 3, 2}, {1, 2, 5}},
                {1.5, 2.0, 0.7});
  }
}

TEST(Interpolate, OfTheSameLengthMatchesPyTorch) {
  using Scales = std::vector<double>;
  InterpolateFuncOptions options;
  options.scale_factor(Scales{1.2}).mode(kLinear);
  expect_interpolated("same_linear", golden_ramp({1, 2, 4}), options);
  options.scale_factor(Scales{2.2, 1.2}).mode(kNearest);
  expect_interpolated("twice_nearest", golden_ramp({1, 1, 3, 4}), options);
  // For these PyTorch's gradient is that of a copy, unlike its value.
  const auto expect_value = [&](const std::string& name, const Tensor& x) {
    golden().expect_value(name + ".y", F::interpolate(x, options));
  };
  options.scale_factor(Scales{1.2});
  expect_value("same_nearest", golden_ramp({1, 2, 4}));
  options.scale_factor(Scales{1.2, 1}).mode(kBicubic);
  expect_value("same_bicubic", golden_ramp({1, 1, 4, 4}));
}

TEST(Interpolate, WithoutAliasesMatchesPyTorch) {
  const Tensor x = golden_ramp({1, 1, 5, 6});
  for (const bool align : {false, true}) {
    for (const Sizes& size : {Sizes{2, 3}, Sizes{3, 9}}) {
      const auto options =
          InterpolateFuncOptions().size(size).align_corners(align).antialias(
              true);
      const std::string name = std::to_string(int{align}) + "_" +
                               std::to_string(size[0]) + "_" +
                               std::to_string(size[1]);
      expect_interpolated("aa_bilinear_" + name, x,
                          InterpolateFuncOptions(options).mode(kBilinear));
      expect_interpolated("aa_bicubic_" + name, x,
                          InterpolateFuncOptions(options).mode(kBicubic));
    }
  }
}

TEST(Interpolate, OfBytesHasTheBytesOfPyTorch) {
  const Tensor x =
      (arange(60) * 83).remainder(256).to(kByte).view({1, 2, 5, 6});
  for (const bool smooth : {false, true}) {
    auto options = InterpolateFuncOptions().size(Sizes{3, 8}).antialias(smooth);
    const std::string end = std::to_string(int{smooth});
    const auto check = [&](const std::string& name) {
      const Tensor y = F::interpolate(x, options);
      EXPECT_EQ(y.dtype(), kByte);
      golden().expect_value(name + end, y.to(kDouble));
    };
    options.mode(kBilinear);
    check("bytes_bilinear_");
    options.mode(kBicubic);
    check("bytes_bicubic_");
  }
  const auto doubled =
      InterpolateFuncOptions().scale_factor(std::vector<double>{2, 1});
  EXPECT_TRUE(F::interpolate(x, doubled).equal(x.repeat_interleave(2, 2)));
}

// Values and first gradients, which is all that PyTorch has.
void expect_grid(const std::string& name, const Tensor& image,
                 const Tensor& places,
                 const F::GridSampleFuncOptions& options) {
  for (const ScalarType dtype : {kDouble, kFloat}) {
    for (const bool recorded : {false, true}) {
      const Tensor x = image.to(dtype).requires_grad_();
      const Tensor grid = places.to(dtype).requires_grad_();
      const Tensor y = F::grid_sample(x, grid, options);
      const auto g =
          autograd::grad({(y * golden_ramp(y.sizes()).to(dtype)).sum()},
                         {x, grid}, {}, true, recorded);
      golden().expect_value(name + ".y", y);
      golden().expect_value(name + ".g0", g[0]);
      golden().expect_value(name + ".g1", g[1]);
    }
  }
}

TEST(GridSample, MatchesPyTorch) {
  const Tensor image = golden_ramp({2, 2, 3, 4});
  const Tensor places = golden_ramp({2, 2, 3, 2}) * 0.81;
  const Tensor volume = golden_ramp({1, 2, 2, 3, 4});
  const Tensor spots = golden_ramp({1, 1, 3, 2, 3}) * 0.81;
  using Options = F::GridSampleFuncOptions;
  const std::pair<std::string, Options::mode_t> modes[] = {
      {"bilinear", kBilinear}, {"nearest", kNearest}, {"bicubic", kBicubic}};
  const std::pair<std::string, Options::padding_mode_t> paddings[] = {
      {"zeros", kZeros}, {"border", kBorder}, {"reflection", kReflection}};
  for (const auto& [mode, mode_tag] : modes) {
    for (const auto& [padding, padding_tag] : paddings) {
      for (const bool align : {false, true}) {
        const auto options = Options()
                                 .mode(mode_tag)
                                 .padding_mode(padding_tag)
                                 .align_corners(align);
        const std::string name =
            mode + "_" + padding + "_" + std::to_string(int{align});
        expect_grid("grid_" + name, image, places, options);
        if (mode == "bicubic") continue;
        expect_grid("grid3_" + name, volume, spots, options);
      }
    }
  }
}

TEST(GridSample, ReadsNothingFarOutside) {
  const Tensor x = ones({1, 1, 2, 2}) * INFINITY;
  for (const double far : {double{NAN}, double{INFINITY}, -1e30, 5.0}) {
    const Tensor grid = full({1, 1, 3, 2}, far);
    for (const int64_t mode : {0, 1, 2}) {
      EXPECT_TRUE(
          grid_sampler(x, grid, mode, 0, false).equal(zeros({1, 1, 1, 3})))
          << far << ' ' << mode;
    }
  }
}

TEST(GridSample, ReadsTheFirstElementAtNan) {
  const Tensor x = arange(1, 5, kFloat).view({1, 1, 2, 2});
  const Tensor grid = full({1, 1, 1, 2}, NAN);
  EXPECT_EQ(grid_sampler(x, grid, 0, 1, false).item<float>(), 1);
  EXPECT_EQ(grid_sampler(x, grid, 1, 2, true).item<float>(), 1);
}

TEST(AffineGrid, MatchesPyTorch) {
  for (const bool align : {false, true}) {
    const std::string end = std::to_string(int{align});
    golden().expect(
        "affine_" + end,
        [align](const Tensor& t) {
          return F::affine_grid(t, {2, 1, 3, 4}, align);
        },
        golden_ramp({2, 2, 3}));
    golden().expect(
        "affine3_" + end,
        [align](const Tensor& t) {
          return F::affine_grid(t, {1, 1, 2, 1, 3}, align);
        },
        golden_ramp({1, 3, 4}));
  }
}

TEST(AffineGrid, OfTheIdentityReadsTheImageItself) {
  const Tensor x = golden_ramp({1, 2, 3, 4});
  const Tensor theta =
      tensor({1., 0., 0., 0., 1., 0.}, TensorOptions(kDouble)).view({1, 2, 3});
  for (const bool align : {false, true}) {
    const Tensor grid = F::affine_grid(theta, x.sizes(), align);
    const Tensor y = grid_sampler(x, grid, 0, 0, align);
    EXPECT_LT((y - x).abs().max().item<double>(), 1e-14);
  }
}

TEST(Shuffles, MatchPyTorch) {
  golden().expect(
      "pixel_shuffle", [](auto& x) { return nn::PixelShuffle(2)(x); },
      golden_ramp({2, 8, 2, 3}));
  golden().expect(
      "pixel_unshuffle",
      [](auto& x) {
        return F::pixel_unshuffle(x, F::PixelUnshuffleFuncOptions(3));
      },
      golden_ramp({2, 3, 6}));
  golden().expect(
      "channel_shuffle", [](auto& x) { return channel_shuffle(x, 3); },
      golden_ramp({2, 6, 2}));
}

TEST(Shuffles, UndoEachOtherInNewMemory) {
  const Tensor x = arange(48).view({1, 12, 2, 2});
  EXPECT_TRUE(pixel_unshuffle(pixel_shuffle(x, 2), 2).equal(x));
  EXPECT_TRUE(channel_shuffle(channel_shuffle(x, 3), 4).equal(x));
  EXPECT_FALSE(pixel_shuffle(x, 1).is_alias_of(x));
  EXPECT_FALSE(channel_shuffle(x, 1).is_alias_of(x));
  EXPECT_EQ(pixel_shuffle(ones({0, 4, 2, 2}), 2).sizes(),
            IntArrayRef({0, 1, 4, 4}));
  EXPECT_EQ(channel_shuffle(ones({2, 0, 3}), 2).sizes(),
            IntArrayRef({2, 0, 3}));
}

TEST(LocalResponseNorm, MatchesPyTorch) {
  for (const int64_t size : {1, 2, 3, 7}) {
    nn::LocalResponseNorm layer(
        nn::LocalResponseNormOptions(size).alpha(0.5).beta(0.6).k(1.5));
    golden().expect(
        "response_" + std::to_string(size),
        [&](const Tensor& x) { return layer(x); }, golden_ramp({2, 5, 3}));
  }
  for (const int64_t size : {3, 4}) {
    nn::CrossMapLRN2d layer(
        nn::CrossMapLRN2dOptions(size).alpha(0.5).beta(0.6).k(2));
    golden().expect(
        "cross_map_" + std::to_string(size),
        [&](const Tensor& x) { return layer(x); }, golden_ramp({2, 5, 1, 3}));
  }
}

template <class Layer>
std::string printed(const Layer& layer) {
  std::ostringstream stream;
  stream << layer;
  return stream.str().substr(stream.str().rfind("::") + 2);
}

TEST(ResampleLayers, PrintLikeLibTorch) {
  using Options = nn::UpsampleOptions;
  EXPECT_EQ(printed(nn::Upsample(Options().size(Sizes{2, 3}).mode(kBilinear))),
            "Upsample(size=[2, 3], mode=kBilinear)");
  EXPECT_EQ(printed(nn::Upsample(
                Options().scale_factor(std::vector<double>{2, 3.5}))),
            "Upsample(scale_factor=[2, 3.5], mode=kNearest)");
  EXPECT_EQ(printed(nn::PixelShuffle(3)), "PixelShuffle(upscale_factor=3)");
  EXPECT_EQ(printed(nn::PixelUnshuffle(2)),
            "PixelUnshuffle(downscale_factor=2)");
  EXPECT_EQ(printed(nn::LocalResponseNorm(2)),
            "LocalResponseNorm(2, alpha=0.0001, beta=0.75, k=1)");
  EXPECT_EQ(printed(nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(3).alpha(0.5))),
            "CrossMapLRN2d(3, alpha=0.5, beta=0.75, k=1)");
}

TEST(ResampleLayers, UpsampleIsInterpolate) {
  const Tensor x = golden_ramp({1, 2, 3, 4});
  nn::Upsample layer(nn::UpsampleOptions()
                         .scale_factor(std::vector<double>{2, 1.5})
                         .mode(kBicubic)
                         .align_corners(true));
  EXPECT_TRUE(layer(x).equal(upsample_bicubic2d(x, {6, 6}, true)));
}

// Rows long enough for every leaf, planes of one strip and of several.
TEST(Resample, HasTheSameBitsOnAnyNumberOfThreads) {
  manual_seed(5);
  const Tensor image = randn({3, 5, 61, 70});
  const Tensor tall = randn({1, 2, 900, 40});
  const Tensor volume = randn({2, 3, 9, 20, 33});
  const Tensor line = randn({4, 30, 700});
  const Tensor grid = rand({3, 40, 50, 2}) * 2.2 - 1.1;
  const auto run = [&] {
    std::vector<Tensor> all;
    const auto add = [&](const Tensor& x, const auto& f) {
      const Tensor leaf = x.detach().requires_grad_();
      const Tensor y = f(leaf);
      y.backward(arange(y.numel()).remainder(7).to(kFloat).view(y.sizes()));
      all.push_back(y.detach());
      all.push_back(leaf.grad());
    };
    add(image, [](auto& x) {
      return upsample_bilinear2d(x, {122, 140}, false);
    });
    add(image, [](auto& x) { return upsample_bicubic2d(x, {30, 199}, false); });
    add(image, [](auto& x) { return upsample_area(x, {7, 9}); });
    add(image, [&](auto& x) { return grid_sampler(x, grid, 0, 0, false); });
    add(tall, [](auto& x) { return upsample_bilinear2d(x, {2000, 90}, true); });
    add(tall, [](auto& x) { return upsample_nearest2d(x, {400, 300}); });
    add(volume, [](auto& x) {
      return upsample_trilinear3d(x, {18, 30, 50}, false);
    });
    add(volume, [](auto& x) {
      return upsample_trilinear3d(x, {4, 30, 50}, false);
    });
    add(line, [](auto& x) { return upsample_linear1d(x, {1500}, false); });
    return all;
  };
  const int before = get_num_threads();
  set_num_threads(1);
  const std::vector<Tensor> expected = run();
  for (const int threads : {2, 3, 7}) {
    set_num_threads(threads);
    const std::vector<Tensor> got = run();
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_TRUE(got[i].equal(expected[i])) << i << " on " << threads;
    }
  }
  set_num_threads(before);
}

TEST(Resample, TakesNarrowTypesAndStridedInputs) {
  const Tensor x = golden_ramp({1, 3, 4, 5}).to(kFloat);
  const auto up = [](const Tensor& t) {
    return upsample_bilinear2d(t, {7, 9}, false);
  };
  const Tensor turned = x.transpose(2, 3).contiguous().transpose(2, 3);
  EXPECT_TRUE(up(turned).equal(up(x)));
  for (const ScalarType dtype : {kHalf, kBFloat16}) {
    const Tensor narrow = x.to(dtype).requires_grad_();
    const Tensor y = up(narrow);
    EXPECT_EQ(y.dtype(), dtype);
    EXPECT_TRUE(y.equal(up(x.to(dtype).to(kFloat)).to(dtype)));
    y.sum().backward();
    EXPECT_EQ(narrow.grad().dtype(), dtype);
    const Tensor grid = (golden_ramp({1, 2, 2, 2}) * 0.5).to(dtype);
    EXPECT_EQ(grid_sampler(narrow, grid, 2, 1, true).dtype(), dtype);
    EXPECT_EQ(local_response_norm(narrow, 3).dtype(), dtype);
  }
}

TEST(Resample, TakesABatchOfNothing) {
  const Tensor x = ones({0, 3, 4, 5}).requires_grad_();
  const Tensor y = upsample_bilinear2d(x, {7, 9}, false);
  EXPECT_EQ(y.sizes(), IntArrayRef({0, 3, 7, 9}));
  y.sum().backward();
  EXPECT_EQ(x.grad().sizes(), x.sizes());
  EXPECT_EQ(grid_sampler(x, ones({0, 2, 2, 2}), 0, 0, false).sizes(),
            IntArrayRef({0, 3, 2, 2}));
  EXPECT_EQ(local_response_norm(x, 2).sizes(), x.sizes());
}

// What is not used must not spoil what is, nor get a gradient.
TEST(Resample, DoesNotCountWhatHasNoWeight) {
  Tensor x = ones({1, 1, 3, 3});
  x[0][0][1][1] = NAN;
  const Tensor y = upsample_bilinear2d(x, {5, 5}, true);
  EXPECT_EQ(y.isnan().sum().item<int64_t>(), 9);
  EXPECT_EQ(upsample_nearest2d(x, {6, 6}).isnan().sum().item<int64_t>(), 4);
}

TEST(Resample, RejectsWhatDoesNotFit) {
  const Tensor x = ones({1, 2, 3, 4});
  EXPECT_EQ(error_of([&] { upsample_linear1d(x, {5}, false); }),
            "[upsample_linear1d] expected an input of 3 dims, got shape (1, 2, "
            "3, 4)");
  EXPECT_EQ(error_of([&] { upsample_nearest2d(x, {5}); }),
            "[upsample_nearest2d] expected 2 output sizes for an input of "
            "shape (1, 2, 3, 4), got (5,)");
  EXPECT_EQ(error_of([&] {
              upsample_bicubic2d(x, {5, 0}, false);
            }),
            "[upsample_bicubic2d] sizes must be positive, got an input of "
            "shape (1, 2, 3, 4) and output size (5, 0)");
  EXPECT_NE(error_of([&] {
              upsample_bilinear2d(ones({1, 2, 0, 4}), {5, 5}, false);
            }).find("sizes must be positive"),
            std::string::npos);
  EXPECT_NE(error_of<TypeError>([&] {
              upsample_area(x.to(kLong), {2, 2});
            }).find("[upsample_area]"),
            std::string::npos);
  EXPECT_NE(error_of<ValueError>([&] {
              upsample_nearest2d(x, {2, 2}, 1e-30);
            }).find("scale 1e-30"),
            std::string::npos);
  const int64_t huge = int64_t{1} << 60;
  EXPECT_NE(error_of([&] {
              upsample_nearest2d(x, {huge, huge});
            }),
            "nothing was thrown");
}

TEST(Interpolate, RejectsOptionsThatDoNotFit) {
  const Tensor x = ones({1, 2, 3, 4});
  const auto error = [&](const Tensor& input,
                         const InterpolateFuncOptions& options) {
    return error_of([&] { F::interpolate(input, options); });
  };
  using Options = InterpolateFuncOptions;
  const std::vector<double> twice = {2, 2};
  EXPECT_EQ(error(x, Options()),
            "[interpolate] expected either a size or a scale_factor, got "
            "neither");
  EXPECT_EQ(error(x, Options().size(Sizes{2, 2}).scale_factor(twice)),
            "[interpolate] expected either a size or a scale_factor, got both");
  EXPECT_EQ(error(x, Options().scale_factor(std::vector<double>{2})),
            "[interpolate] expected 2 scale factors for an input of shape (1, "
            "2, 3, 4), got 1");
  EXPECT_EQ(error(x, Options().scale_factor(std::vector<double>{2, 0.1})),
            "[interpolate] scale factor 0.1 makes a size of 0 of 4");
  EXPECT_NE(error(x, Options().scale_factor(std::vector<double>{2, 1e300})),
            "nothing was thrown");
  EXPECT_EQ(error(x, Options().scale_factor(twice).align_corners(true)),
            "[interpolate] nearest and area do not know align_corners");
  EXPECT_EQ(error(x, Options().scale_factor(twice).mode(kLinear)),
            "[interpolate] the mode is for inputs of 3 dims, got shape (1, 2, "
            "3, 4)");
  EXPECT_EQ(error(x, Options().scale_factor(twice).antialias(true)),
            "[interpolate] only bilinear and bicubic know antialias");
  EXPECT_EQ(error(ones({2, 3}), Options().scale_factor(twice)),
            "[interpolate] expected an input of 3 to 5 dims, got shape (2, 3)");
}

TEST(GridSample, RejectsWhatDoesNotFit) {
  const Tensor x = ones({1, 2, 3, 4});
  const Tensor grid = zeros({1, 2, 2, 2});
  const auto error = [&](const Tensor& image, const Tensor& places,
                         int64_t mode = 0, int64_t padding = 0) {
    return error_of([&] { grid_sampler(image, places, mode, padding, true); });
  };
  EXPECT_EQ(error(x, zeros({2, 2, 2, 2})),
            "[grid_sampler_2d] a grid for x of shape (1, 2, 3, 4) has shape "
            "(1, ..., 2), got (2, 2, 2, 2)");
  EXPECT_NE(error(x, zeros({1, 2, 2, 3})).find("(1, ..., 2)"),
            std::string::npos);
  EXPECT_EQ(error(x, zeros({2, 2, 2})),
            "[grid_sampler_2d] expected x and grid of 4 dims, got shapes (1, "
            "2, 3, 4) and (2, 2, 2)");
  EXPECT_EQ(error(ones({1, 2, 0, 4}), grid),
            "[grid_sampler_2d] x has no elements to read: shape (1, 2, 0, 4)");
  EXPECT_EQ(error(x, grid.to(kDouble)),
            "[grid_sampler_2d] x is float32 but the grid is float64");
  EXPECT_EQ(error(x, grid, 3),
            "[grid_sampler_2d] there is no interpolation_mode 3 for shape (1, "
            "2, 3, 4)");
  EXPECT_EQ(error(x, grid, 0, -1),
            "[grid_sampler_2d] there is no padding_mode -1");
  EXPECT_NE(error(ones({1, 1, 2, 2, 2}), zeros({1, 1, 1, 1, 3}), 2),
            "nothing was thrown");
  EXPECT_EQ(error_of([] {
              F::affine_grid(ones({1, 2, 3}), {1, 1, 2});
            }),
            "[affine_grid_generator] the size must have 4 or 5 dims, got (1, "
            "1, 2)");
  EXPECT_EQ(error_of([] {
              F::affine_grid(ones({1, 2, 2}), {1, 1, 2, 2});
            }),
            "[affine_grid_generator] theta must have shape (1, 2, 3) for size "
            "(1, 1, 2, 2), got (1, 2, 2)");
  EXPECT_EQ(error_of([] {
              F::affine_grid(ones({1, 2, 3}), {1, 1, 0, 2});
            }),
            "[affine_grid_generator] sizes must be positive, got (1, 1, 0, 2)");
}

TEST(Shuffles, RejectWhatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              pixel_shuffle(ones({3, 2, 2}), 2);
            }),
            "[pixel_shuffle] the channels of shape (3, 2, 2) cannot be divided "
            "by 2^2");
  EXPECT_EQ(error_of([] {
              pixel_shuffle(ones({4, 2}), 2);
            }),
            "[pixel_shuffle] expected an input (..., C, H, W), got shape (4, "
            "2)");
  EXPECT_EQ(error_of([] {
              pixel_shuffle(ones({4, 2, 2}), -2);
            }),
            "[pixel_shuffle] upscale_factor must be positive, got -2");
  EXPECT_EQ(error_of([] {
              pixel_unshuffle(ones({1, 3, 2}), 2);
            }),
            "[pixel_unshuffle] height and width of shape (1, 3, 2) cannot be "
            "divided by 2");
  EXPECT_EQ(error_of([] {
              channel_shuffle(ones({2, 4}), 2);
            }),
            "[channel_shuffle] expected an input (N, C, ...), got shape (2, "
            "4)");
  EXPECT_EQ(error_of([] {
              channel_shuffle(ones({2, 4, 1}), 3);
            }),
            "[channel_shuffle] 4 channels cannot be divided into 3 groups");
  EXPECT_EQ(error_of([] {
              channel_shuffle(ones({2, 4, 1}), 0);
            }),
            "[channel_shuffle] groups must be positive, got 0");
}

TEST(LocalResponseNorm, RejectsWhatDoesNotFit) {
  EXPECT_EQ(error_of([] {
              local_response_norm(ones({2, 3}), 2);
            }),
            "[local_response_norm] expected an input (N, C, ...), got shape "
            "(2, 3)");
  EXPECT_EQ(error_of([] {
              local_response_norm(ones({2, 3, 1}), 0);
            }),
            "[local_response_norm] size must be positive, got 0");
  EXPECT_EQ(error_of([] {
              cross_map_lrn2d(ones({2, 3, 1}), 3);
            }),
            "[cross_map_lrn2d] expected an input of 4 dims, got shape (2, 3, "
            "1)");
  EXPECT_EQ(error_of([] { nn::LocalResponseNorm layer(0); }),
            "[LocalResponseNorm] size must be positive, got 0");
  EXPECT_EQ(error_of([] { nn::PixelShuffle layer(-1); }),
            "[PixelShuffle] upscale_factor must be positive, got -1");
  EXPECT_EQ(error_of([] { nn::CrossMapLRN2d layer(0); }),
            "[CrossMapLRN2d] size must be positive, got 0");
}

}  // namespace
}  // namespace taper
