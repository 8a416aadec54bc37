// Dropout: of elements and of whole channels.
#pragma once

#include "taper/tensor/tensor.h"

namespace taper {

/// While training: elements set to 0 with probability p, the others divided by
/// 1 - p. Otherwise x itself.
TAPER_API Tensor dropout(const Tensor& x, double p, bool train);
/// The same with one draw per (sample, channel), the first two dims of x.
TAPER_API Tensor feature_dropout(const Tensor& x, double p, bool train);
/// Dropout that keeps mean and variance behind SELU (Klambauer et al., 2017).
TAPER_API Tensor alpha_dropout(const Tensor& x, double p, bool train);
TAPER_API Tensor feature_alpha_dropout(const Tensor& x, double p, bool train);
TAPER_API Tensor& dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& feature_dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& alpha_dropout_(Tensor& x, double p, bool train);
TAPER_API Tensor& feature_alpha_dropout_(Tensor& x, double p, bool train);

}  // namespace taper
