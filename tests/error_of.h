// What a call that has to throw says.
#pragma once

#include <string>

#include "taper/tensor/error.h"

namespace taper {

/// The text of the E that f throws.
template <class E = Error, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  }
  return "nothing was thrown";
}

}  // namespace taper
