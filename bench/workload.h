// A workload is a loop that runs one piece of work n times; how it is timed.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace bench {

using Workload = std::function<void(int64_t n)>;

// Repeats inline: a call through std::function would cost as much as the
// smallest workload.
template <class Body>
Workload repeat(Body body) {
  return [body = std::move(body)](int64_t n) mutable {
    for (int64_t i = 0; i < n; ++i) body();
  };
}

// Makes the compiler believe that the value is read.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "g"(&value) : "memory");
}

inline double microseconds(const Workload& work, int64_t n) {
  const auto start = std::chrono::steady_clock::now();
  work(n);
  const std::chrono::duration<double, std::micro> time =
      std::chrono::steady_clock::now() - start;
  return time.count();
}

// One workload, warm, with as many iterations as fill a repetition.
class Timer {
 public:
  static constexpr double kRepetition = 20'000;  // microseconds

  explicit Timer(Workload work) : work_(std::move(work)) {
    microseconds(work_, 1);
    double time = least_of_three();
    for (; time < kRepetition / 4; time = least_of_three()) n_ *= 2;
    n_ = 1 + static_cast<int64_t>(static_cast<double>(n_) * kRepetition / time);
  }

  /// Microseconds per iteration over one repetition.
  double repetition() {
    work_((n_ + 9) / 10);  // caches, page tables and threads awake again
    return microseconds(work_, n_) / static_cast<double>(n_);
  }

 private:
  // A stall of a few milliseconds must not make all repetitions short.
  double least_of_three() {
    return std::min({microseconds(work_, n_), microseconds(work_, n_),
                     microseconds(work_, n_)});
  }

  Workload work_;
  int64_t n_ = 1;
};

}  // namespace bench
