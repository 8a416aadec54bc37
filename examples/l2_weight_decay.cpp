// One step of linear regression with an L2 penalty: Adam's weight decay.
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
  torch::optim::Adam optimizer(
      model->parameters(), torch::optim::AdamOptions(0.001).weight_decay(1e-5));

  const torch::Tensor inputs = torch::randn({32, 10});
  const torch::Tensor targets = torch::randn({32, 1});
  const torch::Tensor loss = criterion(model(inputs), targets);

  optimizer.zero_grad();
  loss.backward();
  optimizer.step();
  std::printf("L2 Regularized Loss: %s\n", examples::all_digits(loss).c_str());
}
