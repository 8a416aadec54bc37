// LibTorch's macros for checks, warnings and code per dtype, and the helpers
// that go with them: str() and irange().
#pragma once

#include <ostream>
#include <string>

#include "taper/tensor/closure.h"
#include "taper/tensor/error.h"
#include "taper/tensor/text/print.h"
#include "taper/tensor/warning.h"

namespace taper {
namespace detail {

/// What `write` writes to a stream; <sstream> stays out of the headers.
TAPER_API std::string text_of(const Closure<void(std::ostream&)>& write);

/// The text of a check without one.
template <class... Parts>
std::string check_text(const char* condition, const Parts&... parts);

template <class T>
struct Range {
  struct Iterator {
    T value;
    T operator*() const { return value; }
    Iterator& operator++() {
      ++value;
      return *this;
    }
    bool operator==(const Iterator& other) const = default;
  };
  Iterator begin() const { return {first}; }
  Iterator end() const { return {last}; }

  T first;
  T last;
};

}  // namespace detail

/// What the parts print as, one after another.
template <class... Parts>
std::string str(const Parts&... parts) {
  return detail::text_of(
      [&]([[maybe_unused]] std::ostream& out) { (void(out << parts), ...); });
}

template <class... Parts>
std::string detail::check_text(const char* condition, const Parts&... parts) {
  if constexpr (sizeof...(parts) > 0) {
    return str(parts...);
  } else {
    return str("Expected ", condition, " to be true, but got false.");
  }
}

/// for (auto i : irange(n)): 0, 1, ... n - 1, or from `first` on.
template <class T>
detail::Range<T> irange(T end) {
  return {T(0), end < T(0) ? T(0) : end};
}
template <class T, class U>
detail::Range<U> irange(T first, U end) {
  const U begin = static_cast<U>(first);
  return {begin, end < begin ? begin : end};
}

}  // namespace taper

