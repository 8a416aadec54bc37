// The tags that LibTorch uses as named values: kMean, kSum and kNone for the
// reduction of a loss, kReLU and others for the initialisers.
#pragma once

#include <cstdint>
#include <variant>

#include "taper/autograd/ops/network/loss.h"

namespace taper {

/// enumtype::name, a type of its own that knows its name, and its only value.
#define TAPER_TAG(name)                        \
  namespace enumtype {                         \
  struct name {                                \
    static constexpr const char* text = #name; \
  };                                           \
  }                                            \
  inline constexpr enumtype::name name

TAPER_TAG(kLinear);
TAPER_TAG(kConv1D);
TAPER_TAG(kConv2D);
TAPER_TAG(kConv3D);
TAPER_TAG(kConvTranspose1D);
TAPER_TAG(kConvTranspose2D);
TAPER_TAG(kConvTranspose3D);
TAPER_TAG(kSigmoid);
TAPER_TAG(kTanh);
TAPER_TAG(kReLU);
TAPER_TAG(kGELU);
TAPER_TAG(kSiLU);
TAPER_TAG(kMish);
TAPER_TAG(kLeakyReLU);
TAPER_TAG(kLSTM);
TAPER_TAG(kGRU);
TAPER_TAG(kRNN_TANH);
TAPER_TAG(kRNN_RELU);
TAPER_TAG(kFanIn);
TAPER_TAG(kFanOut);
TAPER_TAG(kNone);
TAPER_TAG(kMean);
TAPER_TAG(kSum);
TAPER_TAG(kMax);
TAPER_TAG(kBatchMean);
TAPER_TAG(kZeros);
TAPER_TAG(kValid);
TAPER_TAG(kSame);
TAPER_TAG(kConstant);
TAPER_TAG(kReflect);
TAPER_TAG(kReplicate);
TAPER_TAG(kCircular);
TAPER_TAG(kNearest);
TAPER_TAG(kNearestExact);
TAPER_TAG(kBilinear);
TAPER_TAG(kBicubic);
TAPER_TAG(kTrilinear);
TAPER_TAG(kArea);
TAPER_TAG(kBorder);
TAPER_TAG(kReflection);

#undef TAPER_TAG

namespace enumtype {

/// The reductions of most losses.
using LossReduction = std::variant<kNone, kMean, kSum>;

/// The name of the tag that `tags`, a variant, holds.
template <class Variant>
const char* get_enum_name(const Variant& tags) {
  return std::visit([](auto tag) { return tag.text; }, tags);
}

/// The number that the loss functions on tensors take; kBatchMean is a sum that
/// is divided later.
template <class Variant>
int64_t reduction_get_enum(const Variant& reduction) {
  if (std::holds_alternative<kNone>(reduction)) return Reduction::None;
  return std::holds_alternative<kMean>(reduction) ? Reduction::Mean
                                                  : Reduction::Sum;
}

}  // namespace enumtype

}  // namespace taper
