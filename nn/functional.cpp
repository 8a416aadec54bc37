// The functions of layers and losses: each unpacks its options and calls the
// operation of autograd/ops.
#include "taper/nn/functional.h"

#include <atomic>
#include <iterator>
#include <string_view>
#include <tuple>

#include "taper/autograd/ops.h"
#include "taper/tensor/macros.h"
#include "taper/tensor/shape.h"

namespace taper::nn::functional {
namespace {

template <typename Options>
int64_t reduction_of(const Options& options) {
  return enumtype::reduction_get_enum(options.reduction());
}

// What an operation takes behind its tensors, in its order --------------------

auto arguments(const InplaceOptions&) { return std::tuple(); }
auto arguments(const AlphaOptions& options) {
  return std::tuple(options.alpha());
}
auto arguments(const HardtanhOptions& options) {
  return std::tuple(options.min_val(), options.max_val());
}
auto arguments(const LeakyReLUOptions& options) {
  return std::tuple(options.negative_slope());
}
auto arguments(const ThresholdOptions& options) {
  return std::tuple(options.threshold(), options.value());
}
auto arguments(const GELUOptions& options) {
  return std::tuple(options.approximate());
}
auto arguments(const SoftplusOptions& options) {
  return std::tuple(options.beta(), options.threshold());
}
auto arguments(const ShrinkOptions& options) {
  return std::tuple(options.lambda());
}
auto arguments(const GLUOptions& options) { return std::tuple(options.dim()); }
auto arguments(const CosineSimilarityOptions& options) {
  return std::tuple(options.dim(), options.eps());
}
auto arguments(const PairwiseDistanceOptions& options) {
  return std::tuple(options.p(), options.eps(), options.keepdim());
}
auto arguments(const ReductionOptions& options) {
  return std::tuple(reduction_of(options));
}
auto arguments(const SmoothL1LossOptions& options) {
  return std::tuple(reduction_of(options), options.beta().value_or(1));
}
auto arguments(const HuberLossOptions& options) {
  return std::tuple(reduction_of(options), options.delta());
}
auto arguments(const TripletMarginLossOptions& options) {
  return std::tuple(options.margin(), options.p(), options.eps(),
                    options.swap(), reduction_of(options));
}
/// Of the other losses with a margin.
template <typename MarginOptions>
auto arguments(const MarginOptions& options) {
  return std::tuple(options.margin(), reduction_of(options));
}

/// operation(inputs..., what the options say).
template <typename F, typename Options, typename... Inputs>
Tensor call(const F& operation, const Options& options,
            const Inputs&... inputs) {
  return std::apply(operation,
                    std::tuple_cat(std::tie(inputs...), arguments(options)));
}

/// The same, written over x if the options say so.
template <typename F, typename Options>
Tensor activate(const F& operation, const Options& options, const Tensor& x) {
  if constexpr (requires { options.inplace(); }) {
    // The copy is what the backward keeps, since the elements of x change.
    if (options.inplace()) return x.copy_(call(operation, options, x.clone()));
  }
  return call(operation, options, x);
}

using Drop = Tensor (*)(const Tensor&, double, bool);
using DropInPlace = Tensor& (*)(Tensor&, double, bool);

Tensor drop(Drop f, DropInPlace f_in_place, Tensor x, double p, bool training,
            bool inplace) {
  return inplace ? f_in_place(x, p, training) : f(x, p, training);
}

/// Warns once per loss when shapes that are compared differ: legal for these
/// losses, and hardly ever meant. Returns whether LibTorch expands them first.
bool compare_shapes(std::string_view loss, const Tensor& input,
                    const Tensor& target) {
  if (input.sizes() == target.sizes()) return false;
  constexpr struct {
    std::string_view name;
    bool is_expanded;
  } kLosses[] = {{"mse_loss", true},
                 {"l1_loss", false},
                 {"smooth_l1_loss", true},
                 {"huber_loss", false}};
  static std::atomic<bool> warned[std::size(kLosses)];
  for (size_t i = 0; i < std::size(kLosses); ++i) {
    if (loss != kLosses[i].name) continue;
    if (!warned[i] || WarningUtils::get_warnAlways()) {
      TORCH_WARN("[", loss, "] input ", input.sizes(), " and target ",
                 target.sizes(),
                 " differ in shape and are broadcast to each other; give both "
                 "the same shape");
    }
    warned[i] = true;
    return kLosses[i].is_expanded;
  }
  return false;
}

/// Drops whole channels of x, which has `dims` dims or lacks the dim N.
Tensor drop_channels(const Tensor& x, int64_t dims, double p, bool training,
                     bool inplace) {
  const bool batched = x.dim() == dims;
  const Tensor y = drop(feature_dropout, feature_dropout_,
                        batched ? x : x.unsqueeze(0), p, training, inplace);
  return inplace ? x : batched ? y : y.squeeze(0);
}

}  // namespace

// Functions that follow from layers.inc ---------------------------------------

#define TAPER_OPERATION(f) [](const auto&... all) { return taper::f(all...); }
#define TAPER_ACTIVATION(Name, f, OptionsType)                      \
  Tensor f(const Tensor& input, const Name##FuncOptions& options) { \
    return activate(TAPER_OPERATION(f), options, input);            \
  }
#define TAPER_DROPOUT(Name, f, OptionsType)                         \
  Tensor f(const Tensor& input, const Name##FuncOptions& options) { \
    return detail::f(input, options.p(), options.training(),        \
                     options.inplace());                            \
  }
#define TAPER_LOSS(Name, f, OptionsType)                            \
  Tensor f(const Tensor& input, const Tensor& target,               \
           const Name##FuncOptions& options) {                      \
    if (compare_shapes(#f, input, target)) {                        \
      const SmallShape shape =                                      \
          broadcast_shapes(#f, input.sizes(), target.sizes());      \
      return f(input.expand(shape), target.expand(shape), options); \
    }                                                               \
    return call(TAPER_OPERATION(f), options, input, target);        \
  }
#define TAPER_LOSS_OF_THREE(Name, f, OptionsType)                \
  Tensor f(const Tensor& x1, const Tensor& x2, const Tensor& x3, \
           const Name##FuncOptions& options) {                   \
    return call(TAPER_OPERATION(f), options, x1, x2, x3);        \
  }
#include "taper/nn/layers.inc"

// Activations -----------------------------------------------------------------

Tensor relu(const Tensor& input, const ReLUFuncOptions& options) {
  return options.inplace() ? input.relu_() : input.relu();
}
Tensor threshold(const Tensor& input, const ThresholdFuncOptions& options) {
  return activate(TAPER_OPERATION(threshold), options, input);
}
Tensor logsigmoid(const Tensor& input) { return log_sigmoid(input); }
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& options) {
  return taper::softmax(input, options.dim(), options.dtype());
}
Tensor softmin(const Tensor& input, const SoftminFuncOptions& options) {
  return taper::softmin(input, options.dim(), options.dtype());
}
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& options) {
  return taper::log_softmax(input, options.dim(), options.dtype());
}
Tensor gumbel_softmax(const Tensor& logits,
                      const GumbelSoftmaxFuncOptions& options) {
  return taper::gumbel_softmax(logits, options.tau(), options.hard(),
                               options.dim());
}

// Normalisation, look-up, padding ---------------------------------------------

Tensor batch_norm(const Tensor& input, const Tensor& running_mean,
                  const Tensor& running_var,
                  const BatchNormFuncOptions& options) {
  return taper::batch_norm(input, options.weight(), options.bias(),
                           running_mean, running_var, options.training(),
                           options.momentum(), options.eps());
}
Tensor instance_norm(const Tensor& input,
                     const InstanceNormFuncOptions& options) {
  return detail::instance_norm(input, options.running_mean(),
                               options.running_var(), options.weight(),
                               options.bias(), options.use_input_stats(),
                               options.momentum(), options.eps());
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& options) {
  return taper::layer_norm(input, options.normalized_shape(), options.weight(),
                           options.bias(), options.eps());
}
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& options) {
  return taper::group_norm(input, options.num_groups(), options.weight(),
                           options.bias(), options.eps());
}
Tensor normalize(const Tensor& input, const NormalizeFuncOptions& options) {
  return taper::normalize(input, options.p(), options.dim(), options.eps());
}
Tensor embedding(const Tensor& input, const Tensor& weight,
                 const EmbeddingFuncOptions& options) {
  return detail::embedding(input, weight, options.padding_idx(),
                           options.max_norm(), options.norm_type(),
                           options.scale_grad_by_freq(), options.sparse());
}
Tensor pad(const Tensor& input, const PadFuncOptions& options) {
  constexpr const char* kModes[] = {"constant", "reflect", "replicate",
                                    "circular"};
  return taper::pad(input, options.pad(), kModes[options.mode().index()],
                    options.value());
}

