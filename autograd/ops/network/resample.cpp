// Resampling, and normalisation over neighbouring channels.
#include "taper/autograd/ops/network/resample.h"

#include <algorithm>
#include <vector>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/network/mapped.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {

using kernels::Filter;
using Maps = std::vector<kernels::DimMap>;
using Scale = std::optional<double>;

Tensor mapped(const char* name, const Tensor& x, int64_t dim,
              const Maps& maps) {
  Tensor y = kernels::resample(kernels::contiguous(x), dim, maps);
  return record(y, name, x, [name, dim, maps](const Tensor& grad) {
    Maps back;
    for (const auto& map : maps) back.push_back(kernels::transposed(map));
    return mapped(name, grad, dim, back);
  });
}

namespace {

// The columns of images come first, and what keeps its size is left alone.
Tensor mapped_bytes(const Tensor& x, const Maps& maps) {
  Tensor y = kernels::clone(x);
  for (const int64_t d : {1, 0}) {
    const kernels::DimMap& map = maps[static_cast<size_t>(d)];
    if (map.in != map.out()) y = kernels::resample_bytes(y, d + 2, map);
  }
  return y;
}

void check_sizes(const char* op, const Tensor& x, size_t dims,
                 IntArrayRef output_size) {
  check(static_cast<size_t>(x.dim()) == dims + 2,
        "[{}] expected an input of {} dims, got shape {}", op, dims + 2,
        x.sizes());
  check(output_size.size() == dims,
        "[{}] expected {} output sizes for an input of shape {}, got {}", op,
        dims, x.sizes(), output_size);
  for (size_t d = 0; d < dims; ++d) {
    check(x.sizes()[d + 2] > 0 && x.sizes()[1] > 0 && output_size[d] > 0,
          "[{}] sizes must be positive, got an input of shape {} and output "
          "size {}",
          op, x.sizes(), output_size);
  }
}

// Scales that are not positive do not count, as in PyTorch.
void check_scale(const char* op, Scale scale) {
  constexpr double least = 1e-9;  // positions stay within int64
  check<ValueError>(!scale || !(*scale > 0) || *scale >= least,
                    "[{}] scale {} is too small", op, scale.value_or(0));
}

// uint8 where PyTorch has it, and what is floating.
void check_type(const char* op, const Tensor& x, Filter filter) {
  const bool bytes = filter == Filter::kNearest ||
                     filter == Filter::kNearestExact ||
                     (x.dim() == 4 && filter != Filter::kArea);
  if (x.dtype() != kByte || !bytes) check_floating(op, x);
}

// By filter and number of dims.
struct Names {
  const char* op;
  const char* node;
};
constexpr Names kNames[][3] = {
    {{"upsample_nearest1d", "UpsampleNearest1DBackward0"},
     {"upsample_nearest2d", "UpsampleNearest2DBackward0"},
     {"upsample_nearest3d", "UpsampleNearest3DBackward0"}},
    {{"upsample_nearest_exact1d", "UpsampleNearestExact1DBackward0"},
     {"upsample_nearest_exact2d", "UpsampleNearestExact2DBackward0"},
     {"upsample_nearest_exact3d", "UpsampleNearestExact3DBackward0"}},
    {{"upsample_linear1d", "UpsampleLinear1DBackward0"},
     {"upsample_bilinear2d", "UpsampleBilinear2DBackward0"},
     {"upsample_trilinear3d", "UpsampleTrilinear3DBackward0"}},
    {{}, {"upsample_bicubic2d", "UpsampleBicubic2DBackward0"}, {}},
    {{"upsample_area", "UpsampleAreaBackward0"},
     {"upsample_area", "UpsampleAreaBackward0"},
     {"upsample_area", "UpsampleAreaBackward0"}},
    {{}, {"upsample_bilinear2d_aa", "UpsampleBilinear2DAaBackward0"}, {}},
    {{}, {"upsample_bicubic2d_aa", "UpsampleBicubic2DAaBackward0"}, {}},
};

}  // namespace

Tensor upsample(Filter filter, const Tensor& x, IntArrayRef output_size,
                bool align_corners, std::vector<Scale> scales) {
  const auto [op, node] =
      kNames[static_cast<size_t>(filter)][scales.size() - 1];
  check_sizes(op, x, scales.size(), output_size);
  check_type(op, x, filter);
  const bool nearest =
      filter == Filter::kNearest || filter == Filter::kNearestExact;
  const bool bytes = x.dtype() == kByte;
  const Tensor input = bytes ? x.to(nearest ? kFloat : kDouble) : computed(x);
  // In small images PyTorch does not look at the scale where it copies or
  // doubles the elements.
  const bool small = filter == Filter::kNearest && x.dim() == 4 &&
                     output_size[0] < 128 && output_size[1] < 128 &&
                     output_size[0] + output_size[1] <= 128;
  Maps maps;
  for (size_t d = 0; d < scales.size(); ++d) {
    check_scale(op, scales[d]);
    const int64_t in = input.sizes()[d + 2];
    const int64_t out = output_size[d];
    if (small && (out == in || out == 2 * in)) scales[d] = std::nullopt;
    maps.push_back(kernels::filter_map(filter, in, out, align_corners,
                                       scales[d], input.dtype()));
  }
  if (bytes && !nearest) return mapped_bytes(x, maps);
  return mapped(node, input, 2, maps).to(x.dtype());
}

