// The layers that change resolutions and normalise over channels: what they
// print, check and call.
#include "taper/nn/layers/resample.h"

#include <sstream>
#include <string>

#include "taper/autograd/ops/network/resample.h"
#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static std::string listed(const std::vector<double>& numbers) {
  std::ostringstream text;
  for (const double number : numbers) {
    text << (text.tellp() > 0 ? ", " : "[") << number;
  }
  text << ']';
  return text.str();
}

static void print_options(OptionPrinter& print,
                          const UpsampleOptions& options) {
  constexpr const char* kModes[] = {"kNearest", "kLinear", "kBilinear",
                                    "kBicubic", "kTrilinear"};
  if (options.scale_factor()) {
    print("scale_factor", listed(*options.scale_factor()));
  } else if (options.size()) {
    print.sizes("size", *options.size(), "[]");
  }
  print("mode", kModes[options.mode().index()]);
}

static void print_options(OptionPrinter& print,
                          const PixelShuffleOptions& options) {
  print("upscale_factor", options.upscale_factor());
}

static void print_options(OptionPrinter& print,
                          const PixelUnshuffleOptions& options) {
  print("downscale_factor", options.downscale_factor());
}

template <typename Options>
requires requires(Options options) { options.alpha(); }
static void print_options(OptionPrinter& print, const Options& options) {
  print(options.size())("alpha", options.alpha())("beta", options.beta());
  print("k", options.k());
}

#define TAPER_CHECK(Name, option)                                \
  template <>                                                    \
  void check_options<Name##Impl>(const Name##Options& options) { \
    check_positive(#Name, #option, options.option());            \
  }
TAPER_CHECK(PixelShuffle, upscale_factor)
TAPER_CHECK(PixelUnshuffle, downscale_factor)
TAPER_CHECK(LocalResponseNorm, size)
TAPER_CHECK(CrossMapLRN2d, size)

Tensor UpsampleImpl::forward(const Tensor& input) {
  functional::InterpolateFuncOptions all;
  all.size(options.size()).scale_factor(options.scale_factor());
  all.align_corners(options.align_corners());
  std::visit([&](auto tag) { all.mode(tag); }, options.mode());
  return functional::interpolate(input, all);
}

Tensor PixelShuffleImpl::forward(const Tensor& input) {
  return pixel_shuffle(input, options.upscale_factor());
}

Tensor PixelUnshuffleImpl::forward(const Tensor& input) {
  return pixel_unshuffle(input, options.downscale_factor());
}

Tensor LocalResponseNormImpl::forward(const Tensor& input) {
  return functional::local_response_norm(input, options);
}

Tensor CrossMapLRN2dImpl::forward(const Tensor& input) {
  return cross_map_lrn2d(input, options.size(), options.alpha(), options.beta(),
                         static_cast<double>(options.k()));
}

template class Layer<UpsampleImpl, UpsampleOptions>;
template class Layer<PixelShuffleImpl, PixelShuffleOptions>;
template class Layer<PixelUnshuffleImpl, PixelUnshuffleOptions>;
template class Layer<LocalResponseNormImpl, LocalResponseNormOptions>;
template class Layer<CrossMapLRN2dImpl, CrossMapLRN2dOptions>;

}  // namespace taper::nn
