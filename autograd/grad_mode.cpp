// The flag of the thread.
#include "taper/autograd/grad_mode.h"

#include "taper/autograd/record.h"

namespace taper {

namespace detail {

constinit thread_local bool grad_enabled = true;

}  // namespace detail

bool GradMode::is_enabled() { return detail::grad_enabled; }
void GradMode::set_enabled(bool enabled) {
  detail::grad_enabled = enabled && !detail::inference_mode;
}

// The base sees the mode as it was, on the way in and on the way out.
InferenceMode::InferenceMode(bool enabled)
    : AutoGradMode(!enabled), was_enabled_(detail::inference_mode) {
  detail::inference_mode = enabled;
  GradMode::set_enabled(!enabled);
}
InferenceMode::~InferenceMode() { detail::inference_mode = was_enabled_; }
bool InferenceMode::is_enabled() { return detail::inference_mode; }

}  // namespace taper
