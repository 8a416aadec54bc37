// Sorting along a dim: stable, nan last (first when descending).
#pragma once

#include <optional>
#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper {

/// (values, int64 positions) in ascending or descending order. Every sort is
/// stable, whatever `stable` says.
TAPER_API std::tuple<Tensor, Tensor> sort(const Tensor& x, int64_t dim = -1,
                                          bool descending = false);
TAPER_API std::tuple<Tensor, Tensor> sort(const Tensor& x,
                                          std::optional<bool> stable,
                                          int64_t dim = -1,
                                          bool descending = false);
/// The positions that sort() gives.
TAPER_API Tensor argsort(const Tensor& x, int64_t dim = -1,
                         bool descending = false);
/// (values, positions) of the k largest or smallest, best first whatever
/// `sorted` says. Throws unless 0 <= k <= size of the dim.
TAPER_API std::tuple<Tensor, Tensor> topk(const Tensor& x, int64_t k,
                                          int64_t dim = -1, bool largest = true,
                                          bool sorted = true);

}  // namespace taper
