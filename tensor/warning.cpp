// The handler of each thread, and the one that writes to stderr.
#include "taper/tensor/warning.h"

#include <atomic>
#include <cstdio>
#include <cstring>

namespace taper {
namespace {

constinit thread_local WarningHandler* handler_of_thread = nullptr;
constinit std::atomic<bool> warns_always = false;

}  // namespace

WarningHandler::~WarningHandler() = default;

void WarningHandler::process(const Warning& warning) {
  const SourceLocation& at = warning.source_location();
  const char* slash = std::strrchr(at.file, '/');
  std::fprintf(stderr, "[W %s:%u] Warning: %s (function %s)\n",
               slash ? slash + 1 : at.file, at.line, warning.msg().c_str(),
               at.function);
}

void warn(const Warning& warning) {
  WarningUtils::get_warning_handler()->process(warning);
}

void WarningUtils::set_warning_handler(WarningHandler* handler) noexcept {
  handler_of_thread = handler;
}

WarningHandler* WarningUtils::get_warning_handler() noexcept {
  static WarningHandler to_stderr;
  return handler_of_thread ? handler_of_thread : &to_stderr;
}

void WarningUtils::set_warnAlways(bool setting) noexcept {
  warns_always = setting;
}

bool WarningUtils::get_warnAlways() noexcept { return warns_always; }

}  // namespace taper
