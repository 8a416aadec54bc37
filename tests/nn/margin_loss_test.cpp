// Losses of likelihoods and of margins, and distances of all pairs.

#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/nn.h"
#include "taper/tensor/text/print.h"

namespace taper {
namespace {

namespace F = nn::functional;

const GoldenCases& golden() {
  static const GoldenCases cases("losses.txt");
  return cases;
}
Tensor x() { return golden_ramp({3, 4}); }
Tensor t() { return golden_ramp({3, 4}, 5).abs() * 2; }
Tensor var() { return golden_ramp({3, 4}, 9).abs() + 0.1; }
Tensor weight() { return tensor({0.5, 2.0, 1.25, 0.75}).to(kDouble); }

struct Named {
  const char* name;
  enumtype::LossReduction reduction;
};
const Named kReductions[] = {{"none", kNone}, {"mean", kMean}, {"sum", kSum}};

// Calls compare(name of the reduction, options with it) for each.
template <class Options, class Compare>
void for_each_reduction(Options options, const Compare& compare) {
  for (const Named& r : kReductions) {
    compare(std::string(r.name), options.reduction(r.reduction));
  }
}

TEST(LikelihoodLoss, OfPoissonMatchesPyTorch) {
  for (const bool log_input : {true, false}) {
    for (const bool full : {true, false}) {
      const std::string kind = std::to_string(log_input) + std::to_string(full);
      for_each_reduction(
          nn::PoissonNLLLossOptions().log_input(log_input).full(full).eps(1e-3),
          [&](const std::string& r, const auto& options) {
            const auto f = [&](const Tensor& a, const Tensor& b) {
              return nn::PoissonNLLLoss(options)(log_input ? a : a.abs() + 0.1,
                                                 b);
            };
            golden().expect("poisson." + kind + "." + r, f, x(), t());
          });
    }
  }
}

TEST(LikelihoodLoss, OfGaussMatchesPyTorch) {
  for (const bool full : {true, false}) {
    for_each_reduction(nn::GaussianNLLLossOptions().full(full).eps(0.4),
                       [&](const std::string& r, const auto& options) {
                         golden().expect(
                             "gaussian." + std::to_string(full) + "." + r,
                             [&](auto& a, auto& b, auto& c) {
                               return nn::GaussianNLLLoss(options)(a, b, c);
                             },
                             x(), t(), var());
                       });
  }
  for_each_reduction(nn::GaussianNLLLossOptions(),
                     [](const std::string& r, const auto& options) {
                       golden().expect(
                           "gaussian.row." + r,
                           [&](auto& a, auto& b, auto& c) {
                             return F::gaussian_nll_loss(a, b, c, options);
                           },
                           x(), t(), var().select(1, 0));
                     });
}

TEST(MarginLoss, OfOneClassMatchesPyTorch) {
  for (const int64_t p : {1, 2}) {
    for (const bool weighted : {false, true}) {
      for_each_reduction(
          nn::MultiMarginLossOptions().p(p).margin(0.7),
          [&](const std::string& r, auto options) {
            const auto f = [&](const Tensor& a) {
              if (weighted) options.weight(weight().to(a.dtype()));
              return nn::MultiMarginLoss(options)(a, tensor({1, 3, 0}));
            };
            golden().expect("multi_margin." + std::to_string(p) +
                                std::to_string(weighted) + "." + r,
                            f, x());
          });
    }
  }
}

TEST(MarginLoss, OfSeveralClassesMatchesPyTorch) {
  const Tensor lists = tensor({{1, 3, -1, 0}, {2, 2, -1, 0}, {-1, 0, 1, 2}});
  for_each_reduction(nn::MultiLabelMarginLossOptions(),
                     [&](const std::string& r, const auto& options) {
                       golden().expect(
                           "multilabel_margin." + r,
                           [&](auto& a) {
                             return nn::MultiLabelMarginLoss(options)(a, lists);
                           },
                           x());
                     });
  for_each_reduction(nn::MultiLabelSoftMarginLossOptions(),
                     [](const std::string& r, auto options) {
                       golden().expect(
                           "multilabel_soft." + r,
                           [&](auto& a, auto& b) {
                             options.weight(weight().to(a.dtype()));
                             return nn::MultiLabelSoftMarginLoss(options)(a, b);
                           },
                           x(), t().sigmoid());
                     });
}

TEST(MarginLoss, OfAnyDistanceMatchesPyTorch) {
  using Options = nn::TripletMarginWithDistanceLossOptions;
  const auto distance = [](const Tensor& a, const Tensor& b) {
    return (a - b).square().sum(-1);
  };
  for_each_reduction(
      Options().distance_function(distance).margin(1.5).swap(true),
      [](const std::string& r, const auto& options) {
        golden().expect(
            "triplet." + r,
            [&](auto& a, auto& b, auto& c) {
              return nn::TripletMarginWithDistanceLoss(options)(a, b, c);
            },
            x(), t(), var());
      });
}

TEST(MarginLoss, TakesThePairwiseDistanceUnlessOneIsGiven) {
  EXPECT_TRUE(F::triplet_margin_with_distance_loss(x(), t(), var())
                  .equal(F::triplet_margin_loss(x(), t(), var())));
}

TEST(MarginLoss, TakesOneRow) {
  const Tensor row = x()[1];
  const auto none = Reduction::None;
  EXPECT_EQ(multi_margin_loss(row, tensor(int64_t{3}), 1, 1, {}, none).dim(),
            0);
  EXPECT_EQ(multi_margin_loss(row, tensor({3}), 1, 1, {}, none).sizes(),
            IntArrayRef({1}));
  EXPECT_EQ(multilabel_margin_loss(row, tensor({3, -1, 0, 0}), none).dim(), 0);
  EXPECT_EQ(multilabel_soft_margin_loss(row, t()[1], {}, none).dim(), 0);
}

TEST(MarginLoss, TakesStridedAndShortInputs) {
  const Tensor strided = x().t().contiguous().t();
  const Tensor classes = tensor({1, 3, 0});
  EXPECT_TRUE(multi_margin_loss(strided, classes)
                  .equal(multi_margin_loss(x(), classes)));
  for (const ScalarType dtype : {kHalf, kBFloat16}) {
    const Tensor short_x = x().to(dtype);
    const Tensor loss = multi_margin_loss(short_x, classes);
    EXPECT_EQ(loss.dtype(), dtype);
    EXPECT_TRUE(loss.to(kFloat).allclose(
        multi_margin_loss(short_x.to(kFloat), classes), 2e-2));
  }
}

TEST(MarginLoss, RejectsWhatDoesNotFit) {
  const auto text = [](const auto& f) { return error_of(f); };
  const Tensor classes = tensor({1, 3, 0});
  EXPECT_NE(text([&] {
              multi_margin_loss(x(), tensor({1, 4, 0}));
            }).find("[multi_margin_loss] targets from 0 to 4"),
            std::string::npos);
  EXPECT_NE(text([&] {
              multi_margin_loss(x(), tensor({1, 2}));
            }).find("(3, 4) need 3 targets"),
            std::string::npos);
  EXPECT_THROW(multi_margin_loss(x(), classes, 3), ValueError);
  EXPECT_THROW(multi_margin_loss(x(), classes, 1, 1, ones(3)), Error);
  EXPECT_THROW(multi_margin_loss(x(), classes.to(kFloat)), TypeError);
  EXPECT_THROW(multi_margin_loss(ones({2, 3, 4}), classes), Error);
  EXPECT_THROW(multilabel_margin_loss(x(), classes), Error);
  EXPECT_THROW(multilabel_margin_loss(x(), full({3, 4}, -2, kLong)),
               IndexError);
  EXPECT_THROW(multilabel_margin_loss(x(), zeros({3, 4})), TypeError);
  EXPECT_THROW(multilabel_soft_margin_loss(x(), ones({3, 5})), Error);
  EXPECT_THROW(multilabel_soft_margin_loss(x(), x(), ones(3)), Error);
  EXPECT_THROW(multilabel_soft_margin_loss(ones({}), ones({})), Error);
  EXPECT_THROW(nn::MultiMarginLoss(nn::MultiMarginLossOptions().p(0)),
               ValueError);
  EXPECT_THROW(
      nn::MultiMarginLoss(nn::MultiMarginLossOptions().weight(ones({2, 2}))),
      Error);
}

TEST(LikelihoodLoss, RejectsWhatDoesNotFit) {
  const Tensor v = var();
  EXPECT_NE(error_of([&] {
              gaussian_nll_loss(x(), t(), -v);
            }).find("[gaussian_nll_loss] var must not be negative"),
            std::string::npos);
  EXPECT_THROW(gaussian_nll_loss(x(), t(), ones({4})), ValueError);
  EXPECT_THROW(gaussian_nll_loss(x(), t(), ones({1, 1})), ValueError);
  EXPECT_THROW(gaussian_nll_loss(x(), t(), v, false, 1e-6, 3), ValueError);
  EXPECT_THROW(gaussian_nll_loss(x(), ones({5}), v), Error);
  EXPECT_THROW(poisson_nll_loss(x(), ones({5}), true, false, 0, 0), Error);
  EXPECT_THROW(poisson_nll_loss(x(), t(), true, false, 0, 5), ValueError);
}

TEST(LikelihoodLoss, LeavesOutWhatATargetOfZeroMultiplies) {
  const Tensor rate = tensor({-std::numeric_limits<double>::infinity()});
  const Tensor loss =
      poisson_nll_loss(rate, zeros({1}), true, true, 0, Reduction::Sum);
  EXPECT_EQ(loss.item<double>(), 0);
}

TEST(Pdist, MatchesPyTorch) {
  const std::pair<const char*, double> norms[] = {
      {"1.0", 1},
      {"1.5", 1.5},
      {"2.0", 2},
      {"3.0", 3},
      {"inf", std::numeric_limits<double>::infinity()}};
  for (const auto& [name, p] : norms) {
    golden().expect(
        "pdist." + std::string(name),
        [p = p](const Tensor& a) { return F::pdist(a, p); },
        golden_ramp({4, 3}));
  }
  golden().expect_value("pdist.0", pdist(golden_ramp({4, 3}).round(), 0));
}

TEST(Pdist, OfEqualRowsHasNoSlope) {
  for (const double p :
       {0.5, 1.0, 2.0, 3.0, std::numeric_limits<double>::infinity()}) {
    const Tensor a = ones({2, 3}, kDouble).requires_grad_();
    const Tensor d = pdist(a, p);
    EXPECT_EQ(d.item<double>(), 0);
    d.sum().backward();
    EXPECT_TRUE(a.grad().equal(zeros({2, 3}, kDouble))) << p;
  }
}

TEST(Pdist, TakesEmptyMatricesAndRejectsOthers) {
  EXPECT_EQ(pdist(ones({0, 3})).numel(), 0);
  EXPECT_EQ(pdist(ones({1, 3})).numel(), 0);
  EXPECT_TRUE(pdist(ones({3, 0})).equal(zeros({3})));
  EXPECT_THROW(pdist(ones({3})), Error);
  EXPECT_THROW(pdist(ones({3, 3}), -1), ValueError);
  EXPECT_THROW(pdist(ones({3, 3}, kLong)), TypeError);
}

TEST(MarginLoss, PrintAsInLibTorch) {
  using Options = nn::MultiMarginLossOptions;
  EXPECT_EQ(printed(nn::MultiMarginLoss(Options().p(2).reduction(kSum))),
            "taper::nn::MultiMarginLoss(p=2, margin=1, "
            "weight=[ Tensor (undefined) ], reduction=kSum)");
  EXPECT_EQ(printed(nn::TripletMarginWithDistanceLoss()),
            "taper::nn::TripletMarginWithDistanceLoss(margin=1, swap=false)");
  EXPECT_EQ(printed(nn::MultiLabelMarginLoss()),
            "taper::nn::MultiLabelMarginLoss()");
  EXPECT_EQ(printed(nn::PoissonNLLLoss()), "taper::nn::PoissonNLLLoss()");
  EXPECT_EQ(printed(nn::CTCLoss()), "taper::nn::CTCLoss()");
}

}  // namespace
}  // namespace taper
