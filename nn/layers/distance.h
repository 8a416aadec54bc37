// How far two tensors are apart along a dim.
#pragma once

#include <cstdint>

#include "taper/nn/module/layer.h"
#include "taper/tensor/arg.h"

namespace taper::nn {

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
struct TAPER_API CosineSimilarityImpl
    : Layer<CosineSimilarityImpl, CosineSimilarityOptions> {
  using Layer::Layer;
  Tensor forward(const Tensor& input1, const Tensor& input2);
};
using CosineSimilarity = ModuleHolder<CosineSimilarityImpl>;

/// The p-norm of input1 - input2 + eps along the last dim.
struct TAPER_API PairwiseDistanceImpl
    : Layer<PairwiseDistanceImpl, PairwiseDistanceOptions> {
  using Layer::Layer;
  Tensor forward(const Tensor& input1, const Tensor& input2);
};
using PairwiseDistance = ModuleHolder<PairwiseDistanceImpl>;

}  // namespace taper::nn
