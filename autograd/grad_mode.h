// Whether operations record their backward: on by default, per thread.
#pragma once

#include "taper/tensor/export.h"

namespace taper {

struct TAPER_API GradMode {
  static bool is_enabled();
  static void set_enabled(bool enabled);
};

/// Sets the mode for a scope and restores it at the end.
class AutoGradMode {
 public:
  explicit AutoGradMode(bool enabled) : previous_(GradMode::is_enabled()) {
    GradMode::set_enabled(enabled);
  }
  AutoGradMode(const AutoGradMode&) = delete;
  AutoGradMode& operator=(const AutoGradMode&) = delete;
  ~AutoGradMode() { GradMode::set_enabled(previous_); }

 private:
  bool previous_;
};

/// Turns recording off for a scope.
class NoGradGuard : public AutoGradMode {
 public:
  NoGradGuard() : AutoGradMode(false) {}
};

/// Turns recording off for a scope, and new tensors into inference tensors, for
/// good: afterwards they cannot be written, require grad or be saved for a
/// backward (a clone() can). InferenceMode(false) is the usual mode again.
class TAPER_API InferenceMode : public AutoGradMode {
 public:
  InferenceMode(bool enabled = true);
  ~InferenceMode();
  static bool is_enabled();

 private:
  bool was_enabled_;
};

namespace autograd {
using taper::InferenceMode;
}

}  // namespace taper
