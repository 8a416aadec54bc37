// Tensors as Python's PyTorch prints them: tensor([1., 2.]).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "taper/tensor/tensor.h"

namespace taper {

/// What repr() shows; PyTorch's names and defaults.
struct PrintOptions {
  int precision = 4;         ///< digits after the point, at most 100
  int64_t threshold = 1000;  ///< more elements than this are summarised
  int edgeitems = 3;         ///< items kept at both ends of a summarised dim
  int linewidth = 80;
  std::optional<bool> sci_mode = std::nullopt;  ///< chosen by the values
};

/// Sets the options for all threads; nothing may be printing meanwhile:
/// set_printoptions({.precision = 2}). Throws when one is negative.
TAPER_API void set_printoptions(const PrintOptions& options);
TAPER_API const PrintOptions& get_printoptions();

namespace detail {

/// repr() of x, whose node, if it has one, is called `grad_fn`.
TAPER_API std::string repr_text(const Tensor& x, std::string_view grad_fn);

}  // namespace detail
}  // namespace taper
