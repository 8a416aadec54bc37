// Pooling. What has one or two dims is pooled as three of which the first have
// one element. The gradients of maxima go to their places and back from there;
// those of averages are a linear map.
#include "taper/autograd/ops/network/pool.h"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/copies/copies.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/index.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/index.h"
#include "taper/tensor/kernels/pool.h"

namespace taper {
namespace {

using kernels::PoolDim;
using kernels::Pooling;
using kernels::Window;
// Of D, H and W.
using Triple = std::array<int64_t, 3>;
// A backward keeps it for its own.
using PoolingPtr = std::shared_ptr<const Pooling>;

// Arguments -------------------------------------------------------------------

// A call of `op`, which pools the last `count` dims of x.
struct Call {
  const char* op;
  size_t count;
  const Tensor& x;
};

// A number per pooled dim behind those that are missing.
Triple triple(const Call& call, const char* what, IntArrayRef list,
              int64_t missing) {
  check<ValueError>(list.size() == 1 || list.size() == call.count,
                    "[{}] {} must have 1 or {} numbers, got {}", call.op, what,
                    call.count, list);
  Triple numbers;
  numbers.fill(missing);
  for (size_t i = 0; i < call.count; ++i) {
    numbers[3 - call.count + i] = list[list.size() == 1 ? 0 : i];
  }
  return numbers;
}

// Only the dim of the samples, or with `channels_too` the first one in any
// case, may be empty.
void check_shape(const Call& call, bool channels_too) {
  const IntArrayRef sizes = call.x.sizes();
  const size_t batched = call.count + 2;
  check(sizes.size() == batched || sizes.size() + 1 == batched,
        "[{}] expected {} or {} dims, got an input of shape {}", call.op,
        batched - 1, batched, sizes);
  const size_t first = sizes.size() == batched || channels_too ? 1 : 0;
  for (size_t d = first; d < sizes.size(); ++d) {
    check(sizes[d] > 0, "[{}] dim {} of the input is empty, shape {}", call.op,
          d, sizes);
  }
}

void check_numbers(const char* op, const char* what, const Triple& numbers,
                   int64_t least) {
  for (const int64_t number : numbers) {
    check<ValueError>(
        number >= least && number <= std::numeric_limits<int32_t>::max(),
        "[{}] {} must be at least {} and fit 32 bits, got {}", op, what, least,
        number);
  }
}

// The shape of the result.
SmallShape sizes_of(const Call& call, const Pooling& pooling) {
  SmallShape sizes(call.x.sizes());
  for (size_t d = 3 - call.count; d < 3; ++d) {
    sizes[sizes.size - 3 + static_cast<int>(d)] = pooling.dims[d].outputs;
  }
  return sizes;
}

// Windows ---------------------------------------------------------------------

// Sizes of the inputs, and nothing else yet.
Pooling inputs_of(const Call& call) {
  Pooling pooling;
  for (size_t d = 0; d < 3; ++d) {
    const size_t missing = 3 - call.count;
    const int64_t size =
        d < missing ? 1 : call.x.size(static_cast<int64_t>(d) - 3);
    pooling.dims[d] = {size, 1, nullptr, 1, 0, 0, 0};
  }
  return pooling;
}

// How the windows of all dims are laid out.
struct Grid {
  Grid(const Call& call, IntArrayRef kernel_size, IntArrayRef stride_,
       IntArrayRef padding_, IntArrayRef dilation_, bool ceil)
      : kernel(triple(call, "kernel_size", kernel_size, 1)),
        stride(stride_.empty() ? kernel : triple(call, "stride", stride_, 1)),
        padding(triple(call, "padding", padding_, 0)),
        dilation(triple(call, "dilation", dilation_, 1)),
        ceil_mode(ceil) {
    check_numbers(call.op, "kernel_size", kernel, 1);
    check_numbers(call.op, "stride", stride, 1);
    check_numbers(call.op, "padding", padding, 0);
    check_numbers(call.op, "dilation", dilation, 1);
    for (size_t d = 0; d < 3; ++d) {
      check<ValueError>(padding[d] <= kernel[d] / 2,
                        "[{}] padding {} is more than half of kernel_size {}",
                        call.op, padding[d], kernel[d]);
    }
  }

