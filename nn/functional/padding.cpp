// Padding as a function.
#include "taper/nn/functional/padding.h"

#include "taper/autograd/ops/network/pad.h"

namespace taper::nn::functional {

Tensor pad(const Tensor& input, const PadFuncOptions& options) {
  constexpr const char* kModes[] = {"constant", "reflect", "replicate",
                                    "circular"};
  return taper::pad(input, options.pad(), kModes[options.mode().index()],
                    options.value());
}

}  // namespace taper::nn::functional
