// Pooling: the options unpacked.
#include "taper/nn/functional/pooling.h"

#include <array>

#include "taper/autograd/ops/network/pool.h"
#include "taper/autograd/ops/network/pool_windows.h"
#include "taper/autograd/ops/random/random.h"
#include "taper/autograd/ops/views/views.h"

namespace taper::nn::functional {
namespace {

// The sizes of an adaptive pooling, where those of the input stand for absent
// ones.
template <size_t D>
std::array<int64_t, D> sizes_of(const Tensor&,
                                const ExpandingArray<D>& output_size) {
  return *output_size;
}
template <size_t D>
std::array<int64_t, D> sizes_of(
    const Tensor& input, const ExpandingArrayWithOptionalElem<D>& output_size) {
  std::array<int64_t, D> sizes;
  for (size_t d = 0; d < D; ++d) {
    const auto dim = static_cast<int64_t>(d) - static_cast<int64_t>(D);
    sizes[d] = output_size->at(d) ? *output_size->at(d) : input.size(dim);
  }
  return sizes;
}

// `pool` of the input, with new samples unless the options have them.
template <size_t D, typename F>
auto fractional(const char* op, const F& pool, const Tensor& input,
                const FractionalMaxPoolOptions<D>& options) {
  constexpr auto dims = static_cast<int64_t>(D);
  check_shape({op, D, input}, /*channels_too=*/true);
  check<ValueError>(options.output_size() || options.output_ratio(),
                    "[{}] needs an output_size or an output_ratio", op);
  std::array<int64_t, D> sizes;
  for (size_t d = 0; d < D; ++d) {
    const auto size = input.size(static_cast<int64_t>(d) - dims);
    sizes[d] = options.output_size()
                   ? (*options.output_size())->at(d)
                   : static_cast<int64_t>(static_cast<double>(size) *
                                          (*options.output_ratio())->at(d));
  }
  Tensor samples = options._random_samples();
  if (!samples.defined()) {
    const int64_t n = input.dim() == dims + 2 ? input.size(0) : 1;
    samples = rand({n, input.size(-dims - 1), dims}, input.options());
  }
  return pool(input, options.kernel_size(), sizes, samples);
}

// The size in the pooled dims of what was pooled.
template <size_t D>
std::vector<int64_t> unpooled_size(const char* op, const Tensor& input,
                                   const MaxUnpoolFuncOptions<D>& options) {
  const PoolCall call = {op, D, input};
  check_shape(call, /*channels_too=*/false);
  const Triple kernel =
      triple(call, "kernel_size", options.kernel_size(), 1, 1);
  const Triple stride = triple(call, "stride", options.stride(), 1, 1);
  const Triple padding = triple(call, "padding", options.padding(), 0, 0);
  std::vector<int64_t> expected;
  for (size_t d = 3 - D; d < 3; ++d) {
    const int64_t size = input.size(static_cast<int64_t>(d) - 3);
    expected.push_back(numel_of({size, stride[d]}) - stride[d] + kernel[d] -
                       2 * padding[d]);
  }
  if (!options.output_size()) return expected;
  std::vector<int64_t> size = *options.output_size();
  if (size.size() == D + 2) size.erase(size.begin(), size.begin() + 2);
  check(size.size() == D, "[{}] output_size must have {} or {} numbers, got {}",
        op, D, D + 2, *options.output_size());
  for (size_t d = 0; d < D; ++d) {
    const int64_t most = stride[d + 3 - D];
    check(size[d] >= expected[d] - most && size[d] <= expected[d] + most,
          "[{}] output_size {} is not within a stride of {}", op, size,
          expected);
  }
  return size;
}

}  // namespace

#define TAPER_POOLS(D)                                                        \
  Tensor max_pool##D##d(const Tensor& input,                                  \
                        const MaxPool##D##dFuncOptions& options) {            \
    return taper::max_pool##D##d(input, options.kernel_size(),                \
                                 options.stride(), options.padding(),         \
                                 options.dilation(), options.ceil_mode());    \
  }                                                                           \
  std::tuple<Tensor, Tensor> max_pool##D##d_with_indices(                     \
      const Tensor& input, const MaxPool##D##dFuncOptions& options) {         \
    return taper::max_pool##D##d_with_indices(                                \
        input, options.kernel_size(), options.stride(), options.padding(),    \
        options.dilation(), options.ceil_mode());                             \
  }                                                                           \
  std::tuple<Tensor, Tensor> adaptive_max_pool##D##d_with_indices(            \
      const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& options) { \
    return taper::adaptive_max_pool##D##d(                                    \
        input, sizes_of(input, options.output_size()));                       \
  }                                                                           \
  Tensor adaptive_max_pool##D##d(                                             \
      const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& options) { \
    return std::get<0>(adaptive_max_pool##D##d_with_indices(input, options)); \
  }                                                                           \
  Tensor adaptive_avg_pool##D##d(                                             \
      const Tensor& input, const AdaptiveAvgPool##D##dFuncOptions& options) { \
    return taper::adaptive_avg_pool##D##d(                                    \
        input, sizes_of(input, options.output_size()));                       \
  }                                                                           \
  Tensor lp_pool##D##d(const Tensor& input,                                   \
                       const LPPool##D##dFuncOptions& options) {              \
    return taper::lp_pool##D##d(input, options.norm_type(),                   \
                                options.kernel_size(), options.stride(),      \
                                options.ceil_mode());                         \
  }