#ifndef TORCH_CHECK
// The text is made only when the condition fails.
#define TAPER_CHECK_WITH(error, condition, ...)                             \
  if (!static_cast<bool>(condition)) [[unlikely]] {                         \
    ::taper::fail<error>("{}", ::taper::detail::check_text(                 \
                                   #condition __VA_OPT__(, ) __VA_ARGS__)); \
  }
/// TORCH_CHECK(x.dim() == 2, "expected 2 dims, got ", x.sizes());
#define TORCH_CHECK(condition, ...) \
  TAPER_CHECK_WITH(::taper::Error, condition __VA_OPT__(, ) __VA_ARGS__)
#define TORCH_CHECK_INDEX(condition, ...) \
  TAPER_CHECK_WITH(::taper::IndexError, condition __VA_OPT__(, ) __VA_ARGS__)
#define TORCH_CHECK_TYPE(condition, ...) \
  TAPER_CHECK_WITH(::taper::TypeError, condition __VA_OPT__(, ) __VA_ARGS__)
#define TORCH_CHECK_VALUE(condition, ...) \
  TAPER_CHECK_WITH(::taper::ValueError, condition __VA_OPT__(, ) __VA_ARGS__)
#define TORCH_CHECK_NOT_IMPLEMENTED(condition, ...) \
  TAPER_CHECK_WITH(::taper::NotImplementedError,    \
                   condition __VA_OPT__(, ) __VA_ARGS__)
#define TORCH_INTERNAL_ASSERT(condition, ...) \
  TAPER_CHECK_WITH(::taper::Error, condition __VA_OPT__(, ) __VA_ARGS__)
#define AT_ASSERT(condition) TORCH_INTERNAL_ASSERT(condition)
#define AT_ERROR(...) ::taper::fail("{}", ::taper::str(__VA_ARGS__))
#define TAPER_WARN_WITH(type, ...)                                   \
  ::taper::warn(::taper::Warning(                                    \
      type(), {__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, \
      ::taper::str(__VA_ARGS__), false))
/// TORCH_WARN("expected ", n, " rows");
#define TORCH_WARN(...) TAPER_WARN_WITH(::taper::UserWarning, __VA_ARGS__)
#define TORCH_WARN_DEPRECATION(...) \
  TAPER_WARN_WITH(::taper::DeprecationWarning, __VA_ARGS__)
/// The same for the first time that it comes here, unless set_warnAlways().
#define TORCH_WARN_ONCE(...)                           \
  do {                                                 \
    if (::taper::WarningUtils::get_warnAlways()) {     \
      TORCH_WARN(__VA_ARGS__);                         \
    } else {                                           \
      [[maybe_unused]] static const bool taper_warns = \
          (TORCH_WARN(__VA_ARGS__), true);             \
    }                                                  \
  } while (false)
#endif

#ifndef AT_DISPATCH_FLOATING_TYPES
#define TAPER_DISPATCH_CASE(type, ...)                           \
  case type: {                                                   \
    using scalar_t [[maybe_unused]] = ::taper::StoredType<type>; \
    return __VA_ARGS__();                                        \
  }
#define TAPER_DISPATCH(type, name, ...)                                \
  [&] {                                                                \
    const ::taper::ScalarType taper_dispatch_type = type;              \
    switch (taper_dispatch_type) {                                     \
      __VA_ARGS__                                                      \
      default:                                                         \
        ::taper::fail<::taper::NotImplementedError>(                   \
            "[{}] not implemented for {}", name, taper_dispatch_type); \
    }                                                                  \
  }()
#define TAPER_FLOATING_CASES(...)                    \
  TAPER_DISPATCH_CASE(::taper::kDouble, __VA_ARGS__) \
  TAPER_DISPATCH_CASE(::taper::kFloat, __VA_ARGS__)
#define TAPER_INTEGRAL_CASES(...)                  \
  TAPER_DISPATCH_CASE(::taper::kByte, __VA_ARGS__) \
  TAPER_DISPATCH_CASE(::taper::kChar, __VA_ARGS__) \
  TAPER_DISPATCH_CASE(::taper::kInt, __VA_ARGS__)  \
  TAPER_DISPATCH_CASE(::taper::kLong, __VA_ARGS__) \
  TAPER_DISPATCH_CASE(::taper::kShort, __VA_ARGS__)
#define TAPER_ALL_CASES(...) \
  TAPER_INTEGRAL_CASES(__VA_ARGS__) TAPER_FLOATING_CASES(__VA_ARGS__)
/// Calls the lambda with `scalar_t` being the C++ type of the dtype `type`. The
/// forms with AND take more dtypes first.
#define AT_DISPATCH_FLOATING_TYPES(type, name, ...) \
  TAPER_DISPATCH(type, name, TAPER_FLOATING_CASES(__VA_ARGS__))
#define AT_DISPATCH_FLOATING_TYPES_AND(extra, type, name, ...) \
  TAPER_DISPATCH(type, name,                                   \
                 TAPER_FLOATING_CASES(__VA_ARGS__)             \
                     TAPER_DISPATCH_CASE(extra, __VA_ARGS__))
#define AT_DISPATCH_FLOATING_TYPES_AND2(extra1, extra2, type, name, ...) \
  TAPER_DISPATCH(type, name,                                             \
                 TAPER_FLOATING_CASES(__VA_ARGS__)                       \
                     TAPER_DISPATCH_CASE(extra1, __VA_ARGS__)            \
                         TAPER_DISPATCH_CASE(extra2, __VA_ARGS__))
#define AT_DISPATCH_FLOATING_TYPES_AND_HALF(type, name, ...) \
  AT_DISPATCH_FLOATING_TYPES_AND(::taper::kHalf, type, name, __VA_ARGS__)
#define AT_DISPATCH_INTEGRAL_TYPES(type, name, ...) \
  TAPER_DISPATCH(type, name, TAPER_INTEGRAL_CASES(__VA_ARGS__))
#define AT_DISPATCH_INTEGRAL_TYPES_AND(extra, type, name, ...) \
  TAPER_DISPATCH(type, name,                                   \
                 TAPER_INTEGRAL_CASES(__VA_ARGS__)             \
                     TAPER_DISPATCH_CASE(extra, __VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES(type, name, ...) \
  TAPER_DISPATCH(type, name, TAPER_ALL_CASES(__VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES_AND(extra, type, name, ...) \
  TAPER_DISPATCH(type, name,                              \
                 TAPER_ALL_CASES(__VA_ARGS__)             \
                     TAPER_DISPATCH_CASE(extra, __VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES_AND2(extra1, extra2, type, name, ...) \
  TAPER_DISPATCH(type, name,                                        \
                 TAPER_ALL_CASES(__VA_ARGS__)                       \
                     TAPER_DISPATCH_CASE(extra1, __VA_ARGS__)       \
                         TAPER_DISPATCH_CASE(extra2, __VA_ARGS__))
#define AT_DISPATCH_ALL_TYPES_AND3(extra1, extra2, extra3, type, name, ...) \
  TAPER_DISPATCH(type, name,                                                \
                 TAPER_ALL_CASES(__VA_ARGS__)                               \
                     TAPER_DISPATCH_CASE(extra1, __VA_ARGS__)               \
                         TAPER_DISPATCH_CASE(extra2, __VA_ARGS__)           \
                             TAPER_DISPATCH_CASE(extra3, __VA_ARGS__))
#endif
