// The convolutions: their parameters, what they print, check and call.
#include "taper/nn/layers/conv.h"

#include <cmath>
#include <tuple>
#include <vector>

#include "taper/autograd/ops.h"
#include "taper/nn/functional.h"
#include "taper/nn/functional/conv.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {
namespace detail {

// Beside the options, where the printing of layers looks for it.
template <size_t D>
static void print_options(OptionPrinter& print,
                          const ConvNdOptions<D>& options) {
  print(options.in_channels())(options.out_channels());
  print("kernel_size", options.kernel_size())("stride", options.stride());
  const auto unless = [&](const char* name, const ExpandingArray<D>& sizes,
                          int64_t value) {
    if (*sizes != *ExpandingArray<D>(value)) print(name, sizes);
  };
  const auto& padding = options.padding();
  if (const auto* sizes = std::get_if<0>(&padding)) {
    unless("padding", *sizes, 0);
  } else {
    print("padding", padding.index() == 1 ? "'valid'" : "'same'");
  }
  unless("dilation", options.dilation(), 1);
  unless("output_padding", options.output_padding(), 0);
  if (options.groups() != 1) print("groups", options.groups());
  if (!options.bias()) print("bias", false);
  if (options.padding_mode().index() != 0) {
    print("padding_mode", enumtype::get_enum_name(options.padding_mode()));
  }
}

}  // namespace detail

namespace {

constexpr const char* kModes[] = {"zeros", "reflect", "replicate", "circular"};

// The options of all convolutions that those of one kind stand for.
template <size_t D>
detail::ConvNdOptions<D> general(const ConvOptions<D>& o) {
  return detail::ConvNdOptions<D>(o.in_channels(), o.out_channels(),
                                  o.kernel_size())
      .stride(o.stride())
      .padding(o.padding())
      .dilation(o.dilation())
      .groups(o.groups())
      .bias(o.bias())
      .padding_mode(o.padding_mode());
}
template <size_t D>
detail::ConvNdOptions<D> general(const ConvTransposeOptions<D>& o) {
  return detail::ConvNdOptions<D>(o.in_channels(), o.out_channels(),
                                  o.kernel_size())
      .stride(o.stride())
      .padding(o.padding())
      .dilation(o.dilation())
      .transposed(true)
      .output_padding(o.output_padding())
      .groups(o.groups())
      .bias(o.bias())
      .padding_mode(o.padding_mode());
}

// What goes before and behind each dim, the last one first; where the padding
// of kSame is odd, the element more is behind.
template <size_t D>
std::vector<int64_t> padding_of(const detail::ConvNdOptions<D>& options) {
  std::vector<int64_t> result;
  for (size_t d = D; d-- > 0;) {
    int64_t before = 0;
    int64_t behind = 0;
    if (const auto* sizes = std::get_if<0>(&options.padding())) {
      before = behind = (*sizes)->at(d);
    } else if (options.padding().index() == 2) {
      const int64_t total =
          options.dilation()->at(d) * (options.kernel_size()->at(d) - 1);
      before = total / 2;
      behind = total - before;
    }
    result.insert(result.end(), {before, behind});
  }
  return result;
}

// conv(input, weight, options), or of the input padded first where the padding
// is not with zeros.
template <size_t D, typename Impl, typename F>
Tensor forward_of(const Impl& layer, const Tensor& input, const F& conv) {
  const auto& options = layer.options;
  const auto call = functional::ConvFuncOptions<D>()
                        .bias(layer.bias)
                        .stride(options.stride())
                        .padding(options.padding())
                        .dilation(options.dilation())
                        .groups(options.groups());
  const size_t mode = options.padding_mode().index();
  if (mode == 0) return conv(input, layer.weight, call);
  return conv(
      taper::pad(input, padding_of(options), kModes[mode]), layer.weight,
      functional::ConvFuncOptions<D>(call).padding(ExpandingArray<D>(0)));
}

// The output_padding by which a transposed convolution gets `output_size`.
template <size_t D>
ExpandingArray<D> output_padding_for(const detail::ConvNdOptions<D>& options,
                                     const char* op, const Tensor& input,
                                     IntArrayRef output_size) {
  check(output_size.size() == D || output_size.size() == D + 2,
        "[{}] output_size must have {} or {} numbers, got {}", op, D, D + 2,
        output_size);
  check(input.dim() >= static_cast<int64_t>(D),
        "[{}] input of shape {} has too few dims", op, input.sizes());
  ExpandingArray<D> result(0);
  for (size_t d = 0; d < D; ++d) {
    const int64_t wanted = output_size[output_size.size() - D + d];
    const int64_t stride = options.stride()->at(d);
    const int64_t padding = std::get<0>(options.padding())->at(d);
    const int64_t least =
        (input.size(static_cast<int64_t>(d) - static_cast<int64_t>(D)) - 1) *
            stride -
        2 * padding +
        options.dilation()->at(d) * (options.kernel_size()->at(d) - 1) + 1;
    check<ValueError>(wanted >= least && wanted < least + stride,
                      "[{}] output_size {} is not possible for an input of "
                      "shape {}: dim {} takes {} to {}",
                      op, output_size, input.sizes(), d, least,
                      least + stride - 1);
    result->at(d) = wanted - least;
  }
  return result;
}

template <size_t D, typename Impl, typename F>
Tensor transposed_forward_of(const Impl& layer, const char* op,
                             const Tensor& input,
                             const std::optional<IntArrayRef>& output_size,
                             const F& conv) {
  const auto& options = layer.options;
  check<ValueError>(options.padding_mode().index() == 0,
                    "[{}] padding_mode must be zeros, got {}", op,
                    kModes[options.padding_mode().index()]);
  return conv(
      input, layer.weight,
      functional::ConvTransposeFuncOptions<D>()
          .bias(layer.bias)
          .stride(options.stride())
          .padding(std::get<0>(options.padding()))
          .output_padding(
              output_size ? output_padding_for(options, op, input, *output_size)
                          : options.output_padding())
          .groups(options.groups())
          .dilation(options.dilation()));
}

}  // namespace

