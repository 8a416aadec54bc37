// Dropout as functions.
#include "taper/nn/functional/dropout.h"

#include "taper/autograd/ops/network/dropout.h"
#include "taper/autograd/ops/views/views.h"

namespace taper::nn::functional {
namespace {

using Drop = Tensor (*)(const Tensor&, double, bool);
using DropInPlace = Tensor& (*)(Tensor&, double, bool);

Tensor drop(Drop f, DropInPlace f_in_place, Tensor x, double p, bool training,
            bool inplace) {
  return inplace ? f_in_place(x, p, training) : f(x, p, training);
}

/// Drops whole channels of x, which has `dims` dims or lacks the dim N.
Tensor drop_channels(const Tensor& x, int64_t dims, double p, bool training,
                     bool inplace) {
  const bool batched = x.dim() == dims;
  const Tensor y = drop(feature_dropout, feature_dropout_,
                        batched ? x : x.unsqueeze(0), p, training, inplace);
  return inplace ? x : batched ? y : y.squeeze(0);
}

}  // namespace

Tensor detail::dropout(const Tensor& input, double p, bool training,
                       bool inplace) {
  return drop(taper::dropout, taper::dropout_, input, p, training, inplace);
}
Tensor detail::dropout2d(const Tensor& input, double p, bool training,
                         bool inplace) {
  return drop_channels(input, 4, p, training, inplace);
}
Tensor detail::dropout3d(const Tensor& input, double p, bool training,
                         bool inplace) {
  return drop_channels(input, 5, p, training, inplace);
}
Tensor detail::alpha_dropout(const Tensor& input, double p, bool training,
                             bool inplace) {
  return drop(taper::alpha_dropout, taper::alpha_dropout_, input, p, training,
              inplace);
}
Tensor detail::feature_alpha_dropout(const Tensor& input, double p,
                                     bool training, bool inplace) {
  return drop(taper::feature_alpha_dropout, taper::feature_alpha_dropout_,
              input, p, training, inplace);
}

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_DROPOUT(Name, f, OptionsType)                         \
  Tensor f(const Tensor& input, const Name##FuncOptions& options) { \
    return detail::f(input, options.p(), options.training(),        \
                     options.inplace());                            \
  }
#include "taper/nn/layers.inc"

}  // namespace taper::nn::functional
