// New tensors made of the elements of others: copies, joined, repeated and
// reordered ones. Negative dims count from the end.
#pragma once

#include <optional>

#include "taper/tensor/tensor.h"

namespace taper {

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
inline Tensor fliplr(const Tensor& x) { return flip(x, 1); }
inline Tensor flipud(const Tensor& x) { return flip(x, 0); }
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
inline Tensor row_stack(TensorList tensors) { return vstack(tensors); }
/// A contiguous copy.
TAPER_API Tensor clone(const Tensor& x);

}  // namespace taper
