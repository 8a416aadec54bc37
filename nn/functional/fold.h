// Fold and Unfold as functions.
#pragma once

#include "taper/nn/layers/fold.h"

namespace taper::nn::functional {

using FoldFuncOptions = FoldOptions;
using UnfoldFuncOptions = UnfoldOptions;

TAPER_API Tensor fold(const Tensor& input, const FoldFuncOptions& options);
TAPER_API Tensor unfold(const Tensor& input, const UnfoldFuncOptions& options);

}  // namespace taper::nn::functional
