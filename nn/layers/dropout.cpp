// The dropout layers: what they print, check and call.
#include "taper/nn/layers/dropout.h"

#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print, const DropoutOptions& options) {
  print("p", options.p())("inplace", options.inplace());
}

void detail::check_dropout(double p) {
  check_probability("Dropout", p);
}

Tensor DropoutImpl::forward(const Tensor& input) {
  return functional::detail::dropout(input, options.p(), is_training(),
                                     options.inplace());
}

Tensor Dropout2dImpl::forward(const Tensor& input) {
  return functional::detail::dropout2d(input, options.p(), is_training(),
                                       options.inplace());
}

Tensor Dropout3dImpl::forward(const Tensor& input) {
  return functional::detail::dropout3d(input, options.p(), is_training(),
                                       options.inplace());
}

Tensor AlphaDropoutImpl::forward(const Tensor& input) {
  return functional::detail::alpha_dropout(input, options.p(), is_training(),
                                           options.inplace());
}

Tensor FeatureAlphaDropoutImpl::forward(const Tensor& input) {
  return functional::detail::feature_alpha_dropout(
      input, options.p(), is_training(), options.inplace());
}

template struct detail::DefineLayers<DropoutImpl, Dropout2dImpl, Dropout3dImpl,
                                     AlphaDropoutImpl, FeatureAlphaDropoutImpl>;

}  // namespace taper::nn
