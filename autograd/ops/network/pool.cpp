// Pooling: the gradients of maxima go to their places and back from there;
// averages are maps of the dims.
#include "taper/autograd/ops/network/pool.h"

#include <algorithm>
#include <limits>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/network/mapped.h"
#include "taper/autograd/ops/network/pool_windows.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"

namespace taper {
namespace {

using kernels::PoolDim;
using kernels::Pooling;

// Maximum ---------------------------------------------------------------------

// Maxima and their places, int32.
struct Maxima {
  Tensor y;
  Tensor places;

  std::tuple<Tensor, Tensor> with_indices() const {
    return {y, kernels::cast(places, kLong)};
  }
};

// Zeros of shape `sizes` to which x was added at its places in their planes.
Tensor add_to_places(const Tensor& x, const Tensor& places, size_t count,
                     const SmallShape& sizes) {
  Tensor y = kernels::add_to_places(kernels::contiguous(x), places, sizes,
                                    static_cast<int>(count));
  return record(
      y, "MaxPoolPlacesBackward0", x,
      [places, first = -static_cast<int64_t>(count)](const Tensor& grad) {
        const Tensor index = kernels::cast(places, kLong);
        return own(grad.flatten(first)
                       .gather(-1, index.flatten(first))
                       .view(index.sizes()));
      });
}

// With `starts`, windows of each plane's own; see kernels::max_pool.
Maxima maxima(const PoolCall& call, const char* name, const Pooling& pooling,
              const Tensor* starts = nullptr) {
  check<TypeError>(call.x.dtype() != kBool, "[{}] is not for bools", call.op);
  const int64_t plane_size = pooling.inputs();
  check(plane_size <= std::numeric_limits<int32_t>::max(),
        "[{}] {} elements to choose from are too many, shape {}", call.op,
        plane_size, call.x.sizes());
  const Tensor input = computed(call.x).contiguous();
  Maxima result;
  Tensor y = kernels::max_pool(input, pooling, starts, sizes_of(call, pooling),
                               result.places);
  y = record(y, name, input,
             [places = result.places, count = call.count,
              sizes = SmallShape(input.sizes())](const Tensor& grad) {
               return add_to_places(grad, places, count, sizes);
             });
  result.y = y.to(call.x.dtype());
  return result;
}

Maxima max_pool(const PoolCall& call, IntArrayRef kernel_size,
                IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation,
                bool ceil_mode) {
  check_shape(call, /*channels_too=*/false);
  const Grid grid(call, kernel_size, stride, padding, dilation, ceil_mode);
  return maxima(call,
                call.count == 3 ? "MaxPool3DWithIndicesBackward0"
                                : "MaxPool2DWithIndicesBackward0",
                slide(call, grid));
}

Maxima adaptive_max_pool(const PoolCall& call, IntArrayRef output_size) {
  check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/true);
  return maxima(call,
                call.count == 3 ? "AdaptiveMaxPool3DBackward0"
                                : "AdaptiveMaxPool2DBackward0",
                share(call, triple(call, "output_size", output_size, 0, 1)));
}

// Where the windows of a dim begin, (planes, outputs), for samples (N, C). The
// numbers are rounded to the dtype of x, as PyTorch does.
Tensor fractional_starts(const PoolCall& call, const PoolDim& dim,
                         const Tensor& samples) {
  const int64_t most = dim.size - dim.extent;
  const int64_t steps = dim.outputs - 1;
  const ScalarType dtype = samples.dtype().toScalarType();
  Tensor starts = full({samples.numel(), dim.outputs}, most, kLong);
  if (steps > 0) {
    const Tensor sample = samples.reshape({-1, 1});
    const Tensor alpha = full({}, most, dtype) / full({}, steps, dtype);
    const Tensor offset = (sample * alpha).to(kLong);
    const Tensor ends = (arange(steps).to(dtype) + sample) * alpha;
    starts.narrow(1, 0, steps).copy_(ends.to(kLong) - offset);
  }
  kernels::check_indices(call.op, starts, most + 1);
  return starts;
}

Maxima fractional_max_pool(const PoolCall& call, IntArrayRef kernel_size,
                           IntArrayRef output_size, const Tensor& samples) {
  const Tensor& x = call.x;
  const auto count = static_cast<int64_t>(call.count);
  check_floating(call.op, x);
  check_shape(call, /*channels_too=*/true);
  const Triple kernel = triple(call, "kernel_size", kernel_size, 1, 1);
  const Triple outputs = triple(call, "output_size", output_size, 1, 1);
  check<TypeError>(samples.dtype() == x.dtype(),
                   "[{}] random_samples are {} but the input is {}", call.op,
                   samples.dtype(), x.dtype());
  const int64_t n = x.dim() == count + 2 ? x.size(0) : 1;
  const int64_t channels = x.size(-count - 1);
  check(samples.sizes() == IntArrayRef({n, channels, count}),
        "[{}] random_samples must have shape {} for an input of shape {}, got "
        "{}",
        call.op, IntArrayRef({n, channels, count}), x.sizes(), samples.sizes());
  Pooling pooling = inputs_of(call);
  Tensor starts[3];
  for (size_t d = 0; d < 3; ++d) {
    PoolDim& dim = pooling.dims[d];
    dim.outputs = outputs[d];
    dim.extent = kernel[d];
    check(dim.outputs + dim.extent - 1 <= dim.size,
          "[{}] {} windows of {} do not fit dim {} of the input, shape {}",
          call.op, dim.outputs, dim.extent, d, x.sizes());
    // Of two samples the first is for W.
    const auto i = static_cast<int64_t>(call.count == 3 ? d : 2 - d);
    starts[d] = fractional_starts(
        call, dim, samples.detach().select(2, std::min(i, count - 1)));
  }
  return maxima(call,
                call.count == 3 ? "FractionalMaxPool3DBackward0"
                                : "FractionalMaxPool2DBackward0",
                pooling, starts);
}

// Average ---------------------------------------------------------------------

Tensor avg_pool(const PoolCall& call, IntArrayRef kernel_size,
                IntArrayRef stride, IntArrayRef padding, bool ceil_mode,
                bool count_include_pad, std::optional<int64_t> divisor) {
  if (call.x.dtype() != kLong) check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/false);
  check<ValueError>(divisor != 0, "[{}] divisor_override must not be 0",
                    call.op);
  const Grid grid(call, kernel_size, stride, padding, 1, ceil_mode);
  const Pooling pooling = slide(call, grid);
  // Quotients of integers are rounded towards 0 by the cast back.
  const Tensor x =
      call.x.dtype() == kLong ? call.x.to(kDouble) : computed(call.x);
  Tensor counts = full({}, divisor.value_or(1), x.dtype());
  std::vector<kernels::DimMap> sums;
  for (size_t d = 3 - call.count; d < 3; ++d) {
    const std::vector<kernels::Window>& windows = pooling.windows[d];
    const int64_t size = pooling.dims[d].size;
    sums.push_back(kernels::window_map(size, windows, 1, x.dtype()));
    std::vector<int64_t> of_dim;
    int64_t begin = -grid.padding[d];
    for (const auto& window : windows) {
      // What lies behind the padding does not count.
      of_dim.push_back(
          count_include_pad
              ? std::min(grid.kernel[d], size + grid.padding[d] - begin)
              : window.end - window.begin);
      begin += grid.stride[d];
    }
    // A number alone is divided by faster.
    const bool is_even = std::count(of_dim.begin(), of_dim.end(),
                                    of_dim.front()) == std::ssize(of_dim);
    if (is_even) of_dim.resize(1);
    if (!divisor) counts = counts.unsqueeze(-1) * tensor(of_dim);
  }
  const auto first = x.dim() - static_cast<int64_t>(call.count);
  return (mapped("AvgPoolBackward0", x, first, sums) / counts)
      .to(call.x.dtype());
}

