// Learning rate schedules, clipping of gradients, a closure.
#include <cmath>

#include "tests/programs/programs.h"

namespace {

void set_rate(torch::optim::Optimizer& optimizer, double rate) {
  for (auto& group : optimizer.param_groups())
    static_cast<torch::optim::RMSpropOptions&>(group.options()).lr(rate);
}

void clipped(std::ostream& out) {
  torch::manual_seed(11);
  torch::nn::Sequential net(torch::nn::Linear(5, 1));
  torch::optim::SGD optimizer(net->parameters(), /*lr=*/0.5);
  torch::optim::StepLR scheduler(optimizer, /*step_size=*/3, /*gamma=*/0.5);
  auto x = torch::randn({30, 5}) * 10;
  auto y = torch::randn({30, 1});
  for (int epoch = 0; epoch < 8; ++epoch) {
    optimizer.zero_grad();
    auto loss = torch::smooth_l1_loss(net->forward(x), y);
    loss.backward();
    double norm = torch::nn::utils::clip_grad_norm_(net->parameters(), 0.5);
    optimizer.step();
    scheduler.step();
    out << loss.item<float>() << " norm " << norm << " lr "
        << optimizer.param_groups()[0].options().get_lr() << "\n";
  }
  torch::nn::utils::clip_grad_value_(net->parameters(), 0.01);
  out << net->parameters()[0].grad() << "\n";
}

void by_hand(std::ostream& out) {
  torch::manual_seed(12);
  auto net = torch::nn::Sequential{
      torch::nn::Linear(4, 6), torch::nn::Sigmoid(), torch::nn::Linear(6, 1)};
  torch::optim::RMSprop optimizer(
      net->parameters(),
      torch::optim::RMSpropOptions(0.01).alpha(0.9).weight_decay(1e-3));
  auto x = torch::rand({16, 4}), y = (x.sum(1, true) > 2).to(torch::kFloat);
  torch::nn::BCEWithLogitsLoss criterion;
  for (int step = 0; step < 20; ++step) {
    set_rate(optimizer, 0.01 * (1 + std::cos(step * 0.15)));
    auto closure = [&]() -> torch::Tensor {
      optimizer.zero_grad();
      auto loss = criterion(net->forward(x), y);
      loss.backward();
      return loss;
    };
    auto loss = optimizer.step(closure);
    if (step % 5 == 4) out << step << " " << loss.item<double>() << "\n";
  }
}

void lbfgs(std::ostream& out) {
  auto x = torch::tensor({-1.2, 1.0}, torch::kFloat64).requires_grad_();
  torch::optim::LBFGS optimizer(
      {x}, torch::optim::LBFGSOptions(1).max_iter(10).line_search_fn(
               "strong_wolfe"));
  for (int i = 0; i < 4; ++i) {
    auto loss = optimizer.step([&] {
      optimizer.zero_grad();
      auto value = 100 * torch::pow(x[1] - x[0] * x[0], 2) + (1 - x[0]).pow(2);
      value.backward();
      return value;
    });
    out << loss.item<double>() << " " << x[0].item<double>() << "\n";
  }
}

}  // namespace

void schedule(std::ostream& out) {
  clipped(out);
  by_hand(out);
  lbfgs(out);
}
