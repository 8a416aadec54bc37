// im2col and col2im, each of which is the gradient of the other.
#include "taper/autograd/ops/network/fold.h"

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/network/pad.h"
#include "taper/autograd/ops/network/pool_windows.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {
namespace {

// Along H and W, behind a dim of one element: the patches that a kernel sees
// which moves by `stride` over an image with `padding` beside it.
struct Patches {
  Triple size;
  Triple kernel;
  Triple dilation;
  Triple padding;
  Triple stride;
  Triple blocks = {1, 1, 1};
};

Patches patches_of(const PoolCall& call, const Triple& size,
                   IntArrayRef kernel_size, IntArrayRef dilation,
                   IntArrayRef padding, IntArrayRef stride) {
  Patches p = {size, triple(call, "kernel_size", kernel_size, 1, 1),
               triple(call, "dilation", dilation, 1, 1),
               triple(call, "padding", padding, 0, 0),
               triple(call, "stride", stride, 1, 1)};
  for (size_t d = 1; d < 3; ++d) {
    const int64_t extent = (p.kernel[d] - 1) * p.dilation[d] + 1;
    const int64_t room = size[d] + 2 * p.padding[d] - extent;
    check(room >= 0,
          "[{}] kernel_size {} with dilation {} is larger than the padded "
          "image, size {}",
          call.op, kernel_size, dilation, IntArrayRef(size).slice(1, 2));
    p.blocks[d] = room / p.stride[d] + 1;
  }
  return p;
}

// Where in a padded image the columns are, (kernel elements, blocks).
Tensor places_of(const Patches& p) {
  const auto along = [&](size_t d) {
    return (arange(p.kernel[d]) * p.dilation[d]).unsqueeze(1) +
           arange(p.blocks[d]) * p.stride[d];
  };
  const Tensor rows = along(1).view({p.kernel[1], 1, p.blocks[1], 1});
  const Tensor columns = along(2).view({p.kernel[2], 1, p.blocks[2]});
  return (rows * (p.size[2] + 2 * p.padding[2]) + columns)
      .view({numel_of(p.kernel), numel_of(p.blocks)});
}

// The last two dims of x with padding, or without it if `sign` is -1.
Tensor padded(const Tensor& x, const Patches& p, int64_t sign) {
  const int64_t h = sign * p.padding[1], w = sign * p.padding[2];
  return constant_pad_nd(x, {w, w, h, h});
}

}  // namespace

Tensor im2col(const Tensor& x, IntArrayRef kernel_size, IntArrayRef dilation,
              IntArrayRef padding, IntArrayRef stride) {
  const PoolCall call = {"im2col", 2, x};
  check_shape(call, /*channels_too=*/false);
  const Patches p = patches_of(call, {1, x.size(-2), x.size(-1)}, kernel_size,
                               dilation, padding, stride);
  SmallShape sizes(x.sizes());
  sizes.resize(static_cast<size_t>(sizes.size) - 1);
  sizes[sizes.size - 2] =
      numel_of({sizes[sizes.size - 2], p.kernel[1], p.kernel[2]});
  sizes[sizes.size - 1] = numel_of(p.blocks);
  const Tensor image = padded(computed(x), p, 1);
  return own(pick("Im2ColBackward0", image,
                  {static_cast<int>(x.dim()) - 2, 2, places_of(p)})
                 .view(sizes))
      .to(x.dtype());
}

Tensor col2im(const Tensor& x, IntArrayRef output_size, IntArrayRef kernel_size,
              IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  const PoolCall call = {"col2im", 2, x};
  check_floating(call.op, x);
  check_shape({call.op, 1, x}, /*channels_too=*/false);
  const Triple size = triple(call, "output_size", output_size, 1, 1);
  const Patches p =
      patches_of(call, size, kernel_size, dilation, padding, stride);
  const int64_t elements = numel_of(p.kernel);
  check(x.size(-2) % elements == 0,
        "[{}] {} rows are not a multiple of the {} elements of kernel_size {}",
        call.op, x.size(-2), elements, kernel_size);
  check(x.size(-1) == numel_of(p.blocks),
        "[{}] expected {} x {} columns, got an input of shape {}", call.op,
        p.blocks[1], p.blocks[2], x.sizes());
  SmallShape shape(x.sizes());  // (N, C, kernel elements, blocks)
  const int last = shape.size;
  shape.push_back(x.size(-1));
  shape[last - 2] /= elements;
  shape[last - 1] = elements;
  SmallShape sizes(shape);
  sizes[last - 1] = size[1] + 2 * p.padding[1];
  sizes[last] = size[2] + 2 * p.padding[2];
  const Tensor image =
      unpick(computed(x).reshape(shape), sizes, {last - 1, 2, places_of(p)});
  return padded(image, p, -1).to(x.dtype());
}

}  // namespace taper
