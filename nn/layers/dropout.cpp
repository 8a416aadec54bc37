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

namespace {

namespace drop = functional::detail;

/// The function of each layer.
struct Function {
  static auto of(const DropoutImpl&) { return drop::dropout; }
  static auto of(const Dropout2dImpl&) { return drop::dropout2d; }
  static auto of(const Dropout3dImpl&) { return drop::dropout3d; }
  static auto of(const AlphaDropoutImpl&) { return drop::alpha_dropout; }
  static auto of(const FeatureAlphaDropoutImpl&) {
    return drop::feature_alpha_dropout;
  }
};

}  // namespace

template <typename Derived>
Tensor detail::DropoutBase<Derived>::forward(const Tensor& input) {
  const auto function = Function::of(static_cast<const Derived&>(*this));
  return function(input, this->options.p(), this->is_training(),
                  this->options.inplace());
}

template struct detail::DefineLayers<DropoutImpl, Dropout2dImpl, Dropout3dImpl,
                                     AlphaDropoutImpl, FeatureAlphaDropoutImpl>;

}  // namespace taper::nn
