// A run that is saved, loaded into new objects and continued has to give the
// bits of one that was never interrupted.
#include <sstream>

#include "taper/io/serialize.h"
#include "taper/optim/adadelta.h"
#include "taper/optim/adagrad.h"
#include "taper/optim/adam.h"
#include "taper/optim/lbfgs.h"
#include "taper/optim/rmsprop.h"
#include "taper/optim/schedulers/scheduler.h"
#include "taper/optim/sgd.h"
#include "tests/optim/golden.h"

namespace taper {
namespace {

using namespace optim;

std::vector<Tensor> new_params() {
  return {first_param(kFloat), first_param(kDouble).detach().requires_grad_()};
}

void train(std::vector<Tensor>& params, Optimizer& optimizer, int steps) {
  for (int t = 0; t < steps; ++t) {
    optimizer.step([&] {
      optimizer.zero_grad();
      Tensor loss = zeros({}, kDouble);
      for (const Tensor& p : params) {
        loss =
            loss + (p.to(kDouble).square() * 0.5 + p.to(kDouble).sin()).sum();
      }
      loss.backward();
      return loss;
    });
  }
}

template <class O, class Options>
void expect_resumes(const Options& options,
                    std::vector<Tensor> first = new_params(),
                    std::vector<Tensor> second = new_params()) {
  O whole(first, options);
  train(first, whole, 3);
  std::stringstream file;
  save(whole, file);
  NoGradGuard no_grad;
  for (size_t i = 0; i < first.size(); ++i) second[i].copy_(first[i]);
  // Options are saved too.
  O resumed(second, Options(0.77));
  load(resumed, file);
  train(first, whole, 3);
  train(second, resumed, 3);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(first[i].equal(second[i]));
  }
}

TEST(Resume, EveryOptimiserGivesTheSameBits) {
  expect_resumes<SGD>(SGDOptions(0.1).momentum(0.9).nesterov(true));
  expect_resumes<Adam>(AdamOptions(0.1).betas({0.8, 0.9}));
  expect_resumes<Adam>(AdamOptions(0.1).amsgrad(true).weight_decay(0.1));
  expect_resumes<AdamW>(AdamWOptions(0.1));
  expect_resumes<RMSprop>(RMSpropOptions(0.1).momentum(0.5).centered(true));
  expect_resumes<Adadelta>(AdadeltaOptions(0.5).rho(0.8).weight_decay(0.1));
  expect_resumes<Adagrad>(AdagradOptions(0.1).lr_decay(0.1));
}

TEST(Resume, LbfgsKeepsItsHistory) {
  const auto params = [] { return std::vector<Tensor>{first_param(kDouble)}; };
  expect_resumes<LBFGS>(LBFGSOptions(0.3).max_iter(4).history_size(3), params(),
                        params());
  expect_resumes<LBFGS>(
      LBFGSOptions(1).max_iter(2).line_search_fn("strong_wolfe"), params(),
      params());
}

TEST(Resume, SchedulersGoOn) {
  std::vector<Tensor> params = new_params();
  SGD whole(params, 0.5), resumed(params, 0.1);
  CosineAnnealingLR scheduler(whole, 4), other(resumed, 4);
  for (int i = 0; i < 3; ++i) scheduler.step();
  std::stringstream file;
  save(whole, file);
  save(scheduler, file);
  load(resumed, file);
  load(other, file);
  for (int i = 0; i < 5; ++i) {
    scheduler.step();
    other.step();
    EXPECT_EQ(scheduler.get_last_lr(), other.get_last_lr());
  }
}

template <class F>
void expect_unchanged_by_failed_load(const std::string& bytes, F make) {
  std::vector<Tensor> params = new_params();
  auto optimizer = make(params);
  train(params, optimizer, 1);
  std::stringstream before, after, file(bytes);
  save(optimizer, before);
  EXPECT_THROW(load(optimizer, file), Error);
  save(optimizer, after);
  EXPECT_EQ(before.str(), after.str());
}

TEST(Resume, FailedLoadChangesNothing) {
  std::vector<Tensor> params = new_params();
  Adam adam(params, AdamOptions(0.1));
  train(params, adam, 2);
  std::stringstream file;
  save(adam, file);
  expect_unchanged_by_failed_load(
      file.str(), [](auto& p) { return SGD(p, SGDOptions(1).momentum(0.9)); });
  expect_unchanged_by_failed_load(file.str(), [](auto& p) {
    p.pop_back();
    return Adam(p, AdamOptions(1));
  });
  expect_unchanged_by_failed_load(file.str(), [](auto& p) {
    std::swap(p[0], p[1]);  // other dtypes
    return Adam(p, AdamOptions(1));
  });
  expect_unchanged_by_failed_load(
      file.str().substr(0, file.str().size() / 2),
      [](auto& p) { return Adam(p, AdamOptions(1)); });
}

}  // namespace
}  // namespace taper
