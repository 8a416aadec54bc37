// Walks several tensors of one broadcast shape in step: dims are reordered and
// merged until what is left is an inner loop and as few outer dims as possible.
#pragma once

#include <algorithm>
#include <cstdint>

#include "taper/tensor/shape.h"
#include "taper/tensor/tensor.h"

namespace taper::kernels {

/// The common shape of N operands and their strides in bytes, dim 0 innermost,
/// so ordered that operand 0 (the output) moves through memory forwards.
template <int N>
struct StridedLoop {
  int ndim = 0;
  int64_t sizes[kMaxDims];
  int64_t strides[N][kMaxDims];
  char* data[N];

  /// Pointers of the inner loop number `outer`.
  void locate(int64_t outer, char* (&at)[N]) const {
    for (int k = 0; k < N; ++k) at[k] = data[k];
    for (int d = 1; d < ndim; ++d) {
      int64_t index = outer % sizes[d];
      outer /= sizes[d];
      for (int k = 0; k < N; ++k) at[k] += index * strides[k][d];
    }
  }

  /// Calls body(pointers, first inner element, count) for the elements
  /// [begin, end) in loop order.
  template <class Body>
  void run(int64_t begin, int64_t end, const Body& body) const {
    const int64_t inner = ndim == 0 ? 1 : sizes[0];
    char* at[N];
    while (begin < end) {
      int64_t first = begin % inner;
      int64_t count = std::min(inner - first, end - begin);
      locate(begin / inner, at);
      if (ndim > 0) {
        for (int k = 0; k < N; ++k) at[k] += first * strides[k][0];
      }
      body(at, count);
      begin += count;
    }
  }
  int64_t inner_stride(int k) const { return ndim == 0 ? 0 : strides[k][0]; }
};

/// Builds the loop for operands that broadcast to `shape`; the first operand
/// has exactly that shape.
template <int N>
StridedLoop<N> strided_loop(IntArrayRef shape,
                            const Tensor* const (&operands)[N]) {
  StridedLoop<N> loop;
  int64_t element[N];
  for (int k = 0; k < N; ++k) {
    loop.data[k] = operands[k]->template data_as<char>();
    element[k] = operands[k]->element_size();
  }
  // Dims from the innermost one outwards, those of size 1 left out.
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;
    int d = loop.ndim++;
    loop.sizes[d] = shape[i];
    for (int k = 0; k < N; ++k) {
      const TensorImpl* impl = operands[k]->impl();
      int64_t own = static_cast<int64_t>(i) -
                    static_cast<int64_t>(shape.size()) + impl->ndim;
      bool broadcast = own < 0 || impl->sizes[own] == 1;
      loop.strides[k][d] = broadcast ? 0 : impl->strides[own] * element[k];
    }
  }
  // The dim along which the output is densest goes innermost (stable
  // insertion sort: row-major outputs keep their order).
  for (int i = 1; i < loop.ndim; ++i) {
    for (int d = i; d > 0 && loop.strides[0][d] < loop.strides[0][d - 1] &&
                    loop.strides[0][d] != 0;
         --d) {
      std::swap(loop.sizes[d], loop.sizes[d - 1]);
      for (int k = 0; k < N; ++k) {
        std::swap(loop.strides[k][d], loop.strides[k][d - 1]);
      }
    }
  }
  // Neighbouring dims that every operand walks as one are merged.
  int last = 0;
  for (int d = 1; d < loop.ndim; ++d) {
    bool mergeable = true;
    for (int k = 0; k < N; ++k) {
      mergeable &=
          loop.strides[k][d] == loop.strides[k][last] * loop.sizes[last];
    }
    if (mergeable) {
      loop.sizes[last] *= loop.sizes[d];
      continue;
    }
    ++last;
    loop.sizes[last] = loop.sizes[d];
    for (int k = 0; k < N; ++k) loop.strides[k][last] = loop.strides[k][d];
  }
  if (loop.ndim > 0) loop.ndim = last + 1;
  return loop;
}

}  // namespace taper::kernels
