// Convolutions. The sum of all x * weight * y over which they run is linear in
// each of the three: forward and backward are its derivatives, and so are the
// backwards of these.
#include "taper/autograd/ops/network/conv.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "taper/autograd/composed.h"
#include "taper/autograd/ops/network/network.h"
#include "taper/autograd/ops/reduce/reduce.h"
#include "taper/autograd/ops/views/views.h"
#include "taper/autograd/record.h"
#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/conv.h"
#include "taper/tensor/kernels/copy.h"

namespace taper {
namespace {

enum Part { kInput, kWeight, kOutput };

struct Product {
  kernels::ConvGeometry geometry;
  SmallShape sizes[3];  // of each part
};

Tensor values(const Product& product, Part by, const Tensor& a, const Tensor& b,
              const Tensor& bias) {
  const Tensor x = kernels::contiguous(a);
  const Tensor y = kernels::contiguous(b);
  const IntArrayRef sizes = product.sizes[by];
  if (by == kOutput) {
    return kernels::conv(x, y,
                         bias.defined() ? kernels::contiguous(bias) : bias,
                         sizes, product.geometry);
  }
  return by == kInput ? kernels::conv_by_input(y, x, sizes, product.geometry)
                      : kernels::conv_by_weight(x, y, sizes, product.geometry);
}

// The derivative by one part, a function of the other two, `a` and `b` in the
// order of the parts. A bias is for the output alone.
Tensor derivative(const Product& product, Part by, const Tensor& a,
                  const Tensor& b, const Tensor& bias = {}) {
  constexpr const char* kNames[] = {"ConvolutionInputBackward0",
                                    "ConvolutionWeightBackward0",
                                    "ConvolutionBackward0"};
  Tensor y = values(product, by, a, b, bias);
  return record(y, kNames[by], {&a, &b, &bias},
                [product, by, a = save(a), b = save(b)](
                    const Tensor& grad, const InputGrads& grads) {
                  const Part first = by == kInput ? kWeight : kInput;
                  const Part second = by == kOutput ? kWeight : kOutput;
                  if (grads.wants(0)) {
                    grads[0] = by < second
                                   ? derivative(product, first, grad, b())
                                   : derivative(product, first, b(), grad);
                  }
                  if (grads.wants(1)) {
                    grads[1] = by < first
                                   ? derivative(product, second, grad, a())
                                   : derivative(product, second, a(), grad);
                  }
                  if (!grads.wants(2)) return;
                  SmallShape dims = {0};
                  for (int64_t d = 2; d < grad.dim(); ++d) dims.push_back(d);
                  grads[2] = grad.sum(IntArrayRef(dims));
                });
}

// Arguments -------------------------------------------------------------------

struct Arguments {
  const char* op;
  int64_t dims;
  IntArrayRef stride, padding, dilation, output_padding;
  int64_t groups;
};

// No number that is larger makes sense, and sums of a few do not overflow.
constexpr int64_t kLimit = int64_t{1} << 60;

// A list with a number for each dim, the first of which is dim 3 - dims.
std::array<int64_t, 3> three(const Arguments& in, const char* what,
                             IntArrayRef list, int64_t least, int64_t missing) {
  const auto dims = static_cast<size_t>(in.dims);
  check(list.size() == 1 || list.size() == dims,
        "[{}] {} must have 1 or {} numbers, got {}", in.op, what, dims, list);
  std::array<int64_t, 3> result = {missing, missing, missing};
  for (size_t d = 0; d < dims; ++d) {
    const int64_t value = list[list.size() == 1 ? 0 : d];
    check<ValueError>(value >= least && value < kLimit,
                      "[{}] {} must be at least {} and not huge, got {}", in.op,
                      what, least, list);
    result[3 - dims + d] = value;
  }
  return result;
}

void check_operands(const Arguments& in, const Tensor& x, const Tensor& weight,
                    const Tensor& bias, bool transposed) {
  check(weight.dim() == in.dims + 2 && x.dim() == weight.dim(),
        "[{}] expected an input (N, C, ...) or (C, ...) and a weight of {} "
        "dims, got shapes {} and {}",
        in.op, in.dims + 2, x.sizes(), weight.sizes());
  check<TypeError>(x.dtype() == weight.dtype() && x.dtype() != kBool &&
                       (!bias.defined() || bias.dtype() == x.dtype()),
                   "[{}] input, weight and bias must have one dtype that is "
                   "not bool, got {}, {} and {}",
                   in.op, x.dtype(), weight.dtype(),
                   bias.defined() ? bias.dtype() : x.dtype());
  const int64_t groups = in.groups;
  check<ValueError>(groups > 0 && weight.size(0) % groups == 0,
                    "[{}] the first dim of a weight of shape {} cannot be "
                    "divided into {} groups",
                    in.op, weight.sizes(), groups);
  const int64_t channels =
      transposed ? weight.size(0) : weight.size(1) * groups;
  check(x.size(1) == channels,
        "[{}] a weight of shape {} with {} groups is for {} input channels, "
        "got an input of shape {}",
        in.op, weight.sizes(), groups, channels, x.sizes());
  const int64_t outputs = transposed ? weight.size(1) * groups : weight.size(0);
  if (!bias.defined()) return;
  check(bias.sizes() == IntArrayRef(outputs),
        "[{}] bias must have shape {}, got {}", in.op, IntArrayRef(outputs),
        bias.sizes());
}

// The size of a dim of the output, or of the input of a transposed one.
int64_t size_along(const Arguments& in, bool transposed, int64_t size,
                   int64_t kernel, int64_t stride, int64_t padding,
                   int64_t dilation, int64_t output_padding, const Tensor& x,
                   const Tensor& weight) {
  check(kernel > 0 && (size > 0 || x.numel() > 0 || !transposed),
        "[{}] input of shape {} and weight of shape {} must not be empty "
        "beyond the batch",
        in.op, x.sizes(), weight.sizes());
  check(kernel == 1 || dilation < kLimit / kernel,
        "[{}] dilation {} is too large for a weight of shape {}", in.op,
        in.dilation, weight.sizes());
  const int64_t reach = dilation * (kernel - 1) + 1;
  if (!transposed) {
    check(size + 2 * padding >= reach,
          "[{}] the kernel, of shape {} and dilation {}, exceeds the input of "
          "shape {} with padding {}",
          in.op, weight.sizes(), in.dilation, x.sizes(), in.padding);
    return (size + 2 * padding - reach) / stride + 1;
  }
  check<ValueError>(
      output_padding < stride || output_padding < dilation,
      "[{}] output_padding {} must be smaller than stride {} or dilation {}",
      in.op, in.output_padding, in.stride, in.dilation);
  check(stride < kLimit / std::max<int64_t>(size, 1),
        "[{}] stride {} is too large for an input of shape {}", in.op,
        in.stride, x.sizes());
  const int64_t result =
      (size - 1) * stride + reach - 2 * padding + output_padding;
  check(result > 0,
        "[{}] padding {} leaves nothing of the result for an input of shape {} "
        "and a weight of shape {}",
        in.op, in.padding, x.sizes(), weight.sizes());
  return result;
}

Tensor convolve(const Arguments& in, const Tensor& x, const Tensor& weight,
                const Tensor& bias, bool transposed) {
  if (x.dim() == in.dims + 1) {
    return own(
        convolve(in, x.unsqueeze(0), weight, bias, transposed).squeeze(0));
  }
  check_operands(in, x, weight, bias, transposed);
  if (kernels::is_narrow(x.dtype())) {
    return convolve(in, computed(x), computed(weight), computed(bias),
                    transposed)
        .to(x.dtype());
  }
  Product product{{three(in, "stride", in.stride, 1, 1),
                   three(in, "padding", in.padding, 0, 0),
                   three(in, "dilation", in.dilation, 1, 1), in.groups},
                  {}};
  const auto extra = three(in, "output_padding", in.output_padding, 0, 0);
  const auto& [stride, padding, dilation, groups] = product.geometry;
  SmallShape sizes;
  sizes.push_back(x.size(0));
  sizes.push_back(transposed ? weight.size(1) * groups : weight.size(0));
  for (int64_t d = 2; d < x.dim(); ++d) {
    const auto i = static_cast<size_t>(d + 1 - in.dims);
    sizes.push_back(size_along(in, transposed, x.size(d), weight.size(d),
                               stride[i], padding[i], dilation[i], extra[i], x,
                               weight));
  }
  product.sizes[kWeight] = weight.sizes();
  product.sizes[transposed ? kInput : kOutput] = sizes;
  product.sizes[transposed ? kOutput : kInput] = x.sizes();
  // Without input channels the kernels have no sum to add the bias to.
  if (!transposed && weight.numel() > 0) {
    return derivative(product, kOutput, x, weight, bias);
  }
  Tensor y = transposed ? derivative(product, kInput, weight, x)
                        : derivative(product, kOutput, x, weight);
  if (!bias.defined()) return y;
  SmallShape shape = {bias.size(0)};
  for (int64_t d = 0; d < in.dims; ++d) shape.push_back(1);
  return y + bias.view(IntArrayRef(shape));
}

Tensor convolve(const char* op, int64_t dims, const Tensor& x,
                const Tensor& weight, const Tensor& bias, IntArrayRef stride,
                IntArrayRef padding, IntArrayRef dilation, int64_t groups) {
  return convolve({op, dims, stride, padding, dilation, 0, groups}, x, weight,
                  bias, false);
}

// Where the padding is odd, the element more is behind.
Tensor convolve(const char* op, int64_t dims, const Tensor& x,
                const Tensor& weight, const Tensor& bias, IntArrayRef stride,
                PaddingMode mode, IntArrayRef dilation, int64_t groups) {
  if (mode.name == "valid") {
    return convolve(op, dims, x, weight, bias, stride, IntArrayRef(0), dilation,
                    groups);
  }
  check<ValueError>(mode.name == "same",
                    "[{}] padding must be \"same\" or \"valid\", got \"{}\"",
                    op, std::string(mode.name));
  const Arguments in = {op, dims, stride, 0, dilation, 0, groups};
  check(weight.dim() == dims + 2 && x.dim() >= dims,
        "[{}] input of shape {} and weight of shape {} do not fit", op,
        x.sizes(), weight.sizes());
  const auto steps = three(in, "stride", stride, 1, 1);
  const auto apart = three(in, "dilation", dilation, 1, 1);
  check<ValueError>(steps == std::array<int64_t, 3>{1, 1, 1},
                    "[{}] padding \"same\" asks for stride 1, got {}", op,
                    stride);
  SmallShape padding;
  std::vector<int64_t> more;
  for (int64_t d = 0; d < dims; ++d) {
    const int64_t last = weight.dim() - 1 - d;
    const auto from_behind = static_cast<size_t>(2 - d);
    const auto i = static_cast<size_t>(3 - dims + d);
    check(weight.size(2 + d) < kLimit / apart[i],
          "[{}] dilation {} is too large for a weight of shape {}", op,
          dilation, weight.sizes());
    padding.push_back(apart[i] * (weight.size(2 + d) - 1) / 2);
    more.push_back(0);
    more.push_back(apart[from_behind] * (weight.size(last) - 1) % 2);
  }
  const bool is_even = std::count(more.begin(), more.end(), 1) == 0;
  return convolve(op, dims, is_even ? x : constant_pad_nd(x, more), weight,
                  bias, stride, IntArrayRef(padding), dilation, groups);
}

}  // namespace

#define TAPER_CONV(dims)                                                      \
  Tensor conv##dims##d(const Tensor& x, const Tensor& weight,                 \
                       const Tensor& bias, IntArrayRef stride,                \
                       IntArrayRef padding, IntArrayRef dilation,             \
                       int64_t groups) {                                      \
    return convolve("conv" #dims "d", dims, x, weight, bias, stride, padding, \
                    dilation, groups);                                        \
  }                                                                           \
  Tensor conv##dims##d(const Tensor& x, const Tensor& weight,                 \
                       const Tensor& bias, IntArrayRef stride,                \
                       PaddingMode padding, IntArrayRef dilation,             \
                       int64_t groups) {                                      \
    return convolve("conv" #dims "d", dims, x, weight, bias, stride, padding, \
                    dilation, groups);                                        \
  }                                                                           \
  Tensor conv_transpose##dims##d(                                             \
      const Tensor& x, const Tensor& weight, const Tensor& bias,              \
      IntArrayRef stride, IntArrayRef padding, IntArrayRef output_padding,    \
      int64_t groups, IntArrayRef dilation) {                                 \
    return convolve({"conv_transpose" #dims "d", dims, stride, padding,       \
                     dilation, output_padding, groups},                       \
                    x, weight, bias, true);                                   \
  }
TAPER_CONV(1)
TAPER_CONV(2)
TAPER_CONV(3)
#undef TAPER_CONV

Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                   IntArrayRef stride, IntArrayRef padding,
                   IntArrayRef dilation, bool transposed,
                   IntArrayRef output_padding, int64_t groups) {
  check(weight.dim() >= 3 && weight.dim() <= 5,
        "[convolution] expected a weight of 3 to 5 dims, got shape {}",
        weight.sizes());
  return convolve({"convolution", weight.dim() - 2, stride, padding, dilation,
                   output_padding, groups},
                  x, weight, bias, transposed);
}

}  // namespace taper
