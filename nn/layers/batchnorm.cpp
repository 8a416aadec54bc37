// BatchNorm and InstanceNorm: their parameters and buffers, what they print,
// check and call.
#include "taper/nn/layers/batchnorm.h"

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {
namespace {

std::string name_of(const BatchNormOptions&, size_t d) {
  return "BatchNorm" + std::to_string(d) + "d";
}
std::string name_of(const InstanceNormOptions&, size_t d) {
  return "InstanceNorm" + std::to_string(d) + "d";
}

// Throws unless the input has one of these numbers of dims and C channels in
// dim `channel_dim`.
template <typename Options>
void check_input(size_t d, const Options& options, const Tensor& input,
                 int64_t least_dims, int64_t most_dims, int64_t channel_dim) {
  const int64_t dims = input.dim();
  const std::string name = name_of(options, d);
  check(dims >= least_dims && dims <= most_dims,
        "[{}] expected {}{}{} dims, got an input of shape {}", name, least_dims,
        least_dims == most_dims ? "" : " or ",
        least_dims == most_dims ? std::string() : std::to_string(most_dims),
        input.sizes());
  check(input.size(channel_dim) == options.num_features(),
        "[{}] expected {} channels, got an input of shape {}", name,
        options.num_features(), input.sizes());
}

}  // namespace

template <typename Options>
requires requires(Options options) { options.track_running_stats(); }
static void print_options(OptionPrinter& print, const Options& options) {
  print(options.num_features())("eps", options.eps());
  print("momentum", options.momentum())("affine", options.affine());
  print("track_running_stats", options.track_running_stats());
}

namespace detail {

template <typename Options>
void ChannelNorm::register_all(size_t d, const Options& options) {
  const std::string name = name_of(options, d);
  const std::optional<double> momentum = options.momentum();
  const int64_t channels = options.num_features();
  check_positive(name.c_str(), "num_features", channels);
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
