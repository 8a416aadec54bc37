// Dropout while training: half of the hidden units are zero, the others double.
#include <taper/taper.h>

#include <cstdio>

#include "common/arguments.h"

namespace torch = taper;
namespace nn = torch::nn;

int main(int argc, char** argv) {
  examples::Arguments(argc, argv);

  // Braces make the layers from left to right. The order of arguments in
  // parentheses is the compiler's choice, and the order of draws with it.
  nn::Sequential model{nn::Linear(784, 128), nn::ReLU(), nn::Dropout(0.5),
                       nn::Linear(128, 10)};
  model->train();
  const torch::Tensor inputs = torch::randn({32, 784});
  const torch::Tensor outputs = model->forward(inputs);

  torch::NoGradGuard no_grad;
  torch::Tensor hidden = inputs;
  for (auto layer = model->begin(); layer != model->begin() + 3; ++layer) {
    hidden = layer->forward(hidden);
  }
  std::printf("%s\n", torch::repr(hidden).c_str());
}
