// Convolutions: PyTorch's numbers, layers, errors, and that results do not
// depend on layout or threads.
#include "taper/taper.h"
#include "tests/nn/golden_cases.h"
#include "tests/nn/golden_nn.h"

namespace taper {
namespace {

namespace F = nn::functional;

// The options of a case, in the order that make_conv.py writes them.
struct Options {
  explicit Options(const std::vector<double>& row) {
    auto next = row.begin();
    const auto number = [&] { return static_cast<int64_t>(*next++); };
    const auto dims = static_cast<size_t>(number());
    transposed = number() != 0;
    groups = number();
    bias = number() != 0;
    const auto list = [&](size_t count) {
      std::vector<int64_t> result;
      while (result.size() < count) result.push_back(number());
      return result;
    };
    stride = list(dims);
    padding = list(dims);
    dilation = list(dims);
    output_padding = list(dims);
    sizes = list(dims + 2);
    weight = list(dims + 2);
  }
  bool transposed, bias;
  int64_t groups;
  std::vector<int64_t> stride, padding, dilation, output_padding, sizes, weight;

  Tensor operator()(const Tensor& x, const Tensor& w,
                    const Tensor& b = {}) const {
    return convolution(x, w, b, stride, padding, dilation, transposed,
                       output_padding, groups);
  }
};

TEST(Conv, IsPyTorchsToSecondOrder) {
  const GoldenCases golden("conv.txt");
  const auto names = golden.names(".options");
  EXPECT_EQ(names.size(), 23u);
  for (const std::string& name : names) {
    const Options o(golden.row(name + ".options"));
    const Tensor x = golden_ramp(o.sizes);
    const Tensor w = golden_ramp(o.weight, 3);
    if (o.bias) {
      const int64_t outputs =
          o.transposed ? o.weight[1] * o.groups : o.weight[0];
      golden.expect(name, o, x, w, golden_ramp(outputs, 5));
    } else {
      golden.expect(name, o, x, w);
    }
  }
}

// As PyTorch's definition says, one product after the other.
Tensor by_definition(const Tensor& x, const Tensor& w, int64_t stride,
                     int64_t padding, int64_t dilation) {
  const Tensor padded =
      constant_pad_nd(x, {padding, padding, padding, padding});
  const int64_t k = w.size(2);
  const int64_t out = (padded.size(2) - dilation * (k - 1) - 1) / stride + 1;
  Tensor y = zeros({x.size(0), w.size(0), out, out}, x.dtype());
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t j = 0; j < k; ++j) {
      const auto along = [&](const Tensor& t, int64_t dim, int64_t at) {
        return t.slice(dim, at * dilation,
                       at * dilation + (out - 1) * stride + 1, stride);
      };
      const Tensor part = along(along(padded, 2, i), 3, j);
      y += matmul(w.select(3, j).select(2, i), part.flatten(2)).view(y.sizes());
    }
  }
  return y;
}

// Large enough for every kind of tile, for strips, blocks of channels and
// several threads.
TEST(Conv, OfManyChannelsIsItsDefinition) {
  manual_seed(1);
  for (const auto& [channels, outputs, size, k] :
       {std::array<int64_t, 4>{70, 33, 40, 3},
        {3, 64, 33, 7},
        {64, 6, 17, 5},
        {130, 17, 9, 3},
        {16, 48, 31, 1}}) {
    for (const int64_t stride : {1, 2, 3}) {
      const Tensor x = randint(-4, 5, {2, channels, size, size}, kDouble);
      const Tensor w = randint(-4, 5, {outputs, channels, k, k}, kDouble);
      const Tensor expected = by_definition(x, w, stride, k / 2, 1);
      for (const ScalarType dtype : {kDouble, kFloat, kLong}) {
        EXPECT_TRUE(equal(conv2d(x.to(dtype), w.to(dtype), {}, stride, k / 2),
                          expected.to(dtype)))
            << channels << ' ' << outputs << ' ' << stride;
      }
    }
  }
}

