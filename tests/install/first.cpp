// A first program outside the project: one header, one training step.
#include <taper/taper.h>

#include <cstdio>

int main() {
  taper::manual_seed(0);
  taper::nn::Linear model(10, 1);
  taper::nn::MSELoss criterion;
  taper::optim::SGD optimizer(model->parameters(), 0.01);
  auto input = taper::randn({32, 10});
  auto target = taper::randn({32, 1});

  auto before = criterion(model(input), target);
  optimizer.zero_grad();
  before.backward();
  optimizer.step();
  auto after = criterion(model(input), target);
  std::printf("loss %.6f -> %.6f\n", before.item<double>(),
              after.item<double>());
  return after.item<double>() < before.item<double>() ? 0 : 1;
}
