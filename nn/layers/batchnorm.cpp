// BatchNorm and InstanceNorm: their parameters and buffers, what they print,
// check and call.
#include "taper/nn/layers/batchnorm.h"

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {
namespace {

const char* name_of(const BatchNormOptions&, size_t d) {
  return d == 1 ? "BatchNorm1d" : d == 2 ? "BatchNorm2d" : "BatchNorm3d";
}
const char* name_of(const InstanceNormOptions&, size_t d) {
  return d == 1   ? "InstanceNorm1d"
         : d == 2 ? "InstanceNorm2d"
                  : "InstanceNorm3d";
}

template <typename Options>
void check_options(const char* name, const Options& options) {
  const std::optional<double> momentum = options.momentum();
  check_positive(name, "num_features", options.num_features());
  check_eps(name, options.eps());
  check<ValueError>(!momentum || (*momentum >= 0 && *momentum <= 1),
                    "[{}] momentum must lie in [0, 1], got {}", name,
                    momentum.value_or(0));
}

// Throws unless the input has one of these numbers of dims and C channels in
// dim `channel_dim`.
template <typename Options>
void check_input(size_t d, const Options& options, const Tensor& input,
                 int64_t least_dims, int64_t most_dims, int64_t channel_dim) {
  const int64_t dims = input.dim();
  const char* name = name_of(options, d);
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
  check_options(name_of(options, d), options);
  const int64_t channels = options.num_features();
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

template struct DefineLayers<BatchNorm1dImpl, BatchNorm2dImpl, BatchNorm3dImpl,
                             InstanceNorm1dImpl, InstanceNorm2dImpl,
                             InstanceNorm3dImpl>;

}  // namespace detail
}  // namespace taper::nn
