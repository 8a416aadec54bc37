// Checks of options that several layers share. Internal to nn.
#pragma once

#include <cstdint>

#include "taper/tensor/error.h"

namespace taper::nn {

/// Throws ValueError unless value >= 1.
inline void check_positive(const char* layer, const char* what, int64_t value) {
  check<ValueError>(value >= 1, "[{}] {} must be positive, got {}", layer, what,
                    value);
}

/// Throws ValueError when eps is negative or nan.
inline void check_eps(const char* layer, double eps) {
  check<ValueError>(eps >= 0, "[{}] eps must not be negative, got {}", layer,
                    eps);
}

/// Throws ValueError unless 0 <= p <= 1.
inline void check_probability(const char* layer, double p) {
  check<ValueError>(p >= 0 && p <= 1, "[{}] p must lie in [0, 1], got {}",
                    layer, p);
}

}  // namespace taper::nn
