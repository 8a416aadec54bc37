#include "taper/optim/adam.h"

#include "tests/optim/golden.h"

namespace taper {
namespace {

using optim::Adam;
using optim::AdamOptions;
using optim::AdamW;
using optim::AdamWOptions;

using Betas = AdamOptions::betas_t;

TEST(Adam, FollowsPyTorch) {
  expect_golden_steps<Adam>("adam", AdamOptions(0.1));
  expect_golden_steps<Adam>("adam_decay",
                            AdamOptions(0.1).weight_decay(0.1).eps(1e-3));
  expect_golden_steps<Adam>("adam_amsgrad",
                            AdamOptions(0.1).betas({0.5, 0.75}).amsgrad(true));
}

TEST(AdamW, FollowsPyTorch) {
  expect_golden_steps<AdamW>("adamw", AdamWOptions(0.1));
  expect_golden_steps<AdamW>(
      "adamw_amsgrad",
      AdamWOptions(0.1).weight_decay(0.3).betas({0.5, 0.75}).amsgrad(true));
}

TEST(Adam, RejectsOptionsThatMakeNoSense) {
  const std::vector<Tensor> params{ones({2}).requires_grad_()};
  EXPECT_THROW(Adam(params, -0.1), ValueError);
  EXPECT_THROW(Adam(params, std::nan("")), ValueError);
  EXPECT_THROW(Adam(params, AdamOptions().eps(-1)), ValueError);
  EXPECT_THROW(Adam(params, AdamOptions().betas({1.0, 0.9})), ValueError);
  EXPECT_THROW(Adam(params, AdamOptions().betas({0.9, -0.1})), ValueError);
  EXPECT_THROW(Adam(params, AdamOptions().weight_decay(-1)), ValueError);
  EXPECT_THROW(AdamW(params, AdamWOptions().betas({0.9, std::nan("")})),
               ValueError);
}

TEST(Adam, HasLibTorchDefaults) {
  EXPECT_EQ(AdamOptions().lr(), 1e-3);
  EXPECT_EQ(AdamOptions().betas(), Betas(0.9, 0.999));
  EXPECT_EQ(AdamOptions().eps(), 1e-8);
  EXPECT_EQ(AdamOptions().weight_decay(), 0);
  EXPECT_EQ(AdamWOptions().weight_decay(), 1e-2);
  EXPECT_FALSE(AdamWOptions().amsgrad());
}

TEST(Adam, CountsStepsOfEachParameter) {
  Tensor a = ones({2}).requires_grad_();
  Tensor b = ones({3}).requires_grad_();
  Adam optimizer({a, b});
  a.mutable_grad() = ones({2});
  optimizer.step();
  b.mutable_grad() = ones({3});
  optimizer.step();
  const auto steps = [&](const Tensor& p) {
    return static_cast<optim::AdamParamState&>(*optimizer.state().at(p.impl()))
        .step();
  };
  EXPECT_EQ(steps(a), 2);
  EXPECT_EQ(steps(b), 1);
  // The first step is lr in every element, whatever the gradient.
  EXPECT_NEAR(b[0].item<double>(), 1 - 1e-3, 1e-7);
}

TEST(Adam, SharesNothingBetweenAmsgradAndPlainGroups) {
  Tensor a = ones({2}).requires_grad_();
  Tensor b = ones({2}).requires_grad_();
  std::vector<optim::OptimizerParamGroup> groups;
  groups.emplace_back(std::vector<Tensor>{a});
  groups.emplace_back(std::vector<Tensor>{b}, std::make_unique<AdamOptions>(
                                                  AdamOptions().amsgrad(true)));
  Adam optimizer(groups, AdamOptions(0.5));
  a.mutable_grad() = b.mutable_grad() = ones({2});
  optimizer.step();
  EXPECT_TRUE(a.equal(b));
  auto& plain =
      static_cast<optim::AdamParamState&>(*optimizer.state().at(a.impl()));
  auto& other =
      static_cast<optim::AdamParamState&>(*optimizer.state().at(b.impl()));
  EXPECT_FALSE(plain.max_exp_avg_sq().defined());
  EXPECT_TRUE(other.max_exp_avg_sq().defined());
}

}  // namespace
}  // namespace taper