// Losses ----------------------------------------------------------------------

Tensor kl_div(const Tensor& input, const Tensor& target,
              const KLDivFuncOptions& options) {
  const Tensor loss =
      taper::kl_div(input, target, reduction_of(options), options.log_target());
  const bool batch_mean =
      std::holds_alternative<enumtype::kBatchMean>(options.reduction());
  return batch_mean && input.dim() > 0 ? loss / input.size(0) : loss;
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target,
                      const SmoothL1LossFuncOptions& options, double beta) {
  check<ValueError>(!options.beta(),
                    "[smooth_l1_loss] beta is given twice: {} and {}",
                    options.beta().value_or(0), beta);
  return smooth_l1_loss(input, target,
                        SmoothL1LossFuncOptions(options).beta(beta));
}
Tensor nll_loss(const Tensor& input, const Tensor& target,
                const NLLLossFuncOptions& options) {
  return taper::nll_loss(input, target, options.weight(), reduction_of(options),
                         options.ignore_index());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target,
                     const CrossEntropyFuncOptions& options) {
  return cross_entropy_loss(input, target, options.weight(),
                            reduction_of(options), options.ignore_index(),
                            options.label_smoothing());
}
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target,
                            const BinaryCrossEntropyFuncOptions& options) {
  check(input.sizes() == target.sizes(),
        "[binary_cross_entropy] input shape {} and target shape {} differ",
        input.sizes(), target.sizes());
  return taper::binary_cross_entropy(input, target, options.weight(),
                                     reduction_of(options));
}
Tensor binary_cross_entropy_with_logits(
    const Tensor& input, const Tensor& target,
    const BinaryCrossEntropyWithLogitsFuncOptions& options) {
  return taper::binary_cross_entropy_with_logits(
      input, target, options.weight(), options.pos_weight(),
      reduction_of(options));
}

