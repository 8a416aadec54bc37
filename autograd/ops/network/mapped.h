// Linear maps of dims as operations. Internal.
#pragma once

#include <optional>
#include <vector>

#include "taper/tensor/kernels/resample.h"

namespace taper {

/// kernels::resample recorded by `name`: the way back is the transposed maps,
/// and that of the way back the maps themselves.
Tensor mapped(const char* name, const Tensor& x, int64_t dim,
              const std::vector<kernels::DimMap>& maps);

/// The upsample_ function of a filter and as many dims as there are scales.
Tensor upsample(kernels::Filter filter, const Tensor& x,
                IntArrayRef output_size, bool align_corners,
                std::vector<std::optional<double>> scales);

}  // namespace taper
