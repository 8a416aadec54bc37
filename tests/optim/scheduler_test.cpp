#include "taper/optim/schedulers/scheduler.h"

#include "taper/optim/schedulers/reduce_on_plateau.h"
#include "taper/optim/sgd.h"
#include "tests/optim/golden.h"

namespace taper {
namespace {

using namespace optim;

SGD make_sgd(double lr) { return SGD({zeros({1}).requires_grad_()}, lr); }
double lr_of(const SGD& optimizer) {
  return optimizer.param_groups()[0].options().get_lr();
}
std::vector<double> rates(SGD& optimizer, LRScheduler& scheduler, int steps) {
  std::vector<double> values{lr_of(optimizer)};
  for (int i = 0; i < steps; ++i) {
    scheduler.step();
    values.push_back(lr_of(optimizer));
  }
  return values;
}

// The rates of LibTorch 2.13's StepLR, which lag one step behind Python's.
TEST(StepLR, FollowsLibTorch) {
  SGD optimizer = make_sgd(1);
  StepLR scheduler(optimizer, 2, 0.5);
  EXPECT_EQ(rates(optimizer, scheduler, 6),
            (std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25, 0.25}));
}

TEST(CosineAnnealingLR, FollowsPyTorch) {
  SGD optimizer = make_sgd(0.5);
  CosineAnnealingLR scheduler(optimizer, 10, 0.01);
  expect_golden("lr.cosine", rates(optimizer, scheduler, 45), 1e-14);
}

TEST(ExponentialLR, FollowsPyTorch) {
  SGD optimizer = make_sgd(0.5);
  ExponentialLR scheduler(optimizer, 0.9);
  expect_golden("lr.exponential", rates(optimizer, scheduler, 5), 0);
}

TEST(LambdaLR, FollowsPyTorch) {
  SGD optimizer = make_sgd(0.5);
  LambdaLR scheduler(optimizer, [](int64_t t) { return 1.0 / (t + 2); });
  expect_golden("lr.lambda", rates(optimizer, scheduler, 5), 0);
}

TEST(ReduceLROnPlateau, FollowsPyTorch) {
  SGD optimizer = make_sgd(0.5);
  ReduceLROnPlateauScheduler scheduler(
      optimizer, ReduceLROnPlateauScheduler::min, 0.1f, 1, 1e-4,
      ReduceLROnPlateauScheduler::rel, 1);
  std::vector<double> values{lr_of(optimizer)};
  for (float metric : {1.0f, 0.9f, 0.9f, 0.95f, 0.899f, 1.0f, 1.0f, 1.0f, 0.5f,
                       0.5f, 0.5f, 0.5f, 0.5f}) {
    scheduler.step(metric);
    values.push_back(lr_of(optimizer));
  }
  // The factor is a float here and a double in Python.
  expect_golden("lr.plateau", values, 1e-8);
}

TEST(Scheduler, SetsTheRateOfEveryGroup) {
  SGD optimizer = make_sgd(1);
  optimizer.add_param_group(OptimizerParamGroup(
      {zeros({2}).requires_grad_()}, std::make_unique<SGDOptions>(0.5)));
  ExponentialLR scheduler(optimizer, 0.5);
  scheduler.step();
  EXPECT_EQ(scheduler.get_last_lr(), (std::vector<double>{0.5, 0.25}));
}

TEST(Scheduler, RejectsWhatMakesNoSense) {
  SGD optimizer = make_sgd(1);
  EXPECT_THROW(StepLR(optimizer, 0), ValueError);
  EXPECT_THROW(StepLR(optimizer, 1, -1), ValueError);
  EXPECT_THROW(CosineAnnealingLR(optimizer, 0), ValueError);
  EXPECT_THROW(ReduceLROnPlateauScheduler(
                   optimizer, ReduceLROnPlateauScheduler::min, 1.5f),
               ValueError);
}

TEST(Scheduler, ChangesNothingWhenTheNewRateMakesNoSense) {
  SGD optimizer = make_sgd(1);
  LambdaLR scheduler(optimizer, [](int64_t t) { return t == 2 ? -1.0 : 0.5; });
  scheduler.step();
  EXPECT_THROW(scheduler.step(), ValueError);
  EXPECT_EQ(lr_of(optimizer), 0.5);
}

}  // namespace
}  // namespace taper
