// Views, copies, and joining or splitting tensors. Negative dims count from the
// end. The methods of Tensor that are declared under "Shape" and "Copies and
// conversions" are defined beside these functions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "taper/tensor/tensor.h"

namespace taper {

// Views: they share the elements ---------------------------------------------

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
/// A copy of `base` in which as_strided(sizes, strides, storage_offset), in
/// the storage coordinates of `base`, shows `src`.
TAPER_API Tensor as_strided_scatter(const Tensor& base, const Tensor& src,
                                    IntArrayRef sizes, IntArrayRef strides,
                                    int64_t storage_offset);
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
TAPER_API std::vector<Tensor> split(const Tensor& x, IntArrayRef split_sizes,
                                    int64_t dim = 0);
TAPER_API std::vector<Tensor> split_with_sizes(const Tensor& x,
                                               IntArrayRef split_sizes,
                                               int64_t dim = 0);
/// All x.select(dim, i).
TAPER_API std::vector<Tensor> unbind(const Tensor& x, int64_t dim = 0);
/// The tensors (0-d or 1-d) as the axes of a grid: the i-th result holds the
/// i-th tensor along dim i. "xy" swaps the first two dims.
TAPER_API std::vector<Tensor> meshgrid(TensorList tensors,
                                       std::string_view indexing = "ij");

// New tensors ----------------------------------------------------------------

/// The tensors one after another along `dim`; the other sizes must agree.
/// Empty 1-d tensors are skipped, dtypes are promoted.
TAPER_API Tensor cat(TensorList tensors, int64_t dim = 0);
TAPER_API Tensor concat(TensorList tensors, int64_t dim = 0);
/// Tensors of one shape joined along a new dim.
TAPER_API Tensor stack(TensorList tensors, int64_t dim = 0);
/// Joined along dim 1 (dim 0 for 1-d tensors).
TAPER_API Tensor hstack(TensorList tensors);
/// Joined along dim 0, 1-d tensors being rows.
TAPER_API Tensor vstack(TensorList tensors);
/// x copied repeats[i] times along dim i; there may be new leading dims.
TAPER_API Tensor repeat(const Tensor& x, IntArrayRef repeats);
TAPER_API Tensor tile(const Tensor& x, IntArrayRef repeats);
/// Each entry of `dim` `repeats` times in a row, or entry i repeats[i] times;
/// without a dim, of the flattened tensor.
TAPER_API Tensor repeat_interleave(const Tensor& x, int64_t repeats,
                                   std::optional<int64_t> dim = std::nullopt);
TAPER_API Tensor repeat_interleave(const Tensor& x, const Tensor& repeats,
                                   std::optional<int64_t> dim = std::nullopt);
/// The entries of `dims` in reverse order.
TAPER_API Tensor flip(const Tensor& x, IntArrayRef dims);
inline Tensor fliplr(const Tensor& x) {
  return flip(x, 1);
}
inline Tensor flipud(const Tensor& x) {
  return flip(x, 0);
}
/// Entries moved by shifts[i] along dims[i], round the end. Without dims, along
/// the flattened tensor.
TAPER_API Tensor roll(const Tensor& x, IntArrayRef shifts,
                      IntArrayRef dims = {});
/// The matrices of the last two dims, zero above / below diagonal `diagonal`.
TAPER_API Tensor tril(const Tensor& x, int64_t diagonal = 0);
TAPER_API Tensor triu(const Tensor& x, int64_t diagonal = 0);
/// The matrix with x (1-d) on a diagonal, or the diagonal of x (2-d), copied.
TAPER_API Tensor diag(const Tensor& x, int64_t diagonal = 0);
inline Tensor concatenate(TensorList tensors, int64_t dim = 0) {
  return cat(tensors, dim);
}
inline Tensor row_stack(TensorList tensors) {
  return vstack(tensors);
}
inline Tensor swapaxes(const Tensor& x, int64_t dim0, int64_t dim1) {
  return x.transpose(dim0, dim1);
}
inline Tensor swapdims(const Tensor& x, int64_t dim0, int64_t dim1) {
  return x.transpose(dim0, dim1);
}
inline Tensor detach(const Tensor& x) {
  return x.detach();
}
/// A contiguous copy.
TAPER_API Tensor clone(const Tensor& x);

}  // namespace taper
