// TAPER_ARG: one named, chainable option of an options struct.
#pragma once

#include <utility>

/// Declares the member `name_` and its accessors: options.name(value) sets it
/// and returns the options, so that calls chain; options.name() reads it.
/// A default follows the macro: TAPER_ARG(bool, bias) = true;
#define TAPER_ARG(T, name)                           \
 public:                                             \
  auto name(T new_value)->decltype(*this) {          \
    name##_ = std::move(new_value);                  \
    return *this;                                    \
  }                                                  \
  const T& name() const noexcept { return name##_; } \
  T& name() noexcept { return name##_; }             \
                                                     \
 private:                                            \
  T name##_

// LibTorch's spelling, so that its programs compile unchanged.
#ifndef TORCH_ARG
#define TORCH_ARG(T, name) TAPER_ARG(T, name)
#endif