TAPER_POOLS(1)
TAPER_POOLS(2)
TAPER_POOLS(3)

Tensor avg_pool1d(const Tensor& input, const AvgPool1dFuncOptions& options) {
  return taper::avg_pool1d(input, options.kernel_size(), options.stride(),
                           options.padding(), options.ceil_mode(),
                           options.count_include_pad());
}

#define TAPER_AVERAGE(D)                                                   \
  Tensor avg_pool##D##d(const Tensor& input,                               \
                        const AvgPool##D##dFuncOptions& options) {         \
    return taper::avg_pool##D##d(                                          \
        input, options.kernel_size(), options.stride(), options.padding(), \
        options.ceil_mode(), options.count_include_pad(),                  \
        options.divisor_override());                                       \
  }
TAPER_AVERAGE(2)
TAPER_AVERAGE(3)

#define TAPER_FRACTIONAL(D)                                              \
  std::tuple<Tensor, Tensor> fractional_max_pool##D##d_with_indices(     \
      const Tensor& input,                                               \
      const FractionalMaxPool##D##dFuncOptions& options) {               \
    return fractional("fractional_max_pool" #D "d",                      \
                      taper::fractional_max_pool##D##d, input, options); \
  }                                                                      \
  Tensor fractional_max_pool##D##d(                                      \
      const Tensor& input,                                               \
      const FractionalMaxPool##D##dFuncOptions& options) {               \
    return std::get<0>(                                                  \
        fractional_max_pool##D##d_with_indices(input, options));         \
  }
TAPER_FRACTIONAL(2)
TAPER_FRACTIONAL(3)

Tensor max_unpool1d(const Tensor& input, const Tensor& indices,
                    const MaxUnpool1dFuncOptions& options) {
  std::vector<int64_t> size = unpooled_size("max_unpool1d", input, options);
  size.push_back(1);
  return max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), size)
      .squeeze(-1);
}

Tensor max_unpool2d(const Tensor& input, const Tensor& indices,
                    const MaxUnpool2dFuncOptions& options) {
  return taper::max_unpool2d(input, indices,
                             unpooled_size("max_unpool2d", input, options));
}

Tensor max_unpool3d(const Tensor& input, const Tensor& indices,
                    const MaxUnpool3dFuncOptions& options) {
  return taper::max_unpool3d(input, indices,
                             unpooled_size("max_unpool3d", input, options),
                             options.stride(), options.padding());
}

}  // namespace taper::nn::functional
