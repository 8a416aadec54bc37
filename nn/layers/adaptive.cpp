// Adaptive softmax: the head knows the shortlist and a class per cluster.
#include "taper/nn/layers/adaptive.h"

#include <cmath>

#include "taper/autograd/ops.h"
#include "taper/nn/module/layer_type.h"
#include "taper/nn/module/sequential.h"

namespace taper::nn {

// How they are printed and checked is known where they are defined.
extern template class Layer<LinearImpl, LinearOptions>;
extern template class Layer<ModuleListImpl, NoOptions, detail::ContainerLayer>;
extern template class Layer<SequentialImpl, NoOptions, detail::ContainerLayer>;

namespace {

void check_clusters(const AdaptiveLogSoftmaxWithLossOptions& options) {
  const char* layer = "AdaptiveLogSoftmaxWithLoss";
  const std::vector<int64_t>& cutoffs = options.cutoffs();
  check<ValueError>(!cutoffs.empty(), "[{}] there are no cutoffs", layer);
  int64_t before = 0;
  for (const int64_t cutoff : cutoffs) {
    check<ValueError>(cutoff > before && cutoff < options.n_classes(),
                      "[{}] cutoffs must increase from 1 to {}, got {}", layer,
                      options.n_classes() - 1, IntArrayRef(cutoffs));
    before = cutoff;
  }
  check<ValueError>(options.div_value() > 0,
                    "[{}] div_value must be positive, got {}", layer,
                    options.div_value());
}

}  // namespace

void AdaptiveLogSoftmaxWithLossImpl::reset() {
  check_clusters(options);
  const int64_t in = options.in_features();
  cutoffs = options.cutoffs();
  cutoffs.push_back(options.n_classes());
  shortlist_size = cutoffs[0];
  n_clusters = static_cast<int64_t>(cutoffs.size()) - 1;
  head_size = shortlist_size + n_clusters;
  head = register_module(
      "head", Linear(LinearOptions(in, head_size).bias(options.head_bias())));
  tail = register_module("tail", ModuleList());
  for (size_t i = 0; i + 1 < cutoffs.size(); ++i) {
    const auto hidden = static_cast<int64_t>(
        static_cast<double>(in) /
        std::pow(options.div_value(), static_cast<double>(i + 1)));
    const int64_t out = cutoffs[i + 1] - cutoffs[i];
    // The second one is drawn first, as in LibTorch.
    const Linear second(LinearOptions(hidden, out).bias(false));
    const Linear first(LinearOptions(in, hidden).bias(false));
    tail->push_back(Sequential(first, second));
  }
}

void AdaptiveLogSoftmaxWithLossImpl::reset_parameters() {
  head->reset_parameters();
  for (const auto& cluster : *tail) {
    for (const auto& layer : cluster->children()) {
      layer->as<Linear>()->reset_parameters();
    }
  }
}

// The scores within cluster i.
static Tensor scores_of(ModuleListImpl& tail, size_t i, const Tensor& input) {
  return tail[i]->as<Sequential>()->forward(input);
}

ASMoutput AdaptiveLogSoftmaxWithLossImpl::forward(const Tensor& input,
                                                  const Tensor& target) {
  const char* op = "AdaptiveLogSoftmaxWithLoss";
  check(target.dim() <= 1 && input.dim() == target.dim() + 1 &&
            input.size(-1) == options.in_features() &&
            (target.dim() == 0 || input.size(0) == target.size(0)),
        "[{}] expected an input (N, {}) and targets (N), got {} and {}", op,
        options.in_features(), input.sizes(), target.sizes());
  check<TypeError>(target.dtype() == kLong,
                   "[{}] expected int64 targets, got {}", op, target.dtype());
  const Tensor x = target.dim() == 0 ? input.unsqueeze(0) : input;
  const Tensor t = target.reshape(-1);
  const int64_t classes = options.n_classes();
  check<IndexError>((t >= 0).logical_and(t < classes).all().item<bool>(),
                    "[{}] targets from {} to {} are not in [0, {}]", op,
                    t.numel() ? t.min().item<int64_t>() : 0,
                    t.numel() ? t.max().item<int64_t>() : 0, classes - 1);
  Tensor within = zeros({x.size(0)}, x.dtype());
  Tensor head_class = t;
  for (size_t i = 0; i + 1 < cutoffs.size(); ++i) {
    const Tensor rows =
        nonzero((t >= cutoffs[i]).logical_and(t < cutoffs[i + 1])).squeeze(1);
    if (rows.numel() == 0) continue;
    const Tensor scores = scores_of(*tail, i, x.index_select(0, rows));
    const Tensor places = (t.index_select(0, rows) - cutoffs[i]).unsqueeze(1);
    within = within.index_copy(
        0, rows, log_softmax(scores, 1).gather(1, places).squeeze(1));
    head_class = head_class.index_fill(
        0, rows, shortlist_size + static_cast<int64_t>(i));
  }
  const Tensor of_head =
      log_softmax(head(x), 1).gather(1, head_class.unsqueeze(1)).squeeze(1);
  const Tensor output = (within + of_head).reshape(target.sizes());
  return {output, (-output).mean().item<double>()};
}

Tensor AdaptiveLogSoftmaxWithLossImpl::_get_full_log_prob(
    const Tensor& input, const Tensor& head_output) {
  const Tensor of_head = log_softmax(head_output, 1);
  std::vector<Tensor> parts = {of_head.narrow(1, 0, shortlist_size)};
  for (size_t i = 0; i + 1 < cutoffs.size(); ++i) {
    const Tensor within = log_softmax(scores_of(*tail, i, input), 1);
    parts.push_back(
        within +
        of_head.narrow(1, shortlist_size + static_cast<int64_t>(i), 1));
  }
  return cat(parts, 1);
}

// The scores of a batch.
static Tensor head_of(Linear& head, const Tensor& input) {
  check(input.dim() == 2,
        "[AdaptiveLogSoftmaxWithLoss] expected an input (N, {}), got shape {}",
        head->options.in_features(), input.sizes());
  return head(input);
}

Tensor AdaptiveLogSoftmaxWithLossImpl::log_prob(const Tensor& input) {
  return _get_full_log_prob(input, head_of(head, input));
}

Tensor AdaptiveLogSoftmaxWithLossImpl::predict(const Tensor& input) {
  const Tensor scores = head_of(head, input);
  Tensor best = scores.argmax(1);
  const Tensor rows = nonzero(best >= shortlist_size).squeeze(1);
  if (rows.numel() == 0) return best;
  const Tensor all = _get_full_log_prob(input.index_select(0, rows),
                                        scores.index_select(0, rows));
  return best.index_copy(0, rows, all.argmax(1));
}

template class Layer<AdaptiveLogSoftmaxWithLossImpl,
                     AdaptiveLogSoftmaxWithLossOptions, detail::ContainerLayer>;

}  // namespace taper::nn
