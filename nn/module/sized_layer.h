// Layers whose forward is one function of their input and options, and whose
// options are made from sizes, such as MaxPool2d(2).
#pragma once

#include "taper/nn/expanding_array.h"
#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {
namespace detail {

/// A layer that is also constructed from what its options are.
template <typename Derived, typename LayerOptions, typename... Arguments>
class TAPER_API SizedLayer : public Layer<Derived, LayerOptions> {
 public:
  SizedLayer(Arguments... arguments) : SizedLayer(LayerOptions(arguments...)) {}
  using Layer<Derived, LayerOptions>::Layer;
};

}  // namespace detail

/// Declares the layer `Name`Impl, its holder and `Name`Options, which are made
/// from the arguments that follow.
#define TAPER_SIZED_LAYER(Name, OptionsType, ...)                    \
  using Name##Options = OptionsType;                                 \
  struct TAPER_API Name##Impl                                        \
      : detail::SizedLayer<Name##Impl, Name##Options, __VA_ARGS__> { \
    using SizedLayer::SizedLayer;                                    \
    Tensor forward(const Tensor& input);                             \
  };                                                                 \
  using Name = ModuleHolder<Name##Impl>;

}  // namespace taper::nn