// LibTorch's forms without options --------------------------------------------

Tensor detail::dropout(const Tensor& input, double p, bool training,
                       bool inplace) {
  return drop(taper::dropout, taper::dropout_, input, p, training, inplace);
}
Tensor detail::dropout2d(const Tensor& input, double p, bool training,
                         bool inplace) {
  return drop_channels(input, 4, p, training, inplace);
}
Tensor detail::dropout3d(const Tensor& input, double p, bool training,
                         bool inplace) {
  return drop_channels(input, 5, p, training, inplace);
}
Tensor detail::alpha_dropout(const Tensor& input, double p, bool training,
                             bool inplace) {
  return drop(taper::alpha_dropout, taper::alpha_dropout_, input, p, training,
              inplace);
}
Tensor detail::feature_alpha_dropout(const Tensor& input, double p,
                                     bool training, bool inplace) {
  return drop(taper::feature_alpha_dropout, taper::feature_alpha_dropout_,
              input, p, training, inplace);
}
Tensor detail::instance_norm(const Tensor& input, const Tensor& running_mean,
                             const Tensor& running_var, const Tensor& weight,
                             const Tensor& bias, bool use_input_stats,
                             double momentum, double eps) {
  return taper::instance_norm(input, weight, bias, running_mean, running_var,
                              use_input_stats, momentum, eps);
}
Tensor detail::embedding(const Tensor& input, const Tensor& weight,
                         std::optional<int64_t> padding_idx,
                         std::optional<double> max_norm, double norm_type,
                         bool scale_grad_by_freq, bool sparse) {
  const int64_t rows = weight.size(0);
  int64_t padding = padding_idx.value_or(-1);
  check<IndexError>(!padding_idx || (padding >= -rows && padding < rows),
                    "[embedding] padding_idx {} is out of range for {} rows",
                    padding, rows);
  if (padding_idx && padding < 0) padding += rows;
  if (max_norm) {
    Tensor table = weight;
    embedding_renorm_(table, input, *max_norm, norm_type);
  }
  return taper::embedding(weight, input, padding, scale_grad_by_freq, sparse);
}

}  // namespace taper::nn::functional
