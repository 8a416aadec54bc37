// Unpacks the options of resampling and calls the operations.
#include "taper/nn/functional/resample.h"

#include <cmath>

#include "taper/autograd/ops/network/mapped.h"
#include "taper/autograd/ops/network/resample.h"

namespace taper::nn::functional {
namespace {

using kernels::Filter;
using Mode = InterpolateFuncOptions::mode_t;

template <class Tag>
bool is(const Mode& mode) {
  return std::holds_alternative<Tag>(mode);
}

// The sizes behind N and C of the result.
std::vector<int64_t> sizes_of(const Tensor& x,
                              const InterpolateFuncOptions& options) {
  const char* op = "interpolate";
  check<ValueError>(
      options.size().has_value() != options.scale_factor().has_value(),
      "[{}] expected either a size or a scale_factor, got {}", op,
      options.size() ? "both" : "neither");
  if (options.size()) return *options.size();
  const std::vector<double>& scales = *options.scale_factor();
  const auto dims = static_cast<size_t>(x.dim()) - 2;
  check(scales.size() == dims,
        "[{}] expected {} scale factors for an input of shape {}, got {}", op,
        dims, x.sizes(), scales.size());
  std::vector<int64_t> sizes;
  for (size_t d = 0; d < dims; ++d) {
    const double size =
        std::floor(static_cast<double>(x.sizes()[d + 2]) * scales[d]);
    check<ValueError>(size >= 1 && size < 0x1p62,
                      "[{}] scale factor {} makes a size of {} of {}", op,
                      scales[d], size, x.sizes()[d + 2]);
    sizes.push_back(static_cast<int64_t>(size));
  }
  return sizes;
}

void check_mode(const Tensor& x, const InterpolateFuncOptions& options) {
  const char* op = "interpolate";
  const Mode& mode = options.mode();
  check(x.dim() >= 3 && x.dim() <= 5,
        "[{}] expected an input of 3 to 5 dims, got shape {}", op, x.sizes());
  check<ValueError>(
      !options.align_corners() ||
          !(is<enumtype::kNearest>(mode) || is<enumtype::kArea>(mode)),
      "[{}] nearest and area do not know align_corners", op);
  const bool flat =
      is<enumtype::kBilinear>(mode) || is<enumtype::kBicubic>(mode);
  const int64_t dims = is<enumtype::kLinear>(mode)      ? 3
                       : flat                           ? 4
                       : is<enumtype::kTrilinear>(mode) ? 5
                                                        : x.dim();
  check(x.dim() == dims, "[{}] the mode is for inputs of {} dims, got shape {}",
        op, dims, x.sizes());
  check<ValueError>(!options.antialias() || flat,
                    "[{}] only bilinear and bicubic know antialias", op);
}

Filter filter_of(const InterpolateFuncOptions& options) {
  constexpr Filter kFilters[] = {
      Filter::kNearest, Filter::kLinear, Filter::kLinear,      Filter::kCubic,
      Filter::kLinear,  Filter::kArea,   Filter::kNearestExact};
  const Filter filter = kFilters[options.mode().index()];
  if (!options.antialias()) return filter;
  return filter == Filter::kLinear ? Filter::kSmoothLinear
                                   : Filter::kSmoothCubic;
}

}  // namespace

Tensor interpolate(const Tensor& input, const InterpolateFuncOptions& options) {
  check_mode(input, options);
  const std::vector<int64_t> size = sizes_of(input, options);
  std::vector<std::optional<double>> scales(
      static_cast<size_t>(input.dim() - 2));
  if (options.scale_factor() &&
      !options.recompute_scale_factor().value_or(false)) {
    scales.assign(options.scale_factor()->begin(),
                  options.scale_factor()->end());
  }
  return upsample(filter_of(options), input, size,
                  options.align_corners().value_or(false), scales);
}

Tensor grid_sample(const Tensor& input, const Tensor& grid,
                   const GridSampleFuncOptions& options) {
  return grid_sampler(input, grid, static_cast<int64_t>(options.mode().index()),
                      static_cast<int64_t>(options.padding_mode().index()),
                      options.align_corners().value_or(false));
}

Tensor affine_grid(const Tensor& theta, const IntArrayRef& size,
                   bool align_corners) {
  return affine_grid_generator(theta, size, align_corners);
}

Tensor pixel_shuffle(const Tensor& input,
                     const PixelShuffleFuncOptions& options) {
  return taper::pixel_shuffle(input, options.upscale_factor());
}

Tensor pixel_unshuffle(const Tensor& input,
                       const PixelUnshuffleFuncOptions& options) {
  return taper::pixel_unshuffle(input, options.downscale_factor());
}

Tensor local_response_norm(const Tensor& input,
                           const LocalResponseNormFuncOptions& options) {
  return taper::local_response_norm(input, options.size(), options.alpha(),
                                    options.beta(), options.k());
}

}  // namespace taper::nn::functional
