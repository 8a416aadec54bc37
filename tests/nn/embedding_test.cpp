#include "taper/nn/layers/embedding.h"

#include "golden_nn.h"
#include "taper/autograd/engine.h"
#include "taper/nn/functional.h"

namespace taper {
namespace {

namespace F = nn::functional;

Tensor golden_indices() { return tensor({{0, 2, 2}, {1, 0, 2}}); }

TEST(Embedding, MatchesPyTorch) {
  const auto with = [](const F::EmbeddingFuncOptions& options) {
    return [options](const Tensor& w) {
      return F::embedding(golden_indices(), w, options);
    };
  };
  using Options = F::EmbeddingFuncOptions;
  expect_golden_gradients("embedding", with({}), ramp({4, 3}));
  expect_golden_gradients("embedding_padding", with(Options().padding_idx(2)),
                          ramp({4, 3}));
  expect_golden_gradients("embedding_frequency",
                          with(Options().scale_grad_by_freq(true)),
                          ramp({4, 3}));
}

TEST(Embedding, MaxNormShortensUsedRows) {
  const Tensor w = ramp({4, 3});
  expect_golden("embedding_max_norm.y",
                F::embedding(golden_indices(), w,
                             F::EmbeddingFuncOptions().max_norm(1.0)));
  expect_golden("embedding_max_norm.weight", w);
}

TEST(Embedding, LooksUpRows) {
  nn::Embedding layer(5, 3);
  const Tensor y = layer(tensor({{4, 0}}));
  EXPECT_EQ(y.sizes(), IntArrayRef({1, 2, 3}));
  EXPECT_TRUE(y[0][0].equal(layer->weight[4]));
  EXPECT_TRUE(y[0][1].equal(layer->weight[0]));
}

TEST(Embedding, PaddingRowIsZeroAndStaysSo) {
  nn::Embedding layer(nn::EmbeddingOptions(4, 3).padding_idx(-1));
  EXPECT_EQ(layer->options.padding_idx(), 3);
  EXPECT_TRUE(layer->weight[3].equal(zeros(3)));
  layer(tensor({3, 1})).sum().backward();
  EXPECT_TRUE(layer->weight.grad()[3].equal(zeros(3)));
  EXPECT_TRUE(layer->weight.grad()[1].equal(ones(3)));
}

TEST(Embedding, FromPretrainedSharesAndFreezes) {
  const Tensor table = ramp({4, 3});
  auto frozen = nn::Embedding::from_pretrained(table);
  EXPECT_FALSE(frozen->weight.requires_grad());
  EXPECT_TRUE(frozen->weight.is_alias_of(table));
  auto trained = nn::Embedding::from_pretrained(
      ramp({4, 3}), nn::EmbeddingFromPretrainedOptions().freeze(false));
  EXPECT_TRUE(trained->weight.requires_grad());
  EXPECT_THROWS_TEXT(Error, nn::Embedding::from_pretrained(ramp(4)), "(4,)");
}

TEST(Embedding, CloneOfPretrainedIsIndependent) {
  auto layer = nn::Embedding::from_pretrained(ramp({4, 3}));
  auto copy = std::dynamic_pointer_cast<nn::EmbeddingImpl>(layer->clone());
  EXPECT_TRUE(copy->weight.equal(layer->weight));
  EXPECT_FALSE(copy->weight.requires_grad());
  copy->weight.zero_();
  EXPECT_TRUE(layer->weight.equal(ramp({4, 3})));
}

TEST(Embedding, RejectsBadInput) {
  nn::Embedding layer(4, 3);
  EXPECT_THROWS_TEXT(IndexError, layer(tensor({0, 4})), "4");
  EXPECT_THROWS_TEXT(IndexError, layer(tensor({-1})), "-1");
  EXPECT_THROW(layer(tensor({1.0})), TypeError);
  EXPECT_THROWS_TEXT(ValueError, nn::Embedding(-1, 3), "num_embeddings");
  EXPECT_EQ(nn::Embedding(3, 0)(tensor({1})).sizes(), IntArrayRef({1, 0}));
  EXPECT_EQ(nn::Embedding(0, 3)(empty({0}, kLong)).sizes(),
            IntArrayRef({0, 3}));
  EXPECT_THROWS_TEXT(IndexError,
                     nn::Embedding(nn::EmbeddingOptions(3, 4).padding_idx(3)),
                     "3");
  EXPECT_THROWS_TEXT(
      Error, nn::Embedding(nn::EmbeddingOptions(3, 4)._weight(ramp({4, 3}))),
      "(3, 4)");
}

// As in LibTorch, where only the form of nn checks it.
TEST(Embedding, PadsNoRowByANumberThatNoneHas) {
  for (int64_t padding : {-4, -2, 3, 10}) {
    const Tensor w = ramp({3, 2}).requires_grad_();
    const Tensor index = tensor({0, 2, 2, 1});
    EXPECT_TRUE(embedding(w, index, padding).equal(w.index({index})));
    embedding(w, index, padding).sum().backward();
    EXPECT_TRUE(w.grad().equal(tensor({{1., 1.}, {1., 1.}, {2., 2.}})));
    embedding(w, index, padding, true).sum().backward();
    EXPECT_TRUE(w.grad().equal(tensor({{2., 2.}, {2., 2.}, {3., 3.}})));
  }
  EXPECT_THROWS_TEXT(IndexError,
                     F::embedding(tensor({0}), ramp({3, 2}),
                                  F::EmbeddingFuncOptions().padding_idx(3)),
                     "3");
  EXPECT_THROW(F::embedding(tensor({0}), ramp({3, 2}),
                            F::EmbeddingFuncOptions().padding_idx(-4)),
               IndexError);
}

TEST(Embedding, BadIndexShortensNoRow) {
  const Tensor w = ramp({4, 3});
  EXPECT_THROW(
      F::embedding(tensor({0, 9}), w, F::EmbeddingFuncOptions().max_norm(0.1)),
      IndexError);
  EXPECT_TRUE(w.equal(ramp({4, 3})));
}

TEST(Embedding, OneHot) {
  EXPECT_TRUE(F::one_hot(tensor({1, 0, 2}), 4)
                  .equal(tensor({{0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 1, 0}})));
  EXPECT_EQ(F::one_hot(tensor({1, 0, 2})).sizes(), IntArrayRef({3, 3}));
  EXPECT_THROWS_TEXT(IndexError, F::one_hot(tensor({3}), 2), "3");
  EXPECT_THROW(F::one_hot(tensor({-1})), IndexError);
  EXPECT_THROW(F::one_hot(tensor({1.0})), TypeError);
}

// Text of LibTorch 2.13, but for the namespace.
TEST(Embedding, Prints) {
  EXPECT_EQ(printed(nn::Embedding(3, 4)),
            "taper::nn::Embedding(num_embeddings=3, embedding_dim=4)");
  EXPECT_EQ(printed(nn::Embedding(nn::EmbeddingOptions(3, 4)
                                      .padding_idx(1)
                                      .max_norm(2.5)
                                      .norm_type(3)
                                      .scale_grad_by_freq(true)
                                      .sparse(true))),
            "taper::nn::Embedding(num_embeddings=3, embedding_dim=4, "
            "padding_idx=1, max_norm=2.5, norm_type=3, "
            "scale_grad_by_freq=true, sparse=true)");
}

TEST(Embedding, ScalesTheGradientByUsesOnce) {
  const Tensor w = ones({4, 2}).requires_grad_();
  const Tensor y = taper::embedding(w, tensor({1, 1}), -1, true);
  const Tensor g = autograd::grad({y.square().sum()}, {w}, {}, true, true)[0];
  EXPECT_EQ(g[1][0].item<float>(), 2);
  g.sum().backward();
  EXPECT_EQ(w.grad()[1][0].item<float>(), 2);
  EXPECT_EQ(w.grad()[0][0].item<float>(), 0);
}

}  // namespace
}  // namespace taper
