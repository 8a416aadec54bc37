// Progress of a training run: a bar that redraws itself on a terminal, and one
// line per epoch where the output is a file or a pipe.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace examples {

/// Counts samples and says how far, how good and how fast.
class Progress {
 public:
  /// From epoch `first` (counted from 0) to `epochs` of `samples` each.
  Progress(int64_t first, int64_t epochs, int64_t samples)
      : epochs_(epochs),
        samples_(samples),
        epoch_(first),
        terminal_(isatty(STDOUT_FILENO) == 1),
        start_(Clock::now()) {}

  /// One more batch of `count` samples; `loss` is the mean over the batch.
  void batch(int64_t count, double loss) {
    loss_sum_ += loss * static_cast<double>(count);
    in_epoch_ += count;
    seen_ += count;
    const auto now = Clock::now();
    if (terminal_ && now - drawn_ > std::chrono::milliseconds(40)) {
      drawn_ = now;
      draw(static_cast<double>(epoch_) +
           static_cast<double>(in_epoch_) / static_cast<double>(samples_));
    }
  }

  /// The epoch is over; `accuracy` on the test data.
  void epoch(double accuracy) {
    accuracy_ = accuracy;
    ++epoch_;
    if (!terminal_) {
      std::printf("epoch %3lld/%lld  %s\n", static_cast<long long>(epoch_),
                  static_cast<long long>(epochs_), figures().c_str());
    } else if (epoch_ == epochs_) {
      draw(static_cast<double>(epoch_));
      std::printf("\n");
    }
    std::fflush(stdout);
    loss_sum_ = 0;
    in_epoch_ = 0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string figures() const {
    const std::chrono::duration<double> passed = Clock::now() - start_;
    char text[96];
    std::snprintf(text, sizeof text,
                  "loss %.4f  test accuracy %.4f  %8.0f samples/s",
                  loss_sum_ / static_cast<double>(in_epoch_), accuracy_,
                  static_cast<double>(seen_) / passed.count());
    return text;
  }
  void draw(double epochs_done) const {
    constexpr int kWidth = 24;
    const int filled =
        static_cast<int>(kWidth * epochs_done / static_cast<double>(epochs_));
    std::string bar;
    for (int i = 0; i < kWidth; ++i) bar += i < filled ? "█" : "░";
    // Back to the start of the line, and clear what is left of the old one.
    std::printf("\r%s %3.0f%%  %s\x1b[K", bar.c_str(),
                100 * epochs_done / static_cast<double>(epochs_),
                figures().c_str());
    std::fflush(stdout);
  }

  int64_t epochs_, samples_, epoch_;
  bool terminal_;
  Clock::time_point start_, drawn_ = start_;
  int64_t in_epoch_ = 0, seen_ = 0;
  double loss_sum_ = 0, accuracy_ = 0;
};

}  // namespace examples
