// Drivers of the reduction leaf kernels: any shape, strides and dims, several
// threads, and the same bits for any number of them. A set of dims is a bit
// mask; `every_dim(x)` is all. Arguments have been checked by the caller.
#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>

#include "taper/tensor/kernels/reduce_plan.h"
#include "taper/tensor/kernels/simd/reduce.h"

namespace taper::kernels {

/// Sum and product; int64 for int64 and bool. Empty: 0 and 1.
Tensor sum(const Tensor& x, Dims dims, bool keepdim = false);
Tensor prod(const Tensor& x, Dims dims, bool keepdim = false);
/// Floating x only; nan when nothing is reduced.
Tensor mean(const Tensor& x, Dims dims, bool keepdim = false);
/// Largest and smallest element (nan wins); the reduced dims are not empty.
Tensor amax(const Tensor& x, Dims dims, bool keepdim = false);
Tensor amin(const Tensor& x, Dims dims, bool keepdim = false);
/// bool; some, or every, element differs from zero. Empty: false and true.
Tensor any(const Tensor& x, Dims dims, bool keepdim = false);
Tensor all(const Tensor& x, Dims dims, bool keepdim = false);
/// int64.
Tensor count_nonzero(const Tensor& x, Dims dims, bool keepdim = false);
/// Values and int64 positions of the first best elements along a dim that is
/// not empty; for a 0-d tensor the dim is 0.
std::pair<Tensor, Tensor> max_with_index(const Tensor& x, int64_t dim,
                                         bool keepdim);
std::pair<Tensor, Tensor> min_with_index(const Tensor& x, int64_t dim,
                                         bool keepdim);
/// Sum of (x - mean)^2 over max(0, n - correction), or with `root` the root of
/// it; floating x only. `mean`, unless null, gets the mean in the same shape.
Tensor var(const Tensor& x, Dims dims, bool keepdim, double correction,
           Tensor* mean = nullptr, bool root = false);
/// scale * (x - mean), the dims of the set kept with size 1 in mean and scale.
Tensor center_scaled(const Tensor& x, const Tensor& mean, const Tensor& scale,
                     Dims dims);
/// (sum |x|^p)^(1/p); p = inf and -inf are max and min of |x|, p = 0 counts
/// what differs from zero. Floating x only.
Tensor vector_norm(const Tensor& x, double p, Dims dims, bool keepdim = false);
/// log(sum(exp(x))); -inf when nothing is reduced. Floating x only.
Tensor logsumexp(const Tensor& x, Dims dims, bool keepdim = false);

/// A sum over contiguous rows of n elements of a real dtype, unrounded; long
/// ones by several threads. X are the rows, and numbers that the terms need.
template <class... X>
double wide_sum(const SumKernels<X...>& sum, ScalarType dtype, int64_t n,
                std::type_identity_t<X>... x) {
  const int i = index_of(dtype);
  if (n <= 8 * reduce_block) return sum.whole[i](x..., n);
  const auto from = [&]<class T>(T row, int64_t block) {
    if constexpr (std::is_pointer_v<T>) {
      return static_cast<const char*>(row) +
             block * reduce_block * element_size(dtype);
    } else {
      return row;
    }
  };
  const int64_t count = div_up(n, reduce_block);
  const Scratch partials(count * 8);
  auto* part = partials.as<double>();
  parallel_for(0, count, 8, [&](int64_t begin, int64_t end) {
    sum.blocks[i](part + begin, from(x, begin)...,
                  std::min(n, end * reduce_block) - begin * reduce_block);
  });
  return reduce_table->combine(part, count);
}

/// How one reduction treats one dtype, for the generic driver below.
struct ReduceLeaf {
  using Row = ReduceTable::Row;
  using Rows = ReduceTable::Rows;
  enum class Start { kZero, kOne, kFirstRow };

  ScalarType in, out;
  Row row;
  /// A long row is cut into pieces: `partial` writes one partial result per
  /// started `partial_length` elements and `combine` reduces those.
  Row partial;
  Row combine;
  int64_t partial_length;
  /// Columns; null means that the input has to be turned into rows.
  Rows rows = nullptr;
  Rows combine_rows = nullptr;
  Start start = Start::kZero;

  Terms terms() const {
    return is_floating(out) && start != Start::kFirstRow ? Terms::kInOrder
                                                         : Terms::kInAnyOrder;
  }
};

/// Reduces x, which is not empty, over `dims`.
Tensor reduce_with(const ReduceLeaf& leaf, const Tensor& x, Dims dims,
                   bool keepdim);
/// Elements that are brought into the order of the shape at once.
constexpr int64_t kPanel = 1 << 16;
/// The same where x cannot be walked in the order of its shape: it is copied in
/// pieces that stay in the cache, cut along a dim that is kept.
Tensor reduce_in_panels(const ReduceLeaf& leaf, const Tensor& x, Dims dims,
                        bool keepdim);

}  // namespace taper::kernels
