// Warnings, which go to a handler that the program may replace. The macros
// TORCH_WARN and TORCH_WARN_ONCE are in macros.h.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "taper/tensor/export.h"

namespace taper {

/// A place in the code.
struct TAPER_API SourceLocation {
  const char* function;
  const char* file;
  uint32_t line;
};

/// A text, where it comes from, and whether it is about a mistake or about
/// something deprecated. `verbatim` asks the handler to add nothing.
class TAPER_API Warning {
 public:
  struct UserWarning {};
  struct DeprecationWarning {};
  using warning_variant_t = std::variant<UserWarning, DeprecationWarning>;

  Warning(warning_variant_t type, const SourceLocation& source_location,
          std::string msg, bool verbatim)
      : type_(type),
        source_location_(source_location),
        msg_(std::move(msg)),
        verbatim_(verbatim) {}
  warning_variant_t type() const { return type_; }
  const SourceLocation& source_location() const { return source_location_; }
  const std::string& msg() const { return msg_; }
  bool verbatim() const { return verbatim_; }

 private:
  warning_variant_t type_;
  SourceLocation source_location_;
  std::string msg_;
  bool verbatim_;
};
using UserWarning = Warning::UserWarning;
using DeprecationWarning = Warning::DeprecationWarning;

/// What becomes of a warning: this one writes it to stderr, one derived from it
/// does as it likes. What it throws leaves the function that warns.
class TAPER_API WarningHandler {
 public:
  virtual ~WarningHandler();
  virtual void process(const Warning& warning);
};

/// Gives the warning to the handler.
TAPER_API void warn(const Warning& warning);

namespace WarningUtils {

/// The handler of this thread, which has to outlive its use; null stands for
/// the one that writes to stderr.
TAPER_API void set_warning_handler(WarningHandler* handler) noexcept;
TAPER_API WarningHandler* get_warning_handler() noexcept;

/// Replaces the handler of this thread for a scope.
class TAPER_API WarningHandlerGuard {
 public:
  explicit WarningHandlerGuard(WarningHandler* handler)
      : previous_(get_warning_handler()) {
    set_warning_handler(handler);
  }
  WarningHandlerGuard(const WarningHandlerGuard&) = delete;
  WarningHandlerGuard& operator=(const WarningHandlerGuard&) = delete;
  ~WarningHandlerGuard() { set_warning_handler(previous_); }

 private:
  WarningHandler* previous_;
};

/// Whether what warns once does so every time, on any thread; false at first.
TAPER_API void set_warnAlways(bool setting) noexcept;
TAPER_API bool get_warnAlways() noexcept;

/// Sets that for a scope.
struct TAPER_API WarnAlways {
  explicit WarnAlways(bool setting = true) : previous_(get_warnAlways()) {
    set_warnAlways(setting);
  }
  WarnAlways(const WarnAlways&) = delete;
  WarnAlways& operator=(const WarnAlways&) = delete;
  ~WarnAlways() { set_warnAlways(previous_); }

 private:
  bool previous_;
};

}  // namespace WarningUtils
}  // namespace taper
