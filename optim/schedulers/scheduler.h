// Learning rate schedulers. Each changes the lr of every parameter group when
// step() is called, once per epoch (or batch, as one likes).
#pragma once

#include <cstdint>
#include <vector>

#include "taper/optim/optimizer.h"

namespace taper::optim {

/// The optimiser has to live as long as the scheduler.
class TAPER_API LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer);
  virtual ~LRScheduler();

  /// Throws, with nothing changed, when a new lr makes no sense.
  void step();
  std::vector<double> get_last_lr() const { return get_current_lrs(); }

  /// The number of steps and the first learning rates. load() throws, with
  /// nothing changed, when the number of groups differs.
  virtual void save(serialize::OutputArchive& archive) const;
  virtual void load(serialize::InputArchive& archive);

 protected:
  /// The learning rates after the step that is being made. step_count_ is the
  /// number of steps made before.
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;
  /// The learning rates when the scheduler was made.
  const std::vector<double>& base_lrs() const { return base_lrs_; }

  unsigned step_count_ = 0;

 private:
  Optimizer& optimizer_;
  std::vector<double> base_lrs_;
};

/// lr *= gamma in every step whose number, from 0, is a positive multiple of
/// step_size; as in LibTorch, that is one step later than in Python.
class TAPER_API StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, unsigned step_size, double gamma = 0.1);

 private:
  std::vector<double> get_lrs() override;

  const unsigned step_size_;
  const double gamma_;
};

/// lr *= gamma in every step. As in Python's PyTorch.
class TAPER_API ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma);

 private:
  std::vector<double> get_lrs() override;

  const double gamma_;
};

/// After t steps lr = eta_min + (lr_0 - eta_min) (1 + cos(pi t / T_max)) / 2,
/// computed from the lr before as in Python's PyTorch.
class TAPER_API CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0);

 private:
  std::vector<double> get_lrs() override;

  const int64_t t_max_;
  const double eta_min_;
};

/// After t steps lr = lr_0 * function(t). As in Python's PyTorch, the
/// constructor sets lr_0 * function(0).
class TAPER_API LambdaLR : public LRScheduler {
 public:
  LambdaLR(Optimizer& optimizer, Closure<double(int64_t)> function);

 private:
  std::vector<double> get_lrs() override;

  Closure<double(int64_t)> function_;
};

}  // namespace taper::optim
