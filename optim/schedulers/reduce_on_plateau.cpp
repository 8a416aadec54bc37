// When a metric counts as better, and what happens when it does not.
#include "taper/optim/schedulers/reduce_on_plateau.h"

#include <algorithm>
#include <limits>

#include "taper/io/archive.h"
#include "taper/optim/members.h"

namespace taper::optim {
namespace {

constexpr const char* kName = "ReduceLROnPlateau";

std::vector<float> one_per_group(const std::vector<float>& min_lr,
                                 size_t groups) {
  check<ValueError>(
      min_lr.empty() || min_lr.size() == 1 || min_lr.size() == groups,
      "[{}] {} min_lr for {} parameter groups", kName, min_lr.size(), groups);
  for (float lr : min_lr) check_not_negative(kName, "min_lr", lr);
  if (min_lr.size() == groups) return min_lr;
  return std::vector<float>(groups, min_lr.empty() ? 0.0f : min_lr[0]);
}

}  // namespace

ReduceLROnPlateauScheduler::ReduceLROnPlateauScheduler(
    Optimizer& optimizer, SchedulerMode mode, float factor, int patience,
    double threshold, ThresholdMode threshold_mode, int cooldown,
    const std::vector<float>& min_lr, double eps, bool)
    : optimizer_(optimizer),
      mode_(mode),
      threshold_mode_(threshold_mode),
      factor_(factor),
      patience_(patience),
      threshold_(threshold),
      cooldown_(cooldown),
      min_lrs_(one_per_group(min_lr, optimizer.param_groups().size())),
      eps_(eps),
      best_(mode == min ? std::numeric_limits<float>::infinity()
                        : -std::numeric_limits<float>::infinity()) {
  check_fraction(kName, "factor", factor);
  check_not_negative(kName, "patience", patience);
  check_not_negative(kName, "threshold", threshold);
  check_not_negative(kName, "cooldown", cooldown);
  check_not_negative(kName, "eps", eps);
}
ReduceLROnPlateauScheduler::~ReduceLROnPlateauScheduler() = default;

void ReduceLROnPlateauScheduler::step(float metric) {
  if (is_better(metric)) {
    best_ = metric;
    bad_steps_ = 0;
  } else {
    ++bad_steps_;
  }
  if (cooldown_left_ > 0) {
    --cooldown_left_;
    bad_steps_ = 0;
  }
  if (bad_steps_ > patience_) {
    reduce_lr();
    cooldown_left_ = cooldown_;
    bad_steps_ = 0;
  }
}

bool ReduceLROnPlateauScheduler::is_better(float metric) const {
  const double best = best_;
  if (threshold_mode_ == rel) {
    return mode_ == min ? metric < best * (1 - threshold_)
                        : metric > best * (1 + threshold_);
  }
  return mode_ == min ? metric < best - threshold_ : metric > best + threshold_;
}

void ReduceLROnPlateauScheduler::reduce_lr() {
  auto& groups = optimizer_.param_groups();
  for (size_t i = 0; i < groups.size() && i < min_lrs_.size(); ++i) {
    const double lr = groups[i].options().get_lr();
    const double lower = std::max(lr * double{factor_}, double{min_lrs_[i]});
    if (lr - lower > eps_) groups[i].options().set_lr(lower);
  }
}

void ReduceLROnPlateauScheduler::save(serialize::OutputArchive& archive) const {
  archive.write("best", IValue(double{best_}));
  archive.write("cooldown_left", IValue(cooldown_left_));
  archive.write("bad_steps", IValue(bad_steps_));
}

void ReduceLROnPlateauScheduler::load(serialize::InputArchive& archive) {
  const double best = read_value(archive, "best").toDouble();
  const int64_t cooldown_left = read_value(archive, "cooldown_left").toInt();
  const int64_t bad_steps = read_value(archive, "bad_steps").toInt();
  best_ = static_cast<float>(best);
  cooldown_left_ = static_cast<int>(cooldown_left);
  bad_steps_ = static_cast<int>(bad_steps);
}

}  // namespace taper::optim
