// The rules of the schedulers, applied to the lr of every group.
#include "taper/optim/schedulers/scheduler.h"

#include <cmath>
#include <string>

#include "taper/io/archive.h"
#include "taper/optim/members.h"

namespace taper::optim {
namespace {

void set_lrs(Optimizer& optimizer, const std::vector<double>& lrs) {
  auto& groups = optimizer.param_groups();
  check(lrs.size() == groups.size(),
        "[LRScheduler] {} learning rates for {} parameter groups", lrs.size(),
        groups.size());
  for (double lr : lrs) check_not_negative("LRScheduler", "lr", lr);
  for (size_t i = 0; i < lrs.size(); ++i) groups[i].options().set_lr(lrs[i]);
}

std::vector<double> multiplied(std::vector<double> lrs, double factor) {
  for (double& lr : lrs) lr *= factor;
  return lrs;
}

}  // namespace

LRScheduler::LRScheduler(Optimizer& optimizer)
    : optimizer_(optimizer), base_lrs_(get_current_lrs()) {}
LRScheduler::~LRScheduler() = default;

void LRScheduler::step() {
  set_lrs(optimizer_, get_lrs());
  ++step_count_;
}

std::vector<double> LRScheduler::get_current_lrs() const {
  std::vector<double> lrs;
  for (const auto& group : optimizer_.param_groups()) {
    lrs.push_back(group.options().get_lr());
  }
  return lrs;
}

void LRScheduler::save(serialize::OutputArchive& archive) const {
  archive.write("step_count", IValue(step_count_));
  archive.write("groups", IValue(base_lrs_.size()));
  for (size_t i = 0; i < base_lrs_.size(); ++i) {
    archive.write("base_lr" + std::to_string(i), IValue(base_lrs_[i]));
  }
}

void LRScheduler::load(serialize::InputArchive& archive) {
  const int64_t count = read_value(archive, "step_count").toInt();
  const int64_t groups = read_value(archive, "groups").toInt();
  check(groups == static_cast<int64_t>(base_lrs_.size()),
        "[LRScheduler] {} parameter groups in the archive, {} in the program",
        groups, base_lrs_.size());
  check(count >= 0 && count <= int64_t{UINT32_MAX},
        "[LRScheduler] the step count is {}", count);
  std::vector<double> lrs;
  for (size_t i = 0; i < base_lrs_.size(); ++i) {
    lrs.push_back(
        read_value(archive, "base_lr" + std::to_string(i)).toDouble());
  }
  base_lrs_ = std::move(lrs);
  step_count_ = static_cast<unsigned>(count);
}

StepLR::StepLR(Optimizer& optimizer, unsigned step_size, double gamma)
    : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  check<ValueError>(step_size > 0, "[StepLR] step_size has to be > 0");
  check_not_negative("StepLR", "gamma", gamma);
}

std::vector<double> StepLR::get_lrs() {
  const bool due = step_count_ > 0 && step_count_ % step_size_ == 0;
  return due ? multiplied(get_current_lrs(), gamma_) : get_current_lrs();
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma)
    : LRScheduler(optimizer), gamma_(gamma) {
  check_not_negative("ExponentialLR", "gamma", gamma);
}

std::vector<double> ExponentialLR::get_lrs() {
  return multiplied(get_current_lrs(), gamma_);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max,
                                     double eta_min)
    : LRScheduler(optimizer), t_max_(T_max), eta_min_(eta_min) {
  check<ValueError>(T_max > 0,
                    "[CosineAnnealingLR] T_max has to be > 0, got {}", T_max);
  check_not_negative("CosineAnnealingLR", "eta_min", eta_min);
}

std::vector<double> CosineAnnealingLR::get_lrs() {
  const double pi = std::acos(-1.0);
  const int64_t t = int64_t{step_count_} + 1;
  const auto period = static_cast<double>(t_max_);
  std::vector<double> lrs = get_current_lrs();
  for (size_t i = 0; i < lrs.size(); ++i) {
    if ((t - 1 - t_max_) % (2 * t_max_) == 0) {
      // The lr is eta_min, from where no factor leads up again.
      lrs[i] += (base_lrs()[i] - eta_min_) * (1 - std::cos(pi / period)) / 2;
    } else {
      const auto now = static_cast<double>(t);
      lrs[i] = (1 + std::cos(pi * now / period)) /
                   (1 + std::cos(pi * (now - 1) / period)) *
                   (lrs[i] - eta_min_) +
               eta_min_;
    }
  }
  return lrs;
}

LambdaLR::LambdaLR(Optimizer& optimizer, Closure<double(int64_t)> function)
    : LRScheduler(optimizer), function_(std::move(function)) {
  set_lrs(optimizer, multiplied(base_lrs(), function_(0)));
}

std::vector<double> LambdaLR::get_lrs() {
  return multiplied(base_lrs(), function_(int64_t{step_count_} + 1));
}

}  // namespace taper::optim
