#include "taper/nn/layers/batchnorm.h"

#include <ostream>

#include "taper/autograd/ops.h"
#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"
#include "taper/nn/init.h"

namespace taper {
namespace nn {
namespace {

constexpr const char* name_of(const BatchNormOptions&, size_t d) {
  return d == 1 ? "BatchNorm1d" : d == 2 ? "BatchNorm2d" : "BatchNorm3d";
}
constexpr const char* name_of(const InstanceNormOptions&, size_t d) {
  return d == 1   ? "InstanceNorm1d"
         : d == 2 ? "InstanceNorm2d"
                  : "InstanceNorm3d";
}

template <typename Options>
void print(std::ostream& stream, const Options& options, size_t d) {
  const std::optional<double> momentum = options.momentum();
  stream << module_text(name_of(options, d)) << '(' << options.num_features()
         << ", eps=" << options.eps() << ", momentum=";
  if (momentum) {
    stream << *momentum;
  } else {
    stream << "None";
  }
  stream << ", affine=" << true_or_false(options.affine())
         << ", track_running_stats="
         << true_or_false(options.track_running_stats()) << ')';
}

}  // namespace

template <size_t D, typename Derived, typename DerivedOptions>
NormImplBase<D, Derived, DerivedOptions>::NormImplBase(
    const DerivedOptions& options_)
    : options(options_) {
  NormImplBase::reset();
}

template <size_t D, typename Derived, typename DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset() {
  const char* name = name_of(options, D);
  const int64_t channels = options.num_features();
  const std::optional<double> momentum = options.momentum();
  check_positive(name, "num_features", channels);
  check_eps(name, options.eps());
  check<ValueError>(!momentum || (*momentum >= 0 && *momentum <= 1),
                    "[{}] momentum must lie in [0, 1], got {}", name,
                    momentum.value_or(0));
  const bool affine = options.affine();
  const bool tracks = options.track_running_stats();
  const auto values = [&](bool wanted) {
    return wanted ? empty(channels) : Tensor();
  };
  weight = this->register_parameter("weight", values(affine), affine);
  bias = this->register_parameter("bias", values(affine), affine);
  running_mean = this->register_buffer("running_mean", values(tracks));
  running_var = this->register_buffer("running_var", values(tracks));
  num_batches_tracked = this->register_buffer(
      "num_batches_tracked", tracks ? tensor(0, kLong) : Tensor());
  reset_parameters();
}

template <size_t D, typename Derived, typename DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset_running_stats() {
  if (!options.track_running_stats()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

template <size_t D, typename Derived, typename DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::reset_parameters() {
  reset_running_stats();
  if (!options.affine()) return;
  init::ones_(weight);
  init::zeros_(bias);
}

template <size_t D, typename Derived, typename DerivedOptions>
void NormImplBase<D, Derived, DerivedOptions>::check_input(
    const Tensor& input, int64_t least_dims, int64_t most_dims,
    int64_t channel_dim) const {
  const int64_t dims = input.dim();
  check(dims >= least_dims && dims <= most_dims,
        "[{}] expected {}{}{} dims, got an input of shape {}",
        name_of(options, D), least_dims, least_dims == most_dims ? "" : " or ",
        least_dims == most_dims ? std::string() : std::to_string(most_dims),
        input.sizes());
  check(input.size(channel_dim) == options.num_features(),
        "[{}] expected {} channels, got an input of shape {}",
        name_of(options, D), options.num_features(), input.sizes());
}

template <size_t D, typename Derived>
Tensor BatchNormImplBase<D, Derived>::forward(const Tensor& input) {
  this->check_input(input, D == 1 ? 2 : D + 2, D + 2, 1);
  const auto& settings = this->options;
  const bool training = this->is_training();
  const bool tracks = settings.track_running_stats();
  Tensor& tracked = this->num_batches_tracked;
  const bool counts = training && tracks && tracked.defined();
  double momentum = settings.momentum().value_or(0);
  if (counts && !settings.momentum()) {
    momentum = 1.0 / static_cast<double>(tracked.item<int64_t>() + 1);
  }
  Tensor output = batch_norm(input, this->weight, this->bias,
                             this->running_mean, this->running_var,
                             training || !tracks, momentum, settings.eps());
  // Last, so that a call that throws counts nothing.
  if (counts) tracked.add_(1);
  return output;
}

template <size_t D, typename Derived>
void BatchNormImplBase<D, Derived>::pretty_print(std::ostream& stream) const {
  print(stream, this->options, D);
}

template <size_t D, typename Derived>
Tensor InstanceNormImpl<D, Derived>::forward(const Tensor& input) {
  const bool batched = input.dim() != D + 1;
  this->check_input(input, D + 1, D + 2, batched ? 1 : 0);
  const auto& settings = this->options;
  Tensor output = functional::detail::instance_norm(
      batched ? input : input.unsqueeze(0), this->running_mean,
      this->running_var, this->weight, this->bias,
      this->is_training() || !settings.track_running_stats(),
      settings.momentum(), settings.eps());
  return batched ? output : output.squeeze(0);
}

template <size_t D, typename Derived>
void InstanceNormImpl<D, Derived>::pretty_print(std::ostream& stream) const {
  print(stream, this->options, D);
}

template class Cloneable<BatchNorm1dImpl>;
template class NormImplBase<1, BatchNorm1dImpl, BatchNormOptions>;
template class BatchNormImplBase<1, BatchNorm1dImpl>;
template class Cloneable<BatchNorm2dImpl>;
template class NormImplBase<2, BatchNorm2dImpl, BatchNormOptions>;
template class BatchNormImplBase<2, BatchNorm2dImpl>;
template class Cloneable<BatchNorm3dImpl>;
template class NormImplBase<3, BatchNorm3dImpl, BatchNormOptions>;
template class BatchNormImplBase<3, BatchNorm3dImpl>;
template class Cloneable<InstanceNorm1dImpl>;
template class NormImplBase<1, InstanceNorm1dImpl, InstanceNormOptions>;
template class InstanceNormImpl<1, InstanceNorm1dImpl>;
template class Cloneable<InstanceNorm2dImpl>;
template class NormImplBase<2, InstanceNorm2dImpl, InstanceNormOptions>;
template class InstanceNormImpl<2, InstanceNorm2dImpl>;
template class Cloneable<InstanceNorm3dImpl>;
template class NormImplBase<3, InstanceNorm3dImpl, InstanceNormOptions>;
template class InstanceNormImpl<3, InstanceNorm3dImpl>;

}  // namespace nn
}  // namespace taper
