// Errors: every mistake of a caller becomes one exception that names the
// operation and the values. Nothing in taper aborts or exits.
#pragma once

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "taper/tensor/array_ref.h"
#include "taper/tensor/export.h"
#include "taper/tensor/scalar_type.h"

namespace taper {

/// Base of everything taper throws. All of it is a std::exception too, but by
/// the classes below: a MemoryError is one as a std::bad_alloc.
class TAPER_API Error {
 public:
  explicit Error(std::string message) : message_(std::move(message)) {}
  virtual ~Error();
  operator const std::exception&() const { return exception(); }
  virtual const char* what() const noexcept { return message_.c_str(); }
  const char* what_without_backtrace() const noexcept { return what(); }
  const std::string& msg() const noexcept { return message_; }
  /// Appends to the message.
  void add_context(const std::string& text) { message_ += text; }

 private:
  virtual const std::exception& exception() const = 0;

  std::string message_;
};

/// What has no class of its own.
class TAPER_API PlainError : public Error, public std::exception {
 public:
  using Error::Error;
  ~PlainError() override;
  const char* what() const noexcept override { return Error::what(); }

 private:
  const std::exception& exception() const override { return *this; }
};

/// There is not as much memory, or not so large an address.
class TAPER_API MemoryError : public Error, public std::bad_alloc {
 public:
  using Error::Error;
  ~MemoryError() override;
  const char* what() const noexcept override { return Error::what(); }

 private:
  const std::exception& exception() const override { return *this; }
};

/// An index or a dimension is out of range.
class TAPER_API IndexError : public PlainError {
 public:
  using PlainError::PlainError;
  ~IndexError() override;
};

/// An argument has the wrong dtype.
class TAPER_API TypeError : public PlainError {
 public:
  using PlainError::PlainError;
  ~TypeError() override;
};

/// An argument has a value that makes no sense.
class TAPER_API ValueError : public PlainError {
 public:
  using PlainError::PlainError;
  ~ValueError() override;
};

/// The operation exists, but not for this dtype or mode.
class TAPER_API NotImplementedError : public PlainError {
 public:
  using PlainError::PlainError;
  ~NotImplementedError() override;
};

namespace detail {

/// One argument of a message: a view of what is to be printed.
class TAPER_API MessagePart {
 public:
  MessagePart(const char* text) : text_(text), kind_(Kind::kText) {}
  MessagePart(const std::string& text) : MessagePart(text.c_str()) {}
  MessagePart(bool value) : MessagePart(value ? "true" : "false") {}
  /// Printed as its name in Python: float32.
  MessagePart(ScalarType type) : MessagePart(name_of(type)) {}
  MessagePart(double value) : floating_(value), kind_(Kind::kFloating) {}
  template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
  MessagePart(T value)
      : integer_(static_cast<int64_t>(value)),
        kind_(std::is_signed_v<T> ? Kind::kSigned : Kind::kUnsigned) {}
  /// Shapes read as Python tuples: (2, 3), (3,), ().
  MessagePart(IntArrayRef shape) : shape_(shape), kind_(Kind::kShape) {}
  template <class T>
  MessagePart(const std::vector<T>& shape) : MessagePart(IntArrayRef(shape)) {}

  void append_to(std::string& text) const;

 private:
  enum class Kind : uint8_t { kText, kSigned, kUnsigned, kFloating, kShape };
  union {
    const char* text_;
    int64_t integer_;
    double floating_;
    IntArrayRef shape_;
  };
  Kind kind_;
};

/// A text with one {} for each of N arguments, counted at compile time.
template <size_t N>
class Message {
 public:
  consteval Message(const char* text) : text_(text) {
    size_t count = 0;
    for (const char* at = text; *at != '\0'; ++at) {
      count += at[0] == '{' && at[1] == '}';
    }
    if (count != N) throw "as many {} as arguments are needed";
  }
  constexpr const char* text() const { return text_; }

 private:
  const char* text_;
};

/// `text` with the parts in place of its {}, in their order.
TAPER_API std::string join(const char* text,
                           std::initializer_list<MessagePart> parts);

template <class... Args>
std::string format(Message<sizeof...(Args)> message, const Args&... args) {
  return join(message.text(), {MessagePart(args)...});
}

template <class E, class... Args>
[[noreturn, gnu::cold, gnu::noinline]] void raise(const char* text,
                                                  const Args&... args) {
  using Thrown = std::conditional_t<std::is_same_v<E, Error>, PlainError, E>;
  throw Thrown(join(text, {MessagePart(args)...}));
}

}  // namespace detail

/// Throws E (Error unless told otherwise) unless `condition` holds; the text
/// has a {} for every argument: check(a == b, "[op] sizes: {}, {}", a, b).
template <class E = Error, class... Args>
inline void check(bool condition, detail::Message<sizeof...(Args)> message,
                  const Args&... args) {
  if (!condition) [[unlikely]] {
    detail::raise<E>(message.text(), args...);
  }
}

/// Throws E with such a text.
template <class E = Error, class... Args>
[[noreturn]] inline void fail(detail::Message<sizeof...(Args)> message,
                              const Args&... args) {
  detail::raise<E>(message.text(), args...);
}

}  // namespace taper
