// Fold and Unfold: the options unpacked.
#include "taper/nn/functional/fold.h"

#include "taper/autograd/ops/network/fold.h"

namespace taper::nn::functional {

Tensor fold(const Tensor& input, const FoldFuncOptions& options) {
  return col2im(input, options.output_size(), options.kernel_size(),
                options.dilation(), options.padding(), options.stride());
}

Tensor unfold(const Tensor& input, const UnfoldFuncOptions& options) {
  return im2col(input, options.kernel_size(), options.dilation(),
                options.padding(), options.stride());
}

}  // namespace taper::nn::functional
