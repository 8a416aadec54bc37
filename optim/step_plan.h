// StepPlan: what one optimiser step is going to update, checked and laid out
// for the fused kernels. Kept between steps for its memory. Not a public
// header.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "taper/optim/options.h"
#include "taper/tensor/kernels/compute.h"
#include "taper/tensor/kernels/simd/optim.h"
#include "taper/tensor/parallel.h"
#include "taper/tensor/tensor.h"

namespace taper::optim {

/// One parameter with a gradient. All pointers are to contiguous elements.
struct StepItem {
  TensorImpl* param;
  char* p;
  const char* g;
  char* state[3];  // buffers of the optimiser, null where it uses none
  int64_t n;
  int64_t offset;  // of its first element among those of all items
  uint32_t index;  // among the parameters of all groups
  uint32_t group;
  uint32_t setting;  // in the list of settings of the optimiser
};

struct StepPlan {
  std::vector<StepItem> items;
  int64_t total = 0;
  // Contiguous stand-ins for what is not; the first of each pair is written
  // back from the second at the end.
  std::vector<std::pair<Tensor, Tensor>> copies;
  std::vector<Tensor> gradients;
  // Buffers made by this step, which become state when nothing has thrown.
  std::vector<Tensor> fresh;

  std::vector<kernels::SgdStep> sgd;
  std::vector<kernels::AdamStep> adam;
  std::vector<kernels::RmspropStep> rmsprop;
  std::vector<kernels::AdagradStep> adagrad;

  void clear();
  /// Copies results back and tells autograd that the parameters changed.
  void finish();

  /// kernel(item, first element, count) over all elements of all items.
  template <class F>
  void run(const F& kernel) const {
    // About 2.5 us of work per thread.
    constexpr int64_t kGrain = 8192;
    if (total <= 2 * kGrain) {
      for (const StepItem& item : items) kernel(item, 0, item.n);
      return;
    }
    parallel_for(0, total, kGrain, [&](int64_t begin, int64_t end) {
      auto item = std::upper_bound(
          items.begin(), items.end(), begin,
          [](int64_t at, const StepItem& x) { return at < x.offset; });
      for (--item; item != items.end() && item->offset < end; ++item) {
        const int64_t first = std::max<int64_t>(begin - item->offset, 0);
        const int64_t last = std::min(end - item->offset, item->n);
        if (first < last) kernel(*item, first, last - first);
      }
    });
  }
};

/// Index of the kernels for the dtype of the item.
inline int kernel_of(const StepItem& item) {
  return kernels::index_of(item.param->dtype);
}
/// `base` moved on by `count` elements; null stays null.
template <class Pointer>
Pointer advance(const StepItem& item, Pointer base, int64_t count) {
  return base ? base + count * element_size(item.param->dtype) : base;
}

[[noreturn, gnu::cold]] void fail_buffer(const char* optimizer,
                                         const char* name,
                                         const StepItem& item);

/// Throws unless a buffer that the optimiser kept fits the parameter; returns
/// its elements. Users can reach the states, so nothing is taken for granted.
inline char* buffer_of(const char* optimizer, const char* name,
                       const Tensor& buffer, const StepItem& item) {
  const TensorImpl* impl = buffer.impl();
  if (impl == nullptr || impl->numel != item.n ||
      impl->dtype != item.param->dtype || !impl->contiguous) [[unlikely]] {
    fail_buffer(optimizer, name, item);
  }
  return impl->data;
}

}  // namespace taper::optim
