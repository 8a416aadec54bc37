#include "taper/nn/init.h"
#include "taper/tensor/warning.h"

#include "golden_nn.h"
#include "taper/nn/layers/activation.h"
#include "taper/nn/layers/embedding.h"
#include "taper/nn/layers/linear.h"
#include "taper/nn/layers/normalization.h"

namespace taper {
namespace {

namespace init = nn::init;
using Tensors = std::vector<Tensor>;

template <class... M>
Tensors parameters_of(const M&... modules) {
  Tensors all;
  for (const Tensors& some : {modules->parameters()...}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

TEST(Init, LinearHasPyTorchsBits) {
  expect_golden_bits("linear_3_2",
                     [] { return nn::Linear(3, 2)->parameters(); });
  expect_golden_bits("linear_20_30_no_bias", [] {
    return nn::Linear(nn::LinearOptions(20, 30).bias(false))->parameters();
  });
}

TEST(Init, BilinearHasPyTorchsBits) {
  expect_golden_bits("bilinear_2_3_4",
                     [] { return nn::Bilinear(2, 3, 4)->parameters(); });
}

TEST(Init, EmbeddingHasPyTorchsBits) {
  expect_golden_bits("embedding_5_7",
                     [] { return nn::Embedding(5, 7)->parameters(); });
  expect_golden_bits("embedding_padding", [] {
    return nn::Embedding(nn::EmbeddingOptions(4, 3).padding_idx(-2))
        ->parameters();
  });
}

TEST(Init, LayersDrawInConstructionOrder) {
  expect_golden_bits("net", [] {
    nn::Linear a(7, 9);
    nn::BatchNorm1d b(9);
    nn::Embedding c(3, 5);
    nn::PReLU d;
    nn::LayerNorm e(std::vector<int64_t>{4});
    nn::Linear f(9, 3);
    nn::GroupNorm g(2, 4);
    nn::Bilinear h(1, 2, 3);
    nn::Linear i(2, 1);
    return parameters_of(a, b, c, d, e, f, g, h, i);
  });
}

TEST(Init, UniformAndNormalHavePyTorchsBits) {
  expect_golden_bits("uniform_", [] {
    return Tensors{init::uniform_(empty({3, 7}), -0.3, 1.7)};
  });
  expect_golden_bits("normal_", [] {
    return Tensors{init::normal_(empty({5, 7}), 0.25, 0.75)};
  });
}

TEST(Init, XavierHasPyTorchsBits) {
  expect_golden_bits("xavier_uniform_", [] {
    return Tensors{init::xavier_uniform_(empty({5, 3}), 1.5)};
  });
  expect_golden_bits("xavier_normal_", [] {
    return Tensors{init::xavier_normal_(empty({5, 3, 2}), 0.5)};
  });
}

TEST(Init, KaimingHasPyTorchsBits) {
  expect_golden_bits("kaiming_uniform_", [] {
    return Tensors{init::kaiming_uniform_(empty({5, 3}), 0.3)};
  });
  expect_golden_bits("kaiming_uniform_fan_out_tanh", [] {
    return Tensors{init::kaiming_uniform_(empty({5, 3, 4}), 0, kFanOut, kTanh)};
  });
  expect_golden_bits("kaiming_normal_relu", [] {
    return Tensors{init::kaiming_normal_(empty({4, 6}), 0, kFanIn, kReLU)};
  });
  expect_golden_bits("kaiming_normal_fan_out", [] {
    return Tensors{init::kaiming_normal_(empty({4, 6}), 1, kFanOut)};
  });
}

TEST(Init, SparseHasPyTorchsBits) {
  expect_golden_bits("sparse_", [] {
    return Tensors{init::sparse_(empty({7, 4}), 0.3, 0.5)};
  });
}

// The decomposition rounds differently from LAPACK's.
TEST(Init, OrthogonalIsPyTorchs) {
  for (const char* seed : {"42", "4294967301"}) {
    for (const std::vector<int64_t>& sizes :
         {std::vector<int64_t>{4, 4}, {5, 3}, {2, 3, 2}}) {
      manual_seed(std::stoull(seed));
      std::string name = "orthogonal_.";
      for (int64_t size : sizes) name += std::to_string(size) + "_";
      name.back() = '.';
      expect_golden(name + seed, init::orthogonal_(taper::empty(sizes), 1.5));
    }
  }
}

TEST(Init, OrthogonalHasOrthonormalColumns) {
  const Tensor q = init::orthogonal_(empty({70, 40}, kDouble));
  EXPECT_TRUE(q.t().matmul(q).allclose(eye(40, kDouble), 1e-12, 1e-12));
  const Tensor wide = init::orthogonal_(empty({3, 200}), 2);
  EXPECT_TRUE(wide.matmul(wide.t()).allclose(eye(3) * 4, 1e-5, 1e-5));
}

TEST(Init, ConstantsFillInPlace) {
  const Tensor x = empty({2, 3});
  EXPECT_TRUE(init::constant_(x, 2.5).is_same(x));
  EXPECT_TRUE(x.equal(full({2, 3}, 2.5)));
  EXPECT_TRUE(init::ones_(x).equal(ones({2, 3})));
  EXPECT_TRUE(init::zeros_(x).equal(zeros({2, 3})));
  EXPECT_TRUE(init::eye_(x).equal(eye(2, 3)));
}

TEST(Init, DiracPassesChannelsOn) {
  const Tensor x = init::dirac_(empty({3, 2, 3, 4}));
  EXPECT_EQ(x.sum().item<double>(), 2);
  EXPECT_EQ(x[0][0][1][2].item<double>(), 1);
  EXPECT_EQ(x[1][1][1][2].item<double>(), 1);
  EXPECT_THROWS_TEXT(Error, init::dirac_(empty({3, 2})), "(3, 2)");
}

TEST(Init, WorksOnParametersWithoutRecording) {
  const Tensor w = empty({3, 3}).requires_grad_();
  init::xavier_normal_(w);
  init::orthogonal_(w);
  init::eye_(w);
  EXPECT_TRUE(w.is_leaf());
  EXPECT_TRUE(w.requires_grad());
}

TEST(Init, GainsOfNonlinearities) {
  EXPECT_EQ(init::calculate_gain(kLinear), 1);
  EXPECT_EQ(init::calculate_gain(kConv2D), 1);
  EXPECT_EQ(init::calculate_gain(kSigmoid), 1);
  EXPECT_EQ(init::calculate_gain(kTanh), 5.0 / 3.0);
  EXPECT_EQ(init::calculate_gain(kReLU), std::sqrt(2.0));
  EXPECT_EQ(init::calculate_gain(kLeakyReLU, 0.5), std::sqrt(2 / 1.25));
}

TEST(Init, FansCountTheKernel) {
  EXPECT_EQ(init::_calculate_fan_in_and_fan_out(empty({5, 3, 2, 4})),
            std::make_tuple(24, 40));
}

TEST(Init, RejectsWithoutDrawing) {
  manual_seed(1);
  const std::string before = generator_state();
  EXPECT_THROWS_TEXT(Error, init::xavier_uniform_(empty(3)), "xavier_uniform_");
  EXPECT_THROWS_TEXT(Error, init::kaiming_normal_(empty(3)), "(3,)");
  EXPECT_THROWS_TEXT(TypeError, init::xavier_normal_(zeros({3, 3}, kLong)),
                     "xavier_normal_");
  EXPECT_THROWS_TEXT(Error, init::orthogonal_(empty(3)), "orthogonal_");
  EXPECT_THROWS_TEXT(Error, init::eye_(empty(3)), "eye_");
  EXPECT_THROWS_TEXT(Error, init::sparse_(empty(3), 0.1), "sparse_");
  EXPECT_THROWS_TEXT(ValueError, init::sparse_(empty({3, 3}), 1.5), "1.5");
  EXPECT_THROWS_TEXT(Error, init::normal_(empty(3), 0, -1), "-1");
  EXPECT_THROWS_TEXT(Error, init::uniform_(Tensor()), "undefined");
  EXPECT_EQ(generator_state(), before);
}

TEST(Init, WarnsThatEmptyWeightsAreNotDrawn) {
  struct Counter : WarningHandler {
    void process(const Warning& warning) override {
      EXPECT_EQ(warning.msg(), "Initializing zero-element tensors is a no-op");
      ++count;
    }
    int count = 0;
  } counter;
  const WarningUtils::WarningHandlerGuard guard(&counter);
  for (const Tensor& w : {empty({3, 0}), empty({0, 3}), empty({0, 0})}) {
    for (const auto& mode : {init::FanModeType(kFanIn), {kFanOut}}) {
      init::kaiming_uniform_(w, 0, mode);
      init::kaiming_normal_(w, 0, mode);
    }
    init::xavier_uniform_(w);
    init::xavier_normal_(w);
    init::orthogonal_(w);
    init::eye_(w);
    init::sparse_(w, 0.5);
  }
  EXPECT_EQ(counter.count, 12);
}

}  // namespace
}  // namespace taper
