// The dropout layers: what they print, check and call.
#include "taper/nn/layers/dropout.h"

#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print, const DropoutOptions& options) {
  print("p", options.p())("inplace", options.inplace());
}

void detail::check_dropout(double p) { check_probability("Dropout", p); }

namespace {

/// The function of each layer.
struct Function {
  static auto of(const DropoutImpl&) { return functional::dropout; }
  static auto of(const Dropout2dImpl&) { return functional::dropout2d; }
  static auto of(const Dropout3dImpl&) { return functional::dropout3d; }
  static auto of(const AlphaDropoutImpl&) { return functional::alpha_dropout; }
  static auto of(const FeatureAlphaDropoutImpl&) {
    return functional::feature_alpha_dropout;
  }
};

template <typename FuncOptions>
Tensor call(Tensor (*function)(const Tensor&, const FuncOptions&),
            const Tensor& input, bool training, const DropoutOptions& options) {
  return function(input, FuncOptions()
                             .p(options.p())
                             .training(training)
                             .inplace(options.inplace()));
}

}  // namespace

template <typename Derived>
Tensor detail::DropoutBase<Derived>::forward(const Tensor& input) {
  return call(Function::of(static_cast<const Derived&>(*this)), input,
              this->is_training(), this->options);
}

template struct detail::DefineLayers<DropoutImpl, Dropout2dImpl, Dropout3dImpl,
                                     AlphaDropoutImpl, FeatureAlphaDropoutImpl>;

}  // namespace taper::nn
