// The flag of the thread.
#include "taper/autograd/grad_mode.h"

#include "taper/autograd/record.h"

namespace taper {

namespace detail {

constinit thread_local bool grad_enabled = true;

}  // namespace detail

bool GradMode::is_enabled() { return detail::grad_enabled; }
void GradMode::set_enabled(bool enabled) { detail::grad_enabled = enabled; }

}  // namespace taper
