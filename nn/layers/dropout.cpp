// The dropout layers: what they print, check and call.
#include "taper/nn/layers/dropout.h"

#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print, const DropoutOptions& options) {
  print("p", options.p())("inplace", options.inplace());
}

#define TAPER_DROPOUT(Name, f, FuncOptions)                         \
  template <>                                                       \
  void check_options<Name##Impl>(const DropoutOptions& options) {   \
    check_probability("Dropout", options.p());                      \
  }                                                                 \
  Tensor Name##Impl::forward(const Tensor& input) {                 \
    return functional::detail::f(input, options.p(), is_training(), \
                                 options.inplace());                \
  }                                                                 \
  template class Layer<Name##Impl, Name##Options>;
#include "taper/nn/layers.inc"

}  // namespace taper::nn
