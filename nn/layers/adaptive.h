// AdaptiveLogSoftmaxWithLoss: log-probabilities of very many classes, of which
// the rare ones are only computed where they are asked for.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "taper/nn/layers/linear.h"
#include "taper/nn/module/module_list.h"

namespace taper::nn {

/// Classes are sorted by frequency; the increasing `cutoffs` part them into the
/// shortlist and clusters. Cluster i (from 0) is reached through in_features /
/// div_value^(i + 1) features.
struct TAPER_API AdaptiveLogSoftmaxWithLossOptions {
  AdaptiveLogSoftmaxWithLossOptions(int64_t in_features, int64_t n_classes,
                                    std::vector<int64_t> cutoffs)
      : in_features_(in_features),
        n_classes_(n_classes),
        cutoffs_(std::move(cutoffs)) {}
  TAPER_ARG(int64_t, in_features);
  TAPER_ARG(int64_t, n_classes);
  TAPER_ARG(std::vector<int64_t>, cutoffs);
  TAPER_ARG(double, div_value) = 4.;
  TAPER_ARG(bool, head_bias) = false;
};

/// The log-probability of each target, and the mean of their negatives.
struct TAPER_API ASMoutput {
  Tensor output;
  double loss;
};

/// Grave et al., "Efficient softmax approximation for GPUs", 2017. The input is
/// (N, in_features) or (in_features), with int64 targets (N) or one.
struct TAPER_API AdaptiveLogSoftmaxWithLossImpl
    : Layer<AdaptiveLogSoftmaxWithLossImpl, AdaptiveLogSoftmaxWithLossOptions,
            detail::ContainerLayer> {
  AdaptiveLogSoftmaxWithLossImpl(int64_t in_features, int64_t n_classes,
                                 std::vector<int64_t> cutoffs_)
      : AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions(
            in_features, n_classes, std::move(cutoffs_))) {}
  explicit AdaptiveLogSoftmaxWithLossImpl(const Options& o) : Layer(o) {
    reset();
  }
  void reset() override;
  /// Draws the weights anew.
  void reset_parameters();
  ASMoutput forward(const Tensor& input, const Tensor& target);
  /// The log-probabilities of all classes, (N, n_classes).
  Tensor log_prob(const Tensor& input);
  /// The same where head(input) is known.
  Tensor _get_full_log_prob(const Tensor& input, const Tensor& head_output);
  /// The most probable class of each row, (N).
  Tensor predict(const Tensor& input);

  std::vector<int64_t> cutoffs;  // with n_classes at the end
  int64_t shortlist_size = 0;
  int64_t n_clusters = 0;
  int64_t head_size = 0;
  Linear head = nullptr;
  ModuleList tail;
};
using AdaptiveLogSoftmaxWithLoss = ModuleHolder<AdaptiveLogSoftmaxWithLossImpl>;

}  // namespace taper::nn
