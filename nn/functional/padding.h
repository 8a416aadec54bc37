// Padding as a function.
#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "taper/nn/enum.h"
#include "taper/tensor/arg.h"

namespace taper::nn::functional {

/// `pad` is that of taper::pad; `value` is for kConstant.
struct TAPER_API PadFuncOptions {
  using mode_t = std::variant<enumtype::kConstant, enumtype::kReflect,
                              enumtype::kReplicate, enumtype::kCircular>;
  PadFuncOptions(std::vector<int64_t> pad) : pad_(std::move(pad)) {}
  TAPER_ARG(std::vector<int64_t>, pad);
  TAPER_ARG(mode_t, mode) = kConstant;
  TAPER_ARG(double, value) = 0.0;
};

TAPER_API Tensor pad(const Tensor& input, const PadFuncOptions& options);

}  // namespace taper::nn::functional
