// The geometry of a reduction: any strides and any set of dims become a batch
// of contiguous rows or a batch of matrices that are folded by columns.
#pragma once

#include <cstdint>

#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/simd/reduce.h"
#include "taper/tensor/memory/allocator.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// Elements of a long row that one task takes, and elements worth a thread.
constexpr int64_t kRowPiece = 16 * reduce_block;
constexpr int64_t kReduceGrain = 32768;

inline int64_t div_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Calls body(row). Few long rows come one after the other and may be shared
/// between threads, many rows are dealt out; a row's bits must not depend on
/// which.
template <class F>
void for_each_row(int64_t rows, int64_t length, const F& body) {
  if (rows == 1 || (rows < 64 && length >= 4 * kRowPiece)) {
    for (int64_t r = 0; r < rows; ++r) body(r);
    return;
  }
  parallel_each(rows, 1 + kReduceGrain / (length + 8), body);
}

/// A set of dims: bit d stands for dim d.
using Dims = uint64_t;

inline Dims every_dim(const Tensor& x) {
  return x.dim() == 0 ? 0 : ~Dims{0} >> (64 - x.dim());
}
inline bool has_dim(Dims dims, int64_t d) { return (dims >> d & 1) != 0; }

/// The shape of x without the dims of the set, or with 1 in their places.
SmallShape reduced_shape(const Tensor& x, Dims dims, bool keepdim);
/// The number of elements of x that make one element of the result.
int64_t reduced_numel(const Tensor& x, Dims dims);
/// The mean's divisor and the like: y / n for every element of y, in place.
void divide_by(Tensor& y, double n);

/// Element r of result (o, i), o < outer and i < inner, is
/// data[o * outer_stride + r * count_stride + i]. When `inner` is 1 the
/// count_stride is 1: rows.
struct ReducePlan {
  /// The input, or a copy of it with a better layout.
  Tensor x;
  int64_t outer = 1;
  int64_t outer_stride = 0;
  int64_t count = 1;
  int64_t count_stride = 1;
  int64_t inner = 1;
  /// The dims that are kept, in the order of the results.
  SmallShape order;

  bool columns() const { return inner != 1; }
  /// Bytes from one outer block to the next.
  int64_t outer_bytes() const { return outer_stride * x.element_size(); }
};

/// Sums of real numbers over some of the dims run in the order of the shape:
/// their bits do not depend on the layout of x. Over all of them, and for
/// integers and extremes, the order of memory is as good and faster.
enum class Terms { kInOrder, kInAnyOrder };
/// Whether they do so without a copy of x.
bool walks_in_order(const Tensor& x, Dims dims, bool rows_only);
/// Plans the reduction of x (not empty) over `dims`. With `rows_only` the
/// input is copied rather than reduced by columns.
ReducePlan plan_reduction(const Tensor& x, Dims dims, Terms terms,
                          bool rows_only = false);

/// The tensor of a reduction's results, in the order of the plan until
/// in_order() puts the dims in the order of x (a copy only where they differ).
class ReduceResult {
 public:
  ReduceResult(const ReducePlan& plan, const Tensor& x, Dims dims, bool keepdim,
               ScalarType dtype);
  char* data() const { return flat_.data_as<char>(); }
  Tensor& flat() { return flat_; }
  Tensor in_order() const;

 private:
  Tensor flat_;
  SmallShape order_;
  SmallShape sizes_;
  int ndim_;
  bool keepdim_;
  Dims dims_;
};

/// Scratch memory for a scope.
class Scratch {
 public:
  explicit Scratch(int64_t bytes)
      : bytes_(static_cast<size_t>(bytes)), data_(allocate(bytes_)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { deallocate(data_, bytes_); }
  char* data() const { return static_cast<char*>(data_); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data_);
  }

 private:
  size_t bytes_;
  void* data_;
};

}  // namespace taper::kernels