TEST(Conv, IntegersWrapAndHalvesAreComputedInFloat) {
  const Tensor x = full({1, 1, 4}, 100, kUInt8);
  const Tensor w = full({1, 1, 2}, 2, kUInt8);
  EXPECT_TRUE(equal(conv1d(x, w), full({1, 1, 3}, 400 - 256, kUInt8)));
  const Tensor h = golden_ramp({2, 3, 5, 5}).to(kBFloat16);
  const Tensor v = golden_ramp({2, 3, 3, 3}).to(kBFloat16);
  EXPECT_TRUE(
      equal(conv2d(h, v), conv2d(h.to(kFloat), v.to(kFloat)).to(kBFloat16)));
}

TEST(Conv, UnbatchedAndStridedInputs) {
  const Tensor x = golden_ramp({3, 6, 5});
  const Tensor w = golden_ramp({4, 3, 3, 2}, 1);
  const Tensor y = conv2d(x, w, {}, {2, 1}, 1);
  EXPECT_TRUE(equal(y, conv2d(x.unsqueeze(0), w, {}, {2, 1}, 1)[0]));
  const Tensor turned = x.permute({2, 0, 1}).contiguous().permute({1, 2, 0});
  const Tensor back = w.flip(0).flip(0).transpose(2, 3).contiguous();
  EXPECT_TRUE(equal(y, conv2d(turned, back.transpose(2, 3), {}, {2, 1}, 1)));
  const Tensor t = conv_transpose2d(x, w.transpose(0, 1).contiguous());
  EXPECT_TRUE(equal(t, conv_transpose2d(x.unsqueeze(0), w.transpose(0, 1))[0]));
}

TEST(Conv, SamePaddingHasTheElementMoreBehind) {
  const Tensor x = golden_ramp({1, 2, 7});
  const Tensor w = golden_ramp({2, 2, 4}, 1);
  EXPECT_TRUE(equal(conv1d(x, w, {}, 1, "same"),
                    conv1d(constant_pad_nd(x, {1, 2}), w)));
  EXPECT_TRUE(equal(conv1d(x, w, {}, 1, "same", 3),
                    conv1d(constant_pad_nd(x, {4, 5}), w, {}, 1, 0, 3)));
  EXPECT_TRUE(equal(conv1d(x, w, {}, 2, "valid"), conv1d(x, w, {}, 2)));
}

TEST(Conv, HasTheSameBitsOnAnyNumberOfThreads) {
  struct Case {
    std::vector<int64_t> x, w;
    int64_t stride, groups;
  };
  const int before = get_num_threads();
  for (const Case& c : {Case{{9, 20, 32, 32}, {40, 20, 3, 3}, 1, 1},
                        {{1, 64, 40, 40}, {32, 64, 3, 3}, 2, 1},
                        {{16, 48, 30, 30}, {48, 1, 3, 3}, 1, 48},
                        {{2, 64, 7, 7}, {128, 64, 3, 3}, 1, 1}}) {
    std::vector<std::string> expected;
    for (const int threads : {1, 2, 3, 7}) {
      set_num_threads(threads);
      manual_seed(3);
      const Tensor x = randn(c.x).requires_grad_();
      const Tensor w = randn(c.w).requires_grad_();
      const Tensor y = conv2d(x, w, {}, c.stride, 1, 1, c.groups);
      (y * y).sum().backward();
      const std::vector<std::string> got = {hash_of(y), hash_of(x.grad()),
                                            hash_of(w.grad())};
      if (threads == 1) expected = got;
      EXPECT_EQ(got, expected) << threads;
    }
  }
  set_num_threads(before);
}

TEST(Conv, LayersStartWithPyTorchsWeights) {
  expect_golden_bits("conv1d", [] {
    return nn::Conv1d(nn::Conv1dOptions(4, 6, 3).groups(2))->parameters();
  });
  expect_golden_bits("conv2d",
                     [] { return nn::Conv2d(3, 5, 3)->parameters(); });
  expect_golden_bits("conv3d_no_bias", [] {
    return nn::Conv3d(nn::Conv3dOptions(2, 3, {1, 2, 3}).bias(false))
        ->parameters();
  });
  expect_golden_bits("conv_transpose2d", [] {
    return nn::ConvTranspose2d(4, 6, ExpandingArray<2>({2, 3}))->parameters();
  });
}

