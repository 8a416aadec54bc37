// Indices as in t.index({Slice(1, 3), 0, Ellipsis, None, mask}).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "taper/tensor/tensor_fwd.h"

namespace taper::indexing {

enum class EllipsisIndexType { Ellipsis };
constexpr EllipsisIndexType Ellipsis = EllipsisIndexType::Ellipsis;
/// A new dim of size 1. The same object as "no bound" in Slice(None, 2).
constexpr std::nullopt_t None = std::nullopt;

/// Elements start, start + step, ... below stop; negative bounds count from
/// the end; step is positive.
class Slice {
 public:
  Slice(std::optional<int64_t> start = std::nullopt,
        std::optional<int64_t> stop = std::nullopt,
        std::optional<int64_t> step = std::nullopt)
      : start_(start.value_or(0)),
        stop_(stop.value_or(std::numeric_limits<int64_t>::max())),
        step_(step.value_or(1)) {}
  int64_t start() const { return start_; }
  int64_t stop() const { return stop_; }
  int64_t step() const { return step_; }

 private:
  int64_t start_;
  int64_t stop_;
  int64_t step_;
};

}  // namespace taper::indexing
