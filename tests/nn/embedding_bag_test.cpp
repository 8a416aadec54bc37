// EmbeddingBag: rows of a table, reduced as they are looked up.
#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/nn.h"
#include "taper/tensor/parallel.h"

namespace taper {
namespace {

namespace F = nn::functional;
using Bag = F::EmbeddingBagFuncOptions;

// Of make_losses.py.
Tensor table() { return golden_ramp({5, 3}); }
Tensor indices() { return tensor({3, 1, 1, 0, 4, 2, 3}); }
Tensor offsets() { return tensor({0, 3, 3, 5}); }

const std::pair<const char*, nn::EmbeddingBagMode> kModes[] = {
    {"sum", kSum}, {"mean", kMean}, {"max", kMax}};

TEST(EmbeddingBag, MatchesPyTorch) {
  const GoldenCases golden("losses.txt");
  for (const auto& [name, mode] : kModes) {
    for (const bool padded : {false, true}) {
      Bag options = Bag().offsets(offsets()).mode(mode);
      if (padded) options.padding_idx(-4);
      const std::string end = padded ? ".1" : ".None";
      const auto bags = [&](const Tensor& w) {
        return F::embedding_bag(indices(), w, options);
      };
      if (padded || name != std::string("max")) {
        golden.expect("bag." + std::string(name) + end, bags, table());
      }
      if (name != std::string("sum")) continue;
      golden.expect(
          "bag.weights" + end,
          [&](const Tensor& w, const Tensor& s) {
            return F::embedding_bag(indices(), w,
                                    Bag(options).per_sample_weights(s));
          },
          table(), golden_ramp({7}));
    }
  }
}

TEST(EmbeddingBag, OfAMatrixHasABagPerRow) {
  const Tensor rows = tensor({{3, 1, 1}, {0, 4, 2}});
  for (const auto& [name, mode] : kModes) {
    const Tensor flat = F::embedding_bag(
        rows.view(-1), table(), Bag().offsets(tensor({0, 3})).mode(mode));
    EXPECT_TRUE(F::embedding_bag(rows, table(), Bag().mode(mode)).equal(flat));
    EXPECT_TRUE(F::embedding_bag(rows.to(kInt), table(),
                                 Bag().mode(mode).include_last_offset(true))
                    .equal(flat))
        << name;
  }
}

TEST(EmbeddingBag, EndsAtTheLastOffsetIfAsked) {
  const Tensor ends = tensor({0, 3, 3, 5});
  const Tensor y = F::embedding_bag(
      indices(), table(), Bag().offsets(ends).include_last_offset(true));
  const Tensor all = F::embedding_bag(indices(), table(), Bag().offsets(ends));
  EXPECT_TRUE(y.equal(all.narrow(0, 0, 3)));
}

TEST(EmbeddingBag, TellsBagsSizesAndWinners) {
  const auto [y, bags, sizes, winners] =
      embedding_bag(table(), indices(), offsets(), false, 2, false, {}, false,
                    std::optional<int64_t>(3));
  EXPECT_TRUE(bags.equal(tensor({0, 0, 2, 2, 3})));
  EXPECT_TRUE(sizes.equal(tensor({2, 0, 2, 1})));
  EXPECT_TRUE(winners[0].equal(tensor({1, 1, 1})));
  EXPECT_TRUE(winners[3].equal(tensor({2, 2, 2})));
  EXPECT_TRUE(y[3].equal(table()[2]));
}

TEST(EmbeddingBag, DividesGradientsByUses) {
  const Tensor w = table().requires_grad_();
  for (const bool create_graph : {false, true}) {
    const Tensor y = F::embedding_bag(
        indices(), w,
        Bag().offsets(offsets()).mode(kSum).scale_grad_by_freq(true));
    const Tensor g = autograd::grad({y.sum()}, {w}, {}, true, create_graph)[0];
    EXPECT_TRUE(g.detach().equal(ones({5, 3}, kDouble)));
  }
}

TEST(EmbeddingBag, TakesNothing) {
  const Tensor none = empty({0}, kLong);
  for (const auto& [name, mode] : kModes) {
    const Tensor w = table().requires_grad_();
    const Tensor y =
        F::embedding_bag(none, w, Bag().offsets(tensor({0, 0})).mode(mode));
    EXPECT_TRUE(y.detach().equal(zeros({2, 3}, kDouble))) << name;
    y.sum().backward();
    EXPECT_TRUE(w.grad().equal(zeros({5, 3}, kDouble)));
    EXPECT_EQ(F::embedding_bag(none, w, Bag().offsets(none).mode(mode)).size(0),
              0);
  }
}

TEST(EmbeddingBag, TakesStridedTablesAndShortNumbers) {
  const Tensor strided = table().t().contiguous().t();
  for (const auto& [name, mode] : kModes) {
    const Bag options = Bag().offsets(offsets()).mode(mode);
    const Tensor y = F::embedding_bag(indices(), table(), options);
    EXPECT_TRUE(F::embedding_bag(indices(), strided, options).equal(y));
    for (const ScalarType dtype : {kHalf, kBFloat16}) {
      const Tensor w = table().to(dtype);
      const Tensor z = F::embedding_bag(indices(), w, options);
      EXPECT_EQ(z.dtype(), dtype);
      EXPECT_TRUE(
          z.equal(F::embedding_bag(indices(), w.to(kFloat), options).to(dtype)))
          << name;
    }
  }
}

TEST(EmbeddingBag, HasTheSameBitsOnAnyNumberOfThreads) {
  const int threads = get_num_threads();
  manual_seed(1);
  const Tensor w = randn({300, 256}).requires_grad_();
  const Tensor listed = randint(0, 300, {64, 16});
  const Tensor s = rand({64, 16}).requires_grad_();
  std::vector<Tensor> first;
  for (const int n : {1, 2, 3, 7}) {
    set_num_threads(n);
    std::vector<Tensor> now;
    for (const auto& [name, mode] : kModes) {
      Bag options = Bag().mode(mode);
      if (name == std::string("sum")) options.per_sample_weights(s);
      const Tensor y = F::embedding_bag(listed, w, options);
      now.push_back(y.detach());
      now.push_back(autograd::grad({y.square().sum()}, {w})[0]);
    }
    if (first.empty()) first = now;
    for (size_t i = 0; i < now.size(); ++i) {
      EXPECT_TRUE(now[i].equal(first[i])) << n << " threads, " << i;
    }
  }
  set_num_threads(threads);
}

TEST(EmbeddingBag, LayerDrawsAndTrainsItsTable) {
  using Options = nn::EmbeddingBagOptions;
  manual_seed(5);
  const Tensor drawn = nn::Embedding(5, 3)->weight.detach();
  manual_seed(5);
  nn::EmbeddingBag bag(Options(5, 3).mode(kSum).padding_idx(-2));
  EXPECT_EQ(bag->options.padding_idx(), 3);
  EXPECT_TRUE(bag->weight[3].detach().equal(zeros({3})));
  EXPECT_TRUE(bag->weight[4].detach().equal(drawn[4]));
  bag(indices(), offsets(), ones({7})).sum().backward();
  EXPECT_TRUE(bag->weight.grad()[3].equal(zeros({3})));
  EXPECT_TRUE(bag->weight.grad()[1].equal(full({3}, 2.0)));
}

TEST(EmbeddingBag, WorksWithinSequential) {
  nn::Sequential net(nn::EmbeddingBag(5, 3), nn::Linear(3, 2));
  EXPECT_EQ(net->forward(tensor({{1, 2}, {3, 4}, {0, 0}})).sizes(),
            IntArrayRef({3, 2}));
}

TEST(EmbeddingBag, TakesAPretrainedTable) {
  using Options = nn::EmbeddingBagFromPretrainedOptions;
  const Tensor w = ones({4, 2});
  nn::EmbeddingBag frozen = nn::EmbeddingBag::from_pretrained(w);
  EXPECT_FALSE(frozen->weight.requires_grad());
  EXPECT_TRUE(frozen->weight.is_alias_of(w));
  nn::EmbeddingBag trained = nn::EmbeddingBag::from_pretrained(
      w, Options().freeze(false).mode(kMax).max_norm(0.5));
  EXPECT_TRUE(trained->weight.requires_grad());
  EXPECT_EQ(trained->options.max_norm(), 0.5);
  EXPECT_THROW(nn::EmbeddingBag::from_pretrained(ones({4})), Error);
}

TEST(EmbeddingBag, ShortensRowsFirst) {
  const Tensor w = ones({3, 4});
  F::embedding_bag(tensor({{0, 2}}), w, Bag().max_norm(1.0));
  EXPECT_TRUE(w[0].allclose(full({4}, 0.5)));
  EXPECT_TRUE(w[1].equal(ones({4})));
}

TEST(EmbeddingBag, PrintsAsInLibTorch) {
  using Options = nn::EmbeddingBagOptions;
  EXPECT_EQ(printed(nn::EmbeddingBag(10, 3)),
            "taper::nn::EmbeddingBag(num_embeddings=10, embedding_dim=3)");
  EXPECT_EQ(printed(nn::EmbeddingBag(Options(10, 3)
                                         .max_norm(1.5)
                                         .norm_type(1)
                                         .scale_grad_by_freq(true)
                                         .sparse(true)
                                         .mode(kSum)
                                         .include_last_offset(true)
                                         .padding_idx(2))),
            "taper::nn::EmbeddingBag(num_embeddings=10, embedding_dim=3, "
            "max_norm=1.5, norm_type=1, scale_grad_by_freq=true, sparse=true, "
            "mode=kSum, include_last_offset=true, padding_idx=2)");
}

TEST(EmbeddingBag, RejectsWhatDoesNotFit) {
  const auto call = [](const Tensor& at, const Bag& options) {
    return F::embedding_bag(at, table(), options);
  };
  const Bag bags = Bag().offsets(offsets()).mode(kSum);
  EXPECT_THROWS_TEXT(IndexError, call(indices() + 1, bags),
                     "[embedding_bag] index 5 is out of range [0, 4]");
  EXPECT_THROWS_TEXT(ValueError, call(indices(), Bag().offsets(tensor({1, 2}))),
                     "the first offset must be 0, got 1");
  EXPECT_THROWS_TEXT(ValueError,
                     call(indices(), Bag().offsets(tensor({0, 3, 2}))),
                     "offset 2 is not in [3, 7]");
  EXPECT_THROWS_TEXT(ValueError, call(indices(), Bag().offsets(tensor({0, 8}))),
                     "offset 8");
  EXPECT_THROWS_TEXT(IndexError, call(indices(), Bag(bags).padding_idx(5)),
                     "padding_idx 5");
  EXPECT_THROWS_TEXT(Error, call(indices(), Bag()), "offsets belong to");
  EXPECT_THROW(call(tensor({{1, 2}}), bags), Error);
  EXPECT_THROW(call(indices().view({1, 1, 7}), bags), Error);
  EXPECT_THROW(call(indices().to(kFloat), bags), TypeError);
  const Tensor s = ones({7}, kDouble);
  EXPECT_THROW(call(indices(), Bag(bags).mode(kMean).per_sample_weights(s)),
               ValueError);
  EXPECT_THROW(call(indices(), Bag(bags).per_sample_weights(ones({6}))), Error);
  EXPECT_THROW(call(indices(), Bag(bags).per_sample_weights(ones({7}))), Error);
  EXPECT_THROW(call(indices(), Bag(bags).mode(kMax).sparse(true)), ValueError);
  EXPECT_THROW(nn::EmbeddingBag(-1, 2), ValueError);
  EXPECT_THROW(nn::EmbeddingBag(nn::EmbeddingBagOptions(3, 2).padding_idx(3)),
               IndexError);
}

// Nothing is shortened when something is out of range.
TEST(EmbeddingBag, ChangesNothingWhenItThrows) {
  const Tensor w = ones({3, 4});
  EXPECT_THROW(F::embedding_bag(tensor({{0, 3}}), w, Bag().max_norm(1.0)),
               IndexError);
  EXPECT_THROW(F::embedding_bag(tensor({0, 1}), w,
                                Bag().offsets(tensor({1})).max_norm(1.0)),
               ValueError);
  EXPECT_TRUE(w.equal(ones({3, 4})));
}

}  // namespace
}  // namespace taper
