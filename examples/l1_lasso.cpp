// One step of linear regression with an L1 penalty on the parameters (lasso).
#include <taper/taper.h>

#include <cstdio>

#include "common/arguments.h"
#include "common/text.h"

namespace torch = taper;
namespace nn = torch::nn;

int main(int argc, char** argv) {
  examples::Arguments(argc, argv);

  nn::Linear model(10, 1);
  nn::MSELoss criterion;
  torch::optim::SGD optimizer(model->parameters(), 0.01);

  const torch::Tensor inputs = torch::randn({32, 10});
  const torch::Tensor targets = torch::randn({32, 1});

  const torch::Tensor base_loss = criterion(model(inputs), targets);
  torch::Tensor l1_norm = torch::zeros({});
  for (const torch::Tensor& p : model->parameters()) l1_norm += p.abs().sum();
  const torch::Tensor loss = base_loss + 0.001 * l1_norm;

  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  std::printf("Base Loss: %s\n", examples::all_digits(base_loss).c_str());
  std::printf("L1 Regularized Total Loss: %s\n",
              examples::all_digits(loss).c_str());
}