TEST(Conv, LayersPrintTheirOptions) {
  EXPECT_EQ(printed(nn::Conv1d(3, 4, 5)),
            "taper::nn::Conv1d(3, 4, kernel_size=5, stride=1)");
  EXPECT_EQ(printed(nn::Conv2d(nn::Conv2dOptions(4, 6, {3, 5})
                                   .stride(2)
                                   .padding({1, 0})
                                   .dilation({1, 2})
                                   .groups(2)
                                   .bias(false)
                                   .padding_mode(kReflect))),
            "taper::nn::Conv2d(4, 6, kernel_size=[3, 5], stride=[2, 2], "
            "padding=[1, 0], dilation=[1, 2], groups=2, bias=false, "
            "padding_mode=kReflect)");
  EXPECT_EQ(printed(nn::Conv3d(nn::Conv3dOptions(1, 2, 3).padding(kSame))),
            "taper::nn::Conv3d(1, 2, kernel_size=[3, 3, 3], stride=[1, 1, 1], "
            "padding='same')");
  EXPECT_EQ(
      printed(nn::ConvTranspose2d(
          nn::ConvTranspose2dOptions(4, 2, 3).stride(2).output_padding(1))),
      "taper::nn::ConvTranspose2d(4, 2, kernel_size=[3, 3], stride=[2, "
      "2], output_padding=[1, 1])");
}

TEST(Conv, LayersPadAsTheirModeSays) {
  const Tensor x = golden_ramp({1, 2, 6, 5}).to(kFloat);
  const auto layer = [](auto padding, auto mode) {
    manual_seed(4);
    return nn::Conv2d(
        nn::Conv2dOptions(2, 3, {3, 4}).padding(padding).padding_mode(mode));
  };
  nn::Conv2d zeros = layer(ExpandingArray<2>({1, 2}), kZeros);
  const auto expected = [&](IntArrayRef pad, const char* mode) {
    return conv2d(taper::pad(x, pad, mode), zeros->weight, zeros->bias);
  };
  EXPECT_TRUE(equal(zeros(x), expected({2, 2, 1, 1}, "constant")));
  const ExpandingArray<2> sizes({1, 2});
  EXPECT_TRUE(
      equal(layer(sizes, kReflect)(x), expected({2, 2, 1, 1}, "reflect")));
  EXPECT_TRUE(
      equal(layer(sizes, kCircular)(x), expected({2, 2, 1, 1}, "circular")));
  EXPECT_TRUE(
      equal(layer(kSame, kReplicate)(x), expected({1, 2, 1, 1}, "replicate")));
  EXPECT_TRUE(
      equal(layer(kSame, kZeros)(x), expected({1, 2, 1, 1}, "constant")));
  EXPECT_TRUE(
      equal(layer(kValid, kReflect)(x), expected({0, 0, 0, 0}, "reflect")));
}

TEST(Conv, TransposedLayersTakeAnOutputSize) {
  nn::ConvTranspose2d layer(
      nn::ConvTranspose2dOptions(2, 3, 3).stride(2).padding(1));
  const Tensor x = golden_ramp({1, 2, 4, 5}).to(kFloat);
  const std::vector<int64_t> wanted = {8, 9};
  const Tensor y = layer->forward(x, IntArrayRef(wanted));
  EXPECT_EQ(y.sizes(), IntArrayRef({1, 3, 8, 9}));
  EXPECT_TRUE(
      equal(y, conv_transpose2d(x, layer->weight, layer->bias, 2, 1, {1, 0})));
  nn::Sequential stack(layer, nn::ReLU());
  EXPECT_EQ(stack->forward(x).sizes(), IntArrayRef({1, 3, 7, 9}));
  const std::vector<int64_t> wrong = {9, 9};
  EXPECT_THROWS_TEXT(ValueError, layer->forward(x, IntArrayRef(wrong)),
                     "output_size (9, 9)");
}

