// ReduceLROnPlateauScheduler: lowers the lr when a metric stops improving.
#pragma once

#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// lr = max(lr * factor, min_lr) when step() has seen no improvement more than
/// `patience` times in a row; then it waits `cooldown` steps. A change of lr
/// below eps is not made. The metric is compared in float, as in LibTorch.
class TAPER_API ReduceLROnPlateauScheduler {
 public:
  enum SchedulerMode { min, max };
  enum ThresholdMode { rel, abs };

  /// min_lr has one entry per group, one for all, or none (0). Throws for a
  /// factor outside [0, 1) and negative or NaN numbers.
  explicit ReduceLROnPlateauScheduler(Optimizer& optimizer,
                                      SchedulerMode mode = min,
                                      float factor = 0.1f, int patience = 10,
                                      double threshold = 1e-4,
                                      ThresholdMode threshold_mode = rel,
                                      int cooldown = 0,
                                      const std::vector<float>& min_lr = {},
                                      double eps = 1e-8, bool verbose = false);
  virtual ~ReduceLROnPlateauScheduler();

  void step(float metric);
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 private:
  bool is_better(float metric) const;
  void reduce_lr();

  Optimizer& optimizer_;
  SchedulerMode mode_;
  ThresholdMode threshold_mode_;
  float factor_;
  int patience_;
  double threshold_;
  int cooldown_;
  std::vector<float> min_lrs_;
  double eps_;
  float best_;
  int cooldown_left_ = 0;
  int bad_steps_ = 0;
};

}  // namespace taper::optim
