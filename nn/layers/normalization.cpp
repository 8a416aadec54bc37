// The normalisations: their parameters and buffers, what they print, check and
// call.
#include "taper/nn/layers/normalization.h"

#include "taper/autograd/ops.h"
#include "taper/nn/init.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

TAPER_SHOW(LayerNormOptions,
           .sizes(nullptr, o.normalized_shape(),
                  "[]")("eps", o.eps())("elementwise_affine",
                                        o.elementwise_affine()))
TAPER_SHOW(GroupNormOptions,
           (o.num_groups())(o.num_channels())("eps", o.eps())("affine",
                                                              o.affine()))

template <typename Momentum, bool on>
static void print_options(OptionPrinter& print,
                          const ChannelNormOptions<Momentum, on>& o) {
  print(o.num_features())("eps", o.eps())("momentum", o.momentum());
  print("affine", o.affine())("track_running_stats", o.track_running_stats());
}

namespace {

// Without the number of dims.
const char* name_of(const BatchNormOptions&) { return "BatchNorm"; }
const char* name_of(const InstanceNormOptions&) { return "InstanceNorm"; }

// Throws unless the input has one of these numbers of dims and C channels in
// dim `channel_dim`.
template <typename Options>
void check_input(size_t d, const Options& options, const Tensor& input,
                 int64_t least_dims, int64_t most_dims, int64_t channel_dim) {
  const char* name = name_of(options);
  const std::string least =
      least_dims < most_dims ? std::to_string(least_dims) + " or " : "";
  check(input.dim() >= least_dims && input.dim() <= most_dims,
        "[{}{}d] expected {}{} dims, got an input of shape {}", name, d, least,
        most_dims, input.sizes());
  check(input.size(channel_dim) == options.num_features(),
        "[{}{}d] expected {} channels, got an input of shape {}", name, d,
        options.num_features(), input.sizes());
}

}  // namespace

void detail::AffineLayer::register_affine(IntArrayRef shape, bool affine) {
  weight =
      register_parameter("weight", affine ? empty(shape) : Tensor(), affine);
  bias = register_parameter("bias", affine ? empty(shape) : Tensor(), affine);
}

void detail::AffineLayer::reset_parameters() {
  if (!weight.defined()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

void LayerNormImpl::reset() {
  const auto& shape = options.normalized_shape();
  check<ValueError>(!shape.empty(),
                    "[LayerNorm] normalized_shape must have at least one dim");
  for (const int64_t size : shape) {
    check_size("LayerNorm", "normalized_shape", size);
  }
  check_eps("LayerNorm", options.eps());
  register_affine(shape, options.elementwise_affine());
  reset_parameters();
}

Tensor LayerNormImpl::forward(const Tensor& input) {
  return layer_norm(input, options.normalized_shape(), weight, bias,
                    options.eps());
}

void GroupNormImpl::reset() {
  const int64_t groups = options.num_groups();
  const int64_t channels = options.num_channels();
  check_positive("GroupNorm", "num_groups", groups);
  check_size("GroupNorm", "num_channels", channels);
  check<ValueError>(channels % groups == 0,
                    "[GroupNorm] {} channels cannot be divided into {} groups",
                    channels, groups);
  check_eps("GroupNorm", options.eps());
  register_affine(channels, options.affine());
  reset_parameters();
}

Tensor GroupNormImpl::forward(const Tensor& input) {
  check(input.dim() < 2 || input.sizes()[1] == options.num_channels(),
        "[GroupNorm] expected {} channels, got an input of shape {}",
        options.num_channels(), input.sizes());
  return group_norm(input, options.num_groups(), weight, bias, options.eps());
}

namespace detail {

template <typename Options>
void ChannelNorm::register_all(size_t d, const Options& options) {
  const std::string name = name_of(options) + std::to_string(d) + "d";
  const std::optional<double> momentum = options.momentum();
  const int64_t channels = options.num_features();
  check_size(name.c_str(), "num_features", channels);
  check_eps(name.c_str(), options.eps());
  check<ValueError>(!momentum || (*momentum >= 0 && *momentum <= 1),
                    "[{}] momentum must lie in [0, 1], got {}", name,
                    momentum.value_or(0));
  const bool tracks = options.track_running_stats();
  register_affine(channels, options.affine());
  const auto values = [&] { return tracks ? empty(channels) : Tensor(); };
  running_mean = register_buffer("running_mean", values());
  running_var = register_buffer("running_var", values());
  num_batches_tracked = register_buffer("num_batches_tracked",
                                        tracks ? tensor(0, kLong) : Tensor());
  reset_parameters();
}
template TAPER_API void ChannelNorm::register_all(size_t,
                                                  const BatchNormOptions&);
template TAPER_API void ChannelNorm::register_all(size_t,
                                                  const InstanceNormOptions&);

void ChannelNorm::reset_running_stats() {
  if (!running_mean.defined()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void ChannelNorm::reset_parameters() {
  reset_running_stats();
  AffineLayer::reset_parameters();
}

Tensor ChannelNorm::normalise(size_t d, const BatchNormOptions& options,
                              const Tensor& input) {
  const auto dims = static_cast<int64_t>(d) + 2;
  check_input(d, options, input, d == 1 ? 2 : dims, dims, 1);
  const bool training = is_training();
  const bool tracks = options.track_running_stats();
  Tensor& tracked = num_batches_tracked;
  const bool counts = training && tracks && tracked.defined();
  double momentum = options.momentum().value_or(0);
  if (counts && !options.momentum()) {
    momentum = 1.0 / static_cast<double>(tracked.item<int64_t>() + 1);
  }
  Tensor output = batch_norm(input, weight, bias, running_mean, running_var,
                             training || !tracks, momentum, options.eps());
  // Last, so that a call that throws counts nothing.
  if (counts) tracked.add_(1);
  return output;
}

Tensor ChannelNorm::normalise(size_t d, const InstanceNormOptions& options,
                              const Tensor& input) {
  const auto dims = static_cast<int64_t>(d) + 2;
  const bool batched = input.dim() != dims - 1;
  check_input(d, options, input, dims - 1, dims, batched ? 1 : 0);
  Tensor output = instance_norm(batched ? input : input.unsqueeze(0), weight,
                                bias, running_mean, running_var,
                                is_training() || !options.track_running_stats(),
                                options.momentum(), options.eps());
  return batched ? output : output.squeeze(0);
}

}  // namespace detail

template class Layer<LayerNormImpl, LayerNormOptions, detail::AffineLayer>;
template class Layer<GroupNormImpl, GroupNormOptions, detail::AffineLayer>;
template class Layer<BatchNorm1dImpl, BatchNormOptions, detail::ChannelNorm>;
template class Layer<BatchNorm2dImpl, BatchNormOptions, detail::ChannelNorm>;
template class Layer<BatchNorm3dImpl, BatchNormOptions, detail::ChannelNorm>;
template class Layer<InstanceNorm1dImpl, InstanceNormOptions,
                     detail::ChannelNorm>;
template class Layer<InstanceNorm2dImpl, InstanceNormOptions,
                     detail::ChannelNorm>;
template class Layer<InstanceNorm3dImpl, InstanceNormOptions,
                     detail::ChannelNorm>;

}  // namespace taper::nn
