// How far two tensors are apart along a dim.
#pragma once

#include <cstdint>

#include "taper/nn/module/cloneable.h"
#include "taper/tensor/arg.h"

namespace taper {
namespace nn {

struct TAPER_API CosineSimilarityOptions {
  TAPER_ARG(int64_t, dim) = 1;
  TAPER_ARG(double, eps) = 1e-8;
};

struct TAPER_API PairwiseDistanceOptions {
  TAPER_ARG(double, p) = 2.0;
  TAPER_ARG(double, eps) = 1e-6;
  TAPER_ARG(bool, keepdim) = false;
};

/// The cosine of the angle between the vectors along dim; norms below eps
/// count as eps.
class TAPER_API CosineSimilarityImpl : public Cloneable<CosineSimilarityImpl> {
 public:
  explicit CosineSimilarityImpl(const CosineSimilarityOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  CosineSimilarityOptions options;
};
extern template class Cloneable<CosineSimilarityImpl>;
TAPER_MODULE(CosineSimilarity);

/// The p-norm of input1 - input2 + eps along the last dim.
class TAPER_API PairwiseDistanceImpl : public Cloneable<PairwiseDistanceImpl> {
 public:
  explicit PairwiseDistanceImpl(const PairwiseDistanceOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);

  PairwiseDistanceOptions options;
};
extern template class Cloneable<PairwiseDistanceImpl>;
TAPER_MODULE(PairwiseDistance);

}  // namespace nn
}  // namespace taper
