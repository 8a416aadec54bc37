// Running a plan: kernels over ranges of elements, then what has to be copied.
#include "taper/optim/step_plan.h"

#include <algorithm>

#include "taper/tensor/kernels/copy.h"
#include "taper/tensor/parallel.h"

namespace taper::optim {
namespace {

template <class Pointer>
void advance(Pointer& base, int64_t bytes) {
  if (base != nullptr) base += bytes;
}

void run_part(const StepItem& item, int64_t first, int64_t count) {
  kernels::StepRange part = item.range;
  const int64_t bytes = first * element_size(item.dtype);
  advance(part.p, bytes);
  advance(part.g, bytes);
  for (char*& buffer : part.state) advance(buffer, bytes);
  part.n = count;
  item.kernel(part, item.settings);
}

}  // namespace

void StepPlan::clear() {
  items.clear();
  total = 0;
  results.clear();
  gradients.clear();
  buffers.clear();
  states.clear();
}

void StepPlan::run() const {
  // About 5 us of work per thread, since what a second one writes is missing in
  // the cache of the first.
  constexpr int64_t kGrain = 16384;
  if (total <= 2 * kGrain) {
    for (const StepItem& item : items) {
      if (item.kernel) item.kernel(item.range, item.settings);
    }
    return;
  }
  parallel_for(0, total, kGrain, [&](int64_t begin, int64_t end) {
    auto item = std::upper_bound(
        items.begin(), items.end(), begin,
        [](int64_t at, const StepItem& x) { return at < x.offset; });
    for (--item; item != items.end() && item->offset < end; ++item) {
      const int64_t first = std::max<int64_t>(begin - item->offset, 0);
      const int64_t last = std::min(end - item->offset, item->range.n);
      if (item->kernel && first < last) run_part(*item, first, last - first);
    }
  });
}

void StepPlan::finish() {
  for (auto& [param, value] : results) kernels::copy_into(param, value);
  for (const StepItem& item : items) {
    detail::count_up(item.param->storage->version);
  }
  results.clear();
  gradients.clear();
}

}  // namespace taper::optim
