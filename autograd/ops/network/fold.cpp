// im2col and col2im, each of which is the gradient of the other.
#include "taper/autograd/ops/network/fold.h"

#include <limits>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/create/create.h"
#include "taper/autograd/ops/index/pick.h"
#include "taper/autograd/ops/network/pad.h"
#include "taper/autograd/ops/pointwise/pointwise.h"
#include "taper/autograd/ops/views/views.h"

namespace taper {
namespace {

// Along H and W: the patches that a kernel sees which moves by `stride` over
// an image with `padding` beside it.
struct Patches {
  int64_t size[2];
  int64_t blocks[2];
  int64_t kernel[2];
  int64_t dilation[2];
  int64_t padding[2];
  int64_t stride[2];
};

// One of the members of Patches, from one number for both dims or two.
void read(const char* op, const char* what, IntArrayRef list, int64_t least,
          int64_t (&numbers)[2]) {
  check<ValueError>(list.size() == 1 || list.size() == 2,
                    "[{}] {} must have 1 or 2 numbers, got {}", op, what, list);
  numbers[0] = list.front();
  numbers[1] = list.back();
  for (const int64_t number : numbers) {
    check<ValueError>(
        number >= least && number <= std::numeric_limits<int32_t>::max(),
        "[{}] {} must be at least {} and fit 32 bits, got {}", op, what, least,
        list);
  }
}

// Patches of images of the given size.
Patches patches_of(const char* op, IntArrayRef size, IntArrayRef kernel_size,
                   IntArrayRef dilation, IntArrayRef padding,
                   IntArrayRef stride) {
  Patches p;
  read(op, "kernel_size", kernel_size, 1, p.kernel);
  read(op, "dilation", dilation, 1, p.dilation);
  read(op, "padding", padding, 0, p.padding);
  read(op, "stride", stride, 1, p.stride);
  for (size_t d = 0; d < 2; ++d) {
    p.size[d] = size[d];
    const int64_t extent = (p.kernel[d] - 1) * p.dilation[d] + 1;
    const int64_t room = size[d] + 2 * p.padding[d] - extent;
    check(room >= 0,
          "[{}] kernel_size {} with dilation {} is larger than the padded "
          "image, size {}",
          op, kernel_size, dilation, size);
    p.blocks[d] = room / p.stride[d] + 1;
  }
  return p;
}

// Throws unless x has `dims` dims, or one more for the samples, and no other
// one is empty.
void check_shape(const char* op, const Tensor& x, size_t dims) {
  const IntArrayRef sizes = x.sizes();
  check(sizes.size() == dims || sizes.size() == dims + 1,
        "[{}] expected {} or {} dims, got an input of shape {}", op, dims,
        dims + 1, sizes);
  for (size_t d = sizes.size() - dims; d < sizes.size(); ++d) {
    check(sizes[d] > 0, "[{}] dim {} of the input is empty, shape {}", op, d,
          sizes);
  }
}

// Where in a padded image the columns are, (kernel elements, blocks).
Tensor places_of(const Patches& p) {
  const auto along = [&](int d) {
    return (arange(p.kernel[d]) * p.dilation[d]).unsqueeze(1) +
           arange(p.blocks[d]) * p.stride[d];
  };
  const Tensor rows = along(0).view({p.kernel[0], 1, p.blocks[0], 1});
  const Tensor columns = along(1).view({p.kernel[1], 1, p.blocks[1]});
  return (rows * (p.size[1] + 2 * p.padding[1]) + columns)
      .view({numel_of(p.kernel), numel_of(p.blocks)});
}

// The last two dims of x with padding, or without it if `sign` is -1.
Tensor padded(const Tensor& x, const Patches& p, int64_t sign) {
  const int64_t h = sign * p.padding[0], w = sign * p.padding[1];
  return constant_pad_nd(x, {w, w, h, h});
}

}  // namespace

Tensor im2col(const Tensor& x, IntArrayRef kernel_size, IntArrayRef dilation,
              IntArrayRef padding, IntArrayRef stride) {
  const char* op = "im2col";
  check_shape(op, x, 3);
  SmallShape sizes(x.sizes());
  const Patches p = patches_of(op, x.sizes().slice(x.sizes().size() - 2, 2),
                               kernel_size, dilation, padding, stride);
  sizes.resize(static_cast<size_t>(sizes.size) - 1);
  sizes[sizes.size - 2] =
      numel_of({sizes[sizes.size - 2], p.kernel[0], p.kernel[1]});
  sizes[sizes.size - 1] = numel_of(p.blocks);
  const Tensor image = padded(computed(x), p, 1);
  return own(pick("Im2ColBackward0", image,
                  {static_cast<int>(x.dim()) - 2, 2, places_of(p)})
                 .view(sizes))
      .to(x.dtype());
}

Tensor col2im(const Tensor& x, IntArrayRef output_size, IntArrayRef kernel_size,
              IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  const char* op = "col2im";
  check_floating(op, x);
  check_shape(op, x, 2);
  int64_t size[2];
  read(op, "output_size", output_size, 1, size);
  const Patches p =
      patches_of(op, size, kernel_size, dilation, padding, stride);
  const int64_t elements = numel_of(p.kernel);
  check(x.size(-2) % elements == 0,
        "[{}] {} rows are not a multiple of the {} elements of kernel_size {}",
        op, x.size(-2), elements, kernel_size);
  check(x.size(-1) == numel_of(p.blocks),
        "[{}] expected {} x {} columns, got an input of shape {}", op,
        p.blocks[0], p.blocks[1], x.sizes());
  SmallShape shape(x.sizes());  // (N, C, kernel elements, blocks)
  const int last = shape.size;
  shape.push_back(x.size(-1));
  shape[last - 2] /= elements;
  shape[last - 1] = elements;
  SmallShape sizes(shape);
  for (int d = 0; d < 2; ++d) {
    sizes[last - 1 + d] = size[d] + 2 * p.padding[d];
  }
  const Tensor image =
      unpick(computed(x).reshape(shape), sizes, {last - 1, 2, places_of(p)});
  return padded(image, p, -1).to(x.dtype());
}

}  // namespace taper
