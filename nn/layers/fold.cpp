// Fold and Unfold: what they print and call.
#include "taper/nn/layers/fold.h"

#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

template <typename Options>
static void print_patches(OptionPrinter& print, const Options& options) {
  print("kernel_size", options.kernel_size())("dilation", options.dilation());
  print("padding", options.padding())("stride", options.stride());
}

static void print_options(OptionPrinter& print, const FoldOptions& options) {
  print("output_size", options.output_size());
  print_patches(print, options);
}

static void print_options(OptionPrinter& print, const UnfoldOptions& options) {
  print_patches(print, options);
}

Tensor FoldImpl::forward(const Tensor& input) {
  return functional::fold(input, options);
}

Tensor UnfoldImpl::forward(const Tensor& input) {
  return functional::unfold(input, options);
}

template class Layer<FoldImpl, FoldOptions>;
template class Layer<UnfoldImpl, UnfoldOptions>;

}  // namespace taper::nn