Tensor adaptive_avg_pool(const PoolCall& call, IntArrayRef output_size) {
  check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/true);
  const Triple outputs = triple(call, "output_size", output_size, 0, 1);
  if (outputs == Triple{1, 1, 1}) {
    const int64_t dims[] = {-1, -2, -3};
    return call.x.mean(IntArrayRef(dims, call.count), /*keepdim=*/true);
  }
  numel_of(outputs);
  const Tensor x = computed(call.x);
  const auto first = x.dim() - static_cast<int64_t>(call.count);
  std::vector<kernels::DimMap> means;
  for (size_t d = 3 - call.count; d < 3; ++d) {
    means.push_back(kernels::filter_map(
        kernels::Filter::kArea, x.size(static_cast<int64_t>(d) - 3), outputs[d],
        /*align_corners=*/false, std::nullopt, x.dtype()));
  }
  return mapped("AdaptiveAvgPoolBackward0", x, first, means).to(call.x.dtype());
}

// Where a sum is 0 the root has no slope, and the gradient shall be 0 and not
// infinity times 0: the root is taken of 1 instead.
Tensor lp_pool(const PoolCall& call, double norm_type, IntArrayRef kernel_size,
               IntArrayRef stride, bool ceil_mode) {
  const Tensor powers = call.x.pow(norm_type);
  const Tensor mean = avg_pool({call.op, call.count, powers}, kernel_size,
                               stride, 0, ceil_mode, true, std::nullopt);
  const Triple kernel = triple(call, "kernel_size", kernel_size, 1, 1);
  const Tensor is_zero = mean == 0;
  return mean.masked_fill(is_zero, 1)
      .mul(kernel[0] * kernel[1] * kernel[2])
      .pow(1 / norm_type)
      .masked_fill(is_zero, 0);
}

