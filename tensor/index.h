// Indices as in t.index({Slice(1, 3), 0, Ellipsis, None, mask}).
#pragma once

#include <cstdint>
#include <optional>

#include "taper/tensor/error.h"
#include "taper/tensor/tensor_fwd.h"

namespace taper::indexing {

enum class EllipsisIndexType { Ellipsis };
constexpr EllipsisIndexType Ellipsis = EllipsisIndexType::Ellipsis;
/// A new dim of size 1. The same object as "no bound" in Slice(None, 2).
constexpr std::nullopt_t None = std::nullopt;

/// What stands for "no bound" in a Slice.
constexpr int64_t INDEX_MAX = (int64_t{1} << 62) - 1;
constexpr int64_t INDEX_MIN = -INDEX_MAX - 1;

/// Elements start, start + step, ... below stop; negative bounds count from
/// the end; a step of 0 throws, and a negative one when it is used.
class Slice {
 public:
  Slice(std::optional<int64_t> start = std::nullopt,
        std::optional<int64_t> stop = std::nullopt,
        std::optional<int64_t> step = std::nullopt)
      : step_(step.value_or(1)) {
    check<ValueError>(step_ != 0, "[Slice] the step must not be 0");
    start_ = start.value_or(step_ < 0 ? INDEX_MAX : 0);
    stop_ = stop.value_or(step_ < 0 ? INDEX_MIN : INDEX_MAX);
  }
  int64_t start() const { return start_; }
  int64_t stop() const { return stop_; }
  int64_t step() const { return step_; }

 private:
  int64_t start_;
  int64_t stop_;
  int64_t step_;
};

}  // namespace taper::indexing
