// Views: tensors of another shape that share the elements. Negative dims count
// from the end.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper {

/// The same elements in row-major order with shape `sizes`, of which one may
/// be -1 (deduced). A view when the strides allow it, else a copy.
TAPER_API Tensor reshape(const Tensor& x, IntArrayRef sizes);
/// Dims start_dim to end_dim merged into one.
TAPER_API Tensor flatten(const Tensor& x, int64_t start_dim = 0,
                         int64_t end_dim = -1);
/// Dim `dim` split into `sizes`, of which one may be -1.
TAPER_API Tensor unflatten(const Tensor& x, int64_t dim, IntArrayRef sizes);
/// All elements as one dim.
TAPER_API Tensor ravel(const Tensor& x);
/// Without the dims of size 1, or without `dim` if its size is 1.
TAPER_API Tensor squeeze(const Tensor& x);
TAPER_API Tensor squeeze(const Tensor& x, int64_t dim);
/// With a new dim of size 1 before `dim`; -1 appends.
TAPER_API Tensor unsqueeze(const Tensor& x, int64_t dim);
/// Dims dim0 and dim1 swapped.
TAPER_API Tensor transpose(const Tensor& x, int64_t dim0, int64_t dim1);
/// The transposed matrix; at most 2 dims.
TAPER_API Tensor t(const Tensor& x);
/// Dim i of the result is dim dims[i] of x.
TAPER_API Tensor permute(const Tensor& x, IntArrayRef dims);
/// Dim `source` moved to place `destination`; the others keep their order.
TAPER_API Tensor movedim(const Tensor& x, int64_t source, int64_t destination);
/// x repeated without copying along its dims of size 1 and along new leading
/// dims; -1 keeps a size.
TAPER_API Tensor broadcast_to(const Tensor& x, IntArrayRef sizes);
/// The window of x's storage with this geometry, counted in elements from the
/// start of the storage (x's own offset by default). Windows may overlap;
/// their gradients add up. Throws when it leaves the storage.
TAPER_API Tensor
as_strided(const Tensor& x, IntArrayRef sizes, IntArrayRef strides,
           std::optional<int64_t> storage_offset = std::nullopt);
/// The slab at `index` of `dim`, without that dim. Throws IndexError.
TAPER_API Tensor select(const Tensor& x, int64_t dim, int64_t index);
/// Entries start, start + step, ... below `end` of `dim`; bounds are clamped.
TAPER_API Tensor slice(const Tensor& x, int64_t dim = 0,
                       std::optional<int64_t> start = std::nullopt,
                       std::optional<int64_t> end = std::nullopt,
                       int64_t step = 1);
/// Entries [start, start + length) of `dim`. Throws when there are fewer.
TAPER_API Tensor narrow(const Tensor& x, int64_t dim, int64_t start,
                        int64_t length);
/// The diagonal x[..i..i + offset..] of dims dim1 and dim2, as the last dim.
TAPER_API Tensor diagonal(const Tensor& x, int64_t offset = 0, int64_t dim1 = 0,
                          int64_t dim2 = 1);
/// At most `chunks` views of equal size (the last may be smaller).
TAPER_API std::vector<Tensor> chunk(const Tensor& x, int64_t chunks,
                                    int64_t dim = 0);
/// Views of `split_size` entries each (the last may be smaller).
TAPER_API std::vector<Tensor> split(const Tensor& x, int64_t split_size,
                                    int64_t dim = 0);
/// Views of these sizes, which must add up to that of `dim`.
TAPER_API std::vector<Tensor> split_with_sizes(const Tensor& x,
                                               IntArrayRef split_sizes,
                                               int64_t dim = 0);
inline std::vector<Tensor> split(const Tensor& x, IntArrayRef split_sizes,
                                 int64_t dim = 0) {
  return split_with_sizes(x, split_sizes, dim);
}
/// All x.select(dim, i).
TAPER_API std::vector<Tensor> unbind(const Tensor& x, int64_t dim = 0);
/// The tensors (0-d or 1-d) as the axes of a grid: the i-th result holds the
/// i-th tensor along dim i. "xy" swaps the first two dims.
TAPER_API std::vector<Tensor> meshgrid(TensorList tensors,
                                       std::string_view indexing = "ij");

inline Tensor swapaxes(const Tensor& x, int64_t dim0, int64_t dim1) {
  return x.transpose(dim0, dim1);
}
inline Tensor swapdims(const Tensor& x, int64_t dim0, int64_t dim1) {
  return x.transpose(dim0, dim1);
}
inline Tensor detach(const Tensor& x) { return x.detach(); }

}  // namespace taper
