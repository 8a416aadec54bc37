// Reading and writing by int64 positions: values only, positions are checked
// by check_indices. Writes are split between threads by output element, so
// that repeated positions are summed in the same order for any thread count.
#pragma once

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Throws IndexError naming `op` unless every 0 <= index[i] < size.
void check_indices(const char* op, const Tensor& index, int64_t size);

/// linear[i] = linear[i] * size + index[i], where a negative index counts from
/// the end of `dim`; both are contiguous int64. Throws IndexError naming `op`.
void fold_indices(const char* op, const Tensor& linear, const Tensor& index,
                  int64_t dim, int64_t size);

/// Row-major positions of the elements that are not zero, 1-d int64.
Tensor nonzero_positions(const Tensor& x);

/// Row-major positions (1-d) as coordinates in `sizes`, of shape (n, ndim).
Tensor unravel(const Tensor& positions, IntArrayRef sizes);

/// Offsets, in elements, of all places of a geometry in row-major order.
Tensor offsets_of(IntArrayRef sizes, IntArrayRef strides);

/// What to pick from a tensor: dims [dim, dim + count) are taken together and
/// indexed by `positions`, row-major in them (contiguous int64, any shape).
struct Pick {
  int dim;
  int count;
  const Tensor& positions;
};

/// Values of x at the pick, contiguous with (dims before | positions' shape |
/// dims after), which is `sizes`.
Tensor pick(const Tensor& x, const Pick& pick, IntArrayRef sizes);
/// Writes `values` (contiguous as pick() returns them, or one element).
void put(const Tensor& x, const Pick& pick, const Tensor& values);
/// Adds `values` (contiguous); values of repeated positions add up.
void put_add(const Tensor& x, const Pick& pick, const Tensor& values);

/// y[..k..] = x[..index[..k..]..] along `dim`; of index's shape.
Tensor gather(const Tensor& x, int dim, const Tensor& index);
/// x[..index[..k..]..] = src[..k..]; src is one element or covers index.
void scatter(const Tensor& x, int dim, const Tensor& index, const Tensor& src);
/// x[..index[..k..]..] += src[..k..].
void scatter_add(const Tensor& x, int dim, const Tensor& index,
                 const Tensor& src);

/// The elements on and below diagonal `diagonal` of the last two dims
/// (`lower`), or on and above it; zero elsewhere.
Tensor triangle(const Tensor& x, int64_t diagonal, bool lower);

/// Joins contiguous tensors of `out`'s dtype into the contiguous `out`: every
/// one of `outer` rows of out is the rows of the tensors one after another.
void join(const Tensor& out, TensorList tensors, int64_t outer);

/// x += value: integers wrap around, bools are "or".
template <class T>
void add_to(T& x, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    x = x || value;
  } else if constexpr (std::is_integral_v<T>) {
    x = static_cast<T>(static_cast<uint64_t>(x) + static_cast<uint64_t>(value));
  } else {
    x = static_cast<T>(x + value);
  }
}

}  // namespace taper::kernels
