// Sampling at the places of a grid, composed of differentiable operations. P is
// the number of places.
#include "taper/autograd/composed.h"
#include "taper/autograd/ops.h"
#include "taper/autograd/ops/checks.h"

namespace taper {
namespace {

enum class Sampling : int64_t { kLinear, kNearest, kCubic };
enum class Outside : int64_t { kZeros, kBorder, kReflection };

// How places between and outside of elements are read.
struct GridOptions {
  Sampling sampling;
  Outside outside;
  bool align_corners;
};

// x between the first and last of `size` elements, and flat where it is not.
Tensor clipped(const Tensor& x, int64_t size) {
  const int64_t last = size - 1;
  return where((x > 0).logical_and(x < last), x,
               x.detach().nan_to_num(0).clamp(0, last));
}

// x mirrored at both edges until it lies between them.
Tensor reflected(const Tensor& x, int64_t size, bool align_corners) {
  const double low = align_corners ? 0 : -0.5;
  const auto span = static_cast<double>(align_corners ? size - 1 : size);
  if (span == 0) return x * 0;
  const Tensor offset = (x - low).abs();
  const Tensor turns = (offset.detach() / span).floor();
  const Tensor rest = offset - turns * span;
  return where(turns.remainder(2) == 0, rest, span - rest) + low;
}

Tensor inside(const Tensor& x, int64_t size, const GridOptions& options) {
  if (options.outside == Outside::kZeros) return x;
  return clipped(options.outside == Outside::kReflection
                     ? reflected(x, size, options.align_corners)
                     : x,
                 size);
}

// An element per place, (N, P) whole numbers, and its weight; what is not
// inside of x does not count.
struct Tap {
  Tensor index;
  Tensor weight;
  Tensor is_inside;
};

Tensor cubic_near(const Tensor& x) { return (1.25 * x - 2.25) * x * x + 1; }
Tensor cubic_far(const Tensor& x) {
  return ((-0.75 * x + 3.75) * x - 6) * x + 3;
}

std::vector<Tap> taps_of(const Tensor& coordinate, int64_t size,
                         const GridOptions& options) {
  const auto n = static_cast<double>(size);
  Tensor x = options.align_corners ? (coordinate + 1) / 2 * (n - 1)
                                   : ((coordinate + 1) * n - 1) / 2;
  if (options.sampling != Sampling::kCubic) x = inside(x, size, options);
  if (options.sampling == Sampling::kNearest) {
    return {{x.detach().round(), x * 0 + 1, {}}};
  }
  const Tensor first = x.detach().floor();
  const Tensor rest = x - first;
  if (options.sampling == Sampling::kLinear) {
    return {{first, 1 - rest, {}}, {first + 1, rest, {}}};
  }
  const auto at = [&](int64_t k) { return inside(first + k, size, options); };
  return {{at(-1), cubic_far(rest + 1), {}},
          {at(0), cubic_near(rest), {}},
          {at(1), cubic_near(1 - rest), {}},
          {at(2), cubic_far(2 - rest), {}}};
}

// The taps of the dims before, each at every tap of a dim of `size` elements.
std::vector<Tap> multiplied(const std::vector<Tap>& before,
                            const std::vector<Tap>& taps, int64_t size) {
  std::vector<Tap> all;
  for (const Tap& a : before) {
    for (const Tap& b : taps) {
      const Tensor is_inside = (b.index >= 0).logical_and(b.index < size);
      const Tensor index = where(is_inside, b.index, 0).to(kLong);
      all.push_back({a.index * size + index, a.weight * b.weight,
                     a.is_inside.logical_and(is_inside)});
    }
  }
  return all;
}

Tensor grid_sample(const Tensor& x, const Tensor& grid,
                   const GridOptions& options) {
  const int64_t dims = x.dim() - 2;
  const Tensor places = grid.flatten(1, -2);
  const Tensor first = places.select(2, 0).detach();
  std::vector<Tap> taps = {
      {zeros_like(first, kLong), ones_like(first), ones_like(first, kBool)}};
  for (int64_t d = 0; d < dims; ++d) {
    const int64_t size = x.size(d + 2);
    taps = multiplied(
        taps, taps_of(places.select(2, dims - 1 - d), size, options), size);
  }
  const Tensor flat = x.flatten(2);
  SmallShape shape(x.sizes());
  for (int d = 2; d < shape.size; ++d) shape[d] = grid.size(d - 1);
  Tensor y;
  for (const Tap& tap : taps) {
    const Tensor index =
        tap.index.unsqueeze(1).expand({x.size(0), x.size(1), -1});
    const Tensor part = flat.gather(2, index) * tap.weight.unsqueeze(1);
    const Tensor counted = where(tap.is_inside.unsqueeze(1), part, 0);
    y = y.defined() ? y + counted : counted;
  }
  return own(y.view(shape));
}

void check_grid(const char* op, const Tensor& x, const Tensor& grid,
                int64_t dims) {
  check_floating(op, x);
  check<TypeError>(x.dtype() == grid.dtype(), "[{}] x is {} but the grid is {}",
                   op, x.dtype(), grid.dtype());
  check(x.dim() == dims && grid.dim() == dims,
        "[{}] expected x and grid of {} dims, got shapes {} and {}", op, dims,
        x.sizes(), grid.sizes());
  check(x.size(0) == grid.size(0) && grid.size(-1) == dims - 2,
        "[{}] a grid for x of shape {} has shape ({}, ..., {}), got {}", op,
        x.sizes(), x.size(0), dims - 2, grid.sizes());
  for (int64_t d = 2; d < dims; ++d) {
    check(x.size(d) > 0, "[{}] x has no elements to read: shape {}", op,
          x.sizes());
  }
}

Tensor sampled(const char* op, const Tensor& x, const Tensor& grid,
               int64_t dims, int64_t interpolation_mode, int64_t padding_mode,
               bool align_corners) {
  check_grid(op, x, grid, dims);
  check<ValueError>(
      interpolation_mode >= 0 && interpolation_mode <= (x.dim() == 4 ? 2 : 1),
      "[{}] there is no interpolation_mode {} for shape {}", op,
      interpolation_mode, x.sizes());
  check<ValueError>(padding_mode >= 0 && padding_mode <= 2,
                    "[{}] there is no padding_mode {}", op, padding_mode);
  const GridOptions options = {static_cast<Sampling>(interpolation_mode),
                               static_cast<Outside>(padding_mode),
                               align_corners};
  return grid_sample(computed(x), computed(grid), options).to(x.dtype());
}

}  // namespace

Tensor grid_sampler_2d(const Tensor& x, const Tensor& grid,
                       int64_t interpolation_mode, int64_t padding_mode,
                       bool align_corners) {
  return sampled("grid_sampler_2d", x, grid, 4, interpolation_mode,
                 padding_mode, align_corners);
}

Tensor grid_sampler_3d(const Tensor& x, const Tensor& grid,
                       int64_t interpolation_mode, int64_t padding_mode,
                       bool align_corners) {
  return sampled("grid_sampler_3d", x, grid, 5, interpolation_mode,
                 padding_mode, align_corners);
}

Tensor grid_sampler(const Tensor& x, const Tensor& grid,
                    int64_t interpolation_mode, int64_t padding_mode,
                    bool align_corners) {
  const auto sampler = x.dim() == 5 ? grid_sampler_3d : grid_sampler_2d;
  return sampler(x, grid, interpolation_mode, padding_mode, align_corners);
}

namespace {

// Places of `size` elements from -1 to 1: their centers, or with align_corners
// so that the first is -1 and the last 1.
Tensor places_of(int64_t size, bool align_corners, ScalarType dtype) {
  if (size == 1) return zeros({1}, dtype);
  const Tensor places = linspace(-1, 1, size, dtype);
  return align_corners ? places : places * (size - 1) / size;
}

}  // namespace

Tensor affine_grid_generator(const Tensor& theta, IntArrayRef size,
                             bool align_corners) {
  const char* op = "affine_grid_generator";
  check_floating(op, theta);
  check(size.size() == 4 || size.size() == 5,
        "[{}] the size must have 4 or 5 dims, got {}", op, size);
  const auto dims = static_cast<int64_t>(size.size()) - 2;
  check(theta.sizes() == IntArrayRef({size[0], dims, dims + 1}),
        "[{}] theta must have shape ({}, {}, {}) for size {}, got {}", op,
        size[0], dims, dims + 1, size, theta.sizes());
  for (const int64_t n : size) {
    check(n > 0, "[{}] sizes must be positive, got {}", op, size);
  }
  SmallShape shape(size.slice(2, static_cast<size_t>(dims)));
  shape.push_back(1);
  std::vector<Tensor> columns;  // x, y[, z] and 1
  for (int64_t d = dims - 1; d >= 0; --d) {
    SmallShape along;
    for (int64_t e = 0; e <= dims; ++e) {
      along.push_back(e == d ? size[static_cast<size_t>(d) + 2] : 1);
    }
    columns.push_back(places_of(along[static_cast<int>(d)], align_corners,
                                theta.dtype().toScalarType())
                          .view(along)
                          .expand(shape));
  }
  columns.push_back(ones(shape, theta.dtype()));
  const Tensor base = cat(columns, -1).view({1, -1, dims + 1});
  shape[static_cast<int>(dims)] = dims;
  SmallShape result(size[0]);
  for (int d = 0; d < shape.size; ++d) result.push_back(shape[d]);
  return own(matmul(base, theta.transpose(1, 2)).view(result));
}

}  // namespace taper
