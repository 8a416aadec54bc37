// Errors: every mistake of a caller becomes one exception that names the
// operation and the values. Nothing in taper prints, aborts or exits.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/export.h"
#include "taper/tensor/scalar_type.h"

namespace taper {

/// Base of everything taper throws.
class TAPER_API Error : public std::exception {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  ~Error() override;
  const char* what() const noexcept override { return message_.c_str(); }
  const char* what_without_backtrace() const noexcept { return what(); }
  const std::string& msg() const noexcept { return message_; }

 private:
  std::string message_;
};

/// An index or a dimension is out of range.
class TAPER_API IndexError : public Error {
 public:
  using Error::Error;
  ~IndexError() override;
};

/// An argument has the wrong dtype.
class TAPER_API TypeError : public Error {
 public:
  using Error::Error;
  ~TypeError() override;
};

/// An argument has a value that makes no sense.
class TAPER_API ValueError : public Error {
 public:
  using Error::Error;
  ~ValueError() override;
};

/// The operation exists, but not for this dtype or mode.
class TAPER_API NotImplementedError : public Error {
 public:
  using Error::Error;
  ~NotImplementedError() override;
};

namespace detail {

TAPER_API void append(std::string& text, const char* part);
TAPER_API void append(std::string& text, const std::string& part);
TAPER_API void append(std::string& text, bool part);
TAPER_API void append(std::string& text, int part);
TAPER_API void append(std::string& text, unsigned part);
TAPER_API void append(std::string& text, long part);
TAPER_API void append(std::string& text, unsigned long part);
TAPER_API void append(std::string& text, long long part);
TAPER_API void append(std::string& text, unsigned long long part);
TAPER_API void append(std::string& text, double part);
TAPER_API void append(std::string& text, ScalarType part);
/// Shapes read as Python tuples: (2, 3), (3,), ().
TAPER_API void append(std::string& text, IntArrayRef part);

template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string text;
  (append(text, parts), ...);
  return text;
}

template <class E, class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(const Parts&... parts) {
  throw E(concat(parts...));
}

}  // namespace detail

/// Throws E (Error unless told otherwise) with the parts joined into one text
/// unless `condition` holds: check(a == b, "[op] sizes differ: ", a, b).
template <class E = Error, class... Parts>
inline void check(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]] {
    detail::fail<E>(parts...);
  }
}

/// Throws E with the parts joined into one text.
template <class E = Error, class... Parts>
[[noreturn]] inline void fail(const Parts&... parts) {
  detail::fail<E>(parts...);
}

}  // namespace taper
