#include "taper/nn/layers/distance.h"

#include <ostream>

#include "taper/nn/check_options.h"
#include "taper/nn/functional.h"

namespace taper {
namespace nn {

template class Cloneable<CosineSimilarityImpl>;
template class Cloneable<PairwiseDistanceImpl>;

CosineSimilarityImpl::CosineSimilarityImpl(
    const CosineSimilarityOptions& options_)
    : options(options_) {}

void CosineSimilarityImpl::reset() {}

void CosineSimilarityImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("CosineSimilarity") << "(dim=" << options.dim()
         << ", eps=" << options.eps() << ')';
}

Tensor CosineSimilarityImpl::forward(const Tensor& input1,
                                     const Tensor& input2) {
  return functional::cosine_similarity(input1, input2, options);
}

PairwiseDistanceImpl::PairwiseDistanceImpl(
    const PairwiseDistanceOptions& options_)
    : options(options_) {}

void PairwiseDistanceImpl::reset() {}

void PairwiseDistanceImpl::pretty_print(std::ostream& stream) const {
  stream << module_text("PairwiseDistance") << "(p=" << options.p()
         << ", eps=" << options.eps()
         << ", keepdim=" << true_or_false(options.keepdim()) << ')';
}

Tensor PairwiseDistanceImpl::forward(const Tensor& input1,
                                     const Tensor& input2) {
  return functional::pairwise_distance(input1, input2, options);
}

}  // namespace nn
}  // namespace taper
