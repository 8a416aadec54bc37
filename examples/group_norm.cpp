// GroupNorm: every group of channels of a sample gets mean 0 and variance 1.
#include <taper/taper.h>

#include <cstdio>

#include "common/arguments.h"
#include "common/text.h"

namespace torch = taper;
namespace nn = torch::nn;

int main(int argc, char** argv) {
  examples::Arguments(argc, argv);

  const torch::Tensor inputs = torch::rand({4, 6, 5, 5}) * 5;
  nn::GroupNorm group_norm(3, 6);
  const torch::Tensor outputs = group_norm(inputs);

  // Three groups of six channels: the first has channels 0 and 1.
  const auto group = [](const torch::Tensor& x) {
    using torch::indexing::Slice;
    return x.index({0, Slice(0, 2), Slice(), Slice()});
  };
  examples::print_statistics("Before GroupNorm (Sample 0, Group 0)",
                             group(inputs));
  std::printf("\n");
  examples::print_statistics("After GroupNorm (Sample 0, Group 0)",
                             group(outputs));
}
