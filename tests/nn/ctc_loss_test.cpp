// The loss of sequences without given alignments.
#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/nn.h"
#include "taper/tensor/parallel.h"

namespace taper {
namespace {

namespace F = nn::functional;
constexpr auto kEach = Reduction::None;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

const GoldenCases& golden() {
  static const GoldenCases cases("losses.txt");
  return cases;
}

// Of make_losses.py.
Tensor padded() { return tensor({{1, 2}, {1, 1}, {2, 0}}); }
const std::vector<int64_t> kInputs = {4, 3, 2};
const std::vector<int64_t> kLengths = {2, 2, 1};

Tensor scores() { return golden_ramp({4, 3, 3}); }
Tensor log_probs() { return scores().log_softmax(-1); }

TEST(CTCLoss, MatchesPyTorch) {
  const std::pair<const char*, nn::CTCLossOptions> reductions[] = {
      {"none", nn::CTCLossOptions().reduction(kNone)},
      {"mean", nn::CTCLossOptions()},
      {"sum", nn::CTCLossOptions().reduction(kSum)}};
  for (const int64_t blank : {0, 2}) {
    const Tensor targets =
        blank == 0 ? padded() : tensor({{0, 1}, {1, 1}, {0, 0}});
    for (auto [name, options] : reductions) {
      nn::CTCLoss loss(options.blank(blank));
      golden().expect(
          "ctc." + std::to_string(blank) + "." + name,
          [&](const Tensor& x) {
            return loss(x.log_softmax(-1), targets, tensor(kInputs),
                        tensor(kLengths));
          },
          scores());
    }
  }
}

TEST(CTCLoss, TakesTargetsInAllForms) {
  const Tensor loss = ctc_loss(log_probs(), padded(), kInputs, kLengths);
  const Tensor joined = tensor({1, 2, 1, 1, 2});
  for (const Tensor& targets : {joined, joined.to(kInt), padded().to(kInt),
                                padded().t().contiguous().t()}) {
    EXPECT_TRUE(ctc_loss(log_probs(), targets, kInputs, kLengths).equal(loss));
  }
  EXPECT_TRUE(ctc_loss(log_probs().transpose(0, 1).contiguous().transpose(0, 1),
                       padded(), tensor(kInputs).to(kInt), tensor(kLengths))
                  .equal(loss));
}

TEST(CTCLoss, TakesOneSequence) {
  const Tensor all =
      ctc_loss(log_probs(), padded(), kInputs, kLengths, 0, kEach);
  const Tensor one =
      F::ctc_loss(log_probs().select(1, 1), padded()[1], tensor(int64_t{3}),
                  tensor(int64_t{2}), F::CTCLossFuncOptions().reduction(kNone));
  EXPECT_EQ(one.dim(), 0);
  EXPECT_TRUE(one.equal(all[1]));
}

TEST(CTCLoss, OfNoStepsIsZeroOrInfinite) {
  const Tensor losses =
      ctc_loss(log_probs(), padded(), {0, 2, 0}, {0, 2, 0}, 0, kEach);
  EXPECT_EQ(losses[0].item<double>(), 0);
  EXPECT_EQ(losses[1].item<double>(), kInfinity);  // 1, 1 needs a blank
  const Tensor empty = ctc_loss(log_probs().narrow(1, 0, 0), zeros({0, 2}),
                                IntArrayRef(), IntArrayRef(), 0, kEach);
  EXPECT_EQ(empty.sizes(), IntArrayRef({0}));
}

TEST(CTCLoss, GivesNanOrNothingWhereItIsInfinite) {
  for (const bool zero_infinity : {false, true}) {
    for (const bool create_graph : {false, true}) {
      const Tensor x = log_probs().requires_grad_();
      const Tensor loss = ctc_loss(x, padded(), {4, 2, 2}, kLengths, 0,
                                   Reduction::Sum, zero_infinity);
      EXPECT_EQ(std::isinf(loss.item<double>()), !zero_infinity);
      const Tensor g =
          autograd::grad({loss}, {x}, {}, true, create_graph)[0].detach();
      const Tensor impossible = g.select(1, 1);
      EXPECT_TRUE(impossible.narrow(0, 2, 2).equal(zeros({2, 3}, kDouble)));
      const Tensor seen = impossible.narrow(0, 0, 2);
      EXPECT_TRUE(zero_infinity ? seen.equal(zeros({2, 3}, kDouble))
                                : seen.isnan().all().item<bool>());
      EXPECT_TRUE(g.select(1, 0).isfinite().all().item<bool>());
    }
  }
}

TEST(CTCLoss, LeavesOutTargetsThatAreTooLongIfAsked) {
  const Tensor losses =
      ctc_loss(log_probs(), padded(), {1, 3, 2}, kLengths, 0, kEach, true);
  EXPECT_EQ(losses[0].item<double>(), 0);
  EXPECT_GT(losses[1].item<double>(), 0);
}

TEST(CTCLoss, KnowsClassesThatCannotBe) {
  const Tensor x = log_probs();
  x.index_put_({1, 0, 1}, -kInfinity);
  x.requires_grad_();
  const Tensor loss = ctc_loss(x, padded(), kInputs, kLengths);
  EXPECT_TRUE(std::isfinite(loss.item<double>()));
  EXPECT_TRUE(
      autograd::grad({loss}, {x}, {}, true)[0].isfinite().all().item<bool>());
  EXPECT_TRUE(autograd::grad({loss}, {x}, {}, true, true)[0]
                  .isfinite()
                  .all()
                  .item<bool>());
}

TEST(CTCLoss, ComputesShortNumbersInFloat32) {
  const Tensor x = log_probs().to(kBFloat16);
  const Tensor loss = ctc_loss(x, padded(), kInputs, kLengths);
  EXPECT_EQ(loss.dtype(), kBFloat16);
  EXPECT_TRUE(loss.equal(
      ctc_loss(x.to(kFloat), padded(), kInputs, kLengths).to(kBFloat16)));
}

// Long enough that probabilities vanish in float64.
TEST(CTCLoss, KeepsItsDigitsOverManySteps) {
  const Tensor uniform = zeros({3000, 1, 4}, kDouble).log_softmax(-1);
  const Tensor loss = ctc_loss(uniform, empty({1, 0}, kLong), {3000}, {0});
  EXPECT_NEAR(loss.item<double>(), 3000 * std::log(4.0), 1e-8);
  // One label: 3000 * 3001 / 2 alignments.
  const Tensor one = ctc_loss(uniform, tensor({{1}}), {3000}, {1});
  EXPECT_NEAR(one.item<double>(),
              3000 * std::log(4.0) - std::log(3000 * 3001 / 2.0), 1e-8);
}

TEST(CTCLoss, HasTheSameBitsOnAnyNumberOfThreads) {
  const int threads = get_num_threads();
  manual_seed(1);
  const Tensor x = randn({60, 9, 20}).log_softmax(-1).requires_grad_();
  const Tensor targets = randint(1, 20, {9, 15});
  const std::vector<int64_t> inputs(9, 60), lengths(9, 15);
  std::vector<Tensor> first;
  for (const int n : {1, 2, 3, 7}) {
    set_num_threads(n);
    const Tensor loss = ctc_loss(x, targets, inputs, lengths);
    const std::vector<Tensor> now = {loss.detach(),
                                     autograd::grad({loss}, {x})[0]};
    if (first.empty()) first = now;
    EXPECT_TRUE(now[0].equal(first[0]) && now[1].equal(first[1])) << n;
  }
  set_num_threads(threads);
}

TEST(CTCLoss, RejectsWhatDoesNotFit) {
  const auto call = [](std::vector<int64_t> inputs,
                       std::vector<int64_t> lengths, int64_t blank = 0) {
    return ctc_loss(log_probs(), padded(), inputs, lengths, blank);
  };
  EXPECT_THROWS_TEXT(ValueError, call({5, 3, 2}, kLengths),
                     "[ctc_loss] input_lengths must be in [0, 4], got 5");
  EXPECT_THROWS_TEXT(ValueError, call(kInputs, {2, 3, 1}),
                     "[ctc_loss] target_lengths must be in [0, 2], got 3");
  EXPECT_THROWS_TEXT(ValueError, call({-1, 3, 2}, kLengths), "got -1");
  EXPECT_THROWS_TEXT(ValueError, call(kInputs, kLengths, 3),
                     "[ctc_loss] blank 3 is not in [0, 2]");
  EXPECT_THROWS_TEXT(ValueError, call({1, 3, 2}, kLengths),
                     "[ctc_loss] target 0 has length 2, more than its input");
  EXPECT_THROWS_TEXT(Error, call({4, 3}, kLengths),
                     "[ctc_loss] expected 3 input_lengths, got 2");
  const auto with = [](const Tensor& targets) {
    return ctc_loss(log_probs(), targets, kInputs, kLengths);
  };
  EXPECT_THROWS_TEXT(Error, with(tensor({1, 2, 1, 1})), "add up to 5");
  EXPECT_THROWS_TEXT(Error, with(padded().narrow(0, 0, 2)), "(2, 2)");
  EXPECT_THROWS_TEXT(IndexError, with(padded() + 1), "label 3");
  EXPECT_THROWS_TEXT(Error,
                     ctc_loss(log_probs()[0][0], padded(), kInputs, kLengths),
                     "(T, N, C)");
  EXPECT_THROW(ctc_loss(log_probs(), padded(), tensor(kInputs).to(kFloat),
                        tensor(kLengths)),
               TypeError);
  EXPECT_THROW(ctc_loss(log_probs().to(kLong), padded(), kInputs, kLengths),
               TypeError);
  EXPECT_THROW(ctc_loss(log_probs(), padded(), kInputs, kLengths, 0, 4),
               ValueError);
}

}  // namespace
}  // namespace taper
