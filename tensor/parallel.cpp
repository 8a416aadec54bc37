// The number of threads, and exceptions carried out of a loop.
#include "taper/tensor/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>

#include "taper/tensor/error.h"
#include "taper/tensor/one_thread.h"

namespace taper {
namespace {

constexpr int kMaxThreads = 1024;

std::atomic<int> chosen_threads{0};  // 0: as OpenMP would
thread_local bool stays_here = false;

struct Ranges {
  int64_t begin;
  int64_t end;
  int64_t length;
  detail::RangeBody body;
  const void* context;
};

// ThreadSanitizer does not see how OpenMP starts and joins a team. This, called
// first and last by each of its threads, tells it.
#ifdef __SANITIZE_THREAD__
std::atomic<int> fence{0};
[[gnu::noinline]] void tell_thread_sanitizer() {
  fence.fetch_add(1, std::memory_order_acq_rel);
}
#else
void tell_thread_sanitizer() {}
#endif

// The team may be smaller than asked for, so that each of its threads takes
// every size-th range. No exception may leave a parallel region. How the team
// gets at these variables is hidden from ThreadSanitizer, the body is not.
[[gnu::no_sanitize_thread]] std::exception_ptr run_parallel(
    const Ranges& ranges, int threads) {
  std::exception_ptr error;
  std::atomic_flag failed;
  tell_thread_sanitizer();
#pragma omp parallel num_threads(threads)
  {
    tell_thread_sanitizer();
    const int64_t stride = ranges.length * omp_get_num_threads();
    int64_t first = ranges.begin + ranges.length * omp_get_thread_num();
    try {
      for (; first < ranges.end; first += stride) {
        const int64_t last = std::min(first + ranges.length, ranges.end);
        ranges.body(ranges.context, first, last);
      }
    } catch (...) {
      if (!failed.test_and_set()) {
        error = std::current_exception();
      }
    }
    tell_thread_sanitizer();
  }
  tell_thread_sanitizer();
  return error;
}

}  // namespace

int get_num_threads() {
  const int chosen = chosen_threads.load(std::memory_order_relaxed);
  return chosen > 0 ? chosen : omp_get_max_threads();
}

void set_num_threads(int n) {
  check(n >= 1 && n <= kMaxThreads,
        "[set_num_threads] expected 1 to {} threads, got {}", kMaxThreads, n);
  chosen_threads.store(n, std::memory_order_relaxed);
}

bool in_parallel_region() { return stays_here || omp_in_parallel() != 0; }

OneThread::OneThread(bool is_wanted) : before_(stays_here) {
  stays_here |= is_wanted;
}
OneThread::~OneThread() { stays_here = before_; }

namespace detail {

// Entering a region costs 0.3 us even with one thread: decide before it.
void run_ranges(int64_t begin, int64_t end, int64_t max_chunks,
                int64_t multiple, RangeBody body, const void* context) {
  const int64_t chunks = std::min<int64_t>(get_num_threads(), max_chunks);
  if (chunks <= 1 || in_parallel_region()) {
    body(context, begin, end);
    return;
  }
  int64_t length = (end - begin + chunks - 1) / chunks;
  length = (length + multiple - 1) / multiple * multiple;
  const Ranges ranges{begin, end, length, body, context};
  const int64_t used = (end - begin + length - 1) / length;
  if (std::exception_ptr error = run_parallel(ranges, static_cast<int>(used))) {
    std::rethrow_exception(error);
  }
}

}  // namespace detail
}  // namespace taper
