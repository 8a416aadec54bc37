// Calls an operation with what the options of a function say. Internal.
#pragma once

#include <tuple>

#include "taper/tensor/tensor.h"

namespace taper::nn::functional {

/// operation(inputs..., arguments...).
template <typename F, typename Arguments, typename... Inputs>
Tensor call(const F& operation, const Arguments& arguments,
            const Inputs&... inputs) {
  return std::apply(operation, std::tuple_cat(std::tie(inputs...), arguments));
}

#define TAPER_OPERATION(f) [](const auto&... all) { return taper::f(all...); }

}  // namespace taper::nn::functional
