// The pooling layers: what they print, check and call.
#include "taper/nn/layers/pooling.h"

#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

template <size_t D>
static void print_options(OptionPrinter& print,
                          const MaxPoolOptions<D>& options) {
  print("kernel_size", options.kernel_size())("stride", options.stride());
  print("padding", options.padding())("dilation", options.dilation());
  print("ceil_mode", options.ceil_mode());
}

template <size_t D>
static void print_options(OptionPrinter& print,
                          const LPPoolOptions<D>& options) {
  print("norm_type", options.norm_type());
  print("kernel_size", options.kernel_size())("stride", options.stride());
  print("ceil_mode", options.ceil_mode());
}

template <typename Sizes>
static void print_options(OptionPrinter& print,
                          const AdaptivePoolOptions<Sizes>& options) {
  print("output_size", options.output_size());
}

// AvgPool and MaxUnpool.
template <typename Options>
requires requires(Options options) { options.padding(); }
static void print_options(OptionPrinter& print, const Options& options) {
  print("kernel_size", options.kernel_size())("stride", options.stride());
  print("padding", options.padding());
}

namespace {

template <size_t D>
void check_fractional(const FractionalMaxPoolOptions<D>& options) {
  check<ValueError>(
      options.output_size().has_value() != options.output_ratio().has_value(),
      "[FractionalMaxPool{}d] needs either output_size or output_ratio", D);
  if (!options.output_ratio()) return;
  for (const double ratio : **options.output_ratio()) {
    check<ValueError>(ratio > 0 && ratio < 1,
                      "[FractionalMaxPool{}d] output_ratio must lie between 0 "
                      "and 1, got {}",
                      D, ratio);
  }
}

}  // namespace

#define TAPER_POOL(Name, f)                         \
  Tensor Name##Impl::forward(const Tensor& input) { \
    return functional::f(input, options);           \
  }                                                 \
  template class Layer<Name##Impl, Name##Options>;
#define TAPER_INDEXED_POOL(Name, f)                            \
  std::tuple<Tensor, Tensor> Name##Impl::forward_with_indices( \
      const Tensor& input) {                                   \
    return functional::f##_with_indices(input, options);       \
  }                                                            \
  TAPER_POOL(Name, f)
#define TAPER_POOLS(D)                                                \
  TAPER_INDEXED_POOL(MaxPool##D##d, max_pool##D##d)                   \
  TAPER_POOL(AvgPool##D##d, avg_pool##D##d)                           \
  TAPER_INDEXED_POOL(AdaptiveMaxPool##D##d, adaptive_max_pool##D##d)  \
  TAPER_POOL(AdaptiveAvgPool##D##d, adaptive_avg_pool##D##d)          \
  TAPER_POOL(LPPool##D##d, lp_pool##D##d)                             \
  Tensor MaxUnpool##D##dImpl::forward(                                \
      const Tensor& input, const Tensor& indices,                     \
      const std::optional<std::vector<int64_t>>& output_size) {       \
    return functional::max_unpool##D##d(                              \
        input, indices,                                               \
        functional::MaxUnpool##D##dFuncOptions(options.kernel_size()) \
            .stride(options.stride())                                 \
            .padding(options.padding())                               \
            .output_size(output_size));                               \
  }                                                                   \
  template class Layer<MaxUnpool##D##dImpl, MaxUnpool##D##dOptions>;
TAPER_POOLS(1)
TAPER_POOLS(2)
TAPER_POOLS(3)

#define TAPER_FRACTIONAL_POOL(D)                                               \
  template <>                                                                  \
  void check_options<FractionalMaxPool##D##dImpl>(                             \
      const FractionalMaxPool##D##dOptions& options) {                         \
    check_fractional(options);                                                 \
  }                                                                            \
  void FractionalMaxPool##D##dImpl::reset() {                                  \
    _random_samples =                                                          \
        register_buffer("_random_samples", options._random_samples());         \
  }                                                                            \
  Tensor FractionalMaxPool##D##dImpl::forward(const Tensor& input) {           \
    return std::get<0>(forward_with_indices(input));                           \
  }                                                                            \
  std::tuple<Tensor, Tensor>                                                   \
      FractionalMaxPool##D##dImpl::forward_with_indices(const Tensor& input) { \
    return functional::fractional_max_pool##D##d_with_indices(                 \
        input, Options(options)._random_samples(_random_samples));             \
  }                                                                            \
  template class Layer<FractionalMaxPool##D##dImpl,                            \
                       FractionalMaxPool##D##dOptions>;
TAPER_FRACTIONAL_POOL(2)
TAPER_FRACTIONAL_POOL(3)

}  // namespace taper::nn
