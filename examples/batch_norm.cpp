// BatchNorm1d: every feature gets mean 0 and variance 1 over the batch.
#include <taper/taper.h>

#include <cstdio>

#include "common/arguments.h"
#include "common/text.h"

namespace torch = taper;
namespace nn = torch::nn;

int main(int argc, char** argv) {
  examples::Arguments(argc, argv);

  nn::Linear linear(20, 128);
  nn::Sequential model(linear, nn::BatchNorm1d(128));
  const torch::Tensor inputs = torch::randn({32, 20});

  examples::print_statistics("Before BatchNorm", linear(inputs));
  std::printf("\n");
  examples::print_statistics("After BatchNorm", model->forward(inputs));
}
