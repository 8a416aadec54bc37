// The functions of convolutions: each unpacks its options.
#include "taper/nn/functional/conv.h"

#include "taper/autograd/ops/network/conv.h"

namespace taper::nn::functional {

#define TAPER_CONV_FUNCTIONS(D)                                                \
  Tensor conv##D##d(const Tensor& input, const Tensor& weight,                 \
                    const Conv##D##dFuncOptions& options) {                    \
    const auto call = [&](auto padding) {                                      \
      return taper::conv##D##d(input, weight, options.bias(),                  \
                               options.stride(), padding, options.dilation(),  \
                               options.groups());                              \
    };                                                                         \
    const auto& padding = options.padding();                                   \
    if (const auto* sizes = std::get_if<0>(&padding)) {                        \
      return call(IntArrayRef(*sizes));                                        \
    }                                                                          \
    return call(PaddingMode(padding.index() == 1 ? "valid" : "same"));         \
  }                                                                            \
  Tensor conv_transpose##D##d(const Tensor& input, const Tensor& weight,       \
                              const ConvTranspose##D##dFuncOptions& options) { \
    return taper::conv_transpose##D##d(                                        \
        input, weight, options.bias(), options.stride(), options.padding(),    \
        options.output_padding(), options.groups(), options.dilation());       \
  }
TAPER_CONV_FUNCTIONS(1)
TAPER_CONV_FUNCTIONS(2)
TAPER_CONV_FUNCTIONS(3)
#undef TAPER_CONV_FUNCTIONS

}  // namespace taper::nn::functional
