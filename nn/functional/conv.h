// Convolutions as functions with LibTorch's options; see
// autograd/ops/network/conv.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "taper/nn/layers/conv.h"

namespace taper::nn::functional {

template <size_t D>
struct TAPER_API ConvFuncOptions {
  using padding_t = nn::detail::conv_padding_t<D>;
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(ExpandingArray<D>, stride) = 1;
  TAPER_ARG(padding_t, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
  TAPER_ARG(int64_t, groups) = 1;

 public:
  auto padding(std::initializer_list<int64_t> sizes) {
    return padding(IntArrayRef(sizes));
  }
};

template <size_t D>
struct TAPER_API ConvTransposeFuncOptions {
  TAPER_ARG(Tensor, bias);
  TAPER_ARG(ExpandingArray<D>, stride) = 1;
  TAPER_ARG(ExpandingArray<D>, padding) = 0;
  TAPER_ARG(ExpandingArray<D>, output_padding) = 0;
  TAPER_ARG(int64_t, groups) = 1;
  TAPER_ARG(ExpandingArray<D>, dilation) = 1;
};

#define TAPER_CONV_FUNCTIONS(D)                                           \
  using Conv##D##dFuncOptions = ConvFuncOptions<D>;                       \
  TAPER_API Tensor conv##D##d(const Tensor& input, const Tensor& weight,  \
                              const Conv##D##dFuncOptions& options = {}); \
  using ConvTranspose##D##dFuncOptions = ConvTransposeFuncOptions<D>;     \
  TAPER_API Tensor conv_transpose##D##d(                                  \
      const Tensor& input, const Tensor& weight,                          \
      const ConvTranspose##D##dFuncOptions& options = {});
TAPER_CONV_FUNCTIONS(1)
TAPER_CONV_FUNCTIONS(2)
TAPER_CONV_FUNCTIONS(3)
#undef TAPER_CONV_FUNCTIONS

}  // namespace taper::nn::functional
