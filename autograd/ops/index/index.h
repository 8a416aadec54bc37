// Reading and writing elements by position. Index tensors are int64; a bool
// tensor is a mask. Every position is checked before anything is written, and
// sums over repeated positions have a fixed order.
#pragma once

#include <initializer_list>
#include <optional>
#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper {

/// x[indices] by the rules of PyTorch and NumPy: integers remove a dim, slices
/// keep it, None adds one, "..." fills up, masks and int64 tensors pick. The
/// picked dims stand where they were when they are neighbours, else in front.
/// A view unless a tensor with dims or a bool takes part.
TAPER_API Tensor index(const Tensor& x,
                       ArrayRef<indexing::TensorIndex> indices);
/// A copy of x with `value` at x[indices]; with `accumulate` it is added, also
/// at repeated positions.
TAPER_API Tensor index_put(const Tensor& x,
                           ArrayRef<indexing::TensorIndex> indices,
                           const Tensor& value, bool accumulate = false);

/// y[i][j] = x[index[i][j]][j] for dim 0, and so on; y has index's shape.
TAPER_API Tensor gather(const Tensor& x, int64_t dim, const Tensor& index);
/// gather with x and index broadcast to each other outside `dim`.
TAPER_API Tensor take_along_dim(const Tensor& x, const Tensor& index,
                                int64_t dim);
/// The entries index[0], index[1], ... of `dim`; index is 1-d.
TAPER_API Tensor index_select(const Tensor& x, int64_t dim,
                              const Tensor& index);
/// x with alpha times source's i-th entry of `dim` added to entry index[i].
TAPER_API Tensor index_add(const Tensor& x, int64_t dim, const Tensor& index,
                           const Tensor& source, const Scalar& alpha = 1);
/// x with `value`, a number or 0-d, in the entries index[0], index[1], ... of
/// `dim`.
TAPER_API Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index,
                            const Scalar& value);
TAPER_API Tensor index_fill(const Tensor& x, int64_t dim, const Tensor& index,
                            const Tensor& value);
/// x with source's i-th entry of `dim` in place of entry index[i].
TAPER_API Tensor index_copy(const Tensor& x, int64_t dim, const Tensor& index,
                            const Tensor& source);
/// x with element [index[i][j]][j] (for dim 0) replaced by source[i][j]; of
/// repeated positions the last one wins.
TAPER_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index,
                         const Tensor& source);
TAPER_API Tensor scatter(const Tensor& x, int64_t dim, const Tensor& index,
                         const Scalar& value);
/// As scatter, but adding; repeated positions add up.
TAPER_API Tensor scatter_add(const Tensor& x, int64_t dim, const Tensor& index,
                             const Tensor& source);
/// The elements where mask is true, 1-d; the two are broadcast.
TAPER_API Tensor masked_select(const Tensor& x, const Tensor& mask);
/// Coordinates of the elements that are not zero, shape (count, ndim).
TAPER_API Tensor nonzero(const Tensor& x);

// Sorting along a dim: nan comes last, or first when descending.

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