#define TAPER_NEAREST(f, filter)                                             \
  Tensor f##1d(const Tensor& x, IntArrayRef output_size, Scale w) {          \
    return upsample(filter, x, output_size, false, {w});                     \
  }                                                                          \
  Tensor f##2d(const Tensor& x, IntArrayRef output_size, Scale h, Scale w) { \
    return upsample(filter, x, output_size, false, {h, w});                  \
  }                                                                          \
  Tensor f##3d(const Tensor& x, IntArrayRef output_size, Scale d, Scale h,   \
               Scale w) {                                                    \
    return upsample(filter, x, output_size, false, {d, h, w});               \
  }
TAPER_NEAREST(upsample_nearest, Filter::kNearest)
TAPER_NEAREST(_upsample_nearest_exact, Filter::kNearestExact)

#define TAPER_UPSAMPLE2D(f, filter)                                       \
  Tensor f(const Tensor& x, IntArrayRef output_size, bool align, Scale h, \
           Scale w) {                                                     \
    return upsample(filter, x, output_size, align, {h, w});               \
  }
TAPER_UPSAMPLE2D(upsample_bilinear2d, Filter::kLinear)
TAPER_UPSAMPLE2D(upsample_bicubic2d, Filter::kCubic)
TAPER_UPSAMPLE2D(_upsample_bilinear2d_aa, Filter::kSmoothLinear)
TAPER_UPSAMPLE2D(_upsample_bicubic2d_aa, Filter::kSmoothCubic)

Tensor upsample_linear1d(const Tensor& x, IntArrayRef output_size, bool align,
                         Scale w) {
  return upsample(Filter::kLinear, x, output_size, align, {w});
}
Tensor upsample_trilinear3d(const Tensor& x, IntArrayRef output_size,
                            bool align, Scale d, Scale h, Scale w) {
  return upsample(Filter::kLinear, x, output_size, align, {d, h, w});
}
Tensor upsample_area(const Tensor& x, IntArrayRef output_size) {
  check(x.dim() >= 3 && x.dim() <= 5,
        "[upsample_area] expected an input of 3 to 5 dims, got shape {}",
        x.sizes());
  return upsample(Filter::kArea, x, output_size, false,
                  std::vector<Scale>(static_cast<size_t>(x.dim() - 2)));
}

namespace {

// The sum of squares over neighbouring channels, divided by `size`.
Tensor mean_square(const Tensor& squares, int64_t size, int64_t before,
                   int64_t behind) {
  if (squares.numel() == 0) return squares;
  const int64_t channels = squares.size(1);
  std::vector<kernels::Window> windows;
  for (int64_t c = 0; c < channels; ++c) {
    windows.push_back({std::max<int64_t>(c - before, 0),
                       c + std::min(behind, channels - 1 - c) + 1});
  }
  return mapped(
      "ChannelWindowBackward0", squares, 1,
      {kernels::window_map(channels, windows, 1 / static_cast<double>(size),
                           squares.dtype())});
}

void check_response_norm(const char* op, const Tensor& x, int64_t size) {
  check_floating(op, x);
  check(x.dim() >= 3, "[{}] expected an input (N, C, ...), got shape {}", op,
        x.sizes());
  check<ValueError>(size >= 1, "[{}] size must be positive, got {}", op, size);
}

}  // namespace

Tensor local_response_norm(const Tensor& x, int64_t size, double alpha,
                           double beta, double k) {
  check_response_norm("local_response_norm", x, size);
  const Tensor input = computed(x);
  const Tensor mean =
      mean_square(input * input, size, size / 2, (size - 1) / 2);
  return (input / (mean * alpha + k).pow(beta)).to(x.dtype());
}

Tensor cross_map_lrn2d(const Tensor& x, int64_t size, double alpha, double beta,
                       double k) {
  const char* op = "cross_map_lrn2d";
  check_response_norm(op, x, size);
  check(x.dim() == 4, "[{}] expected an input of 4 dims, got shape {}", op,
        x.sizes());
  const Tensor input = computed(x);
  const Tensor squares = input * input;
  const int64_t reach = (size - 1) / 2;
  Tensor mean = mean_square(squares, size, reach, reach);
  // LibTorch never takes channel 0 off again.
  const int64_t channels = x.sizes()[1];
  if (channels > reach + 1) {
    const int64_t behind = channels - reach - 1;
    const Tensor first = squares.narrow(1, 0, 1) / size;
    mean = cat({mean.narrow(1, 0, reach + 1),
                mean.narrow(1, reach + 1, behind) + first},
               1);
  }
  return (input * (mean * alpha + k).pow(-beta)).to(x.dtype());
}

}  // namespace taper