Tensor unpool(const PoolCall& call, const Tensor& indices,
              IntArrayRef output_size) {
  const Tensor& x = call.x;
  check_shape(call, /*channels_too=*/false);
  check_floating(call.op, x);
  check_index_type(call.op, indices);
  check(indices.sizes() == x.sizes(),
        "[{}] indices of shape {} for an input of shape {}", call.op,
        indices.sizes(), x.sizes());
  check(output_size.size() == call.count,
        "[{}] output_size must have {} numbers, got {}", call.op, call.count,
        output_size);
  SmallShape sizes(x.sizes());
  sizes.size -= static_cast<int>(call.count);
  SmallShape flat = sizes;
  for (const int64_t size : output_size) {
    check(size >= 0, "[{}] output_size {} is negative", call.op, output_size);
    sizes.push_back(size);
  }
  flat.push_back(numel_of(output_size));
  kernels::check_indices(call.op, indices, numel_of(output_size));
  const auto first = -static_cast<int64_t>(call.count);
  return own(zeros(flat, x.dtype())
                 .scatter(-1, indices.flatten(first), x.flatten(first))
                 .view(sizes));
}

}  // namespace

// The functions of D dims, whose names have D in front of their last letter.
#define TAPER_POOLS(D)                                                         \
  Tensor max_pool##D##d(const Tensor& x, IntArrayRef kernel_size,              \
                        IntArrayRef stride, IntArrayRef padding,               \
                        IntArrayRef dilation, bool ceil_mode) {                \
    return max_pool({"max_pool" #D "d", D, x}, kernel_size, stride, padding,   \
                    dilation, ceil_mode)                                       \
        .y;                                                                    \
  }                                                                            \
  std::tuple<Tensor, Tensor> max_pool##D##d_with_indices(                      \
      const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,            \
      IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {             \
    return max_pool({"max_pool" #D "d", D, x}, kernel_size, stride, padding,   \
                    dilation, ceil_mode)                                       \
        .with_indices();                                                       \
  }                                                                            \
  std::tuple<Tensor, Tensor> adaptive_max_pool##D##d(                          \
      const Tensor& x, IntArrayRef output_size) {                              \
    return adaptive_max_pool({"adaptive_max_pool" #D "d", D, x}, output_size)  \
        .with_indices();                                                       \
  }                                                                            \
  Tensor adaptive_avg_pool##D##d(const Tensor& x, IntArrayRef output_size) {   \
    return adaptive_avg_pool({"adaptive_avg_pool" #D "d", D, x}, output_size); \
  }                                                                            \
  Tensor lp_pool##D##d(const Tensor& x, double norm_type,                      \
                       IntArrayRef kernel_size, IntArrayRef stride,            \
                       bool ceil_mode) {                                       \
    return lp_pool({"lp_pool" #D "d", D, x}, norm_type, kernel_size, stride,   \
                   ceil_mode);                                                 \
  }
TAPER_POOLS(1)
TAPER_POOLS(2)
TAPER_POOLS(3)

Tensor avg_pool1d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, bool ceil_mode, bool count_include_pad) {
  return avg_pool({"avg_pool1d", 1, x}, kernel_size, stride, padding, ceil_mode,
                  count_include_pad, std::nullopt);
}

#define TAPER_WIDE_POOLS(D)                                                  \
  Tensor avg_pool##D##d(const Tensor& x, IntArrayRef kernel_size,            \
                        IntArrayRef stride, IntArrayRef padding,             \
                        bool ceil_mode, bool count_include_pad,              \
                        std::optional<int64_t> divisor_override) {           \
    return avg_pool({"avg_pool" #D "d", D, x}, kernel_size, stride, padding, \
                    ceil_mode, count_include_pad, divisor_override);         \
  }                                                                          \
  std::tuple<Tensor, Tensor> fractional_max_pool##D##d(                      \
      const Tensor& x, IntArrayRef kernel_size, IntArrayRef output_size,     \
      const Tensor& random_samples) {                                        \
    return fractional_max_pool({"fractional_max_pool" #D "d", D, x},         \
                               kernel_size, output_size, random_samples)     \
        .with_indices();                                                     \
  }
TAPER_WIDE_POOLS(2)
TAPER_WIDE_POOLS(3)

Tensor max_unpool2d(const Tensor& x, const Tensor& indices,
                    IntArrayRef output_size) {
  return unpool({"max_unpool2d", 2, x}, indices, output_size);
}
Tensor max_unpool3d(const Tensor& x, const Tensor& indices,
                    IntArrayRef output_size, IntArrayRef stride,
                    IntArrayRef padding) {
  const PoolCall call = {"max_unpool3d", 3, x};
  triple(call, "stride", stride, 1, 1);
  triple(call, "padding", padding, 0, 0);
  return unpool(call, indices, output_size);
}

}  // namespace taper
