// LayerNorm: every row of features gets mean 0 and variance 1.
#include <taper/taper.h>

#include <cstdio>

#include "common/arguments.h"
#include "common/text.h"

namespace torch = taper;
namespace nn = torch::nn;

int main(int argc, char** argv) {
  examples::Arguments(argc, argv);

  const torch::Tensor inputs = torch::rand({4, 5, 8}) * 5;
  nn::LayerNorm layer_norm(nn::LayerNormOptions({8}));
  const torch::Tensor outputs = layer_norm(inputs);

  examples::print_statistics("Before LayerNorm (Sample 0)", inputs[0]);
  std::printf("\n");
  examples::print_statistics("After LayerNorm (Sample 0)", outputs[0]);
}