  Triple kernel;
  Triple stride;
  Triple padding;
  Triple dilation;
  bool ceil_mode;
};

// 0 where not even one window fits.
int64_t outputs_of(int64_t size, const Grid& grid, size_t d) {
  const int64_t extent = (grid.kernel[d] - 1) * grid.dilation[d] + 1;
  const int64_t stride = grid.stride[d];
  const int64_t last =
      size + 2 * grid.padding[d] - extent + (grid.ceil_mode ? stride - 1 : 0);
  if (last < 0) return 0;
  const int64_t outputs = last / stride + 1;
  // No window begins behind the input.
  const bool is_beyond = (outputs - 1) * stride >= size + grid.padding[d];
  return grid.ceil_mode && is_beyond ? outputs - 1 : outputs;
}

// Window number o of a dim; empty where it sees only padding.
Window window_at(int64_t o, int64_t size, const Grid& grid, size_t d,
                 bool padding_counts) {
  const int64_t step = grid.dilation[d];
  const int64_t begin = o * grid.stride[d] - grid.padding[d];
  const int64_t end = begin + (grid.kernel[d] - 1) * step + 1;
  const int64_t skipped = begin < 0 ? (step - 1 - begin) / step : 0;
  const Window seen = {begin + skipped * step, std::min(end, size), 0};
  return {seen.begin, seen.end,
          padding_counts ? std::min(end, size + grid.padding[d]) - begin
                         : seen.end - seen.begin};
}

// The windows of a grid.
Pooling slide(const Call& call, const Grid& grid, bool padding_counts) {
  Pooling pooling = inputs_of(call);
  for (size_t d = 0; d < 3; ++d) {
    PoolDim& dim = pooling.dims[d];
    dim.outputs = outputs_of(dim.size, grid, d);
    check(dim.outputs > 0,
          "[{}] kernel_size {} with dilation {} is larger than the padded "
          "input, shape {}",
          call.op, grid.kernel[d], grid.dilation[d], call.x.sizes());
  }
  if (call.x.numel() == 0) return pooling;
  for (size_t d = 0; d < 3; ++d) {
    PoolDim& dim = pooling.dims[d];
    std::vector<Window>& windows = pooling.windows[d];
    windows.reserve(static_cast<size_t>(dim.outputs));
    for (int64_t o = 0; o < dim.outputs; ++o) {
      windows.push_back(window_at(o, dim.size, grid, d, padding_counts));
      check(windows.back().begin < windows.back().end,
            "[{}] window {} of dim {} sees only padding, input of shape {}",
            call.op, o, d, call.x.sizes());
    }
    dim.windows = windows.data();
    dim.step = grid.dilation[d];
    const int64_t extent = (grid.kernel[d] - 1) * dim.step + 1;
    const int64_t stride = dim.outputs == 1 ? extent : grid.stride[d];
    // Kernels that are much larger than the input need not be made room for.
    if ((dim.outputs - 1) * stride + extent > 2 * dim.size + 64) continue;
    dim.stride = stride;
    dim.padding = grid.padding[d];
    dim.extent = extent;
  }
  return pooling;
}

// Windows that share the inputs.
Pooling share(const Call& call, const Triple& outputs) {
  check_numbers(call.op, "output_size", outputs, 0);
  Pooling pooling = inputs_of(call);
  for (size_t d = 0; d < 3; ++d) pooling.dims[d].outputs = outputs[d];
  if (numel_of(sizes_of(call, pooling)) == 0) return pooling;
  for (size_t d = 0; d < 3; ++d) {
    PoolDim& dim = pooling.dims[d];
    for (int64_t o = 0; o < dim.outputs; ++o) {
      const int64_t begin = o * dim.size / dim.outputs;
      const int64_t end = ((o + 1) * dim.size + dim.outputs - 1) / dim.outputs;
      pooling.windows[d].push_back({begin, end, end - begin});
    }
    dim.windows = pooling.windows[d].data();
    if (dim.size % dim.outputs == 0) {
      dim.stride = dim.extent = dim.size / dim.outputs;
    }
  }
  return pooling;
}

// Maximum ---------------------------------------------------------------------

// Maxima and their places, int32.
struct Maxima {
  Tensor y;
  Tensor places;

