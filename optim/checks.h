// Checks of optimiser options. Not a public header.
#pragma once

#include "taper/tensor/error.h"

namespace taper::optim {

// Written so that NaN fails.
inline void check_not_negative(const char* optimizer, const char* option,
                               double value) {
  check<ValueError>(value >= 0, "[{}] {} has to be >= 0, got {}", optimizer,
                    option, value);
}
inline void check_fraction(const char* optimizer, const char* option,
                           double value) {
  check<ValueError>(value >= 0 && value < 1,
                    "[{}] {} has to be in [0, 1), got {}", optimizer, option,
                    value);
}

}  // namespace taper::optim
