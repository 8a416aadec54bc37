// im2col and col2im, each of which is the gradient of the other.
#include "taper/autograd/ops/network/fold.h"

#include <limits>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/checks.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/kernels/fold.h"

namespace taper {
namespace {

using kernels::Patches;

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

// From images to columns or back; the result's shape is `sizes`.
Tensor move_patches(const Tensor& x, const Patches& p, bool is_back,
                    const SmallShape& sizes) {
  if (is_back && kernels::is_narrow(x)) {
    return move_patches(computed(x), p, is_back, sizes).to(x.dtype());
  }
  const Tensor from = kernels::contiguous(x);
  Tensor y = is_back ? kernels::col2im(from, p, sizes)
                     : kernels::im2col(from, p, sizes);
  return record(y, is_back ? "Col2ImBackward0" : "Im2ColBackward0", x,
                [p, is_back, back = SmallShape(x.sizes())](const Tensor& grad) {
                  return move_patches(grad, p, !is_back, back);
                });
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
  return move_patches(x, p, /*is_back=*/false, sizes);
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
  SmallShape sizes(x.sizes());
  sizes[sizes.size - 2] /= elements;
  sizes[sizes.size - 1] = size[0];
  sizes.push_back(size[1]);
  return move_patches(x, p, /*is_back=*/true, sizes);
}

}  // namespace taper