  std::tuple<Tensor, Tensor> with_indices() const {
    return {y, kernels::cast(places, kLong)};
  }
};

Tensor from_places(const Tensor& x, const Tensor& places, int64_t plane_size);

Tensor add_to_places(const Tensor& x, const Tensor& places,
                     const SmallShape& sizes, int64_t plane_size) {
  Tensor y =
      kernels::add_to_places(kernels::contiguous(x), places, sizes, plane_size);
  return record(y, "MaxPoolBackwardBackward0", x,
                [places, plane_size](const Tensor& grad) {
                  return from_places(grad, places, plane_size);
                });
}

Tensor from_places(const Tensor& x, const Tensor& places, int64_t plane_size) {
  Tensor y = kernels::from_places(kernels::contiguous(x), places, plane_size);
  return record(
      y, "MaxPoolBackwardBackward0", x,
      [places, plane_size, sizes = SmallShape(x.sizes())](const Tensor& grad) {
        return add_to_places(grad, places, sizes, plane_size);
      });
}

// `pool(input, result's shape, places)` is what a kernel makes of the input.
template <class F>
Maxima maxima(const Call& call, const char* name, const Pooling& pooling,
              const F& pool) {
  check<TypeError>(call.x.dtype() != kBool, "[{}] is not for bools", call.op);
  const int64_t plane_size = pooling.inputs();
  check(plane_size <= std::numeric_limits<int32_t>::max(),
        "[{}] {} elements to choose from are too many, shape {}", call.op,
        plane_size, call.x.sizes());
  const Tensor input = computed(call.x).contiguous();
  Maxima result;
  Tensor y = pool(input, sizes_of(call, pooling), result.places);
  y = record(y, name, input,
             [places = result.places, plane_size,
              sizes = SmallShape(input.sizes())](const Tensor& grad) {
               return add_to_places(grad, places, sizes, plane_size);
             });
  result.y = y.to(call.x.dtype());
  return result;
}

Maxima maxima(const Call& call, const char* name, const Pooling& pooling) {
  return maxima(call, name, pooling,
                [&](const Tensor& input, IntArrayRef sizes, Tensor& places) {
                  return kernels::max_pool(input, pooling, sizes, places);
                });
}

Maxima max_pool(const Call& call, IntArrayRef kernel_size, IntArrayRef stride,
                IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  check_shape(call, /*channels_too=*/false);
  const Grid grid(call, kernel_size, stride, padding, dilation, ceil_mode);
  return maxima(call,
                call.count == 3 ? "MaxPool3DWithIndicesBackward0"
                                : "MaxPool2DWithIndicesBackward0",
                slide(call, grid, /*padding_counts=*/false));
}

Maxima adaptive_max_pool(const Call& call, IntArrayRef output_size) {
  check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/true);
  return maxima(call,
                call.count == 3 ? "AdaptiveMaxPool3DBackward0"
                                : "AdaptiveMaxPool2DBackward0",
                share(call, triple(call, "output_size", output_size, 1)));
}

// Where the windows of a dim begin, (planes, outputs), for samples (N, C). The
// numbers are rounded to the dtype of x, as PyTorch does.
Tensor fractional_starts(const Call& call, const PoolDim& dim,
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

Maxima fractional_max_pool(const Call& call, IntArrayRef kernel_size,
                           IntArrayRef output_size, const Tensor& samples) {
  const Tensor& x = call.x;
  const auto count = static_cast<int64_t>(call.count);
  check_floating(call.op, x);
  check_shape(call, /*channels_too=*/true);
  const Triple kernel = triple(call, "kernel_size", kernel_size, 1);
  const Triple outputs = triple(call, "output_size", output_size, 1);
  check_numbers(call.op, "kernel_size", kernel, 1);
  check_numbers(call.op, "output_size", outputs, 1);
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
                pooling,
                [&](const Tensor& input, IntArrayRef sizes, Tensor& places) {
                  return kernels::fractional_max_pool(input, pooling, starts,
                                                      sizes, places);
                });
}

// Average ---------------------------------------------------------------------

Tensor average(const Tensor& x, const char* name, const PoolingPtr& pooling,
               const SmallShape& sizes);

Tensor average_backward(const Tensor& grad, const char* name,
                        const PoolingPtr& pooling, const SmallShape& sizes) {
  Tensor gx = kernels::average_pool_backward(kernels::contiguous(grad),
                                             *pooling, sizes);
  return record(
      gx, name, grad,
      [name, pooling, back = SmallShape(grad.sizes())](const Tensor& g) {
        return average(g, name, pooling, back);
      });
}

Tensor average(const Tensor& x, const char* name, const PoolingPtr& pooling,
               const SmallShape& sizes) {
  Tensor y = kernels::average_pool(kernels::contiguous(x), *pooling, sizes);
  return record(
      y, name, x,
      [name, pooling, back = SmallShape(x.sizes())](const Tensor& grad) {
        return average_backward(grad, name, pooling, back);
      });
}

Tensor average(const Call& call, const char* name, Pooling&& pooling) {
  const SmallShape sizes = sizes_of(call, pooling);
  return average(computed(call.x), name,
                 std::make_shared<const Pooling>(std::move(pooling)), sizes)
      .to(call.x.dtype());
}

Tensor avg_pool(const Call& call, IntArrayRef kernel_size, IntArrayRef stride,
                IntArrayRef padding, bool ceil_mode, bool count_include_pad,
                std::optional<int64_t> divisor) {
  if (call.x.dtype() != kLong) check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/false);
  check<ValueError>(divisor != 0, "[{}] divisor_override must not be 0",
                    call.op);
  const Grid grid(call, kernel_size, stride, padding, 1, ceil_mode);
  Pooling pooling = slide(call, grid, count_include_pad);
  for (int d = 0; divisor && d < 3; ++d) {
    for (Window& each : pooling.windows[d]) each.count = d == 0 ? *divisor : 1;
  }
  return average(call,
                 call.count == 3 ? "AvgPool3DBackward0" : "AvgPool2DBackward0",
                 std::move(pooling));
}

