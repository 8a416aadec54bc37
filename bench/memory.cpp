// Memory over 100,000 training steps: prints memory_stats() ten times and fails
// unless live and peak bytes stay what they were after the first tenth, and
// live bytes fall to the start when everything is dropped.
#include <cinttypes>
#include <cstdio>

#include "taper/taper.h"

namespace {

constexpr int kSteps = 100'000;

class Training {
 public:
  void step() {
    adam_.zero_grad();
    criterion_(model_->forward(x_), label_).backward();
    adam_.step();
  }

 private:
  taper::nn::Sequential model_{
      taper::nn::Linear(16, 16), taper::nn::BatchNorm1d(16), taper::nn::ReLU(),
      taper::nn::Dropout(0.5), taper::nn::Linear(16, 10)};
  taper::nn::CrossEntropyLoss criterion_;
  taper::optim::Adam adam_{model_->parameters(), 0.001};
  taper::Tensor x_ = taper::randn({32, 16});
  taper::Tensor label_ = taper::randint(0, 10, {32}, taper::kLong);
};

taper::MemoryStats print_stats(int step) {
  const taper::MemoryStats stats = taper::memory_stats();
  std::printf("%10d %12" PRId64 " %12" PRId64 " %12" PRId64 "\n", step,
              stats.live_bytes, stats.cached_bytes, stats.peak_bytes);
  return stats;
}

// Whether the loop kept live and peak bytes.
bool train() {
  Training training;
  taper::MemoryStats first{};
  bool flat = true;
  for (int step = 1; step <= kSteps; ++step) {
    training.step();
    if (step % (kSteps / 10) != 0) continue;
    const taper::MemoryStats now = print_stats(step);
    if (step == kSteps / 10) first = now;
    flat &= now.live_bytes == first.live_bytes &&
            now.peak_bytes == first.peak_bytes;
  }
  return flat;
}

}  // namespace

int main() {
  std::printf("%10s %12s %12s %12s\n", "steps", "live", "cached", "peak");
  taper::randn({1});  // the generator's own state
  const taper::MemoryStats start = print_stats(0);
  const bool flat = train();
  const bool freed = print_stats(kSteps).live_bytes == start.live_bytes;
  std::printf("memory is %s, and %s afterwards\n", flat ? "flat" : "NOT FLAT",
              freed ? "all freed" : "NOT ALL FREED");
  return flat && freed ? 0 : 1;
}
