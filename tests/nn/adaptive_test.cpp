// AdaptiveLogSoftmaxWithLoss.
#include "golden_cases.h"
#include "golden_nn.h"
#include "taper/nn/nn.h"

namespace taper {
namespace {

using Options = nn::AdaptiveLogSoftmaxWithLossOptions;

nn::AdaptiveLogSoftmaxWithLoss make() {
  manual_seed(3);
  return nn::AdaptiveLogSoftmaxWithLoss(
      Options(8, 20, {4, 10, 15}).div_value(2.).head_bias(true));
}
Tensor targets() { return tensor({0, 5, 12, 19, 3, 7}); }

TEST(AdaptiveLogSoftmax, MatchesPyTorch) {
  const GoldenCases golden("losses.txt");
  auto model = make();
  for (const auto& item : model->named_parameters()) {
    golden.expect_value("adaptive." + item.key(), item.value());
  }
  golden.expect(
      "adaptive",
      [&](const Tensor& x) {
        model->to(x.dtype());
        return model->forward(x, targets()).output;
      },
      golden_ramp({6, 8}));
  golden.expect(
      "adaptive.log_prob",
      [&](const Tensor& x) {
        model->to(x.dtype());
        return model->log_prob(x);
      },
      golden_ramp({6, 8}));
  golden.expect_value("adaptive.predict",
                      model->predict(golden_ramp({6, 8}).to(kFloat) * 3));
}

TEST(AdaptiveLogSoftmax, GivesTheMeanLoss) {
  auto model = make();
  const Tensor x = golden_ramp({6, 8}).to(kFloat);
  const nn::ASMoutput all = model->forward(x, targets());
  EXPECT_NEAR(all.loss, -all.output.mean().item<double>(), 1e-6);
  const nn::ASMoutput one = model->forward(x[2], targets()[2]);
  EXPECT_EQ(one.output.dim(), 0);
  EXPECT_TRUE(one.output.allclose(all.output[2]));
  EXPECT_TRUE(std::isnan(
      model->forward(x.narrow(0, 0, 0), targets().narrow(0, 0, 0)).loss));
}

TEST(AdaptiveLogSoftmax, SumsUpToOne) {
  const Tensor all = make()->log_prob(golden_ramp({6, 8}).to(kFloat));
  EXPECT_TRUE(all.exp().sum(1).allclose(ones({6})));
}

TEST(AdaptiveLogSoftmax, HasItsPartsAsMembers) {
  auto model = make();
  EXPECT_EQ(model->cutoffs, (std::vector<int64_t>{4, 10, 15, 20}));
  EXPECT_EQ(model->shortlist_size, 4);
  EXPECT_EQ(model->n_clusters, 3);
  EXPECT_EQ(model->head_size, 7);
  EXPECT_EQ(model->head->weight.size(0), 7);
  EXPECT_EQ(model->tail->size(), 3U);
}

TEST(AdaptiveLogSoftmax, DrawsAnewAndClones) {
  auto model = make();
  const auto copy =
      std::dynamic_pointer_cast<nn::AdaptiveLogSoftmaxWithLossImpl>(
          model->clone());
  const Tensor x = golden_ramp({6, 8}).to(kFloat);
  EXPECT_TRUE(copy->log_prob(x).equal(model->log_prob(x)));
  for (size_t i = 0; i < model->parameters().size(); ++i) {
    EXPECT_FALSE(copy->parameters()[i].is_alias_of(model->parameters()[i]));
  }
  manual_seed(3);
  copy->reset_parameters();
  EXPECT_TRUE(copy->head->weight.equal(model->head->weight));
  for (size_t i = 2; i < model->parameters().size(); ++i) {
    EXPECT_FALSE(copy->parameters()[i].equal(model->parameters()[i]));
  }
}

TEST(AdaptiveLogSoftmax, PrintsAsInLibTorch) {
  EXPECT_EQ(printed(nn::AdaptiveLogSoftmaxWithLoss(Options(8, 5, {2}))),
            "taper::nn::AdaptiveLogSoftmaxWithLoss(\n"
            "  (head): taper::nn::Linear(in_features=8, out_features=3, "
            "bias=false)\n"
            "  (tail): taper::nn::ModuleList(\n"
            "    (0): taper::nn::Sequential(\n"
            "      (0): taper::nn::Linear(in_features=8, out_features=2, "
            "bias=false)\n"
            "      (1): taper::nn::Linear(in_features=2, out_features=3, "
            "bias=false)\n"
            "    )\n"
            "  )\n"
            ")");
}

TEST(AdaptiveLogSoftmax, RejectsWhatDoesNotFit) {
  for (const std::vector<int64_t>& cutoffs :
       std::vector<std::vector<int64_t>>{{}, {5, 4}, {4, 4}, {0, 3}, {4, 20}}) {
    EXPECT_THROW(nn::AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs), ValueError);
  }
  EXPECT_THROW(nn::AdaptiveLogSoftmaxWithLoss(Options(8, 20, {4}).div_value(0)),
               ValueError);
  auto model = make();
  const Tensor x = golden_ramp({6, 8}).to(kFloat);
  EXPECT_THROWS_TEXT(IndexError, model->forward(x, targets() + 1),
                     "targets from 1 to 20 are not in [0, 19]");
  EXPECT_THROWS_TEXT(Error, model->forward(x, targets().narrow(0, 0, 2)),
                     "(6, 8) and (2,)");
  EXPECT_THROW(model->forward(x[0], targets()), Error);
  EXPECT_THROW(model->forward(x.narrow(1, 0, 7), targets()), Error);
  EXPECT_THROW(model->forward(x, targets().to(kFloat)), TypeError);
  EXPECT_THROW(model->log_prob(x[0]), Error);
  EXPECT_THROW(model->predict(x[0]), Error);
}

}  // namespace
}  // namespace taper