TEST(Conv, WithoutInputChannelsTheBiasIsLeft) {
  const Tensor x = zeros({2, 0, 5, 5}).requires_grad_();
  const Tensor w = zeros({3, 0, 3, 3}).requires_grad_();
  const Tensor bias = tensor({1.0, 2.0, 3.0}).to(kFloat).requires_grad_();
  const Tensor y = conv2d(x, w, bias);
  EXPECT_TRUE(y.equal(bias.view({3, 1, 1}).expand({2, 3, 3, 3})));
  y.sum().backward();
  EXPECT_EQ(x.grad().sizes(), x.sizes());
  EXPECT_EQ(w.grad().sizes(), w.sizes());
  EXPECT_TRUE(bias.grad().equal(full({3}, 18.0, kFloat)));
  EXPECT_TRUE(
      conv1d(zeros({1, 0, 4}), zeros({2, 0, 2})).equal(zeros({1, 2, 3})));
  const Tensor t = ones({2, 4, 3, 3}).requires_grad_();
  conv_transpose2d(t, zeros({4, 0, 2, 2})).sum().backward();
  EXPECT_TRUE(t.grad().equal(zeros({2, 4, 3, 3})));
}

TEST(Conv, RejectsWhatDoesNotFit) {
  const Tensor x = golden_ramp({1, 4, 5, 5});
  const Tensor w = golden_ramp({6, 4, 3, 3});
  EXPECT_THROWS_TEXT(Error, conv2d(x[0][0], w), "[conv2d] expected an input");
  EXPECT_THROWS_TEXT(Error, conv1d(x, w), "[conv1d] expected an input");
  EXPECT_THROWS_TEXT(Error, conv2d(x, w.narrow(1, 0, 3)),
                     "is for 3 input channels, got an input of shape (1, 4, 5");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 1, 0, 1, 4),
                     "cannot be divided into 4 groups");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 1, 0, 1, 0), "0 groups");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, {1, 0}),
                     "[conv2d] stride must be at least 1");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 1, -1),
                     "[conv2d] padding must be at least 0");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 1, 0, 0), "dilation must");
  EXPECT_THROWS_TEXT(Error, conv2d(x, w, {}, {1, 1, 1}),
                     "stride must have 1 or 2 numbers, got (1, 1, 1)");
  EXPECT_THROWS_TEXT(Error, conv2d(x, w, ones(5, kDouble)),
                     "bias must have shape (6,), got (5,)");
  EXPECT_THROWS_TEXT(TypeError, conv2d(x, w.to(kFloat)), "one dtype");
  EXPECT_THROWS_TEXT(Error, conv2d(x, w, {}, 1, 0, 3),
                     "exceeds the input of shape (1, 4, 5, 5)");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 2, "same"), "got (2,)");
  EXPECT_THROWS_TEXT(ValueError, conv2d(x, w, {}, 1, "full"), "\"full\"");
  EXPECT_THROWS_TEXT(Error, conv2d(x, w, {}, 1, 0, int64_t{1} << 59),
                     "dilation");
  EXPECT_THROWS_TEXT(Error, conv_transpose2d(x, w),
                     "[conv_transpose2d] a weight of shape (6, 4, 3, 3)");
  const Tensor t = w.transpose(0, 1);
  EXPECT_THROWS_TEXT(ValueError, conv_transpose2d(x, t, {}, 2, 0, 2),
                     "output_padding");
  EXPECT_THROWS_TEXT(Error, conv_transpose2d(x, t, {}, 1, 4), "leaves nothing");
  EXPECT_THROWS_TEXT(Error, conv_transpose2d(x, t, {}, int64_t{1} << 59),
                     "stride");
  EXPECT_THROWS_TEXT(ValueError, nn::Conv2d(3, 0, 3), "out_channels");
  EXPECT_THROWS_TEXT(ValueError,
                     nn::Conv2d(nn::Conv2dOptions(4, 6, 3).groups(3)),
                     "divisible by groups 3");
  EXPECT_THROWS_TEXT(
      ValueError,
      nn::Conv2d(nn::Conv2dOptions(4, 6, 3).stride(2).padding(kSame)), "same");
}

}  // namespace
}  // namespace taper
