// The windows of the poolings. What has one or two dims is pooled as three of
// which the first have one element.
#include "taper/autograd/ops/network/pool_windows.h"

#include <algorithm>
#include <limits>

namespace taper {

using kernels::PoolDim;
using kernels::Pooling;
using kernels::Window;

Triple triple(const PoolCall& call, const char* what, IntArrayRef list,
              int64_t least, int64_t missing) {
  check<ValueError>(list.size() == 1 || list.size() == call.count,
                    "[{}] {} must have 1 or {} numbers, got {}", call.op, what,
                    call.count, list);
  Triple numbers;
  numbers.fill(missing);
  for (size_t i = 0; i < call.count; ++i) {
    const int64_t number = list[list.size() == 1 ? 0 : i];
    check<ValueError>(
        number >= least && number <= std::numeric_limits<int32_t>::max(),
        "[{}] {} must be at least {} and fit 32 bits, got {}", call.op, what,
        least, list);
    numbers[3 - call.count + i] = number;
  }
  return numbers;
}

void check_shape(const PoolCall& call, bool channels_too) {
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

Grid::Grid(const PoolCall& call, IntArrayRef kernel_size, IntArrayRef stride_,
           IntArrayRef padding_, IntArrayRef dilation_, bool ceil_mode_)
    : kernel(triple(call, "kernel_size", kernel_size, 1, 1)),
      stride(stride_.empty() ? kernel : triple(call, "stride", stride_, 1, 1)),
      padding(triple(call, "padding", padding_, 0, 0)),
      dilation(triple(call, "dilation", dilation_, 1, 1)),
      ceil_mode(ceil_mode_) {
  for (size_t d = 0; d < 3; ++d) {
    check<ValueError>(padding[d] <= kernel[d] / 2,
                      "[{}] padding {} is more than half of kernel_size {}",
                      call.op, padding[d], kernel[d]);
  }
}

Pooling inputs_of(const PoolCall& call) {
  Pooling pooling;
  for (size_t d = 0; d < 3; ++d) {
    const bool is_missing = d + call.count < 3;
    pooling.dims[d].size =
        is_missing ? 1 : call.x.size(static_cast<int64_t>(d) - 3);
  }
  return pooling;
}

SmallShape sizes_of(const PoolCall& call, const Pooling& pooling) {
  SmallShape sizes(call.x.sizes());
  for (size_t d = 3 - call.count; d < 3; ++d) {
    sizes[sizes.size - 3 + static_cast<int>(d)] = pooling.dims[d].outputs;
  }
  return sizes;
}

namespace {

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
Window window_at(int64_t o, int64_t size, const Grid& grid, size_t d) {
  const int64_t step = grid.dilation[d];
  const int64_t begin = o * grid.stride[d] - grid.padding[d];
  const int64_t end = begin + (grid.kernel[d] - 1) * step + 1;
  const int64_t skipped = begin < 0 ? (step - 1 - begin) / step : 0;
  return {begin + skipped * step, std::min(end, size)};
}

// Says where the kernels find the windows of dim d.
PoolDim& point_at_windows(Pooling& pooling, size_t d) {
  pooling.dims[d].windows = pooling.windows[d].data();
  return pooling.dims[d];
}

}  // namespace

Pooling slide(const PoolCall& call, const Grid& grid) {
  Pooling pooling = inputs_of(call);
  for (size_t d = 0; d < 3; ++d) {
    int64_t& outputs = pooling.dims[d].outputs;
    outputs = outputs_of(pooling.dims[d].size, grid, d);
    check(outputs > 0,
          "[{}] kernel_size {} with dilation {} is larger than the padded "
          "input, shape {}",
          call.op, grid.kernel[d], grid.dilation[d], call.x.sizes());
  }
  for (size_t d = 0; d < 3; ++d) {
    PoolDim& dim = pooling.dims[d];
    for (int64_t o = 0; o < dim.outputs; ++o) {
      const Window window = window_at(o, dim.size, grid, d);
      check(window.begin < window.end,
            "[{}] window {} of {} sees only padding, input of shape {}",
            call.op, o, dim.outputs, call.x.sizes());
      pooling.windows[d].push_back(window);
    }
    point_at_windows(pooling, d).step = grid.dilation[d];
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

Pooling share(const PoolCall& call, const Triple& outputs) {
  Pooling pooling = inputs_of(call);
  for (size_t d = 0; d < 3; ++d) pooling.dims[d].outputs = outputs[d];
  if (numel_of(sizes_of(call, pooling)) == 0) return pooling;
  for (size_t d = 0; d < 3; ++d) {
    const int64_t size = pooling.dims[d].size;
    const int64_t n = outputs[d];
    for (int64_t o = 0; o < n; ++o) {
      pooling.windows[d].push_back(
          {o * size / n, ((o + 1) * size + n - 1) / n});
    }
    PoolDim& dim = point_at_windows(pooling, d);
    if (size % n == 0) dim.stride = dim.extent = size / n;
  }
  return pooling;
}

}  // namespace taper