Tensor adaptive_avg_pool(const Call& call, IntArrayRef output_size) {
  check_floating(call.op, call.x);
  check_shape(call, /*channels_too=*/true);
  const Triple outputs = triple(call, "output_size", output_size, 1);
  if (outputs == Triple{1, 1, 1}) {
    const int64_t dims[] = {-1, -2, -3};
    return call.x.mean(IntArrayRef(dims, call.count), /*keepdim=*/true);
  }
  return average(call,
                 call.count == 3 ? "AdaptiveAvgPool3DBackward0"
                                 : "AdaptiveAvgPool2DBackward0",
                 share(call, outputs));
}

// Where a sum is 0 the root has no slope, and the gradient shall be 0 and not
// infinity times 0: the root is taken of 1 instead.
Tensor lp_pool(const Call& call, double norm_type, IntArrayRef kernel_size,
               IntArrayRef stride, bool ceil_mode) {
  const Tensor powers = call.x.pow(norm_type);
  const Tensor mean = avg_pool({call.op, call.count, powers}, kernel_size,
                               stride, 0, ceil_mode, true, std::nullopt);
  const Triple kernel = triple(call, "kernel_size", kernel_size, 1);
  const Tensor is_zero = mean == 0;
  return mean.masked_fill(is_zero, 1)
      .mul(kernel[0] * kernel[1] * kernel[2])
      .pow(1 / norm_type)
      .masked_fill(is_zero, 0);
}

Tensor unpool(const Call& call, const Tensor& indices,
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

Tensor max_pool1d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool1d", 1, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .y;
}
Tensor max_pool2d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool2d", 2, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .y;
}
Tensor max_pool3d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool3d", 3, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .y;
}

std::tuple<Tensor, Tensor> max_pool1d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
    IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool1d", 1, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .with_indices();
}
std::tuple<Tensor, Tensor> max_pool2d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
    IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool2d", 2, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .with_indices();
}
std::tuple<Tensor, Tensor> max_pool3d_with_indices(
    const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
    IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return max_pool({"max_pool3d", 3, x}, kernel_size, stride, padding, dilation,
                  ceil_mode)
      .with_indices();
}

