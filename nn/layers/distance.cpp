// The distance layers: what they print and call.
#include "taper/nn/layers/distance.h"

#include "taper/nn/functional.h"
#include "taper/nn/module/layer_type.h"

namespace taper::nn {

static void print_options(OptionPrinter& print,
                          const CosineSimilarityOptions& options) {
  print("dim", options.dim())("eps", options.eps());
}

static void print_options(OptionPrinter& print,
                          const PairwiseDistanceOptions& options) {
  print("p", options.p())("eps", options.eps());
  print("keepdim", options.keepdim());
}

Tensor CosineSimilarityImpl::forward(const Tensor& input1,
                                     const Tensor& input2) {
  return functional::cosine_similarity(input1, input2, options);
}

Tensor PairwiseDistanceImpl::forward(const Tensor& input1,
                                     const Tensor& input2) {
  return functional::pairwise_distance(input1, input2, options);
}

template struct detail::DefineLayers<CosineSimilarityImpl,
                                     PairwiseDistanceImpl>;

}  // namespace taper::nn
