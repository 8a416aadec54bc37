// The padding layers: what they print and call.
#include "taper/nn/layers/padding.h"

#include "taper/autograd/ops/network/network.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

template <size_t D>
static void print_options(OptionPrinter& print, const PadOptions<D>& options) {
  print("padding", options.padding());
}

template <size_t D>
static void print_options(OptionPrinter& print,
                          const ConstantPadOptions<D>& options) {
  print("padding", options.padding())("value", options.value());
}

#define TAPER_PADDING(Name, padded)                                  \
  Tensor Name##Impl::forward(const Tensor& input) { return padded; } \
  template class Layer<Name##Impl, Name##Options>;
#define TAPER_PADDINGS(D)                                                 \
  TAPER_PADDING(ReflectionPad##D##d,                                      \
                reflection_pad##D##d(input, options.padding()))           \
  TAPER_PADDING(ReplicationPad##D##d,                                     \
                replication_pad##D##d(input, options.padding()))          \
  TAPER_PADDING(ZeroPad##D##d, constant_pad_nd(input, options.padding())) \
  TAPER_PADDING(ConstantPad##D##d,                                        \
                constant_pad_nd(input, options.padding(), options.value()))
TAPER_PADDINGS(1)
TAPER_PADDINGS(2)
TAPER_PADDINGS(3)

}  // namespace taper::nn