Tensor avg_pool1d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, bool ceil_mode, bool count_include_pad) {
  return avg_pool({"avg_pool1d", 1, x}, kernel_size, stride, padding, ceil_mode,
                  count_include_pad, std::nullopt);
}
Tensor avg_pool2d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor_override) {
  return avg_pool({"avg_pool2d", 2, x}, kernel_size, stride, padding, ceil_mode,
                  count_include_pad, divisor_override);
}
Tensor avg_pool3d(const Tensor& x, IntArrayRef kernel_size, IntArrayRef stride,
                  IntArrayRef padding, bool ceil_mode, bool count_include_pad,
                  std::optional<int64_t> divisor_override) {
  return avg_pool({"avg_pool3d", 3, x}, kernel_size, stride, padding, ceil_mode,
                  count_include_pad, divisor_override);
}

Tensor adaptive_avg_pool1d(const Tensor& x, IntArrayRef output_size) {
  return adaptive_avg_pool({"adaptive_avg_pool1d", 1, x}, output_size);
}
Tensor adaptive_avg_pool2d(const Tensor& x, IntArrayRef output_size) {
  return adaptive_avg_pool({"adaptive_avg_pool2d", 2, x}, output_size);
}
Tensor adaptive_avg_pool3d(const Tensor& x, IntArrayRef output_size) {
  return adaptive_avg_pool({"adaptive_avg_pool3d", 3, x}, output_size);
}

std::tuple<Tensor, Tensor> adaptive_max_pool1d(const Tensor& x,
                                               IntArrayRef output_size) {
  return adaptive_max_pool({"adaptive_max_pool1d", 1, x}, output_size)
      .with_indices();
}
std::tuple<Tensor, Tensor> adaptive_max_pool2d(const Tensor& x,
                                               IntArrayRef output_size) {
  return adaptive_max_pool({"adaptive_max_pool2d", 2, x}, output_size)
      .with_indices();
}
std::tuple<Tensor, Tensor> adaptive_max_pool3d(const Tensor& x,
                                               IntArrayRef output_size) {
  return adaptive_max_pool({"adaptive_max_pool3d", 3, x}, output_size)
      .with_indices();
}

std::tuple<Tensor, Tensor> fractional_max_pool2d(const Tensor& x,
                                                 IntArrayRef kernel_size,
                                                 IntArrayRef output_size,
                                                 const Tensor& random_samples) {
  return fractional_max_pool({"fractional_max_pool2d", 2, x}, kernel_size,
                             output_size, random_samples)
      .with_indices();
}
std::tuple<Tensor, Tensor> fractional_max_pool3d(const Tensor& x,
                                                 IntArrayRef kernel_size,
                                                 IntArrayRef output_size,
                                                 const Tensor& random_samples) {
  return fractional_max_pool({"fractional_max_pool3d", 3, x}, kernel_size,
                             output_size, random_samples)
      .with_indices();
}

Tensor lp_pool1d(const Tensor& x, double norm_type, IntArrayRef kernel_size,
                 IntArrayRef stride, bool ceil_mode) {
  return lp_pool({"lp_pool1d", 1, x}, norm_type, kernel_size, stride,
                 ceil_mode);
}
Tensor lp_pool2d(const Tensor& x, double norm_type, IntArrayRef kernel_size,
                 IntArrayRef stride, bool ceil_mode) {
  return lp_pool({"lp_pool2d", 2, x}, norm_type, kernel_size, stride,
                 ceil_mode);
}
Tensor lp_pool3d(const Tensor& x, double norm_type, IntArrayRef kernel_size,
                 IntArrayRef stride, bool ceil_mode) {
  return lp_pool({"lp_pool3d", 3, x}, norm_type, kernel_size, stride,
                 ceil_mode);
}

Tensor max_unpool2d(const Tensor& x, const Tensor& indices,
                    IntArrayRef output_size) {
  return unpool({"max_unpool2d", 2, x}, indices, output_size);
}
Tensor max_unpool3d(const Tensor& x, const Tensor& indices,
                    IntArrayRef output_size, IntArrayRef stride,
                    IntArrayRef padding) {
  const Call call = {"max_unpool3d", 3, x};
  check_numbers(call.op, "stride", triple(call, "stride", stride, 1), 1);
  triple(call, "padding", padding, 0);
  return unpool(call, indices, output_size);
}

}  // namespace taper
