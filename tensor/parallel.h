// Loops over several threads (OpenMP). The body sees plain index ranges; its
// exceptions reach the caller, and short or nested loops stay on one thread.
#pragma once

#include <cstdint>

#include "taper/tensor/export.h"

namespace taper {

/// Threads that a parallel loop uses: set_num_threads() or OMP_NUM_THREADS.
TAPER_API int get_num_threads();

/// Sets the number of threads for the whole process. Throws unless
/// 1 <= n <= 1024. Results never depend on n.
TAPER_API void set_num_threads(int n);

/// Whether the caller already runs inside a parallel loop.
TAPER_API bool in_parallel_region();

namespace detail {

using RangeBody = void (*)(const void* context, int64_t begin, int64_t end);

// Calls body over [begin, end) in at most `max_chunks` ranges, one per thread,
// whose lengths but the last are multiples of `multiple`.
TAPER_API void run_ranges(int64_t begin, int64_t end, int64_t max_chunks,
                          int64_t multiple, RangeBody body,
                          const void* context);

}  // namespace detail

/// Calls body(chunk_begin, chunk_end) on disjoint chunks that cover [begin,
/// end), once and inline when at most `grain` long. Chunks depend on the number
/// of threads; with grain >= 64 they begin at multiples of 64 after `begin`.
/// The first exception of a body is rethrown when all have ended.
template <class F>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const F& body) {
  const int64_t length = end - begin;
  if (length <= grain || length <= 1) {
    if (length > 0) body(begin, end);
    return;
  }
  grain = grain < 1 ? 1 : grain;
  detail::run_ranges(
      begin, end, (length + grain - 1) / grain, grain < 64 ? 1 : 64,
      [](const void* context, int64_t first, int64_t last) {
        (*static_cast<const F*>(context))(first, last);
      },
      &body);
}

/// parallel_for with body(i) for i = 0 .. count - 1.
template <class F>
void parallel_each(int64_t count, int64_t grain, const F& body) {
  parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Calls body(block) for block = 0 .. count - 1, for work whose blocks must
/// not depend on the number of threads, such as partial sums. Every thread
/// gets neighbouring blocks, at least `min_blocks_per_thread` of them.
template <class F>
void parallel_blocks(int64_t count, int64_t min_blocks_per_thread,
                     const F& body) {
  const auto run = [](const void* context, int64_t first, int64_t last) {
    const F& each = *static_cast<const F*>(context);
    for (int64_t block = first; block < last; ++block) each(block);
  };
  const int64_t least = min_blocks_per_thread < 1 ? 1 : min_blocks_per_thread;
  if (count < 2 * least) {
    run(&body, 0, count);
  } else {
    detail::run_ranges(0, count, count / least, 1, run, &body);
  }
}

}  // namespace taper