template <size_t D, typename Derived>
ConvNdImpl<D, Derived>::ConvNdImpl(detail::ConvNdOptions<D> o)
    : Layer<Derived, detail::ConvNdOptions<D>>(std::move(o)) {
  reset();
}

template <size_t D, typename Derived>
void ConvNdImpl<D, Derived>::reset() {
  const auto& o = this->options;
  const char* layer = o.transposed() ? "ConvTranspose" : "Conv";
  check_positive(layer, "in_channels", o.in_channels());
  check_positive(layer, "out_channels", o.out_channels());
  check_positive(layer, "groups", o.groups());
  check<ValueError>(
      o.in_channels() % o.groups() == 0 && o.out_channels() % o.groups() == 0,
      "[{}] in_channels {} and out_channels {} must be divisible by groups {}",
      layer, o.in_channels(), o.out_channels(), o.groups());
  for (size_t d = 0; d < D; ++d) {
    check_positive(layer, "kernel_size", o.kernel_size()->at(d));
    check_positive(layer, "stride", o.stride()->at(d));
    check_positive(layer, "dilation", o.dilation()->at(d));
    check<ValueError>(o.padding().index() != 2 || o.stride()->at(d) == 1,
                      "[{}] padding \"same\" asks for stride 1, got {}", layer,
                      IntArrayRef(o.stride()));
  }
  std::vector<int64_t> sizes = {o.out_channels(), o.in_channels() / o.groups()};
  if (o.transposed()) sizes = {o.in_channels(), o.out_channels() / o.groups()};
  sizes.insert(sizes.end(), o.kernel_size()->begin(), o.kernel_size()->end());
  weight = this->register_parameter("weight", taper::empty(sizes));
  bias = this->register_parameter(
      "bias", o.bias() ? taper::empty(o.out_channels()) : Tensor());
  reset_parameters();
}

template <size_t D, typename Derived>
void ConvNdImpl<D, Derived>::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const auto fan_in = std::get<0>(init::_calculate_fan_in_and_fan_out(weight));
  const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
  init::uniform_(bias, -bound, bound);
}

#define TAPER_CONV_LAYERS(D)                                                \
  Conv##D##dImpl::Conv##D##dImpl(Conv##D##dOptions o)                       \
      : ConvNdImpl(general(o)) {}                                           \
  Tensor Conv##D##dImpl::forward(const Tensor& input) {                     \
    return forward_of<D>(*this, input, functional::conv##D##d);             \
  }                                                                         \
  ConvTranspose##D##dImpl::ConvTranspose##D##dImpl(                         \
      ConvTranspose##D##dOptions o)                                         \
      : ConvNdImpl(general(o)) {}                                           \
  Tensor ConvTranspose##D##dImpl::forward(                                  \
      const Tensor& input, const std::optional<IntArrayRef>& output_size) { \
    return transposed_forward_of<D>(*this, "ConvTranspose" #D "d", input,   \
                                    output_size,                            \
                                    functional::conv_transpose##D##d);      \
  }                                                                         \
  template struct ConvNdImpl<D, Conv##D##dImpl>;                            \
  template struct ConvNdImpl<D, ConvTranspose##D##dImpl>;                   \
  template class Layer<Conv##D##dImpl, detail::ConvNdOptions<D>>;           \
  template class Layer<ConvTranspose##D##dImpl, detail::ConvNdOptions<D>>;
TAPER_CONV_LAYERS(1)
TAPER_CONV_LAYERS(2)
TAPER_CONV_LAYERS(3)
#undef TAPER_CONV_LAYERS

}  // namespace taper::nn
